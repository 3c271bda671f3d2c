"""Heat map over hours and activities.

It shows the probability of speaking, or when the user is receptive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

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
        open: whether the user is receptive and something is liked, likewise.
        lived: minutes that the user spent there in the run, likewise.
    """

    rows: Sequence[str]
    first: int
    values: Sequence[Sequence[float]]
    open: Sequence[Sequence[bool]]
    lived: Sequence[Sequence[float]]

    def agreement(self, threshold: float) -> float | None:
        """Return the share of time in which the adapter speaks exactly when the user is receptive.

        Args:
            threshold: probability above which it speaks.

        Returns:
            A share of 0–1; None if no time was spent.
        """
        total = right = 0.0
        for values, opens, minutes in zip(self.values, self.open, self.lived, strict=True):
            for value, is_open, lived in zip(values, opens, minutes, strict=True):
                total += lived
                right += lived * ((value > threshold) == is_open)
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


def heat_lines(heat: HeatData, width: int, height: int, *, truth: bool = False) -> list[Content]:
    """Return a heat map as lines: hours, when the user is receptive, and one row per activity.

    Args:
        heat: the data.
        width: available cells.
        height: available lines; activities with the least time are left out first.
        truth: draw when the user is receptive instead of the probability of speaking.
    """
    layout = layout_of(heat, width)
    if layout is None or height < 2:
        return []
    hours = _hours(heat.first, layout)
    head = [hours, _band(heat, layout)] if height >= 3 * HEAD else [hours]
    rows = list(zip(heat.rows, heat.values, heat.open, heat.lived, strict=True))[: height - len(head)]
    lines = [*head]
    for name, values, opens, lived in rows:
        cells: list[tuple[str, str]] = []
        for start in range(0, len(values), layout.joined):
            part = range(start, min(start + layout.joined, len(values)))
            is_open = any(opens[i] for i in part)
            been = any(lived[i] >= LIVED for i in part)
            cells.append(_truth(is_open, been, layout.wide) if truth else _cell(max(values[i] for i in part), is_open, been, layout.wide))
        style = "" if any(x >= LIVED for x in lived) else "$muted"
        tail = f"{sum(lived) / 60:6.1f} h" if layout.tail else ""
        lines.append(line((fit(clean(name, 60), layout.label), style), " ", *cells, (tail, "$muted")))
    return [*lines, hours] if len(lines) < height and len(rows) > 8 else lines


def legend(width: int, *, truth: bool = False) -> str:
    """Return as much of the legend as fits.

    Args:
        width: available cells.
        truth: whether the map shows when the user is receptive.
    """
    ramp, more, faint = f"0 % {SHADES} 100 %", "underlined: receptive", "faint: no data yet"
    forms: tuple[str, ...] = ("█ receptive   · not receptive   " + faint, "█ receptive   · not receptive")
    if not truth:
        fifths = "  ".join(f"{sign} {20 * place}–{20 * place + 20} %" for place, sign in enumerate(SHADES))
        each = ((fifths, more, faint), (fifths, more), (ramp, more, faint), (ramp, more), (ramp,))
        forms = tuple("   ".join(parts) for parts in each)
    return next((form for form in forms if cell_len(form) <= width), "")


def _cell(value: float, is_open: bool, lived: bool, wide: int) -> tuple[str, str]:
    colour = "$score-4" if is_open else "$score-0"
    return shade(value) * wide, f"{'underline ' if is_open else ''}{colour if lived else f'{colour} 45%'}"


def _truth(is_open: bool, lived: bool, wide: int) -> tuple[str, str]:
    return ("█" if is_open else "·") * wide, ("$score-4" if is_open else "$muted") if lived else "$foreground 30%"


def _band(heat: HeatData, layout: HeatLayout) -> Content:
    """Return a line that marks half-hours in which the user was mostly receptive.

    Mostly is for at least half of the time.
    """
    cells: list[str] = []
    for start in range(0, layout.columns * layout.joined, layout.joined):
        total = opened = 0.0
        for opens, lived in zip(heat.open, heat.lived, strict=True):
            for at in range(start, min(start + layout.joined, len(opens))):
                total += lived[at]
                opened += lived[at] * opens[at]
        cells.append((BAND if opened > 0 and 2 * opened >= total else " ") * layout.wide)
    return line((fit("mostly receptive", layout.label), "$text-success"), " ", ("".join(cells), "$success"))


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


class HeatMap(Widget):
    """Widget with a heat map.

    Args:
        truth: whether it shows when the user is receptive instead of when the assistant speaks.
    """

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
        self.border_subtitle = Content(legend(self.content_size.width - 4, truth=self._truth))

    def render(self) -> Content:
        """Draw the map in the available size."""
        width, height = self.content_size
        if self.heat is None:
            return Content("\n").join(line((text, "$muted")) for text in wrap(self.waiting, max(1, width))[:height])
        return Content("\n").join(each.truncate(width) for each in heat_lines(self.heat, width, height, truth=self._truth)[:height])

    def watch_heat(self) -> None:
        """Update the title with the number of activities."""
        self._update_title()

    def _update_title(self) -> None:
        count, room = len(self.heat.rows) if self.heat else 0, max(0, self.content_size.height - HEAD)
        more = f" · {room} of {count} activities" if 0 < room < count else ""
        self.border_title = ("Receptive" if self._truth else "Speaks") + more
