"""Find damaged runs: a quick check for lists, and a check that reads every record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from propersim.core.config import decode_config
from propersim.core.errors import PropersimError, StoreBusy
from propersim.core.text import clean, counted
from propersim.store.bookmarks import bookmarks
from propersim.store.many import FoundStep, steps_of
from propersim.store.store import RunRow, Store

MOST_PROBLEMS = 10
"""Most problems of a run that are reported."""


_AT_ONCE = 500
"""Steps that the full check reads at once."""


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

    See :func:`quick_problems`.

    Args:
        store: the open database.
        row: the run; it is not being run.
        days: number of its days that have figures.

    Raises:
        StoreBusy: the database is locked.
    """
    return quick_problems(store, [(row, days)])[row.key]


def quick_problems(store: Store, runs: Sequence[tuple[RunRow, int]]) -> dict[int, str]:
    """Return what is wrong with runs by key, as far as a few records tell, or "" for each.

    Reads the first and the last step of all runs in one statement: about 0.05 ms a run. What it finds, :func:`problems` finds as well; of
    damage to a step in between, only that one knows.

    Args:
        store: the open database.
        runs: the runs, which are not being run, each with the number of its days that have figures.

    Raises:
        StoreBusy: the database is locked.
    """
    steps = steps_of(store, [(row.key, index) for row, _ in runs for index in _ends(row)])
    return {row.key: next(_quick(store, row, days, steps), "") for row, days in runs}


def _ends(row: RunRow) -> list[int]:
    """Return the indices of a run's first and last step."""
    return sorted({0, row.steps - 1}) if row.steps and row.state != "damaged" else []


def _quick(store: Store, row: RunRow, days: int, steps: Mapping[tuple[int, int], FoundStep]) -> Iterator[str]:
    """Yield what a few records of a run tell.

    Args:
        store: the open database.
        row: the run.
        days: number of its days that have figures.
        steps: its first and its last step, by its key and their index; those that are missing are not in it.
    """
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
    for index in _ends(row):
        yield from _step_problem(store, steps.get((row.key, index), FoundStep()), index)


def _step_problem(store: Store, found: FoundStep, index: int) -> Iterator[str]:
    """Yield what is wrong with a step, if anything is."""
    if found.problem is not None:
        yield f"step {index} cannot be read ({_why(store, found.problem)})"
    elif found.step is None:
        yield f"step {index} is missing"
    elif found.step.index != index:
        yield f"the record of step {index} is that of step {found.step.index}"


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
    yield from _quick(store, row, days, steps_of(store, [(row.key, index) for index in _ends(row)]))
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
    for start in range(0, row.steps, _AT_ONCE):
        indices = range(start, min(start + _AT_ONCE, row.steps))
        steps = steps_of(store, [(row.key, index) for index in indices])
        for index in indices:
            for problem in _step_problem(store, steps.get((row.key, index), FoundStep()), index):
                intact = False
                yield problem
    if intact and row.digest and store.digest(row) != row.digest:
        yield "its records are not those it had when it finished: the digest differs"


def _why(store: Store, error: Exception) -> str:
    """Return the innermost reason of an error of reading."""
    return clean(str(error.__cause__ or error).removeprefix(f"{store.path}: "), 160)
