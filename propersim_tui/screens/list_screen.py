"""Base class of the full screens with one list and one preview."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual.widgets import Input

from propersim_tui.data.fuzzy import Filter
from propersim_tui.screens.full_screen import FullScreen
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.table import Table

LATER = 0.2
"""Seconds before a list that is shown again is read again."""


class ListScreen(FullScreen):
    """Full screen with a :class:`FilterLine`, a :class:`Table` and a preview.

    On small terminals the preview replaces the list.
    """

    AUTO_FOCUS = "Table"
    """Not the filter line, which comes first and is hidden: keys would go there unseen."""

    SORTS: ClassVar[Sequence[str]] = ()
    """Ids of the columns that the list can be sorted by, in the order in which a key goes through them."""
    GREATEST_FIRST: ClassVar[Collection[str]] = ()
    """Those of them whose greatest values come first."""

    def __init__(self) -> None:
        super().__init__()
        self._filter = Filter()
        self._sort, self._downward = "", False

    def opened(self) -> None:
        """Show the list and read it."""
        super().opened()
        self.remove_class("-preview")
        self.table.focus()
        if self.table.keys:
            # Draw the known rows first.
            self.set_timer(LATER, self._read_if_shown)
        else:
            self.read()

    def prepared(self) -> None:
        """Read the list, so that its rows are in the first picture."""
        self.read()

    def _read_if_shown(self) -> None:
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
        """Filter and sort the list."""
        raise NotImplementedError

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as the person types."""
        self._filter = Filter(event.value)
        self._arrange()

    def on_filter_line_walk(self, message: FilterLine.Walk) -> None:
        """Move the cursor of the list from the filter line."""
        self.table.action_move(message.by)

    def on_filter_line_closed(self) -> None:
        """Focus the list."""
        self.table.focus()

    def on_table_sort_by(self, message: Table.SortBy) -> None:
        """Sort by the clicked column; reverse the order if it is already the sort column."""
        if message.column == self._sort:
            self.action_reverse()
        elif message.column in self.SORTS:
            self._sort_by(message.column)

    def _sort_by(self, column: str) -> None:
        self._sort, self._downward = column, column in self.GREATEST_FIRST
        self._arrange()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._sort_by(self.SORTS[(self.SORTS.index(self._sort) + 1) % len(self.SORTS)])

    def action_reverse(self) -> None:
        """Reverse the sort order."""
        self._downward = not self._downward
        self._arrange()

    def action_filter(self) -> None:
        """Open the filter line."""
        self.query_one(FilterLine).open()

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the actions that would change nothing.

        List and preview are shown together on large screens.
        """
        return frozenset() if self.has_class("-preview") or self.one_pane else frozenset({"preview"})

    @property
    def one_pane(self) -> bool:
        """Whether the preview takes the place of the list."""
        return self.has_class("-narrow")

    def action_preview(self) -> None:
        """Switch between list and preview on small terminals."""
        self.toggle_class("-preview")

    def close_something(self) -> bool:
        """Close the preview of a small terminal, or the filter."""
        if self.has_class("-preview"):
            self.remove_class("-preview")
            return True
        return self.query_one(FilterLine).close()
