"""A list of many rows: only those that are seen are made; sorted and filtered by its owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from propersim_tui.render.format import fit
from propersim_tui.widgets.row_widget import LinesWidget

Cell = tuple[str, str]
"""A text, safe to draw, and its style."""
WHEEL = 3


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        id: its name.
        title: its heading.
        least: fewest cells that it can be drawn in.
        most: cells beyond which it does not grow.
        right: whether it is aligned to the right.
        rank: where there is no room, the column with the highest rank goes first; 0 never.
        whole: whether it is of use only in full: it grows before the others do.
    """

    id: str
    title: str
    least: int
    most: int = 0
    right: bool = False
    rank: int = 0
    whole: bool = False


def column_widths(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Return the columns that fit, each with its cells; there is one cell between two of them."""
    kept = list(columns)
    while len(kept) > 1 and sum(column.least + 1 for column in kept) - 1 > width:
        last = max(kept, key=lambda column: column.rank)
        if not last.rank:
            break
        kept.remove(last)
    spare = max(0, width - sum(column.least + 1 for column in kept) + 1)
    cells = [column.least for column in kept]
    for number, column in enumerate(kept):
        if column.whole and cells[number] + spare >= column.most:
            spare -= column.most - cells[number]
            cells[number] = column.most
    # One cell each in turn, so that all of them come nearer to what they would like.
    while spare > 0 and (growing := [n for n, column in enumerate(kept) if cells[n] < column.most]):
        for number in growing[:spare]:
            cells[number] += 1
        spare -= len(growing[:spare])
    return list(zip(kept, cells, strict=True))


class Table(LinesWidget, can_focus=True):
    """Rows under headings, with a cursor.

    Args:
        columns: from left to right.
        cell: gives what stands in a row (by its key) in a column (by its id) of so many cells; called for what is seen only.
        empty: what is said where there are no rows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home,g", "edge(-1)", "first", show=False),
        Binding("end,G", "edge(1)", "last", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is at another row; None where there are no rows."""

        key: str | None

    @dataclass
    class Chosen(Message):
        """A row was clicked on twice."""

        key: str

    @dataclass
    class Seen(Message):
        """These rows are seen now."""

        keys: list[str]

    @dataclass
    class SortBy(Message):
        """The heading of a column was clicked on."""

        column: str

    def __init__(self, columns: Sequence[Column], cell: Callable[[str, str, int], Cell], *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.keys: list[str] = []
        self.sorted_by, self.downward = "", True
        self.empty = empty
        self._cell = cell
        self._at = 0
        self._top = 0
        self._told: tuple[str | None, tuple[str, ...]] = (None, ())

    # -- rows and cursor ------------------------------------------------------------------------------------------

    @property
    def key(self) -> str | None:
        """The key of the row at the cursor."""
        return self.keys[self._at] if self.keys else None

    def show(self, keys: Sequence[str]) -> None:
        """Show these rows; the cursor stays with its row where it is still there."""
        before = self.key
        self.keys = list(keys)
        self._at = self.keys.index(before) if before in self.keys else min(self._at, max(0, len(self.keys) - 1))
        self._changed()

    def go(self, key: str) -> None:
        """Put the cursor on a row, where there is such a one."""
        if key in self.keys:
            self._at = self.keys.index(key)
            self._changed()

    @property
    def seen(self) -> list[str]:
        """The keys of the rows that are seen."""
        return self.keys[self._top : self._top + self._room]

    @property
    def _room(self) -> int:
        return max(1, self.content_size.height - 1)

    def _changed(self, *, follow: bool = True) -> None:
        """Draw anew, and say which rows are seen and where the cursor is."""
        last = max(0, len(self.keys) - self._room)
        if follow:
            self._top = max(self._at - self._room + 1, min(self._top, self._at))
        self._top = max(0, min(self._top, last))
        seen = tuple(self.seen)
        if self.key != self._told[0]:
            self.post_message(self.Moved(self.key))
        if seen != self._told[1]:
            self.post_message(self.Seen(list(seen)))
        self._told = (self.key, seen)
        self.redraw()

    def on_resize(self) -> None:
        """See to it that the cursor is seen."""
        self._changed()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        if self.keys:
            self._at = max(0, min(len(self.keys) - 1, self._at + by))
            self._changed()

    def action_page(self, by: int) -> None:
        """Move the cursor by what is seen."""
        self.action_move(by * self._room)

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first or the last row."""
        self.action_move(end * len(self.keys))

    # -- mouse ----------------------------------------------------------------------------------------------------

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up; the cursor stays where it is."""
        event.stop()
        self._top -= WHEEL
        self._changed(follow=False)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self._top += WHEEL
        self._changed(follow=False)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a row, choose it with a second click, or sort."""
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y == 0:
            end = 0
            for column, width in column_widths(self.columns, self.content_size.width - 1):
                end += width + 1
                if place.x < end:
                    self.post_message(self.SortBy(column.id))
                    return
            return
        number = self._top + place.y - 1
        if number < len(self.keys):
            self._at = number
            self._changed(follow=False)
            if event.chain == 2:
                self.post_message(self.Chosen(self.keys[number]))

    # -- drawing --------------------------------------------------------------------------------------------------

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the headings and the rows that are seen."""
        if width < 4:
            return []
        columns = column_widths(self.columns, width - 1)
        lines = [self._headings(columns, width)]
        if not self.keys:
            lines += [Content(""), Content.assemble((fit(self.empty, width - 1), "italic $muted"))]
        for number in range(self._top, min(len(self.keys), self._top + self._room)):
            lines.append(self._row(number, columns, width))
        return lines[:height]

    def _headings(self, columns: list[tuple[Column, int]], width: int) -> Content:
        parts: list[Cell] = []
        for column, cells in columns:
            here = column.id == self.sorted_by
            sign = ("▾" if self.downward else "▴") if here else ""
            title = column.title[: cells - len(sign)]
            parts += [(_aligned(title + sign, cells, column.right), "bold $mark" if here else "bold $muted"), (" ", "")]
        return Content.assemble(*parts).truncate(width, pad=True)

    def _row(self, number: int, columns: list[tuple[Column, int]], width: int) -> Content:
        parts: list[Cell] = []
        for column, cells in columns:
            text, style = self._cell(self.keys[number], column.id, cells)
            parts += [(_aligned(text, cells, column.right), style), (" ", "")]
        row = Content.assemble(*parts).truncate(width - 1, pad=True)
        if number == self._at:
            row = row.stylize("on $primary 30%" if self.has_focus else "on $foreground 12%")
        return Content.assemble(row, self._rail(number))

    def _rail(self, number: int) -> Cell:
        """Return the cell of the scroll bar at a row."""
        count, room = len(self.keys), self._room
        if count <= room:
            return " ", ""
        size = max(1, room * room // count)
        top = self._top * (room - size) // max(1, count - room)
        return "┃", "$primary 70%" if top <= number - self._top < top + size else "$foreground 10%"


def _aligned(text: str, cells: int, right: bool) -> str:
    text = fit(text, cells).rstrip() if cell_len(text) > cells else text
    space = " " * max(0, cells - cell_len(text))
    return space + text if right else text + space
