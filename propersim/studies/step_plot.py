"""A picture of survival: a falling step curve for each variant, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.studies.survival import SurvivalPoint
from propersim.studies.svg import RULE, SOFT, WIDTH, closed, opened, text

HEIGHT = 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 190, 44, 56
_STYLES = (("#0064a8", ""), ("#b35900", "8 4"), ("#1a7f37", "3 3"), ("#8250df", "10 3 2 3"), ("#57606a", "1 3"))
"""Colour and dashes of each curve: curves can be told apart without colours."""
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_LINE = 16
"""Height of a label."""


class StepCurve(NamedTuple):
    """A curve of the picture.

    Attributes:
        label: its name.
        points: where it falls.
        text: it in words, for readers who do not see it.
    """

    label: str
    points: Sequence[SurvivalPoint]
    text: str


def step_plot(title: str, axis: str, curves: Sequence[StepCurve], ticks: Sequence[float]) -> str:
    """Return the picture as SVG.

    Args:
        title: what it shows.
        axis: what the axis of time is.
        curves: the curves; more than five share styles.
        ticks: the ticks of that axis, in order; the last is its end.
    """
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def x(time: float) -> str:
        return f"{_LEFT + min(time / ticks[-1], 1.0) * (right - _LEFT):.1f}"

    def y(share: float) -> float:
        return bottom - share * (bottom - _TOP)

    lines = opened(title, HEIGHT, ((curve.label, curve.text) for curve in curves))
    for share in _SHARES:
        lines += [
            f'<path d="M{_LEFT} {y(share):.1f}H{right}" stroke="{RULE}"/>',
            f'<text x="{_LEFT - 8}" y="{y(share) + 4:.1f}" fill="{SOFT}" text-anchor="end">{share:g}</text>',
        ]
    for tick in ticks:
        lines += [
            f'<path d="M{x(tick)} {bottom}v4" stroke="{SOFT}"/>',
            f'<text x="{x(tick)}" y="{bottom + 20}" fill="{SOFT}" text-anchor="middle">{tick:g}</text>',
        ]
    lines.append(f'<text x="{(_LEFT + right) / 2:.1f}" y="{bottom + 42}" fill="{SOFT}" text-anchor="middle">{text(axis)}</text>')
    labels = _spread([y(curve.points[-1].share if curve.points else 1.0) for curve in curves])
    for number, (curve, label) in enumerate(zip(curves, labels, strict=True)):
        colour, dashes = _STYLES[number % len(_STYLES)]
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        falls = "".join(f"H{x(point.time)}V{y(point.share):.1f}" for point in curve.points)
        end = y(curve.points[-1].share if curve.points else 1.0)
        lines += [
            f'<path d="M{_LEFT} {y(1):.1f}{falls}H{right}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>',
            f'<path d="M{right} {end:.1f}L{right + 12} {label:.1f}" stroke="{colour}" stroke-width="1"/>',
            f'<text x="{right + 16}" y="{label + 4:.1f}" fill="{colour}">{text(curve.label)}</text>',
        ]
    return closed(lines)


def _spread(heights: Sequence[float]) -> list[float]:
    """Return the heights of labels that do not overlap, from those of the ends of their curves."""
    placed = list(heights)
    above = float("-inf")
    for at in sorted(range(len(placed)), key=lambda at: (placed[at], at)):
        above = placed[at] = max(placed[at], above + _LINE)
    return [height - max(0.0, above - (HEIGHT - _BOTTOM)) for height in placed]
