"""What the full screens with a list have in common: a filter above it, and a pane that a small screen shows instead of it."""

from __future__ import annotations

from textual.widgets import Input

from propersim_tui.screens.full import FullScreen
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.table import Table

LATER = 0.2
"""Seconds after which a list is read again that is shown again."""


class ListScreen(FullScreen):
    """A full screen whose parts are a :class:`FilterLine`, a :class:`Table` and a pane."""

    def __init__(self) -> None:
        super().__init__()
        self._needle = ""

    def opened(self) -> None:
        """Show the list, and read it."""
        super().opened()
        self.remove_class("-preview")
        self.table.focus()
        if self.table.keys:
            # What is known is seen first.
            self.set_timer(LATER, self._read_where_shown)
        else:
            self.read()

    def _read_where_shown(self) -> None:
        if self.is_current:
            self.read()

    def read(self) -> None:
        """Read the list."""
        raise NotImplementedError

    @property
    def table(self) -> Table:
        """The list."""
        return self.query_one(Table)

    def _arrange(self) -> None:
        """Filter and sort."""
        raise NotImplementedError

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is written."""
        self._needle = event.value
        self._arrange()

    def on_filter_line_walk(self, message: FilterLine.Walk) -> None:
        """Move the cursor while writing."""
        self.table.action_move(message.by)

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the list."""
        self.table.focus()

    def action_filter(self) -> None:
        """Write a filter."""
        self.query_one(FilterLine).open()

    def action_preview(self) -> None:
        """Show the pane instead of the list, or the list again."""
        self.toggle_class("-preview")

    def close_something(self) -> bool:
        """Close the pane of a small screen, or the filter."""
        if self.has_class("-preview"):
            self.remove_class("-preview")
            return True
        return self.query_one(FilterLine).close()
