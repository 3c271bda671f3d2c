"""Printing of progress, errors, Markdown tables and named values with rich.

Other tables are in ``tables.py``.

On a terminal, output is styled and fitted to its width. Piped, it is the same rows as plain text: one line a row, aligned by spaces, never
cut, so that they can be searched. Tables draw no boxes; ``--markdown`` prints those that belong in documents as Markdown. Rich honours
``NO_COLOR``. Markup in data is never interpreted: cells are :class:`rich.text.Text`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from propersim.cli.tables import UNBOUNDED, print_rich
from propersim.core.text import printable

if TYPE_CHECKING:
    from rich.console import Console

Advance = Callable[[float, str], None]
"""Sets the amount of work that is done, and the text behind the bar."""


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns."""
    from rich.box import MARKDOWN
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=MARKDOWN)
    for head in heads:
        table.add_column(Text(head), no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(width=UNBOUNDED, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines() if line.strip())


def print_pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns on stdout."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name, "bold"), Text(printable(value)))
    print_rich(grid)


def print_error(message: str, hint: str | None, *, stopped: bool = False) -> None:
    """Print an error, and what to do about it on a second line, on stderr.

    Args:
        message: what is wrong.
        hint: what to do about it; None where there is nothing to say.
        stopped: the person stopped the command, which is no error.
    """
    from rich.text import Text

    text = Text(printable(message)) if stopped else Text.assemble(("error:", "bold red"), " ", printable(message))
    if hint:
        text.append(f"\n  {printable(hint)}")
    error_console().print(text, soft_wrap=True)


def print_message(text: str) -> None:
    """Print a line on stderr, as plain text; it may contain text from files."""
    print(printable(text), file=sys.stderr)


def ask(question: str = "") -> str:
    """Ask a question on stderr and return the line that answers it, without spaces around it.

    At the end of the input and at Ctrl-C a new line is begun, so that nothing follows the question on its line.

    Raises:
        EOFError: stdin has no further line.
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    print(printable(question), end="", file=sys.stderr, flush=True)
    try:
        return input().strip()
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        raise


def error_console() -> Console:
    """Return a console that prints on stderr."""
    from rich.console import Console

    return Console(file=sys.stderr, markup=False, highlight=False, emoji=False)


@contextmanager
def progress(description: str, total: float | None, unit: str, *, done: float = 0) -> Iterator[Advance]:
    """Show a progress bar on stderr, if that is a terminal, and remove it at the end.

    Args:
        description: text before the bar.
        total: amount of work; None while it is unknown.
        unit: unit of the work, such as ``days``.
        done: amount that is done already.

    Yields:
        A function that sets the amount that is done and the text behind the bar.
    """
    if not sys.stderr.isatty():
        yield lambda completed, note: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn(unit, markup=False),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=error_console(), transient=True, refresh_per_second=4) as bar:
        task = bar.add_task(description, total=total, completed=int(done), note="")
        yield lambda completed, note: bar.update(task, completed=int(completed), note=note)
