"""Heat map over hours and activities.

It shows the probability of speaking, or when the user is receptive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from propersim.core.clock import format_time
from propersim.core.text import clean
from propersim_tui.render.content import line
from propersim_tui.render.format import fit, wrap

LABEL = 18
"""Cells of an activity's name if space is scarce."""
LONGEST = 36
"""Most cells of an activity's name."""
HEAD = 2
"""Lines above the activities: hours, and when the user is receptive."""
TAIL = 8
"""Cells of the time spent in an activity, at the end of its row if it fits."""
SHADES = "·░▒▓█"
"""Shades for fifths of the probability, from low to high."""
BAND = "▄"
"""Mark of half-hours in which the user was mostly receptive, over all activities."""
LIVED = 1.0
"""Minutes from which a cell counts as experienced in the run."""


@dataclass(frozen=True)
class HeatData:
    """Behaviour of one adapter over hours and activities.

    Attributes:
        rows: names of the activities, in the order of ``values``.
        first: minute of the day at which the first column begins; columns are half an hour wide.
        values: probability of speaking, for each activity and half-hour.
        open: whether the user is receptive and something is liked, likewise; None hides it from a person who rates.
        lived: minutes that the user spent there in the run, likewise.
        speaks: whether the assistant would speak, likewise; None where the probability alone decides.
    """

    rows: Sequence[str]
    first: int
    values: Sequence[Sequence[float]]
    open: Sequence[Sequence[bool]] | None
    lived: Sequence[Sequence[float]]
    speaks: Sequence[Sequence[bool]] | None = None

    def agreement(self, threshold: float) -> float | None:
        """Return the share of time in which the assistant speaks exactly when the user is receptive.

        Args:
            threshold: probability above which it speaks.

        Returns:
            A share of 0–1; None if no time was spent, or when the user is receptive is hidden.
        """
        return self._agreement(self.speaks or [[value > threshold for value in row] for row in self.values])

    def silent_agreement(self) -> float | None:
        """Return the same share for an assistant that is always silent."""
        return self._agreement([[False] * len(row) for row in self.values])

    def _agreement(self, speaks: Sequence[Sequence[bool]]) -> float | None:
        if self.open is None:
            return None
        total = right = 0.0
        for row, opens, minutes in zip(speaks, self.open, self.lived, strict=True):
            for speaking, is_open, lived in zip(row, opens, minutes, strict=True):
                total += lived
                right += lived * (speaking == is_open)
        return right / total if total else None


def shade(value: float) -> str:
    """Return the shade of a share of 0–1."""
    return SHADES[max(0, min(len(SHADES) - 1, int(value * len(SHADES))))]


@dataclass(frozen=True)
class HeatLayout:
    """Layout of a heat map.

    Attributes:
        label: cells of an activity's name.
        wide: cells of a column.
        joined: half-hours per column.
        columns: number of columns.
        tail: whether the time spent fits at the end of a row.
    """

    label: int
    wide: int
    joined: int
    columns: int
    tail: bool


def layout_of(heat: HeatData, width: int) -> HeatLayout | None:
    """Return the layout for a width; None if nothing fits.

    Columns are as wide as possible, and names take the rest.
    """
    halves = len(heat.values[0]) if heat.values else 0
    longest = min(LONGEST, max((cell_len(clean(name, 60)) for name in heat.rows), default=0))
    least = min(LABEL, longest)
    room = width - least - 1
    if not halves or room < 8:
        return None
    wide, joined = max(1, room // halves), -(-halves // room)
    columns = -(-halves // joined)
    spare = width - 1 - wide * columns
    label = max(least, min(longest, spare))
    return HeatLayout(label, wide, joined, columns, tail=spare - label >= TAIL)


def heat_lines(heat: HeatData, width: int, height: int, *, truth: bool = False, cursor: tuple[int, int] | None = None) -> list[Content]:
    """Return a heat map as lines: hours, when the user is receptive, and one row per activity.

    Args:
        heat: the data.
        width: available cells.
        height: available lines; activities with the least time are left out first.
        truth: draw when the user is receptive instead of the probability of speaking.
        cursor: number of the activity and of the half-hour under the cursor; None for no cursor.
    """
    layout = layout_of(heat, width)
    if layout is None or height < 2:
        return []
    hours = _hours(heat.first, layout)
    head = [hours, _band(heat, layout)] if height >= 3 * HEAD else [hours]
    all_opens = heat.open if heat.open is not None else [None] * len(heat.rows)
    rows = list(zip(heat.rows, heat.values, all_opens, heat.lived, strict=True))[: height - len(head)]
    lines = [*head]
    for number, (name, values, opens, lived) in enumerate(rows):
        cells: list[tuple[str, str]] = []
        for start in range(0, len(values), layout.joined):
            part = range(start, min(start + layout.joined, len(values)))
            is_open = None if opens is None else any(opens[i] for i in part)
            been = any(lived[i] >= LIVED for i in part)
            text, look = (
                _truth(bool(is_open), been, layout.wide) if truth else _cell(max(values[i] for i in part), is_open, been, layout.wide)
            )
            if cursor is not None and cursor[0] == number and cursor[1] in part:
                # Seen without colours too: brackets, or a cross in a single cell.
                text, look = (f"[{text[1:-1]}]" if layout.wide > 1 else "┼"), "bold $mark"
            cells.append((text, look))
        style = "bold $mark" if cursor is not None and cursor[0] == number else "" if any(x >= LIVED for x in lived) else "$muted"
        tail = f"{sum(lived) / 60:6.1f} h" if layout.tail else ""
        lines.append(line((fit(clean(name, 60), layout.label), style), " ", *cells, (tail, "$muted")))
    return [*lines, hours] if len(lines) < height and len(rows) > 8 else lines


def cell_text(heat: HeatData, cell: tuple[int, int]) -> str:
    """Return the value of a cell in words: time, P(speak), receptive or not, activity.

    Args:
        heat: the data.
        cell: number of the activity and of the half-hour; "" is returned where there is none.
    """
    row, half = cell
    if not (0 <= row < len(heat.rows) and 0 <= half < len(heat.values[row])):
        return ""
    when = format_time(heat.first + 30 * half, wrap=True)
    open_ = "" if heat.open is None else ", receptive" if heat.open[row][half] else ", not receptive"
    data = "" if heat.lived[row][half] >= LIVED else ", no data yet"
    return f"{when} speak {round(100 * heat.values[row][half])} %{open_}{data} · {clean(heat.rows[row], 60)}"


def legend(width: int, *, truth: bool = False, hidden: bool = False) -> str:
    """Return as much of the legend as fits.

    Args:
        width: available cells.
        truth: whether the map shows when the user is receptive.
        hidden: whether the map of P(speak) leaves that out.
    """
    ramp, more, faint = f"0 % {SHADES} 100 %", "underlined: receptive", "faint: no data yet"
    forms: tuple[str, ...] = ("█ receptive   · not receptive   " + faint, "█ receptive   · not receptive")
    if not truth:
        fifths = "  ".join(f"{sign} {20 * place}–{20 * place + 20} %" for place, sign in enumerate(SHADES))
        each = ((fifths, more, faint), (fifths, more), (ramp, more, faint), (ramp, more), (ramp,))
        forms = tuple("   ".join(part for part in parts if not (hidden and part == more)) for parts in each)
    return next((form for form in forms if cell_len(form) <= width), "")


def _cell(value: float, is_open: bool | None, lived: bool, wide: int) -> tuple[str, str]:
    colour = "$primary" if is_open is None else "$score-4" if is_open else "$score-0"
    return shade(value) * wide, f"{'underline ' if is_open else ''}{colour if lived else f'{colour} 45%'}"


def _truth(is_open: bool, lived: bool, wide: int) -> tuple[str, str]:
    return ("█" if is_open else "·") * wide, ("$score-4" if is_open else "$muted") if lived else "$foreground 30%"


def _band(heat: HeatData, layout: HeatLayout) -> Content:
    """Return a line that marks half-hours in which the user was mostly receptive.

    Mostly is for at least half of the time.
    """
    cells: list[str] = []
    if heat.open is None:
        return line("")
    for start in range(0, layout.columns * layout.joined, layout.joined):
        total = opened = 0.0
        for opens, lived in zip(heat.open, heat.lived, strict=True):
            for at in range(start, min(start + layout.joined, len(opens))):
                total += lived[at]
                opened += lived[at] * opens[at]
        cells.append((BAND if opened > 0 and 2 * opened >= total else " ") * layout.wide)
    return line((fit(f"{BAND} mostly receptive", layout.label), "$text-success"), " ", ("".join(cells), "$success"))


def _hours(first: int, layout: HeatLayout) -> Content:
    """Return the hours above their columns, and the end of the last column."""
    width = layout.wide * layout.columns
    end = first + 30 * layout.joined * layout.columns
    closing = f"{end // 60 % 24}{'½' if end % 60 else ''}"
    cells = [" "] * width
    last = -3
    for column in range(layout.columns):
        minute, at = first + 30 * layout.joined * column, column * layout.wide
        text = str(minute // 60 % 24)
        # Leave a gap to the previous hour and to the closing one.
        if minute % 60 == 0 and at >= last + 3 and at + len(text) < width - len(closing):
            cells[at : at + len(text)] = list(text)
            last = at
    cells[max(0, width - len(closing)) :] = list(closing[:width])
    return line(" " * (layout.label + 1), ("".join(cells), "$muted"))


class HeatMap(Widget, can_focus=True):
    """Widget with a heat map.

    Args:
        truth: whether it shows when the user is receptive instead of when the assistant speaks.
    """

    @dataclass
    class Pointed(Message):
        """The cursor is on a cell, or on none.

        Attributes:
            cell: number of the activity, and of the half-hour.
        """

        cell: tuple[int, int] | None

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor(-1, 0)", "previous activity", show=False),
        Binding("down", "cursor(1, 0)", "next activity", show=False),
        Binding("left", "cursor(0, -1)", "earlier", show=False),
        Binding("right", "cursor(0, 1)", "later", show=False),
    ]
    cursor: reactive[tuple[int, int] | None] = reactive(None)
    """Number of an activity and of a half-hour, whose value stands in the lower border; None for no cursor."""
    heat: reactive[HeatData | None] = reactive(None)
    waiting: reactive[str] = reactive("computing …")
    """The text shown while there is no map: that it is being computed, or why there is none."""

    def __init__(self, *, truth: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._truth = truth
        self.border_title = "Receptive" if truth else "Speaks"

    def on_resize(self) -> None:
        """Update title and legend for the new size."""
        self._update_title()
        self.watch_cursor()

    def watch_cursor(self) -> None:
        """Show the value under the cursor in the lower border; without one, the legend."""
        width = self.content_size.width - 4
        if self.heat is None:
            # Without a map there is nothing that a legend explains.
            self.border_subtitle = ""
            return
        text = cell_text(self.heat, self.cursor) if self.cursor is not None else ""
        self.border_subtitle = Content(fit(text, width).rstrip() if text else legend(width, truth=self._truth, hidden=self._hides))

    @property
    def _hides(self) -> bool:
        """Whether the map leaves out when the user is receptive."""
        return self.heat is not None and self.heat.open is None

    def _cell_at(self, event: events.MouseEvent) -> tuple[int, int] | None:
        place = event.get_content_offset(self)
        layout = layout_of(self.heat, self.content_size.width) if self.heat is not None else None
        if place is None or layout is None or self.heat is None:
            return None
        row = place.y - (HEAD if self.content_size.height >= 3 * HEAD else 1)
        column = (place.x - layout.label - 1) // layout.wide
        if place.x > layout.label and 0 <= row < len(self.heat.rows) and column < layout.columns:
            return row, min(column * layout.joined, len(self.heat.values[row]) - 1)
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the value of the cell under the pointer."""
        self.post_message(self.Pointed(self._cell_at(event)))

    def on_leave(self) -> None:
        """Remove the cursor when the pointer leaves, unless the keyboard moves it."""
        if not self.has_focus:
            self.post_message(self.Pointed(None))

    def on_blur(self) -> None:
        """Remove the cursor."""
        self.post_message(self.Pointed(None))

    def action_cursor(self, rows: int, halves: int) -> None:
        """Move the cursor by activities and by columns; it begins at the first cell."""
        layout = layout_of(self.heat, self.content_size.width) if self.heat is not None else None
        if self.heat is None or layout is None:
            return
        row, half = self.cursor if self.cursor is not None else (0, 0)
        if self.cursor is not None:
            row, half = row + rows, half + halves * layout.joined
        self.post_message(self.Pointed((max(0, min(len(self.heat.rows) - 1, row)), max(0, min(len(self.heat.values[0]) - 1, half)))))

    def render(self) -> Content:
        """Draw the map in the available size."""
        width, height = self.content_size
        if self.heat is None:
            return Content("\n").join(line((text, "$muted")) for text in wrap(self.waiting, max(1, width))[:height])
        return Content("\n").join(
            each.truncate(width) for each in heat_lines(self.heat, width, height, truth=self._truth, cursor=self.cursor)[:height]
        )

    def watch_heat(self) -> None:
        """Update the title with the number of activities, and the value under the cursor."""
        self._update_title()
        self.watch_cursor()

    def _update_title(self) -> None:
        count, room = len(self.heat.rows) if self.heat else 0, max(0, self.content_size.height - HEAD)
        more = f" · {room} of {count} activities" if 0 < room < count else ""
        self.border_title = ("Receptive" if self._truth else "Speaks") + more
