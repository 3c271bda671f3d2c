"""Charts of the page as coordinates, which the template draws as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

COLOURS: Final = 8
"""Colours of series, which are variables of the style sheet."""
DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "4 2")
MARKERS: Final = (
    "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z",
    "M-3 -3h6v6h-6z",
    "M0 -4L3.8 3H-3.8z",
    "M0 -4.2L4.2 0L0 4.2L-4.2 0z",
    "M0 4L3.8 -3H-3.8z",
    "M-3.4 -1.2h2.2v-2.2h2.4v2.2h2.2v2.4h-2.2v2.2h-2.4v-2.2h-2.2z",
    "M-4 -3L0 0L4 -3V3L0 0L-4 3z",
)
"""Outlines of markers around 0, 0. Their number has no factor in common with those of colours and dashes."""
MOST_SERIES: Final = 24
"""Most series in a chart."""
MOST_SHOWN: Final = 6
"""Series that are shown until the reader chooses others."""
MOST_POINTS: Final = 120
"""Most days in a chart; of longer runs every second, third, … day is drawn."""
WIDTH: Final = 440
HEIGHT: Final = 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 34
_WIDE_RANGE: Final = 20
"""How many times as large as the smallest maximum of a series the largest one is, from which on an axis is logarithmic."""
_DECADES: Final = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
_RIGHT_OF_LABEL: Final = 6


class Point(NamedTuple):
    """A point of a series.

    Attributes:
        day: day of the run, from 1.
        value: mean over personas; None where there is none.
        interval: 95 % interval of the mean, or None.
        over: number of personas.
    """

    day: int
    value: float | None
    interval: tuple[float, float] | None
    over: int


class Style(NamedTuple):
    """How a series is drawn, in all charts the same.

    Attributes:
        number: number of the series.
        name: its label.
        hidden: whether it is hidden until the reader chooses it.
    """

    number: int
    name: str
    hidden: bool = False

    @property
    def colour(self) -> int:
        """Number of the colour."""
        return self.number % COLOURS

    @property
    def dash(self) -> str:
        """Dashes of the line; "" for a solid one."""
        return DASHES[self.number % len(DASHES)]

    @property
    def marker(self) -> str:
        """Outline of the markers."""
        return MARKERS[self.number % len(MARKERS)]


class Mark(NamedTuple):
    """A marker at a point, with the words that describe it."""

    x: str
    y: str
    text: str


class Line(NamedTuple):
    """A drawn series: its line, its band of intervals ("" for none), and its markers."""

    style: Style
    path: str
    band: str
    marks: list[Mark]


class Tick(NamedTuple):
    """A tick of an axis: its place and its label."""

    at: str
    label: str


class Chart(NamedTuple):
    """A chart.

    Attributes:
        id: its id in the page.
        title: what it shows.
        description: the chart in words, for readers who do not see it.
        note: how to read it; "" for nothing.
        lines: the series.
        x_ticks: ticks of the axis of days.
        y_ticks: ticks of the other axis.
    """

    id: str
    title: str
    description: str
    note: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def line_chart(
    id_: str, title: str, series: Sequence[tuple[Style, list[Point]]], *, digits: int, top: float | None = None, note: str = ""
) -> Chart:
    """Return the chart of a figure by day.

    Args:
        id_: its id in the page.
        title: what it shows.
        series: the series and their points.
        digits: decimal places of values in words.
        top: upper end of the axis; None for the largest value. Then the axis is logarithmic where the series differ much.
        note: how to read it.
    """
    days = sorted({point.day for _, points in series for point in points})
    every = math.ceil(len(days) / MOST_POINTS)
    drawn = {*days[::every], *days[-1:]}
    if every > 1:
        note = f"{note} Every {every} days are drawn; the table has all.".strip()
    values = [[v for p in points if p.day in drawn and p.value is not None for v in (p.value, *(p.interval or ()))] for _, points in series]
    maxima = [most for each in values if (most := max(each, default=0.0)) > 0]
    highest = top if top is not None else max(maxima, default=1.0)
    logarithmic = top is None and highest > _WIDE_RANGE * min(maxima, default=1.0)
    if logarithmic:
        note = f"{note} The axis is logarithmic, as the variants differ by more than a factor of {_WIDE_RANGE}.".strip()
    ticks = [0, *(at for at in _DECADES if at <= highest * 1.05)] if logarithmic else _even_ticks(highest)
    highest = max(highest, ticks[-1])

    def y(value: float) -> float:
        share = math.log1p(max(value, 0.0)) / math.log1p(highest) if logarithmic else value / highest
        return HEIGHT - _BOTTOM - max(0.0, min(share, 1.0)) * (HEIGHT - _BOTTOM - _TOP)

    first, last = (days[0], days[-1]) if days else (1, 1)

    def x(day: int) -> float:
        inner = WIDTH - _LEFT - _RIGHT - 2 * _RIGHT_OF_LABEL
        return _LEFT + _RIGHT_OF_LABEL + (inner / 2 if first == last else (day - first) / (last - first) * inner)

    lines = []
    for style, points in series:
        shown = [(point, x(point.day), y(point.value)) for point in points if point.day in drawn and point.value is not None]
        bounds = [(x(p.day), y(p.interval[0]), y(p.interval[1])) for p, _, _ in shown if p.interval is not None]
        band = "M" + "L".join(
            f"{_at(a)} {_at(b)}" for a, b in [*((a, high) for a, _, high in bounds), *((a, low) for a, low, _ in bounds[::-1])]
        )
        marks = [Mark(_at(a), _at(b), f"{style.name}, day {p.day}: {in_words(p, digits)}") for p, a, b in shown]
        # A day without a value breaks the line.
        missing = {point.day for point in points if point.value is None}
        starts = [
            at == 0 or any(p.day in missing for p in points if shown[at - 1][0].day < p.day < point.day)
            for at, (point, _, _) in enumerate(shown)
        ]
        path = (
            "".join(f"{'M' if start else 'L'}{mark.x} {mark.y}" for start, mark in zip(starts, marks, strict=True))
            if len(marks) > 1
            else ""
        )
        lines.append(Line(style, path, f"{band}z" if len(bounds) > 1 else "", marks))
    return Chart(
        id_,
        title,
        f"{title}. {' '.join(_summary(style.name, points, digits) for style, points in series)}",
        note,
        lines,
        [Tick(_at(x(day)), str(day)) for day in _day_ticks(first, last)],
        [Tick(_at(y(value)), f"{value:,g}") for value in ticks],
    )


def in_words(point: Point, digits: int) -> str:
    """Return a point's value with its interval and number of personas in words.

    Args:
        point: the point.
        digits: decimal places.
    """
    if point.value is None:
        return "–"
    bounds = f" [{point.interval[0]:.{digits}f}, {point.interval[1]:.{digits}f}]" if point.interval is not None else ""
    return f"{point.value:.{digits}f}{bounds}, n {point.over}"


def _summary(name: str, points: Sequence[Point], digits: int) -> str:
    known = [point for point in points if point.value is not None]
    if not known:
        return f"{name}: no value."
    first, last = known[0], known[-1]
    return f"{name}: {first.value:.{digits}f} on day {first.day}, {last.value:.{digits}f} on day {last.day}."


def _at(value: float) -> str:
    """Format a coordinate; the same value always gives the same text."""
    return f"{value:.1f}"


def _even_ticks(highest: float) -> list[float]:
    """Return four to six round values from 0 to at least the highest."""
    size = 10 ** math.floor(math.log10(highest / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if highest / (size * factor) <= 5)
    return [round(step * at, 10) for at in range(math.ceil(highest / step - 1e-9) + 1)]


def _day_ticks(first: int, last: int) -> list[int]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000) if (last - first) / step <= 8)
    ticks = [first, *(day for day in range(first, last) if day % step == 0 and day - first >= step / 2 and last - day >= step / 2)]
    return [*ticks, *([last] if last != first else [])]


class Bar(NamedTuple):
    """A row of the chart of F1 over all days.

    It has the places of the mean and of the interval's ends ("" for none), and the figures in words.
    """

    style: Style
    y: int
    x: str
    low: str
    high: str
    text: str


BAR_HEIGHT: Final = 34


def mean_chart(means: Sequence[tuple[Style, Point]]) -> tuple[list[Bar], int]:
    """Return rows with a mean between 0 and 1 and its interval, and the height of the chart.

    Args:
        means: a point of each series; those without a value are left out.
    """

    def x(value: float) -> str:
        return _at(_RIGHT_OF_LABEL + value * (WIDTH - 2 * _RIGHT_OF_LABEL))

    bars: list[Bar] = []
    for style, point in means:
        if point.value is not None:
            low, high = map(x, point.interval) if point.interval is not None else ("", "")
            bars.append(Bar(style, len(bars) * BAR_HEIGHT, x(point.value), low, high, in_words(point, 2)))
    return bars, len(bars) * BAR_HEIGHT
