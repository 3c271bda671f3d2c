"""The batches of a database and their jobs, read from the store.

Call these functions in threads, never while drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from propersim.core.text import clean
from propersim.store.batches import BatchRow, JobRow, read_batches, read_jobs
from propersim.store.store import Store

STATES = {
    "waiting": ("◌", "$muted"),
    "busy": ("◌", "$text-warning"),
    "starting": ("◌", "$text-warning"),
    "running": ("▶", "$text-success"),
    "training": ("☾", "$mark"),
    "finished": ("■", "$primary"),
    "known": ("■", "$muted"),
    "failed": ("✖", "$text-error"),
    "stopped": ("‖", "$text-warning"),
}
"""Sign and style of each state of a job."""
WORDS = {"known": "done before"}
"""Words for states where they are not the states themselves."""
DONE = ("finished", "known")
"""States of jobs that have a result."""


@dataclass(frozen=True)
class JobItem:
    """A run of a batch.

    Attributes:
        row: the stored row.
        words: lower-case text that the filter searches.
    """

    row: JobRow
    words: str

    @property
    def id(self) -> str:
        """Its place in the batch, as text."""
        return str(self.row.number)


@dataclass(frozen=True)
class BatchItem:
    """A batch.

    Attributes:
        row: the stored row.
        place: its place among the batches, 1 for the oldest.
        count: number of batches.
        jobs: its runs.
    """

    row: BatchRow
    place: int
    count: int
    jobs: tuple[JobItem, ...]

    @property
    def done(self) -> int:
        """Number of runs with a result."""
        return sum(job.row.state in DONE for job in self.jobs)

    @property
    def failed(self) -> int:
        """Number of runs that failed."""
        return sum(job.row.state == "failed" for job in self.jobs)


def read_batch(db: Path, key: int | None = None) -> BatchItem | None:
    """Return a batch of a database; None where there is none.

    Args:
        db: the database file.
        key: key of the batch; None, or one that is not there any more, for the newest.

    Raises:
        PropersimError: the database cannot be read.
    """
    with Store(db, read_only=True) as store:
        batches = read_batches(store)
        if not batches:
            return None
        at = next((number for number, row in enumerate(batches) if row.key == key), 0)
        jobs = tuple(JobItem(row, _words(row)) for row in read_jobs(store, batches[at].key))
        return BatchItem(batches[at], len(batches) - at, len(batches), jobs)


def key_beside(db: Path, key: int, by: int) -> int:
    """Return the key of the batch after or before another one.

    At an end it is that one's own.

    Args:
        db: the database file.
        key: key of a batch.
        by: 1 for the batch after, −1 for the one before.

    Raises:
        PropersimError: the database cannot be read.
    """
    with Store(db, read_only=True) as store:
        keys = sorted(row.key for row in read_batches(store))
    beside = [each for each in keys if (each > key if by > 0 else each < key)]
    return (beside[0] if by > 0 else beside[-1]) if beside else key


def state_words(state: str) -> str:
    """Return a state of a job in words that are safe to draw."""
    return WORDS.get(state, clean(state, 20))


def _words(row: JobRow) -> str:
    return f"{row.persona} {row.variant} {row.run_id} {state_words(row.state)} seed={row.seed} {row.error}".lower()
