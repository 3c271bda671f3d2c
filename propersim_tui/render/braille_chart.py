"""Line charts over days drawn with braille dots.

A chart may have several series. Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from propersim_tui.render.format import figure, fit

AXIS = 5
"""Cells to the left of the plot."""
TOLERANCE = 0.05
"""Share of the range by which a value may lie outside without extending it."""
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


def bounds(series: Sequence[Series], low: float, high: float) -> tuple[float, float]:
    """Return a range that holds every value.

    It is the given one, extended to whole numbers if necessary.

    Args:
        series: the lines.
        low: lower end of the range.
        high: upper end of the range.
    """
    values = [value for one in series for value in one.values.values() if value is not None]
    least, most = min(values, default=low), max(values, default=high)
    margin = (high - low) * TOLERANCE
    return (low if least >= low - margin else float(math.floor(least))), (high if most <= high + margin else float(math.ceil(most)))


def scaled(title: str, series: Sequence[Series], low: float, high: float) -> tuple[str, float, float]:
    """Return title and range of a chart that an extreme first day does not flatten.

    An untrained assistant may speak at every step. If the first day lies outside the range of the others, the chart is cut there, and
    the title gives the values.

    Args:
        title: the title.
        series: the lines.
        low: lower end of the range.
        high: upper end of the range.

    Returns:
        Title, lower end, upper end.
    """
    later = [Series({day: value for day, value in one.values.items() if day > 1}, one.sign, one.style) for one in series]
    if not any(value is not None for one in later for value in one.values.values()):
        return title, *bounds(series, low, high)
    low, high = bounds(later, low, high)
    first = [one.values.get(1) for one in series if one.sign]
    margin = (high - low) * TOLERANCE
    if all(value is None or low - margin <= value <= high + margin for value in first):
        return title, low, high
    return f"{title} (day 1: {', '.join(figure(value) for value in first)})", low, high


def curve(title: str, low: float, high: float, series: Sequence[Series], last: int, width: int, height: int) -> list[Content]:
    """Draw a chart.

    Args:
        title: the line above the plot.
        low: value at the bottom; lower values are drawn there.
        high: value at the top; higher values are drawn there.
        series: the lines, drawn in this order.
        last: the last day; the first is 1.
        width: width in cells.
        height: number of lines, including title and axis.

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
            if one.sign and last <= columns:
                cell = (here[1] // 4, here[0] // 2)
                other = signs.get(cell)
                signs[cell] = (one.sign, f"bold {one.style}") if other is None or other[1] == f"bold {one.style}" else (BOTH, "bold")
            before = here
        if one.sign:
            # A cell that a later line shares with this one gets a neutral colour.
            shared |= set(dots)
    lines = [Content.assemble((fit(title, width), "bold"))]
    for row in range(rows):
        mark = f"{high:g}" if row == 0 else f"{low:g}" if row == rows - 1 else ""
        parts: list[tuple[str, str]] = [(f"{mark.replace('-', '−'):>{AXIS - 1}}┤", "$muted")]
        for column in range(columns):
            bits, style = dots.get((row, column), (0, ""))
            parts.append(signs.get((row, column)) or (chr(0x2800 + bits) if bits else " ", style))
        lines.append(Content.assemble(*parts))
    lines.append(Content.assemble((" " * (AXIS - 1) + "└" + days_axis(last, columns), "$muted")))
    return lines[:height]


def days_axis(last: int, columns: int) -> str:
    """Return the axis below a plot, with as many days as fit.

    Args:
        last: the last day.
        columns: width in cells.
    """
    cells = [" "] * columns
    end = -2
    for day in range(1, last + 1):
        text = str(day)
        at = int((day - 0.5) / last * columns) - (len(text) - 1) // 2
        if at > end + 1 and at + len(text) <= columns:
            cells[at : at + len(text)] = text
            end = at + len(text) - 1
    return "".join(cells)


def _between(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the dots of a straight line between two dots."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    if not count:
        return [start]
    return [
        (start[0] + round((end[0] - start[0]) * i / count), start[1] + round((end[1] - start[1]) * i / count)) for i in range(count + 1)
    ]
