"""Record what a batch does, so that other processes can show it while it goes on.

A batch writes its jobs when it begins, and then what has changed. The runs themselves are the truth: nothing is resumed from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from propersim.core.errors import StoreBusy
from propersim.store.database_file import is_held, translated
from propersim.store.rows import LARGEST
from propersim.store.store import Store

MOST_BATCHES = 20
"""Newest batches that are kept."""


class BatchRow(NamedTuple):
    """A batch.

    Attributes:
        key: its number.
        name: hash of its jobs; the same command again is the same batch.
        engine: what carries it out, in words.
        state: ``running``, ``stopped`` or ``finished``; ``interrupted`` where it was running when its process was killed.
        at_once: number of runs that are carried out at once.
        seconds_left: seconds that it takes from the last update on; None where that is not known.
        started: date in UTC, such as ``2026-11-22T19:30:39Z``.
        updated: date of the last update.
    """

    key: int
    name: str
    engine: str
    state: str
    at_once: int
    seconds_left: float | None
    started: str
    updated: str


class JobRow(NamedTuple):
    """A run of a batch.

    Attributes:
        number: its place in the batch, from 0.
        hash: hash of the run; empty where its persona cannot be read.
        persona: id of the persona, or the given path.
        variant: label of the variant.
        seed: seed of the run.
        days: number of simulated days.
        state: state of the job (:attr:`propersim.experiments.jobs.Job.state`).
        run_id: id of the run in the database; empty before it is there.
        days_done: number of complete days.
        f1: F1 of the complete days.
        unwelcome: unwelcome recommendations of the complete days.
        seconds: seconds that the run took so far.
        error: why it failed, with what to do; empty where it did not.
    """

    number: int
    hash: str
    persona: str
    variant: str
    seed: int
    days: int
    state: str
    run_id: str
    days_done: int
    f1: float | None
    unwelcome: int | None
    seconds: float
    error: str


_BATCH, _JOB = ", ".join(BatchRow._fields), ", ".join(JobRow._fields)


class BatchRecord:
    """Writes what a batch does.

    Holds a lock while it is open, by which readers know that the batch goes on.

    Args:
        store: the store of the runs, open for writing.
        name: hash of its jobs; the record of an earlier batch of this name is replaced.
        engine: what carries it out, in words.
        at_once: number of runs that are carried out at once.
        jobs: its jobs.

    Raises:
        StoreBusy: another process carries out the same batch, or locks the database.
    """

    def __init__(self, store: Store, name: str, *, engine: str, at_once: int, jobs: Sequence[JobRow]) -> None:
        self._store = store
        self._lock = _lock(store, name)
        store.make_lock_folder()
        try:
            self._lock.acquire(timeout=0.5, poll_interval=0.01)
        except Timeout as error:
            raise StoreBusy("another process carries out the same batch", "wait for it") from error
        self._written = list(jobs)
        try:
            self._begin(name, engine, at_once)
        except BaseException:
            self._lock.release()
            raise

    def _begin(self, name: str, engine: str, at_once: int) -> None:
        connection = self._store.connection
        with translated(self._store.path), self._store.transaction():
            old = "select key from batches where name = ? or key <= (select max(key) from batches) - ?"
            self._delete([key for (key,) in connection.execute(old, (name, MOST_BATCHES - 1))])
            added = connection.execute(
                "insert into batches (name, engine, state, at_once) values (?, ?, 'running', ?)", (name, engine, at_once)
            )
            self._key = added.lastrowid
            self._insert(self._written)

    def _delete(self, keys: Sequence[int]) -> None:
        for table, column in (("batch_jobs", "batch"), ("batches", "key")):
            self._store.connection.executemany(f"delete from {table} where {column} = ?", [(key,) for key in keys])

    def _insert(self, jobs: Sequence[JobRow]) -> None:
        places = ", ".join("?" for _ in JobRow._fields)
        self._store.connection.executemany(
            f"insert or replace into batch_jobs (batch, {_JOB}) values (?, {places})", [(self._key, *job) for job in jobs]
        )

    def write(self, jobs: Sequence[JobRow], *, state: str = "running", seconds_left: float | None = None) -> None:
        """Write the jobs that have changed.

        Args:
            jobs: all jobs, in the order of the beginning.
            state: what the batch does.
            seconds_left: seconds that it takes from now on; None where that is not known.

        Raises:
            StoreBusy: another program locks the database; nothing is written.
        """
        with translated(self._store.path), self._store.transaction():
            self._insert([job for job, before in zip(jobs, self._written, strict=True) if job != before])
            self._store.connection.execute(
                "update batches set state = ?, seconds_left = ?, updated = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') where key = ?",
                (state, seconds_left, self._key),
            )
        self._written = list(jobs)

    def close(self) -> None:
        """Release the lock."""
        self._lock.release()


def read_batches(store: Store) -> list[BatchRow]:
    """Return the batches of a database, newest first."""
    if store.is_absent:
        return []
    with translated(store.path):
        rows = store.connection.execute(f"select {_BATCH} from batches order by key desc").fetchall()
    batches = [BatchRow(*(_checked(kind, value) for kind, value in zip(_BATCH_TYPES, row, strict=True))) for row in rows]
    return [one._replace(state="interrupted") if one.state == "running" and not is_held(_lock(store, one.name)) else one for one in batches]


def read_jobs(store: Store, batch: int) -> list[JobRow]:
    """Return the jobs of a batch, in order.

    Args:
        store: the open database.
        batch: key of the batch.
    """
    if store.is_absent:
        return []
    with translated(store.path):
        rows = store.connection.execute(f"select {_JOB} from batch_jobs where batch = ? order by number", (batch,)).fetchall()
    return [JobRow(*(_checked(kind, value) for kind, value in zip(_JOB_TYPES, row, strict=True))) for row in rows]


_BATCH_TYPES = (int, str, str, str, int, float, str, str)
_JOB_TYPES = (int, str, str, str, int, int, str, str, int, float, int, float, str)
_NULLABLE = (float, int)


def _checked(kind: type, value: Any) -> Any:
    """Return a value of the database, or an empty one where it has another type.

    Rows that were edited by hand may have such values.
    """
    if kind is float and isinstance(value, int) and abs(value) <= LARGEST:
        return float(value)
    if value is None and kind in _NULLABLE:
        return None
    if not isinstance(value, kind) or (isinstance(value, int | float) and abs(value) > LARGEST):
        return kind()
    return value


def _lock(store: Store, name: str) -> FileLock:
    plain = "".join(letter for letter in name if letter in "0123456789abcdef")
    return FileLock(store.lock_folder / f"batch-{plain}.lock", is_singleton=False)
