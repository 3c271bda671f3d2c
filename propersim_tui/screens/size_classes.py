"""A screen's size classes, set before its layout.

Set after it, they would cause a second layout.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.geometry import Size
from textual.screen import Screen

LEAST = Size(60, 16)
"""Smallest terminal that the screens fit into: columns and rows."""
TOO_SMALL = f"propersim needs at least {LEAST.width} columns and {LEAST.height} rows"
"""The notice that a screen shows instead of itself in a smaller terminal."""


def set_size_classes(screen: Screen[Any], size: Size) -> None:
    """Set the size classes of a screen for a terminal size.

    They come from the screen's own breakpoints or the app's. A screen that is not running yet applies its styles later.
    """
    app = screen.app
    points = [
        (size.width, screen.HORIZONTAL_BREAKPOINTS or app.HORIZONTAL_BREAKPOINTS or []),
        (size.height, screen.VERTICAL_BREAKPOINTS or app.VERTICAL_BREAKPOINTS or []),
    ]
    fits = {max((at, name) for at, name in some if length >= at)[1] for length, some in points if some}
    screen.update_classes({name: name in fits for _, some in points for _, name in some}, update=screen.is_running, animate=False)


class SizeClasses:
    """Mixin that sets the size classes on every resize; list it before the screen class."""

    def on_resize(self, event: events.Resize) -> None:
        """Set the classes of the new size before Textual lays out the screen."""
        assert isinstance(self, Screen)
        set_size_classes(self, event.size)
