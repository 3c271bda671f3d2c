"""Print a report as plain tables, without empty rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.cli.report import SECONDS, Heading, ReportTable, report_parts
from propersim.cli.tables import page_width, print_rich, print_table, without_empty
from propersim.core.text import counted, printable

_ABOUT = ("trait", "difference", "variant", "feedback", "days", "personas", "persona", "traits", "wanted per hour", "seeds")
"""Headings of the columns that say what a row is about."""
_NAMING = ("trait", "difference", "persona", "variant", "days")
"""Those of them that are repeated where a table is printed in several blocks."""


def print_plain(report: dict[str, Any], figures: Sequence[str], *, wide: bool = False) -> None:
    """Print a report as plain tables.

    Rows and columns without a figure are left out, and counted in a last line. A table that is wider than the terminal, or than
    :func:`~propersim.cli.tables.page_width` elsewhere, is printed in several blocks of columns, each with the columns that name its rows.

    Args:
        report: the report; see :func:`propersim.experiments.report.report`.
        figures: columns of the tables of days.
        wide: print all rows and columns, one line a row, however wide.
    """
    from rich.text import Text

    rows = columns = 0
    page = None if wide else page_width()
    for at, part in enumerate(report_parts(report, figures)):
        if isinstance(part, ReportTable):
            heads, cells = (part.heads, part.rows) if wide else without_empty(part.heads, part.rows, (*_ABOUT, SECONDS))
            rows += len(part.rows) - len(cells)
            columns += len(part.heads) - len(heads)
            if cells:
                print_table(
                    heads, cells, numbers=[head for head in heads if head not in _ABOUT], wrap=_ABOUT, naming=_NAMING, wide=wide, width=page
                )
                print()
        elif isinstance(part, Heading):
            print_rich(Text(printable(part), "bold"), Text(""))
        else:
            # The introduction is one paragraph, which wraps at the terminal's width.
            lines = [" ".join(part.splitlines())] if at == 0 else part.splitlines()
            print_rich(*(Text(printable(line)) for line in (*lines, "")), width=page)
    if rows or columns:
        parts = [counted(number, noun) for number, noun in ((rows, "row"), (columns, "column")) if number]
        print_rich(Text(f"Left out, because they have no figures: {' and '.join(parts)}. --wide shows all.", "dim"), width=page)
