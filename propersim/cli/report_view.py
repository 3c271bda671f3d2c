"""Print a report on a terminal: tables that fit its width, without empty rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.cli.report import Heading, ReportTable, report_parts
from propersim.cli.tables import print_rich
from propersim.core.text import printable

GAP = 2
"""Columns between two columns of a table."""
_EMPTY = ("", "–")
"""Cells without a figure."""
_ABOUT = ("trait", "difference", "variant", "feedback", "days", "personas", "persona", "traits", "wants/hour", "seeds")
"""Headings of the columns that say what a row is about."""
_NAMING = ("trait", "difference", "persona", "variant", "days")
"""Those of them that are repeated where a table is printed in several blocks."""
WIDEST = 24
"""Widest column that says what a row is about; longer cells wrap."""
_COST = "s/run"
"""Heading of the column that every row has a value in."""


def print_fitted(report: dict[str, Any], figures: Sequence[str], *, wide: bool = False) -> None:
    """Print a report for a terminal.

    Rows and columns without a figure are left out, and counted in a last line. A table that is wider than the terminal is printed in
    several blocks of columns, each with the columns that name its rows.

    Args:
        report: the report; see :func:`propersim.experiments.report.report`.
        figures: columns of the tables of days.
        wide: print all rows and columns, one line a row, however wide.
    """
    from rich.text import Text

    hidden = 0
    for at, part in enumerate(report_parts(report, figures)):
        if isinstance(part, ReportTable):
            shown = part if wide else without_empty(part)
            hidden += len(part.rows) - len(shown.rows) + len(part.heads) - len(shown.heads)
            if shown.rows:
                _print_table(shown, wide)
        elif isinstance(part, Heading):
            print_rich(Text(printable(part), "bold"), Text(""))
        else:
            # The introduction is one paragraph, which wraps at the terminal's width.
            lines = [" ".join(part.splitlines())] if at == 0 else part.splitlines()
            print_rich(*(Text(printable(line)) for line in (*lines, "")))
    if hidden:
        what = "1 row or column without figures is" if hidden == 1 else f"{hidden} rows and columns without figures are"
        print_rich(Text(f"{what} left out; --wide shows all.", "dim"))


def without_empty(table: ReportTable) -> ReportTable:
    """Return a table without the rows and columns that have no figure."""
    kept = [row for row in table.rows if any(_is_figure(name, cell) for name, cell in zip(table.heads, row, strict=True))]
    filled = [at for at in range(len(table.heads)) if any(row[at] not in _EMPTY for row in kept)]
    return ReportTable([table.heads[at] for at in filled], [[row[at] for at in filled] for row in kept])


def _is_figure(name: str, cell: str) -> bool:
    return name not in (*_ABOUT, _COST) and cell not in _EMPTY


def blocks(table: ReportTable, width: int) -> list[list[int]]:
    """Return the columns of each block of a table, by index, so that each block fits a width.

    The first block has all columns that say what a row is about, each other block those that name it, and then as many figures as fit. A
    figure that is wider than the terminal has a block of its own.

    Args:
        table: the table.
        width: width of the terminal, in characters.
    """
    widths = [_width(table, at) + GAP for at in range(len(table.heads))]
    found = [[at for at, name in enumerate(table.heads) if name in _ABOUT]]
    naming = [at for at in found[0] if table.heads[at] in _NAMING]
    for at, name in enumerate(table.heads):
        if name in _ABOUT:
            continue
        if sum(widths[one] for one in (*found[-1], at)) - GAP > width and found[-1] != naming:
            found.append([*naming])
        found[-1].append(at)
    return found


def _width(table: ReportTable, at: int) -> int:
    """Return the width of a column in characters: headings wrap at spaces, figures do not."""
    from rich.cells import cell_len

    widest = max((cell_len(row[at]) for row in table.rows), default=0)
    if table.heads[at] in _ABOUT:
        widest = min(widest, WIDEST)
    return max(widest, *(cell_len(word) for word in table.heads[at].split()))


def _print_table(table: ReportTable, wide: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    every = list(range(len(table.heads)))
    for columns in [every] if wide else blocks(table, Console().width):
        drawn = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
        for at in columns:
            about = table.heads[at] in _ABOUT
            limit = None if wide else _width(table, at)
            drawn.add_column(table.heads[at], justify="left" if about else "right", width=limit, no_wrap=wide, overflow="fold")
        for row in table.rows:
            if not wide and not any(row[at] for at in columns if table.heads[at] not in _ABOUT):
                # The line with the worst persona, where this block has none.
                continue
            drawn.add_row(*(Text(printable(row[at])) for at in columns))
        print_rich(drawn, Text(""), unbounded=wide)
