"""Hour × activity: how likely the assistant speaks there, beside when the user is open to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from propersim.core.text import clean
from propersim_tui.render.content import line
from propersim_tui.render.format import fit

LABEL = 18
"""Cells of an activity's name where room is scarce."""
LONGEST = 36
"""Cells of an activity's name at most."""
HEAD = 2
"""Lines above the activities: hours, and when the user is open."""
TAIL = 8
"""Cells of the time lived, at the end of a row, where there is room for that."""
SHADES = "·░▒▓█"
"""How likely, in fifths: the fuller, the likelier."""
BAND = "▄"
"""Above a half-hour in which the user was mostly open, whatever they did."""
LIVED = 1.0
"""Minutes from which on a cell counts as one that the user has lived through."""


@dataclass(frozen=True)
class HeatData:
    """A picture of what an adapter does.

    Attributes:
        rows: names of the activities, in the order of ``values``.
        first: minute of the day at which the first column begins; each is half an hour.
        values: for each activity and half-hour a share of 0–1.
        open: likewise, whether the user is open to suggestions then.
        lived: likewise, minutes that the user spent so in the run.
    """

    rows: Sequence[str]
    first: int
    values: Sequence[Sequence[float]]
    open: Sequence[Sequence[bool]]
    lived: Sequence[Sequence[float]]

    def agreement(self, threshold: float) -> float | None:
        """Return the share of the time lived at which it would speak exactly where the user is open; None where nothing was lived."""
        total = right = 0.0
        for values, opens, minutes in zip(self.values, self.open, self.lived, strict=True):
            for value, is_open, lived in zip(values, opens, minutes, strict=True):
                total += lived
                right += lived * ((value > threshold) == is_open)
        return right / total if total else None


def shade(value: float) -> str:
    """Return the sign of a share 0–1."""
    return SHADES[max(0, min(len(SHADES) - 1, int(value * len(SHADES))))]


@dataclass(frozen=True)
class HeatLayout:
    """How a map is laid out.

    Attributes:
        label: cells of an activity's name.
        wide: cells of a column.
        joined: half-hours of a column.
        columns: how many there are.
        tail: whether there is room for the time lived.
    """

    label: int
    wide: int
    joined: int
    columns: int
    tail: bool


def layout_of(heat: HeatData, width: int) -> HeatLayout | None:
    """Return how a map is laid out in a width: columns as wide as there is room, names with what that leaves; None where nothing fits."""
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
    """Return a heat map: hours above (and below, where there is room), beneath them when the user is open, activities below each other.

    Args:
        heat: what to draw.
        width: cells that there are.
        height: lines that there are; activities that find no room are left out, the least lived ones first.
        truth: draw when the user is open instead of how likely the assistant speaks.
    """
    plan = layout_of(heat, width)
    if plan is None or height < 2:
        return []
    hours = _hours(heat.first, plan)
    head = [hours, _band(heat, plan)] if height >= 3 * HEAD else [hours]
    rows = list(zip(heat.rows, heat.values, heat.open, heat.lived, strict=True))[: height - len(head)]
    lines = [*head]
    for name, values, opens, lived in rows:
        cells: list[tuple[str, str]] = []
        for start in range(0, len(values), plan.joined):
            part = range(start, min(start + plan.joined, len(values)))
            is_open = any(opens[i] for i in part)
            been = any(lived[i] >= LIVED for i in part)
            cells.append(_truth(is_open, been, plan.wide) if truth else _cell(max(values[i] for i in part), is_open, been, plan.wide))
        style = "" if any(x >= LIVED for x in lived) else "$muted"
        tail = f"{sum(lived) / 60:6.1f} h" if plan.tail else ""
        lines.append(line((fit(clean(name, 60), plan.label), style), " ", *cells, (tail, "$muted")))
    return [*lines, hours] if len(lines) < height and len(rows) > 8 else lines


def legend(width: int, *, truth: bool = False) -> str:
    """Return what the signs of a map mean, as much as a width has room for."""
    ramp, more, faint = f"P(speak) 0 {SHADES} 1", "underlined: the user is open", "faint: not lived so far"
    forms: tuple[str, ...] = ("█ open   · not open   " + faint, "█ open   · not open")
    if not truth:
        fifths = "P(speak)  " + "  ".join(f"{sign} {place / 5:.1f}–{(place + 1) / 5:.1f}" for place, sign in enumerate(SHADES))
        each = ((fifths, more, faint), (fifths, more), (ramp, more, faint), (ramp, more), (ramp,))
        forms = tuple("   ".join(parts) for parts in each)
    return next((form for form in forms if cell_len(form) <= width), "")


def _cell(value: float, is_open: bool, been: bool, wide: int) -> tuple[str, str]:
    colour = "$score-4" if is_open else "$score-0"
    return shade(value) * wide, f"{'underline ' if is_open else ''}{colour if been else f'{colour} 45%'}"


def _truth(is_open: bool, been: bool, wide: int) -> tuple[str, str]:
    return ("█" if is_open else "·") * wide, ("$score-4" if is_open else "$muted") if been else "$foreground 30%"


def _band(heat: HeatData, plan: HeatLayout) -> Content:
    """Return a line that marks the half-hours in which the user, as they have lived, was open for at least half of the time."""
    cells: list[str] = []
    for start in range(0, plan.columns * plan.joined, plan.joined):
        total = opened = 0.0
        for opens, lived in zip(heat.open, heat.lived, strict=True):
            for at in range(start, min(start + plan.joined, len(opens))):
                total += lived[at]
                opened += lived[at] * opens[at]
        cells.append((BAND if opened > 0 and 2 * opened >= total else " ") * plan.wide)
    return line((fit("open, mostly", plan.label), "$success"), " ", ("".join(cells), "$success"))


def _hours(first: int, plan: HeatLayout) -> Content:
    """Return the hours above their columns: the first one, as many as fit, and at the end when the last column ends."""
    width = plan.wide * plan.columns
    end = first + 30 * plan.joined * plan.columns
    closing = f"{end // 60 % 24}{'½' if end % 60 else ''}"
    cells = [" "] * width
    last = -3
    for column in range(plan.columns):
        minute, at = first + 30 * plan.joined * column, column * plan.wide
        text = str(minute // 60 % 24)
        # Clear of the one before, and of the one at the end.
        if minute % 60 == 0 and at >= last + 3 and at + len(text) < width - len(closing):
            cells[at : at + len(text)] = list(text)
            last = at
    cells[max(0, width - len(closing)) :] = list(closing[:width])
    return line(" " * (plan.label + 1), ("".join(cells), "$muted"))


class HeatMap(Widget):
    """Draws a heat map, or when the user is open.

    Args:
        truth: whether it draws when the user is open.
    """

    heat: reactive[HeatData | None] = reactive(None)

    def __init__(self, *, truth: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._truth = truth
        self.border_title = "Open to suggestions" if truth else "Speaks"

    def on_resize(self) -> None:
        """Say what the signs mean, as far as there is room."""
        self._entitle()
        self.border_subtitle = Content(legend(self.content_size.width - 4, truth=self._truth))

    def render(self) -> Content:
        """Draw it in the size that there is."""
        width, height = self.content_size
        if self.heat is None:
            return line(("working it out …", "$muted"))
        return Content("\n").join(each.truncate(width) for each in heat_lines(self.heat, width, height, truth=self._truth)[:height])

    def watch_heat(self) -> None:
        """Say how many activities there are, where not all have room."""
        self._entitle()

    def _entitle(self) -> None:
        count, room = len(self.heat.rows) if self.heat else 0, max(0, self.content_size.height - HEAD)
        more = f" · {room} of {count} activities" if 0 < room < count else ""
        self.border_title = ("Open to suggestions" if self._truth else "Speaks") + more
