"""Line charts over days drawn with braille dots.

A chart may have several series. Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len
from textual.content import Content

from propersim_tui.render.format import figure, fit

AXIS = 5
"""Cells to the left of the plot."""
SCORE, SHARE = (0.0, 4.0), (0.0, 1.0)
"""The axes of scores and of shares; they are the same whatever the values are."""
OVER, BELOW = "↑", "↓"
"""Signs of a value that lies above or below the axis; it is drawn at its end."""
CURSOR = "│"
BOTH = "◉"
"""The sign of a cell in which two series have a point."""
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


@dataclass(frozen=True)
class Series:
    """One line of a chart.

    Attributes:
        values: the values by day; None leaves a gap.
        sign: drawn at each day; "" for a reference line, which is drawn below the others.
        style: style of line and signs.
    """

    values: Mapping[int, float | None]
    sign: str
    style: str


def count_axis(title: str, series: Sequence[Series]) -> tuple[str, float, float]:
    """Return title and axis of a chart of counts, which begins at 0.

    An untrained assistant may speak at every step: the first day does not set the upper end if others do, and the title gives its values.

    Args:
        title: the title.
        series: the lines.

    Returns:
        Title, lower end, upper end; the upper end is a whole number of at least 1.
    """

    def most(first: int) -> float:
        values = [value for one in series for day, value in one.values.items() if value is not None and day >= first]
        return float(max(1, math.ceil(max(values, default=0.0))))

    high = most(2) if any(value is not None for one in series for day, value in one.values.items() if day > 1) else most(1)
    first = [one.values.get(1) for one in series if one.sign]
    if all(value is None or value <= high for value in first):
        return title, 0.0, high
    return f"{title} (day 1: {', '.join(figure(value) for value in first)})", 0.0, high


def readout(series: Sequence[Series], day: int) -> list[tuple[str, str]]:
    """Return the number of a day, and the value of each line with a sign on that day."""
    parts = [(f"day {day}", "bold $mark")]
    for one in series:
        if one.sign:
            parts.append((f" {one.sign}{figure(one.values.get(day))}", f"bold {one.style}"))
    return parts


def day_at(column: int, last: int, width: int) -> int | None:
    """Return the day at a column of a chart; None outside of the plot.

    Args:
        column: cells from the left end of the chart.
        last: the last day.
        width: width of the chart in cells.
    """
    columns = max(2, width - AXIS)
    place = column - AXIS
    return min(last, int(place / columns * last) + 1) if last >= 1 and 0 <= place < columns else None


def curve(
    title: str, low: float, high: float, series: Sequence[Series], last: int, width: int, height: int, cursor: int | None = None
) -> list[Content]:
    """Draw a chart.

    Args:
        title: the line above the plot.
        low: value at the bottom; lower values are drawn there as :data:`BELOW`.
        high: value at the top; higher values are drawn there as :data:`OVER`.
        series: the lines, drawn in this order.
        last: the last day; the first is 1.
        width: width in cells.
        height: number of lines, including title and axis.
        cursor: the day whose values stand beside the title; None for none.

    Returns:
        The lines of the chart.
    """
    rows, columns = max(1, height - 2), max(2, width - AXIS)
    last = max(1, last)
    span = (high - low) or 1.0
    dots: dict[tuple[int, int], tuple[int, str]] = {}
    signs: dict[tuple[int, int], tuple[str, str]] = {}
    shared: set[tuple[int, int]] = set()

    def spot(day: int, value: float) -> tuple[int, int]:
        """Return column and row of a value in dots, counted from the upper left."""
        part = max(0.0, min(1.0, (value - low) / span))
        return int((day - 0.5) / last * columns * 2), round((1 - part) * (rows * 4 - 1))

    for one in series:
        before: tuple[int, int] | None = None
        for day in range(1, last + 1):
            value = one.values.get(day)
            if value is None:
                before = None
                continue
            here = spot(day, value)
            for x, y in _between(before or here, here):
                cell = (y // 4, x // 2)
                bits, style = dots.get(cell, (0, one.style))
                if style != one.style and cell not in shared:
                    bits = 0
                dots[cell] = (bits | _DOTS[x % 2][y % 4], "$foreground" if cell in shared else one.style)
            outside = OVER if value > high else BELOW if value < low else ""
            if one.sign and (last <= columns or outside):
                cell = (here[1] // 4, here[0] // 2)
                other = signs.get(cell)
                signs[cell] = (
                    (outside or one.sign, f"bold {one.style}") if other is None or other[1] == f"bold {one.style}" else (BOTH, "bold")
                )
            before = here
        if one.sign:
            # A cell that a later line shares with this one gets a neutral colour.
            shared |= set(dots)
    values = readout(series, cursor) if cursor is not None else []
    room = width - sum(cell_len(text) for text, _ in values)
    # Values are never cut: in a narrow chart they replace the title.
    lines = [Content.assemble((fit(title, room), "bold"), *values) if room > len(values) else Content.assemble(*values)]
    column_of_cursor = spot(cursor, low)[0] // 2 if cursor is not None and 1 <= cursor <= last else -1
    middle = rows // 2 if rows % 2 and rows >= 5 else -1
    for row in range(rows):
        mark = f"{high:g}" if row == 0 else f"{low:g}" if row == rows - 1 else f"{(low + high) / 2:g}" if row == middle else ""
        parts: list[tuple[str, str]] = [(f"{mark.replace('-', '−'):>{AXIS - 1}}┤", "$muted")]
        for column in range(columns):
            bits, style = dots.get((row, column), (0, ""))
            blank = (CURSOR, "$mark") if column == column_of_cursor else (" ", style)
            parts.append(signs.get((row, column)) or ((chr(0x2800 + bits), style) if bits else blank))
        lines.append(Content.assemble(*parts))
    lines.append(Content.assemble((" " * (AXIS - 1) + "└" + days_axis(last, columns), "$muted")))
    return lines[:height]


def days_axis(last: int, columns: int) -> str:
    """Return the axis below a plot, with days at regular steps, as many as fit.

    Args:
        last: the last day.
        columns: width in cells.
    """

    def place(day: int) -> tuple[int, int]:
        """Return the columns of a day's number, start inclusive and end exclusive."""
        length = len(str(day))
        at = max(0, min(columns - length, int((day - 0.5) / last * columns) - (length - 1) // 2))
        return at, at + length

    days: Sequence[int] = ()
    for step in (1, 2, 5, 10, 50, 100, 10**6):
        days = range(1, last + 1, step)
        places = [place(day) for day in days]
        if all(start > end for (_, end), (start, _) in pairwise(places)):
            break
    cells = [" "] * columns
    for day in days:
        start, end = place(day)
        cells[start:end] = str(day)
    return "".join(cells)


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the dots of a straight line between two dots."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    if not count:
        return [start]
    return [
        (start[0] + round((end[0] - start[0]) * i / count), start[1] + round((end[1] - start[1]) * i / count)) for i in range(count + 1)
    ]
