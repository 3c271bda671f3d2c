"""The footer: made anew only when what it shows has changed."""

from __future__ import annotations

from textual import widgets
from textual.screen import Screen


class Footer(widgets.Footer):
    """Textual's own is made anew whenever the keys *may* have changed: six times while a screen opens, at a third of its cost."""

    _drawn: tuple[object, ...] | None = None

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Compare the keys with those that are shown."""
        active = screen.active_bindings.values()
        keys = tuple((one.binding, one.enabled, one.tooltip) for one in active if one.binding.show)
        if keys != self._drawn:
            super().bindings_changed(screen)
            # It puts that off while somebody looks at another window.
            self._drawn = keys if self.app.app_focus and screen is self.screen else None
