"""Input line for a search; always visible."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from propersim_tui.widgets.filter_line import FilterLine


class SearchLine(FilterLine):
    """Filter line that stays visible: Escape clears it and returns to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "clear search"),
        Binding("enter", "submit", "search"),
    ]

    def close(self) -> bool:
        """Clear the line; return whether it had text."""
        had_text = bool(self.value)
        self.value = ""
        self.post_message(self.Closed())
        return had_text
