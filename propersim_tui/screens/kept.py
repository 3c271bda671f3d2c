"""What a screen has that is kept while others are shown, and shown again (:mod:`propersim_tui.abilities.reopens`)."""

from __future__ import annotations

from textual import events


class Kept:
    """Put before the class of screen; the screen may be open once at a time."""

    _seen_before = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Draw again only what has changed: another theme or another size has set its styles already, where there was one."""
        if self._seen_before:
            event.refresh_styles = False
        self._seen_before = True

    def reopened(self) -> None:
        """Look for what is new since it was closed, where there may be something; called when it is shown again."""
