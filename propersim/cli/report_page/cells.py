"""Tables of the page, and their data as CSV."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from propersim.core.text import clean
from propersim.experiments.parts import interval, number

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""Beginnings of texts that a spreadsheet would read as a formula."""
_DIGITS: Final = 6
"""Decimal places of numbers in CSV."""
Value = str | int | float | None
"""A value in CSV; None is an empty cell."""


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: its text or figure.
        more: what stands small below it, such as an interval; "" for nothing.
        is_number: whether it is aligned as a number.
        order: number that the column is sorted by; None sorts by the text.
        command: command that a button copies instead of a text; "" for none.
    """

    text: str
    more: str = ""
    is_number: bool = False
    order: float | None = None
    command: str = ""


class Table(NamedTuple):
    """A table of the page.

    Attributes:
        id: its id in the page.
        caption: what it shows.
        heads: headings of the columns.
        rows: cells of each row; the first one names the row.
        data: the table as CSV.
        note: what the reader has to know; "" for nothing.
        sortable: whether the reader can sort it by a column.
    """

    id: str
    caption: str
    heads: list[str]
    rows: list[list[Cell]]
    data: str
    note: str = ""
    sortable: bool = False

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """The headings, each with whether its column has numbers."""
        return [(head, any(row[at].is_number for row in self.rows)) for at, head in enumerate(self.heads)]

    @property
    def href(self) -> str:
        """The CSV as a ``data:`` URI."""
        return data_uri(self.data)


def data_uri(text: str) -> str:
    """Return CSV as a ``data:`` URI, which a link can download without a network."""
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """Return rows as CSV.

    Text that a spreadsheet would read as a formula is prefixed with a quote.

    Args:
        heads: names of the columns.
        rows: values of each row.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_csv_value(value) for value in row] for row in rows)
    return out.getvalue()


def _csv_value(value: Value) -> Value:
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
    return round(value, _DIGITS) if isinstance(value, float) else value


def text_cell(text: object, more: str = "") -> Cell:
    """Return a cell with a text."""
    return Cell(str(text), more)


def number_cell(value: float | None, text: str | None = None, more: str = "") -> Cell:
    """Return a cell with a number; – for None.

    Args:
        value: the number.
        text: how it is written; None for a count.
        more: what stands below it.
    """
    if value is None:
        return Cell("–", is_number=True, order=float("-inf"))
    return Cell(f"{value:,}" if text is None else text, more, True, float(value))


def figure_cell(row: dict[str, Any], name: str, *, worst: bool = False) -> Cell:
    """Return the cell of a figure: its mean, with its interval or spread below.

    Args:
        row: a row of the report (:func:`propersim.experiments.report.report`).
        name: the figure.
        worst: whether to name the worst persona too.
    """
    one = row["figures"][name]
    if one["mean"] is None:
        return number_cell(None)
    parts = [interval(name, one["interval"]).strip() or (f"±{one['spread']:.2f}" if one["spread"] is not None else "")]
    parts.append(f"n {one['over']}" if one["over"] != row["personas"] else "")
    if worst and row["personas"] > 1 and one["worst_persona"] is not None:
        parts.append(f"worst {number(name, one['worst'])} {one['worst_persona']}")
    return number_cell(one["mean"], number(name, one["mean"]), "\n".join(filter(None, parts)))


FIGURE_PARTS: Final = ("mean", "low", "high", "n")
"""Columns of a figure in CSV."""


def figure_heads(names: Iterable[str]) -> list[str]:
    """Return the columns of figures in CSV, such as ``f1_mean``."""
    return [f"{name}_{part}" for name in names for part in FIGURE_PARTS]


def figure_values(row: dict[str, Any], names: Iterable[str]) -> list[Value]:
    """Return the values of figures in CSV, in the order of :func:`figure_heads`."""
    values: list[Value] = []
    for name in names:
        one = row["figures"][name]
        low, high = one["interval"] or (None, None)
        values += [one["mean"], low, high, one["over"]]
    return values
