"""Table of many rows that draws only the visible ones; its owner sorts and filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from propersim_tui.data.fuzzy import spans
from propersim_tui.render.format import fit
from propersim_tui.widgets.row_widget import LinesWidget

Cell = tuple[str, str]
"""Text that is safe to draw, and its style."""
WHEEL = 3
MOST_MEASURED = 200
"""Most rows whose cells decide how wide a column has to be."""
MATCHED = "bold underline $mark"
"""Style of the letters that a filter matched."""


LEAST_TITLE = 3
"""Fewest letters to which a heading is cut; a column with less room has none."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        id: its id.
        title: its heading.
        least: fewest cells.
        most: most cells.
        right: whether it is aligned to the right.
        rank: if space is short, the column with the highest rank is left out first; rank 0 always stays.
        whole: whether it is of use only at full width; it grows before the others.
    """

    id: str
    title: str
    least: int
    most: int = 0
    right: bool = False
    rank: int = 0
    whole: bool = False


def column_widths(columns: Sequence[Column], width: int) -> list[tuple[Column, int]]:
    """Return the columns that fit, each with its width; columns are one cell apart."""
    shown = list(columns)
    while len(shown) > 1 and sum(column.least + 1 for column in shown) - 1 > width:
        last = max(shown, key=lambda column: column.rank)
        if not last.rank:
            break
        shown.remove(last)
    spare = max(0, width - sum(column.least + 1 for column in shown) + 1)
    cells = [column.least for column in shown]
    for number, column in enumerate(shown):
        if column.whole and cells[number] + spare >= column.most:
            spare -= column.most - cells[number]
            cells[number] = column.most
    # One cell each in turn, so that all columns grow evenly.
    while spare > 0 and (growing := [n for n, column in enumerate(shown) if cells[n] < column.most]):
        for number in growing[:spare]:
            cells[number] += 1
        spare -= len(growing[:spare])
    return list(zip(shown, cells, strict=True))


class Table(LinesWidget, can_focus=True):
    """Rows below headings, with a cursor.

    Args:
        columns: columns from left to right.
        cell: returns the cell of a row (by key) in a column (by id) of some width; called for visible rows only.
        empty: text shown if there are no rows.

    Attributes:
        marked: returns the offsets of the letters of a cell's text that are to be marked.
    """

    HEADED: ClassVar[bool] = True

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
        """The cursor has moved to another row; None if there are no rows."""

        key: str | None

    @dataclass
    class Chosen(Message):
        """A row was double-clicked."""

        key: str

    @dataclass
    class Seen(Message):
        """These rows are visible now."""

        keys: list[str]

    @dataclass
    class SortBy(Message):
        """The heading of a column was clicked."""

        column: str

    def __init__(self, columns: Sequence[Column], cell: Callable[[str, str, int], Cell], *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.keys: list[str] = []
        self.sorted_by, self.downward = "", True
        self.empty = empty
        self.marked: Callable[[str], Sequence[int]] = lambda _: ()
        self._cell = cell
        self._at = 0
        self._top = 0
        self._posted: tuple[str | None, tuple[str, ...]] = (None, ())
        self._needed: dict[str, int] | None = None

    # -- rows and cursor ------------------------------------------------------------------------------------------

    @property
    def key(self) -> str | None:
        """Key of the selected row."""
        return self.keys[self._at] if self.keys else None

    def show(self, keys: Sequence[str]) -> None:
        """Show rows; the cursor stays on its row if that is among them."""
        before = self.key
        self.keys = list(keys)
        self._needed = None
        self._at = self.keys.index(before) if before in self.keys else min(self._at, max(0, len(self.keys) - 1))
        self._changed()

    def go(self, key: str) -> None:
        """Select a row if it exists."""
        if key in self.keys:
            self._at = self.keys.index(key)
            self._changed()

    @property
    def seen(self) -> list[str]:
        """Keys of the visible rows."""
        return self.keys[self._top : self._top + self._room]

    @property
    def _room(self) -> int:
        return max(1, self.content_size.height - 1)

    def _changed(self, *, follow: bool = True) -> None:
        """Redraw, and post changes of the cursor and of the visible rows."""
        last = max(0, len(self.keys) - self._room)
        if follow:
            self._top = max(self._at - self._room + 1, min(self._top, self._at))
        self._top = max(0, min(self._top, last))
        seen = tuple(self.seen)
        if self.key != self._posted[0]:
            self.post_message(self.Moved(self.key))
        if seen != self._posted[1]:
            self.post_message(self.Seen(list(seen)))
        self._posted = (self.key, seen)
        self.redraw()

    def on_resize(self) -> None:
        """Keep the cursor visible."""
        self._changed()

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        if self.keys:
            self._at = max(0, min(len(self.keys) - 1, self._at + by))
            self._changed()

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
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
        """Scroll down; the cursor stays where it is."""
        event.stop()
        self._top += WHEEL
        self._changed(follow=False)

    def on_click(self, event: events.Click) -> None:
        """Select a row, choose it on a double click, or sort by a heading."""
        place = event.get_content_offset(self)
        if place is None:
            return
        if place.y == 0:
            end = 0
            for column, width in self.fitted(self.content_size.width - 1):
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
        """Return the headings and the visible rows."""
        if width < 4:
            return []
        columns = self.fitted(width - 1)
        lines = [self._headings(columns, width)]
        if not self.keys:
            lines += [Content(""), Content.assemble((fit(self.empty, width - 1), "italic $muted"))]
        for number in range(self._top, min(len(self.keys), self._top + self._room)):
            lines.append(self._row(number, columns, width))
        return lines[:height]

    def fitted(self, width: int) -> list[tuple[Column, int]]:
        """Return the columns that fit, each with its width.

        None is wider than its cells need, so that others are not cut.

        Args:
            width: available cells.
        """
        if self._needed is None:
            growing = [column for column in self.columns if column.most > column.least and not column.whole]
            keys = self.keys[:MOST_MEASURED]
            self._needed = {
                column.id: max([len(column.title) + 1, *(cell_len(self._cell(key, column.id, column.most)[0]) for key in keys)])
                for column in (growing if keys else ())
            }
        columns = [
            replace(column, most=max(column.least, min(column.most, self._needed.get(column.id, column.most)))) for column in self.columns
        ]
        return column_widths(columns, width)

    def _headings(self, columns: list[tuple[Column, int]], width: int) -> Content:
        parts: list[Cell] = []
        for column, cells in columns:
            here = column.id == self.sorted_by
            sign = ("▾" if self.downward else "▴") if here else ""
            title = column.title[: cells - len(sign)]
            if len(title) < min(LEAST_TITLE, len(column.title)):
                # A letter or two are no word.
                title = ""
            parts += [(_aligned(title + sign, cells, column.right), "bold $mark" if here else "bold $muted"), (" ", "")]
        return Content.assemble(*parts).truncate(width, pad=True)

    def _row(self, number: int, columns: list[tuple[Column, int]], width: int) -> Content:
        parts: list[Cell | Content] = []
        for column, cells in columns:
            text, style = self._cell(self.keys[number], column.id, cells)
            parts += [_marked(_aligned(text, cells, column.right), style, self.marked), (" ", "")]
        row = Content.assemble(*parts).truncate(width - 1, pad=True)
        if number == self._at:
            row = row.stylize("on $primary 20%" if self.has_focus else "on $foreground 12%")
        return Content.assemble(row, self._rail(number))

    def _rail(self, number: int) -> Cell:
        """Return the scroll bar's cell at a row."""
        count, room = len(self.keys), self._room
        if count <= room:
            return " ", ""
        size = max(1, room * room // count)
        top = self._top * (room - size) // max(1, count - room)
        return "┃", "$primary 70%" if top <= number - self._top < top + size else "$foreground 10%"


def _marked(text: str, style: str, marked: Callable[[str], Sequence[int]]) -> Cell | Content:
    """Return a cell in which the letters that a filter matched are marked."""
    offsets = marked(text)
    if not offsets:
        return text, style
    content = Content.assemble((text, style))
    for start, end in spans(offsets):
        content = content.stylize(MATCHED, start, end)
    return content


def _aligned(text: str, cells: int, right: bool) -> str:
    text = fit(text, cells).rstrip() if cell_len(text) > cells else text
    space = " " * max(0, cells - cell_len(text))
    return space + text if right else text + space
