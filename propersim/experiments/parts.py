"""The parts that reports are made of, and how figures are written in them.

Commands print the parts as plain tables, as Markdown or as a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class ReportTable(NamedTuple):
    """A table of a report before it is printed.

    Attributes:
        heads: headings of the columns.
        rows: cells of each row.
        caption: what it shows; "" where the text above says it.
    """

    heads: list[str]
    rows: list[list[str]]
    caption: str = ""


class Heading(str):
    """The title of a part of a report."""


class Picture(NamedTuple):
    """A picture of a report.

    Attributes:
        svg: the picture as SVG.
        caption: what it shows, in a sentence.
    """

    svg: str
    caption: str


Part = str | ReportTable | Picture
"""A part of a report: a :class:`Heading`, a paragraph, a table, or a picture."""


def number(name: str, value: float) -> str:
    """Format a figure: two decimal places, three for the share of malformed, fewer for counts."""
    digits = {"malformed": 3, "unwelcome": 1, "rated": 0}.get(name, 2)
    return f"{value:.{digits}f}"


def interval(name: str, bounds: Sequence[float] | None) -> str:
    """Return an interval as it is printed after a mean; empty for None."""
    return f" [{number(name, bounds[0])}, {number(name, bounds[1])}]" if bounds is not None else ""


def difference(name: str, one: dict[str, Any]) -> str:
    """Return a difference with its interval, marked with * where that excludes zero."""
    if one["mean"] is None:
        return "–"
    bounds = one["interval"]
    return f"{'+' if one['mean'] >= 0 else ''}{number(name, one['mean'])}{interval(name, bounds)}{'*' if excludes_zero(bounds) else ''}"


def excludes_zero(bounds: Sequence[float] | None) -> bool:
    """Return whether an interval excludes zero."""
    return bounds is not None and (bounds[0] > 0 or bounds[1] < 0)
