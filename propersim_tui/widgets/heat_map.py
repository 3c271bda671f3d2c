"""Hour × activity: how likely the assistant speaks there, beside when the user is open to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from propersim_tui.look import fit, safe
from propersim_tui.widgets.region import line

LABEL = 18
"""Cells of an activity's name."""
SHADES = "·░▒▓█"
"""How likely, in fifths: the fuller, the likelier."""
LIVED = 1.0
"""Minutes from which on a cell counts as one that the user has lived through."""


@dataclass(frozen=True)
class Heat:
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


def heat_lines(heat: Heat, width: int, height: int, *, truth: bool = False) -> list[Content]:
    """Return a heat map, hours above, activities below each other.

    Args:
        heat: what to draw.
        width: cells that there are.
        height: lines that there are; activities that find no room are left out, the least lived ones first.
        truth: draw when the user is open instead of how likely the assistant speaks.
    """
    columns = len(heat.values[0]) if heat.values else 0
    room = width - LABEL - 1
    if not columns or room < 8 or height < 2:
        return []
    # Whole half-hours to a cell, or cells to a half-hour.
    wide = max(1, room // columns)
    joined = -(-columns // room)
    lines = [_hours(heat.first, columns, wide, joined)]
    for name, values, opens, lived in list(zip(heat.rows, heat.values, heat.open, heat.lived, strict=True))[: height - 1]:
        cells: list[tuple[str, str]] = []
        for start in range(0, columns, joined):
            part = range(start, min(start + joined, columns))
            value = max(values[i] for i in part)
            is_open = any(opens[i] for i in part)
            been = any(lived[i] >= LIVED for i in part)
            cells.append(_truth(is_open, been, wide) if truth else _cell(value, is_open, been, wide))
        lines.append(line((fit(safe(name, 60), LABEL), "" if any(x >= LIVED for x in lived) else "$muted"), " ", *cells))
    return lines


def _cell(value: float, is_open: bool, been: bool, wide: int) -> tuple[str, str]:
    colour = "$score-4" if is_open else "$score-0"
    return shade(value) * wide, colour if been else f"{colour} 45%"


def _truth(is_open: bool, been: bool, wide: int) -> tuple[str, str]:
    return ("█" if is_open else "·") * wide, ("$score-4" if is_open else "$muted") if been else "$foreground 30%"


def _hours(first: int, columns: int, wide: int, joined: int) -> Content:
    cells = [" "] * (wide * -(-columns // joined) + 3)
    last = -3
    for column in range(0, columns, joined):
        minute = first + 30 * column
        at = column // joined * wide
        if minute % 60 == 0 and at >= last + 3:
            text = str(minute // 60 % 24)
            cells[at : at + len(text)] = list(text)
            last = at
    return line(" " * (LABEL + 1), ("".join(cells).rstrip(), "$muted"))


class HeatMap(Widget):
    """Draws a heat map, or when the user is open.

    Args:
        truth: whether it draws when the user is open.
    """

    heat: reactive[Heat | None] = reactive(None)

    def __init__(self, *, truth: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._truth = truth
        self.border_title = "Open to suggestions" if truth else "Speaks"

    def render(self) -> Content:
        """Draw it in the size that there is."""
        width, height = self.content_size
        if self.heat is None:
            return line(("working it out …", "$muted"))
        return Content("\n").join(each.truncate(width) for each in heat_lines(self.heat, width, height, truth=self._truth)[:height])
