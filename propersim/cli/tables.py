"""Tables and paragraphs on stdout, drawn with rich.

Rich is imported when the first is printed, so that commands that print JSON do not load it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from propersim.core.text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

UNBOUNDED = 10_000
"""Columns where stdout is a file or pipe: lines are neither wrapped nor cut."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = (), wrap: Sequence[str] = ()) -> None:
    """Print a table on stdout.

    Args:
        columns: the headings.
        rows: the cells of each row, as plain text.
        numbers: the columns to align right.
        wrap: the columns to wrap in a terminal that is too narrow.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", no_wrap=column not in wrap)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    print_rich(table)


def print_rich(*renderables: RenderableType, width: int | None = None, unbounded: bool = False) -> None:
    """Print rich renderables on stdout, without interpreting markup and without trailing spaces.

    The text is written with ``print``, because rich ends the process with exit code 1 where stdout is closed early.

    Args:
        renderables: what to print, one below the other.
        width: columns to wrap at if stdout is not a terminal, and at most in a terminal; None: the terminal's, and no limit elsewhere.
        unbounded: neither wrap nor cut in a terminal either.
    """
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
    limit = width or UNBOUNDED
    console.width = min(console.width, limit) if sys.stdout.isatty() and not unbounded else limit
    with console.capture() as captured:
        for renderable in renderables:
            console.print(renderable)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))
