"""Databases of runs that do not exist: the error, and how to begin."""

from __future__ import annotations

from pathlib import Path

from propersim.core.config import DEFAULT_DB
from propersim.core.errors import InputError
from propersim.core.program import program

BEGIN = f"begin a run with `{program()} watch` or `{program()} run`"
"""How to begin, for those who have no run yet."""


def need_database(db: Path) -> None:
    """Check that a database exists, before a command would create it.

    Raises:
        InputError: it does not.
    """
    if not db.exists():
        raise InputError(f"{db}: no such database", "give the database of the run with --db")


def need_database_to_list(db: Path) -> None:
    """Check that a database exists whose runs a command lists.

    The default one may be missing: it is created with the first run.

    Raises:
        InputError: another one does not exist.
    """
    if str(db) != DEFAULT_DB:
        need_database(db)
