"""The picture of a study: rows of dots, one a persona, with a mean and its interval, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.studies.svg import INK, RULE, SOFT, WIDTH, closed, opened, text

_LABELS, _RIGHT, _TOP, _ROW, _BOTTOM = 250, 60, 44, 30, 44
_DOT = "#0064a8"


class DotRow(NamedTuple):
    """A row of the picture.

    Attributes:
        label: its name.
        mean: the value of the large mark; None for none.
        bounds: interval of that value, or None.
        dots: values of the small marks.
        text: the value in words, at the end of the row.
    """

    label: str
    mean: float | None
    bounds: tuple[float, float] | None
    dots: Sequence[float]
    text: str


def dot_plot(title: str, axis: str, rows: Sequence[DotRow], ticks: Sequence[float]) -> str:
    """Return the picture as SVG.

    Args:
        title: what it shows.
        axis: what the axis is.
        rows: the rows, from top to bottom.
        ticks: the ticks of the axis, in order; the first and the last are its ends.
    """
    height = _TOP + _ROW * len(rows) + _BOTTOM
    low, high = ticks[0], ticks[-1]

    def x(value: float) -> str:
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return f"{_LABELS + share * (WIDTH - _LABELS - _RIGHT):.1f}"

    bottom = height - _BOTTOM
    lines = opened(title, height, ((row.label, row.text) for row in rows))
    for tick in ticks:
        lines += [
            f'<path d="M{x(tick)} {_TOP - 8}V{bottom}" stroke="{RULE}"/>',
            f'<text x="{x(tick)}" y="{bottom + 16}" fill="{SOFT}" text-anchor="middle">{tick:g}</text>',
        ]
    lines.append(f'<text x="{x((low + high) / 2)}" y="{bottom + 34}" fill="{SOFT}" text-anchor="middle">{text(axis)}</text>')
    for at, row in enumerate(rows):
        y = _TOP + _ROW * at + _ROW // 2
        lines.append(f'<text x="{_LABELS - 14}" y="{y + 4}" fill="{INK}" text-anchor="end">{text(row.label)}</text>')
        lines += [f'<circle cx="{x(value)}" cy="{y}" r="3.5" fill="{_DOT}" fill-opacity="0.3"/>' for value in row.dots]
        if row.bounds is not None:
            lines.append(f'<path d="M{x(row.bounds[0])} {y}H{x(row.bounds[1])}" stroke="{INK}" stroke-width="2"/>')
        if row.mean is not None:
            lines.append(f'<path d="M{x(row.mean)} {y - 7}V{y + 7}" stroke="{INK}" stroke-width="3"/>')
        lines.append(f'<text x="{WIDTH - _RIGHT + 14}" y="{y + 4}" fill="{INK}">{text(row.text)}</text>')
    return closed(lines)
