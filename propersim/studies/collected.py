"""Studies that collect more than the results of their runs, such as ratings by people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Collected(NamedTuple):
    """How a study reads and writes the rows that it collects, as CSV files.

    Attributes:
        read: returns the rows of files; raises :class:`~propersim.core.errors.InputError` where they are none of these.
        to_csv: returns rows as CSV; the same rows give the same text.
    """

    read: Callable[[Sequence[Path]], list[Any]]
    to_csv: Callable[[Sequence[Any]], str]
