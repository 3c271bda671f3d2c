"""Read what belongs to many runs in a few statements, for lists and tables.

A statement for each run takes longer than reading what it finds. Records that cannot be read are returned with the reason, so that one
damaged run does not hide the others.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from filelock import FileLock, Timeout

from propersim.core.errors import PropersimError, StoreBusy
from propersim.core.records import DayFigures, Step, from_json
from propersim.store.database_file import BUSY_SECONDS, translated
from propersim.store.rows import LARGEST, RunRow, whole
from propersim.store.store import Store

_TEXTS = ("persona_json", "world_text", "versions_json")
"""Columns of a run that lists do not show; together they are some kilobytes."""


class FoundDays(NamedTuple):
    """The figures of a run's complete days.

    Attributes:
        days: the figures, in order; none where they cannot be read.
        problem: why they cannot be read; None if they can.
    """

    days: tuple[DayFigures, ...] = ()
    problem: PropersimError | None = None


class FoundStep(NamedTuple):
    """A step of a run.

    Attributes:
        step: the step; None where it is missing or cannot be read.
        problem: why it cannot be read; None if it can, or is missing.
    """

    step: Step | None = None
    problem: PropersimError | None = None


def run_count(store: Store) -> int:
    """Return the number of runs."""
    if store.is_absent:
        return 0
    with translated(store.path):
        return int(store.connection.execute("select count(*) from runs").fetchone()[0])


def newest_runs(store: Store, limit: int | None = None, *, oldest: bool = False) -> list[RunRow]:
    """Return the newest runs, newest first.

    Args:
        store: the open database.
        limit: most runs; None for all.
        oldest: return the oldest runs instead, oldest first.
    """
    return store.select_runs(f"order by key {'asc' if oldest else 'desc'} limit ?", (_most(limit),))


def _most(limit: int | None) -> int:
    """Return a limit of rows as SQLite takes it; -1 is none."""
    return -1 if limit is None or limit > LARGEST else limit


def run_heads(store: Store, *, options: bool = False, limit: int | None = None) -> list[RunRow]:
    """Return all runs, newest first, with empty texts for persona, floor plan and versions.

    Args:
        store: the open database.
        options: whether to read the options too; else they are empty as well.
        limit: most runs; None for all.
    """
    left_out = _TEXTS if options else (*_TEXTS, "config_json")
    return store.select_runs("order by key desc limit ?", (_most(limit),), left_out=left_out)


def runs_after(store: Store, key: int) -> list[RunRow]:
    """Return the runs that were added after the one with a key, oldest first."""
    return store.select_runs("where key > ? order by key", (key,))


@contextmanager
def adding_alone(store: Store) -> Iterator[None]:
    """Keep others that add runs in this way from doing so meanwhile.

    Raises:
        StoreBusy: another process kept this one from it for 5 s.
    """
    lock = FileLock(store.make_lock_folder() / "new-runs.lock", is_singleton=False)
    try:
        with translated(store.path):
            lock.acquire(timeout=BUSY_SECONDS)
    except Timeout as error:
        raise StoreBusy(f"{store.path}: another process is adding runs", "wait until that is done") from error
    try:
        yield
    finally:
        lock.release()


def runs_of(store: Store, keys: Iterable[int], *, texts: bool = True) -> dict[int, RunRow]:
    """Return runs by key; those that are not there any more are left out.

    Args:
        store: the open database.
        keys: the keys of the runs.
        texts: whether to read persona, floor plan and versions; else they are empty.
    """
    rows = store.select_runs("where key in (select value from json_each(?))", (json.dumps(list(keys)),), left_out=() if texts else _TEXTS)
    return {row.key: row for row in rows}


def figures_of(store: Store, keys: Collection[int] | None = None) -> dict[int, FoundDays]:
    """Return the figures of the complete days of runs, by key.

    Runs without a complete day are left out.

    An index holds them, so that the plans of the days are not read.

    Args:
        store: the open database.
        keys: the keys of the runs; None for all.

    Raises:
        StoreBusy: the database is locked; any other problem is returned with the run that has it.
    """
    if store.is_absent:
        return {}
    query = "select run, day, first, figures from days indexed by days_figures"
    parameters: tuple[str, ...] = ()
    if keys is not None:
        query += " where run in (select value from json_each(?))"
        parameters = (json.dumps(list(keys)),)
    with translated(store.path):
        rows = store.connection.execute(f"{query} order by run, day", parameters).fetchall()
    days: dict[int, list[DayFigures]] = {}
    problems: dict[int, PropersimError] = {}
    for run, day, first, figures in rows:
        try:
            with translated(store.path):
                whole(day)
                whole(first)
                if figures:
                    days.setdefault(run, []).append(from_json(DayFigures, figures))
        except StoreBusy:
            raise
        except PropersimError as error:
            problems.setdefault(run, error)
    found = {run: FoundDays(tuple(listed)) for run, listed in days.items() if run not in problems}
    return found | {run: FoundDays((), problem) for run, problem in problems.items()}


def steps_of(store: Store, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], FoundStep]:
    """Return single steps of runs by key and index; those that are missing are left out.

    Args:
        store: the open database.
        wanted: key of the run and index of the step, for each.

    Raises:
        StoreBusy: the database is locked; any other problem is returned with the step that has it.
    """
    if store.is_absent or not wanted:
        return {}
    query = (
        "select s.run, s.idx, s.record from json_each(?) as w cross join steps as s"
        " on s.run = json_extract(w.value, '$[0]') and s.idx = json_extract(w.value, '$[1]')"
    )
    with translated(store.path):
        rows = store.connection.execute(query, (json.dumps(wanted),)).fetchall()
    found = {}
    for run, index, record in rows:
        try:
            with translated(store.path):
                found[run, index] = FoundStep(from_json(Step, record))
        except StoreBusy:
            raise
        except PropersimError as error:
            found[run, index] = FoundStep(None, error)
    return found


def warnings_of_kind(store: Store, kind: str) -> list[tuple[str, str]]:
    """Return the warnings of a kind of finished runs, newest run first: its id, and the text."""
    if store.is_absent:
        return []
    query = (
        "select r.id, w.text from warnings as w join runs as r on r.key = w.run"
        " where w.kind = ? and r.state = 'finished' order by r.key desc, w.at"
    )
    with translated(store.path):
        return [(str(run), str(text)) for run, text in store.connection.execute(query, (kind,))]
