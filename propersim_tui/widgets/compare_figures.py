"""Figures of two runs: a table of selected days, and curves over all days."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.reactive import reactive

from propersim.simulation.metrics import POOLED
from propersim_tui.data.comparison import ComparedRun, better
from propersim_tui.render.braille_chart import Series, curve, scaled
from propersim_tui.render.content import beside, line
from propersim_tui.render.format import figure, fit, short_number
from propersim_tui.widgets.text_pane import TextPane

SIGNS = ("●", "○")
STYLES = ("$primary", "$mark")
"""Sign and colour of the first and the second run."""
Sides = tuple[ComparedRun, ComparedRun]
FIFTH = 5
NAME = 15
NARROW, WIDE = 7, 8
"""Width of a figure with its sign, in little and in ample space."""
ROWS = (
    ("F1", "f1"),
    ("unwelcome", "unwelcome"),
    ("score", "score"),
    ("score ≥ 3", "success_rate"),
    ("headroom", "headroom"),
    ("shown per hour", "recs_per_hour"),
    ("welcome / day", "welcome"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("preference", "preference"),
    ("timing", "timing"),
    ("frequency", "frequency"),
    ("communication", "communication"),
)
CURVES = (
    ("F1", "f1", 0.0, 1.0),
    ("Score", "score", 3.0, 4.0),
    ("Headroom", "headroom", 0.0, 1.0),
    ("Shown per hour", "recs_per_hour", 0.0, 1.0),
    ("Score ≥ 3", "success_rate", 0.0, 1.0),
)
LEAST_CURVE = (26, 5)
"""Fewest columns and rows in which a curve is readable."""


class CompareFigures(TextPane):
    """Table of figures of two runs over all common days, single days, and the last ones.

    The single days are day 1 and day 5; the last three common days are pooled. The better one carries the sign of its run.
    """

    sides: reactive[Sides | None] = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Figures"

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw the table."""
        if self.sides is None:
            return [line((self.waiting, "$muted"))]
        last = min(self.sides[0].last, self.sides[1].last)
        if not last:
            return [line(("no day is complete in both runs yet", "$muted"))]
        days = [(1, last), *((day, day) for day in (1, FIFTH) if day < last), *([(last - POOLED + 1, last)] if last > POOLED else [])]
        while len(days) > 1 and NAME + len(days) * (2 * NARROW + 1) > width:
            # A cut column would be misread; all days matter most, then the last ones, then the first.
            days.pop(2 if len(days) > 3 else 1)
        cell = WIDE if NAME + len(days) * (2 * WIDE + 1) <= width else NARROW
        figures = [(self.sides[0].over(*each), self.sides[1].over(*each)) for each in days]
        head: list[tuple[str, str]] = [(" " * NAME, "")]
        signs: list[tuple[str, str]] = [(" " * NAME, "")]
        for first, end in days:
            name = f"day {first}" if first == end else f"days {first}–{end}"
            name = name if len(name) < 2 * cell else f"{first}–{end}"
            head.append((f"{name:>{2 * cell - 1}}  ", "bold"))
            signs += [(f"{SIGNS[0]:>{cell - 1}} ", STYLES[0]), (f"{SIGNS[1]:>{cell - 1}}  ", STYLES[1])]
        lines = [line(*head), line(*signs)]
        lines += [_row(title, name, figures, cell) for title, name in ROWS]
        if height > len(lines):
            lines.append(line((fit("oracle per hour", NAME), "$muted"), *_oracle(figures, cell)))
        note = f"days pooled · {SIGNS[0]} {SIGNS[1]} better (per hour: closer to the oracle)"
        return [*lines[: max(3, height - 1)], line((note, "$muted"))] if height > 8 else lines


FigurePairs = list[tuple[dict[str, Any] | None, dict[str, Any] | None]]


def _row(title: str, name: str, pairs: FigurePairs, cell: int) -> Content:
    parts: list[tuple[str, str]] = [(fit(title, NAME), "")]
    for pair in pairs:
        best = better(name, *pair)
        for number, values in enumerate(pair):
            value = None if values is None else values[name]
            text = (
                figure(value)
                if name in ("score", "recs_per_hour")
                else str(value)
                if name == "unwelcome" and value is not None
                else f"{value:.1f}"
                if name == "welcome" and value is not None
                else short_number(value)
            )
            mark = SIGNS[number] if best == number else " "
            style = f"bold {STYLES[number]}" if best == number else ""
            parts.append((f"{mark}{text:>{cell - 2}} " + " " * number, style))
    return line(*parts)


def _oracle(pairs: FigurePairs, cell: int) -> list[tuple[str, str]]:
    parts = []
    for pair in pairs:
        for number, values in enumerate(pair):
            parts.append((f" {figure(values['oracle_per_hour'] if values else None):>{cell - 2}} " + " " * number, "$muted"))
    return parts


class CompareCurves(TextPane):
    """A small curve per figure, with both runs in it."""

    sides: reactive[Sides | None] = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Over days"

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw as many curves as fit, the most informative first."""
        if self.sides is None:
            return [line((self.waiting, "$muted"))]
        last = max(side.last for side in self.sides)
        if not last:
            return [line(("no day is complete yet", "$muted"))]
        columns = max(1, min(3, (width + 3) // (LEAST_CURVE[0] + 3)))
        rows = max(1, min(-(-len(CURVES) // columns), height // LEAST_CURVE[1]))
        columns = min(columns, -(-len(CURVES) // rows))
        wide, high = (width - 3 * (columns - 1)) // columns, max(LEAST_CURVE[1], height // rows)
        pictures = [self._picture(*each, last, wide, high) for each in CURVES[: rows * columns]]
        lines: list[Content] = []
        for start in range(0, len(pictures), columns):
            lines += beside([(picture, wide) for picture in pictures[start : start + columns]])
        return lines

    def _picture(self, title: str, name: str, low: float, high: float, last: int, width: int, height: int) -> list[Content]:
        assert self.sides is not None
        series = [Series(side.each(name), SIGNS[number], STYLES[number]) for number, side in enumerate(self.sides)]
        return curve(*scaled(title, series, low, high), series, last, width, height)
