"""Figures of two runs or more: a table of selected days, and curves over all days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from propersim.simulation.metrics import POOLED
from propersim_tui.data.comparison import ComparedRun, best_of, better
from propersim_tui.render.braille_chart import SCORE, SHARE, Series, count_axis, curve, day_at
from propersim_tui.render.content import beside, line
from propersim_tui.render.format import figure, fit, short_number
from propersim_tui.widgets.text_pane import TextPane

SIGNS = ("●", "○", "◆", "◇", "■", "□")
STYLES = ("$primary", "$mark", "$score-4", "$score-1", "$text-warning", "$foreground")
"""Sign and colour of each run; the signs alone tell the runs apart."""
Sides = tuple[ComparedRun, ...]
FIFTH = 5
NAME = 15
FEWEST_NOTED = 8
"""Rows up to which the note on the table is left out."""
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
CURVES: tuple[tuple[str, str, tuple[float, float] | None], ...] = (
    ("F1", "f1", SHARE),
    ("Score", "score", SCORE),
    ("Headroom", "headroom", SHARE),
    ("Shown per hour", "recs_per_hour", None),
    ("Score ≥ 3", "success_rate", SHARE),
)
"""Title, figure and axis of each curve; None for a count, whose axis begins at 0."""
LEAST_CURVE = (26, 5)
"""Fewest columns and rows in which a curve is readable."""


class CompareFigures(TextPane):
    """Table of figures over all common days; for two runs also single days.

    The single days are day 1 and day 5; the last three common days are pooled. The better one carries the sign of its run.
    """

    sides: reactive[Sides | None] = reactive(None)
    day: reactive[int | None] = reactive(None)
    """The day under the cursor of the curves; its figures then stand in the first column."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Figures"

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw the table."""
        if self.sides is None:
            return [line((self.waiting, "$muted"))]
        last = min(side.last for side in self.sides)
        if not last:
            return [line((f"no day is complete in {'both' if len(self.sides) == 2 else 'all'} runs yet", "$muted"))]
        if len(self.sides) > 2:
            return _many(self.sides, (self.day, self.day) if self.day is not None else (1, last), width, height)
        days = [(1, last), *((day, day) for day in (1, FIFTH) if day < last), *([(last - POOLED + 1, last)] if last > POOLED else [])]
        if self.day is not None:
            days = [(self.day, self.day), *(each for each in days if each != (self.day, self.day))]
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
        return _noted(lines, note, [each for pair in figures for each in pair], height)


def _many(sides: Sides, days: tuple[int, int], width: int, height: int) -> list[Content]:
    """Return a table with one column per run, over all common days or the day of the cursor.

    Args:
        sides: the runs.
        days: first and last of the days.
        width: available cells; without room for a column of each run, names are cut first.
        height: available lines.
    """
    figures = [side.over(*days) for side in sides]
    name = max(6, min(NAME, width - NARROW * len(sides)))
    title = f"day {days[0]}" if days[0] == days[1] else f"days {days[0]}–{days[1]}"
    lines = [line((fit(title, name), "bold"), *((f"{SIGNS[number]:>{NARROW - 1}} ", STYLES[number]) for number in range(len(sides))))]
    for label, key in ROWS:
        best = best_of(key, figures)
        cells: list[tuple[str, str]] = [(fit(label, name), "")]
        for number, values in enumerate(figures):
            mark = SIGNS[number] if number == best else " "
            cells.append((f"{mark}{_figure(key, values):>{NARROW - 2}} ", f"bold {STYLES[number]}" if number == best else ""))
        lines.append(line(*cells))
    oracle = ((f" {figure(values['oracle_per_hour'] if values else None):>{NARROW - 2}} ", "$muted") for values in figures)
    lines.append(line((fit("oracle", name), "$muted"), *oracle))
    return _noted(lines, "days pooled · the sign marks the best", figures, height)


def _noted(lines: list[Content], note: str, figures: Sequence[dict[str, Any] | None], height: int) -> list[Content]:
    """Return a table with the notes below it, for which the last rows make room.

    Args:
        lines: the table.
        note: how it is to be read.
        figures: the figures in it.
        height: available lines.
    """
    notes = [note] if height > FEWEST_NOTED else []
    if any(values is not None and values["unrated"] for values in figures):
        notes.append("* not known: some recommendations are not rated in full")
    return [*lines[: max(3, height - len(notes))], *(line((each, "$muted")) for each in notes)]


FigurePairs = list[tuple[dict[str, Any] | None, dict[str, Any] | None]]


def _row(title: str, name: str, pairs: FigurePairs, cell: int) -> Content:
    parts: list[tuple[str, str]] = [(fit(title, NAME), "")]
    for pair in pairs:
        best = better(name, *pair)
        for number, values in enumerate(pair):
            text = _figure(name, values)
            mark = SIGNS[number] if best == number else " "
            style = f"bold {STYLES[number]}" if best == number else ""
            parts.append((f"{mark}{text:>{cell - 2}} " + " " * number, style))
    return line(*parts)


def _figure(name: str, values: dict[str, Any] | None) -> str:
    """Return a figure as text; a dash where it has no value."""
    if values is not None and name in ("f1", "recall") and values["unrated"]:
        return "–*"
    value = None if values is None else values[name]
    if name in ("score", "recs_per_hour"):
        return figure(value)
    if name == "unwelcome" and value is not None:
        return str(value)
    return f"{value:.1f}" if name == "welcome" and value is not None else short_number(value)


def _oracle(pairs: FigurePairs, cell: int) -> list[tuple[str, str]]:
    parts = []
    for pair in pairs:
        for number, values in enumerate(pair):
            parts.append((f" {figure(values['oracle_per_hour'] if values else None):>{cell - 2}} " + " " * number, "$muted"))
    return parts


class CompareCurves(TextPane, can_focus=True):
    """A small curve per figure with all runs in it, and one cursor for all curves."""

    @dataclass
    class Pointed(Message):
        """The cursor is on a day, or on none."""

        day: int | None

    @dataclass
    class Chosen(Message):
        """A day was clicked, or Enter was pressed on it."""

        day: int

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor(-1)", "previous day's values", show=False),
        Binding("right", "cursor(1)", "next day's values", show=False),
        Binding("enter", "choose", "go to this day", show=False),
    ]
    sides: reactive[Sides | None] = reactive(None)
    cursor: reactive[int | None] = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Over days"

    def watch_cursor(self, day: int | None) -> None:
        """Say where the cursor is."""
        self.post_message(self.Pointed(day))

    @property
    def _last(self) -> int:
        """The last day that is complete in a run; 0 if there is none."""
        return max((side.last for side in self.sides), default=0) if self.sides is not None else 0

    def _day_at(self, event: events.MouseEvent) -> int | None:
        """Return the day under the pointer, in whichever curve."""
        place = event.get_content_offset(self)
        width, height = self.content_size
        columns, _, wide, _ = _grid(width, height)
        if place is None or place.x >= columns * (wide + 3):
            return None
        return day_at(place.x % (wide + 3), self._last, wide)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the values of the day under the pointer."""
        self.cursor = self._day_at(event)

    def on_leave(self) -> None:
        """Remove the cursor when the pointer leaves, unless the keyboard moves it."""
        if not self.has_focus:
            self.cursor = None

    def on_blur(self) -> None:
        """Remove the cursor."""
        self.cursor = None

    def on_click(self, event: events.Click) -> None:
        """Go to the day that was clicked."""
        day = self._day_at(event)
        if day is not None:
            self.post_message(self.Chosen(day))

    def action_cursor(self, by: int) -> None:
        """Move the cursor by days; it begins at the last one, or at the first."""
        last = self._last
        if last:
            begin = last if by < 0 else 1
            self.cursor = begin if self.cursor is None else max(1, min(last, self.cursor + by))

    def action_choose(self) -> None:
        """Go to the day of the cursor."""
        if self.cursor is not None:
            self.post_message(self.Chosen(self.cursor))

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw as many curves as fit, the most informative first."""
        if self.sides is None:
            return [line((self.waiting, "$muted"))]
        last = self._last
        if not last:
            return [line(("no day is complete yet", "$muted"))]
        columns, rows, wide, high = _grid(width, height)
        pictures = [self._picture(*each, last, wide, high) for each in CURVES[: rows * columns]]
        lines: list[Content] = []
        for start in range(0, len(pictures), columns):
            lines += beside([(picture, wide) for picture in pictures[start : start + columns]])
        return lines

    def _picture(self, title: str, name: str, axis: tuple[float, float] | None, last: int, width: int, height: int) -> list[Content]:
        assert self.sides is not None
        series = [Series(side.each(name), SIGNS[number], STYLES[number]) for number, side in enumerate(self.sides)]
        shown = count_axis(title, series) if axis is None else (title, *axis)
        return curve(*shown, series, last, width, height, self.cursor)


def _grid(width: int, height: int) -> tuple[int, int, int, int]:
    """Return columns and rows of the curves that fit, and width and height of each, in cells."""
    columns = max(1, min(3, (width + 3) // (LEAST_CURVE[0] + 3)))
    rows = max(1, min(-(-len(CURVES) // columns), height // LEAST_CURVE[1]))
    columns = min(columns, -(-len(CURVES) // rows))
    wide, high = (width - 3 * (columns - 1)) // columns, max(LEAST_CURVE[1], height // rows)
    return columns, rows, wide, high
