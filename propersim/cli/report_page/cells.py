"""Tables of the page, and their data as CSV."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from propersim.core.text import clean
from propersim.experiments.parts import interval, number

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""Beginnings of texts that a spreadsheet would read as a formula."""
_EMPTY: Final = ("", "–")
_DAY: Final = re.compile(r" (days?) (?=[0-9])")
"""A day of a heading, which stays on one line with its number."""
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

    @property
    def is_empty(self) -> bool:
        """Whether it is that of a number that is not there."""
        return self.is_number and self.text in _EMPTY and not self.more


class Table(NamedTuple):
    """A table of the page.

    Columns without a figure in any row are left out of what is shown; its CSV has all.

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
        """The headings of the columns that are shown, each with whether its column has numbers."""
        return [(_DAY.sub("\u00a0\\1\u00a0", self.heads[at]), any(row[at].is_number for row in self.rows)) for at in self._kept]

    @property
    def cells(self) -> list[list[Cell]]:
        """The cells of each row that are shown."""
        kept = self._kept
        return [[row[at] for at in kept] for row in self.rows]

    @property
    def left_out(self) -> str:
        """Which columns are left out, or ""."""
        kept = self._kept
        named = [head for at, head in enumerate(self.heads) if at not in kept]
        return f"Left out, because no row has a figure: {', '.join(named)}; the CSV has them." if named else ""

    @property
    def _kept(self) -> list[int]:
        """The positions of the columns that are shown.

        They are the first one and those with something in some row; of a table without rows, all.
        """
        return [at for at in range(len(self.heads)) if at == 0 or not self.rows or not all(row[at].is_empty for row in self.rows)]

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
