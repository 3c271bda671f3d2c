"""The line to write in what is searched for; always there."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from propersim_tui.widgets.filter_line import FilterLine


class SearchLine(FilterLine):
    """A filter line that does not go away: Escape empties it, and gives the keys back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "empty the line"),
        Binding("enter", "submit", "search"),
    ]

    def close(self) -> bool:
        """Empty it; False where there was nothing in it."""
        there = bool(self.value)
        self.value = ""
        self.post_message(self.Closed())
        return there
