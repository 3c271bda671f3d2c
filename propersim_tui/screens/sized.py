"""A screen's classes for the terminal's size: set before it is laid out, as after it everything is laid out and drawn twice."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.geometry import Size
from textual.screen import Screen


def fit_classes(screen: Screen[Any], size: Size) -> None:
    """Give a screen the classes of a size (the app's breakpoints, or its own); one that is not running yet takes its styles with them."""
    app = screen.app
    points = [
        (size.width, screen.HORIZONTAL_BREAKPOINTS or app.HORIZONTAL_BREAKPOINTS or []),
        (size.height, screen.VERTICAL_BREAKPOINTS or app.VERTICAL_BREAKPOINTS or []),
    ]
    fits = {max((at, name) for at, name in some if length >= at)[1] for length, some in points if some}
    screen.update_classes({name: name in fits for _, some in points for _, name in some}, update=screen.is_running, animate=False)


class SizeClasses:
    """Put before the class of screen."""

    def on_resize(self, event: events.Resize) -> None:
        """Take the classes of the new size; then Textual lays it out."""
        assert isinstance(self, Screen)
        fit_classes(self, event.size)
