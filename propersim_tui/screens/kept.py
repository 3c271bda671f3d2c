"""What a screen has that is kept while others are shown, and shown again (:mod:`propersim_tui.controllers.screen_cache`)."""

from __future__ import annotations

from textual import events
from textual.screen import Screen


class Kept:
    """Put before the class of screen; the screen may be open once at a time."""

    _seen_before = False

    def on_mount(self) -> None:
        """Begin, where it is not made beforehand."""
        assert isinstance(self, Screen)
        if self in self.app.screen_stack:
            self.opened()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Draw again only what has changed: another theme or another size has set its styles already, where there was one."""
        assert isinstance(self, Screen)
        if self._seen_before:
            event.refresh_styles = False
        if self.focused is not None and not self.focused.focusable:
            # In another size it may be hidden.
            self.set_focus(None)
        self._seen_before = True

    def opened(self) -> None:
        """Look for what is new; called whenever it is shown, once its parts are there."""
