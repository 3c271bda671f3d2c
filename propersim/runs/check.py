"""Find damaged runs: a quick check for lists, and a check that reads every record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from propersim.core.config import decode_config
from propersim.core.errors import PropersimError, StoreBusy
from propersim.core.text import clean, counted
from propersim.store.bookmarks import bookmarks
from propersim.store.store import RunRow, Store

MOST_PROBLEMS = 10
"""Most problems of a run that are reported."""


class _PersonaHead(msgspec.Struct):
    """The parts of a stored persona that the quick check reads.

    To read the whole takes a hundred times as long.
    """

    id: str
    name: str
    lifestyle: dict[str, Any]
    rubric: dict[str, Any]


def quick_problem(store: Store, row: RunRow, days: int) -> str:
    """Return what is wrong with a run, as far as a few records tell, or "".

    Reads the row, and the first and the last step: about 0.1 ms. What it finds, :func:`problems` finds as well; of damage to a step in
    between, only that one knows.

    Args:
        store: the open database.
        row: the run; it is not being run.
        days: number of its days that have figures.

    Raises:
        StoreBusy: the database is locked.
    """
    return next(_quick(store, row, days), "")


def _quick(store: Store, row: RunRow, days: int) -> Iterator[str]:
    """Yield what a few records of a run tell."""
    if row.state == "damaged":
        yield row.error
        return
    try:
        decode_config(row.config_json, row.id)
    except PropersimError as error:
        # Without the name of the run before, and what to do after it.
        yield error.message.partition(": ")[2].partition("; ")[0]
    parts: tuple[tuple[str, str, Any], ...] = (
        ("versions", row.versions_json, dict[str, Any]),
        ("persona", row.persona_json, _PersonaHead),
    )
    for what, text, kind in parts:
        try:
            msgspec.json.decode(text, type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            yield f"its {what} cannot be read ({clean(str(error), 120)})"
    if days < row.days_done:
        yield f"{days} of {counted(row.days_done, 'complete day')} have figures"
    for index in sorted({0, row.steps - 1}) if row.steps else ():
        yield from _step_problem(store, row, index)


def _step_problem(store: Store, row: RunRow, index: int) -> Iterator[str]:
    """Yield what is wrong with a step, if anything is."""
    try:
        step = next(store.steps(row, index, index + 1), None)
    except StoreBusy:
        raise
    except PropersimError as error:
        yield f"step {index} cannot be read ({_why(store, error)})"
        return
    if step is None:
        yield f"step {index} is missing"
    elif step.index != index:
        yield f"the record of step {index} is that of step {step.index}"


def problems(store: Store, row: RunRow) -> list[str]:
    """Return everything that is wrong with a stored run, at most :data:`MOST_PROBLEMS` findings.

    Reads all of its records, and compares the digest of a finished run.

    Args:
        store: the open database.
        row: the run.

    Raises:
        StoreBusy: the database is locked.
    """
    found: list[str] = []
    for problem in _all(store, row):
        if problem not in found:
            found.append(problem)
        if len(found) == MOST_PROBLEMS:
            break
    return found


def _all(store: Store, row: RunRow) -> Iterator[str]:
    """Yield what is wrong with a run, some of it perhaps twice."""
    from propersim.runs.create import stored_persona

    try:
        days = sum(day.figures is not None for day in store.days(row))
    except StoreBusy:
        raise
    except PropersimError as error:
        yield f"its days cannot be read ({_why(store, error)})"
        days = row.days_done
    yield from _quick(store, row, days)
    if row.state == "damaged":
        return
    read: tuple[tuple[str, Callable[[], object]], ...] = (
        ("persona", lambda: stored_persona(row)),
        ("nights", lambda: store.nights(row)),
        ("warnings", lambda: store.warnings(row)),
        ("calls", lambda: store.calls(row)),
        ("bookmarks", lambda: bookmarks(store, row)),
    )
    for what, reads in read:
        try:
            reads()
        except StoreBusy:
            raise
        except (PropersimError, ValueError) as error:
            yield f"its {what} cannot be read ({_why(store, error)})"
    intact = True
    for index in range(row.steps):
        for problem in _step_problem(store, row, index):
            intact = False
            yield problem
    if intact and row.digest and store.digest(row) != row.digest:
        yield "its records are not those it had when it finished: the digest differs"


def _why(store: Store, error: Exception) -> str:
    """Return the innermost reason of an error of reading."""
    return clean(str(error.__cause__ or error).removeprefix(f"{store.path}: "), 160)
