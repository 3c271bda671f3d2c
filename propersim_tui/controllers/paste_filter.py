"""What is pasted, wherever there is a line to write in: the palette's, which is not ours, as well."""

from __future__ import annotations

from textual import events

from propersim_tui.controllers.base import Ability
from propersim_tui.render.format import harmless


class Pastes(Ability):
    """Takes control and direction characters out of what is pasted: a page that text is copied from may hide some in it."""

    async def on_event(self, event: events.Event) -> None:
        """Clean what is pasted before anybody sees it."""
        if isinstance(event, events.Paste) and not event.is_forwarded:
            event.text = "\n".join(harmless(each) for each in event.text.splitlines())
        await super().on_event(event)
