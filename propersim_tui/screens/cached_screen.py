"""Mixin for screens that are cached while hidden.

The cache is in :mod:`propersim_tui.controllers.screen_cache`.
"""

from __future__ import annotations

from textual import events
from textual.screen import Screen


class CachedScreen:
    """Mixin for a screen that is cached while hidden.

    List it before the screen class. The screen can be open only once.
    """

    def on_mount(self) -> None:
        """Call :meth:`opened` unless the screen was created in advance."""
        assert isinstance(self, Screen)
        if self in self.app.screen_stack:
            self.opened()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Skip the refresh of all styles.

        They were applied at mounting, and changes of theme and size since then.
        """
        assert isinstance(self, Screen)
        event.refresh_styles = False
        if self.focused is not None and not self.focused.focusable:
            # The focused widget may be hidden at the new size.
            self.set_focus(None)

    def prepared(self) -> None:
        """Read what is shown first.

        Called once while the screen is hidden, if it was made in advance.
        """

    def opened(self) -> None:
        """Look for new data; called on every opening, when the widgets exist."""
