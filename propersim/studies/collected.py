"""Studies whose report is over something else than the results of their runs, such as ratings by people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Collected(NamedTuple):
    """What a study collects, in rows of CSV files.

    Attributes:
        read: returns the rows of files; raises :class:`~propersim.core.errors.InputError` where they are none of these.
        to_csv: returns rows as CSV; the same rows give the same text.
    """

    read: Callable[[Sequence[Path]], list[Any]]
    to_csv: Callable[[Sequence[Any]], str]
