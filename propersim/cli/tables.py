"""Tables and paragraphs on stdout, drawn with rich.

Rich is imported when the first is printed, so that commands that print JSON do not load it.

On a terminal a table fits the width, and no cell is cut: columns that a command can do without are left out and named below the table, and
what is still too wide is printed in several blocks of columns. Elsewhere a table has all columns, and one line for each row, unless a width
is given: lists are searched line by line, reports are read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from propersim.core.text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

UNBOUNDED = 10_000
"""Columns where stdout is a file or pipe: lines are neither wrapped nor cut."""
PAGE = 120
"""Columns of what is read rather than searched, where stdout is a file or pipe and the environment has no ``COLUMNS``."""
GAP = 2
"""Spaces between two columns of a table."""
LEAST_WORDS, WIDEST = 12, 24
"""Least and most characters that a column of words needs; longer cells wrap."""
MOST_HEAD_LINES = 3
"""Most lines of a heading, unless its column had to be wider than :data:`WIDEST` for that."""
EMPTY = ("", "–")
"""Cells without a value."""


class TableFit(NamedTuple):
    """How a table is printed on a terminal.

    Attributes:
        blocks: the columns of each block, by index.
        left_out: the columns that are left out, by index.
    """

    blocks: list[list[int]]
    left_out: list[int]


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Collection[str] = (),
    wrap: Collection[str] = (),
    naming: Collection[str] = (),
    drop: Sequence[str] = (),
    wide: bool = False,
    width: int | None = None,
) -> None:
    """Print a table on stdout.

    Args:
        columns: the headings.
        rows: the cells of each row, as plain text.
        numbers: the columns to align right.
        wrap: the columns of words, whose long cells wrap on a terminal.
        naming: the columns that say what a row is about; each block of a table that is too wide repeats them. Empty for the first column.
        drop: the columns to leave out of a table that is too wide, in this order.
        wide: print one line for each row, with all columns, on a terminal too.
        width: columns to fit where stdout is no terminal; None for one line a row there.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    if wide or not (width or sys.stdout.isatty()):
        _print_lines(columns, cells, numbers)
        return
    from rich.console import Console
    from rich.text import Text

    names = naming or columns[:1]
    width = Console().width if width is None or sys.stdout.isatty() else width
    fit = fitted(columns, cells, width, wrap=wrap, naming=names, drop=drop)
    for number, block in enumerate(fit.blocks):
        shown = cells
        if len(fit.blocks) > 1:
            # Some lines have a value in one block alone.
            shown = [row for row in cells if any(row[at] for at in block if columns[at] not in names)]
        widths = {at: column_width(columns[at], cells, at, wraps=columns[at] in wrap) for at in block}
        _widen(widths, columns, cells, width - GAP * (len(block) - 1), wrap)
        # A block of one wide column may be wider than the page; no cell is cut.
        room = None if sys.stdout.isatty() else UNBOUNDED
        print_rich(*([Text("")] if number else []), _drawn(columns, shown, widths, numbers), width=room)
    if fit.left_out:
        left_out = ", ".join(columns[at] for at in fit.left_out)
        print_rich(Text(f"Left out, because the terminal is narrow: {left_out}. --wide shows all.", "dim"))


def page_width() -> int | None:
    """Return the columns that text to be read wraps at where stdout is no terminal.

    It is None on a terminal, which has its own.
    """
    if sys.stdout.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return (int(columns) if columns.isascii() and columns.isdigit() else 0) or PAGE


def fitted(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    wrap: Collection[str] = (),
    naming: Collection[str] = (),
    drop: Sequence[str] = (),
) -> TableFit:
    """Return how a table is printed in a width, without cutting a cell.

    Args:
        columns: the headings.
        rows: the cells of each row.
        width: width of the terminal, in characters.
        wrap: the columns of words, whose long cells wrap.
        naming: the columns that each block repeats.
        drop: the columns to leave out, in this order, as long as the table is too wide.
    """
    widths = [column_width(head, rows, at, wraps=head in wrap) + GAP for at, head in enumerate(columns)]
    kept = list(range(len(columns)))
    for head in drop:
        if sum(widths[at] for at in kept) - GAP > width:
            kept.remove(columns.index(head))
    names = [at for at in kept if columns[at] in naming]
    blocks = [[*names]]
    for at in kept:
        if at in names:
            continue
        if sum(widths[one] for one in (*blocks[-1], at)) - GAP > width and blocks[-1] != names:
            blocks.append([*names])
        blocks[-1].append(at)
    return TableFit([sorted(block) for block in blocks], [at for at in range(len(columns)) if at not in kept])


def _widen(widths: dict[int, int], columns: Sequence[str], rows: Sequence[Sequence[str]], room: int, wrap: Collection[str]) -> None:
    """Share the room that a block leaves among its columns of words, the narrowest first.

    Args:
        widths: width of each column of the block, by index; changed.
        columns: the headings.
        rows: the cells of each row.
        room: the terminal's width without the gaps, in characters.
        wrap: the columns of words.
    """
    wanted = {at: column_width(columns[at], rows, at) for at in widths if columns[at] in wrap}
    for _ in range(room - sum(widths.values())):
        narrow = [at for at in wanted if widths[at] < wanted[at]]
        if not narrow:
            return
        widths[min(narrow, key=widths.__getitem__)] += 1


def column_width(head: str, rows: Sequence[Sequence[str]], at: int, *, wraps: bool = False) -> int:
    """Return the width of a column in characters, in which no cell is cut.

    Args:
        head: its heading, which wraps at spaces.
        rows: the cells of each row.
        at: index of the column.
        wraps: whether long cells wrap.
    """
    from rich.cells import cell_len

    widest = max((cell_len(row[at]) for row in rows), default=0)
    if wraps:
        words = max((cell_len(word) for row in rows for word in row[at].split()), default=0)
        widest = min(widest, max(words, LEAST_WORDS), WIDEST)
    least = max((cell_len(word) for word in head.split()), default=0)
    needed = next((width for width in range(least, WIDEST) if _lines(head, width) <= MOST_HEAD_LINES), least)
    return max(widest, needed)


def _lines(text: str, width: int) -> int:
    """Return into how many lines a text wraps."""
    from rich.cells import cell_len

    lines, used = 0, width
    for word in text.split():
        size = cell_len(word)
        if used + 1 + size > width:
            lines, used = lines + 1, size
        else:
            used += 1 + size
    return lines


def _print_lines(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str]) -> None:
    """Print a table with one line for each row. Rich takes ten times as long for it.

    Args:
        columns: the headings.
        rows: the cells of each row.
        numbers: the columns to align right.
    """
    from rich.cells import cell_len

    lines = [columns, *rows]
    widths = [max(cell_len(line[at]) for line in lines) for at in range(len(columns))]
    right = [name in numbers for name in columns]
    printed = []
    for line in lines:
        padded = []
        for cell, width, is_number in zip(line, widths, right, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if is_number else cell + space)
        printed.append((" " * GAP).join(padded).rstrip())
    if sys.stdout.isatty():
        from rich.text import Text

        print_rich(Text(printed[0], "bold", no_wrap=True), unbounded=True)
        del printed[0]
    print("\n".join(printed))


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], widths: dict[int, int], numbers: Collection[str]) -> RenderableType:
    """Return a block of a table as rich draws it.

    Args:
        columns: the headings of all columns.
        rows: the cells of all columns of each row.
        widths: width of each column to draw, by index.
        numbers: the columns to align right.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for at, width in widths.items():
        table.add_column(columns[at], justify="right" if columns[at] in numbers else "left", width=width, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[at]) for at in widths))
    return table


def without_empty(columns: Sequence[str], rows: Sequence[Sequence[str]], about: Collection[str]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and rows of a table without the rows and columns that have no figure.

    Args:
        columns: the headings.
        rows: the cells of each row.
        about: the columns that are no figures.
    """
    kept = [row for row in rows if any(name not in about and cell not in EMPTY for name, cell in zip(columns, row, strict=True))]
    filled = [at for at in range(len(columns)) if any(row[at] not in EMPTY for row in kept)]
    return [columns[at] for at in filled], [[row[at] for at in filled] for row in kept]


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
