"""Print a report as plain tables, without empty rows and columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from propersim.cli.report import SECONDS, report_parts
from propersim.cli.tables import page_width, print_rich, print_table, without_empty
from propersim.core.text import counted, printable
from propersim.experiments.parts import Heading, Part, Picture, ReportTable

_ABOUT = ("trait", "difference", "variant", "feedback", "days", "personas", "persona", "traits", "wanted per hour", "seeds")
"""Headings of the columns that say what a row is about."""
_NAMING = ("trait", "difference", "persona", "variant", "days")
"""Those of them that are repeated where a table is printed in several blocks."""


def print_plain(report: dict[str, Any], figures: Sequence[str], *, wide: bool = False) -> None:
    """Print a report as plain tables; see :func:`print_parts`.

    Args:
        report: the report; see :func:`propersim.experiments.report.report`.
        figures: columns of the tables of days.
        wide: print all rows and columns, one line a row, however wide.
    """
    print_parts(report_parts(report, figures), about=_ABOUT, naming=_NAMING, wide=wide)


def print_parts(parts: Iterable[Part], *, about: Collection[str], naming: Collection[str], wide: bool = False) -> None:
    """Print the parts of a report as plain tables and paragraphs.

    Rows and columns without a figure are left out, and counted in a last line. A table that is wider than the terminal, or than
    :func:`~propersim.cli.tables.page_width` elsewhere, is printed in several blocks of columns, each with the columns that name its rows.

    Args:
        parts: the parts.
        about: headings of the columns that say what a row is about.
        naming: those of them that are repeated where a table is printed in several blocks.
        wide: print all rows and columns, one line a row, however wide.
    """
    from rich.text import Text

    rows = columns = 0
    page = None if wide else page_width()
    for at, part in enumerate(parts):
        if isinstance(part, ReportTable):
            heads, cells = (part.heads, part.rows) if wide else without_empty(part.heads, part.rows, (*about, SECONDS))
            rows += len(part.rows) - len(cells)
            columns += len(part.heads) - len(heads)
            if cells:
                if part.caption:
                    print_rich(Text(f"{printable(part.caption)}:"), width=page)
                print_table(
                    heads, cells, numbers=[head for head in heads if head not in about], wrap=about, naming=naming, wide=wide, width=page
                )
                print()
        elif isinstance(part, Picture):
            # Only pages show pictures; a table has its figures.
            continue
        elif isinstance(part, Heading):
            print_rich(Text(printable(part), "bold"), Text(""))
        else:
            # The introduction is one paragraph, which wraps at the terminal's width.
            lines = [" ".join(part.splitlines())] if at == 0 else part.splitlines()
            print_rich(*(Text(printable(line)) for line in (*lines, "")), width=page)
    if rows or columns:
        counts = [counted(number, noun) for number, noun in ((rows, "row"), (columns, "column")) if number]
        print_rich(Text(f"Left out, because they have no figures: {' and '.join(counts)}. --wide shows all.", "dim"), width=page)
