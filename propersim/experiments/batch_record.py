"""Write what a batch does into its store, where the list of runs in the app finds it."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence

from propersim.core.errors import PropersimError, StoreBusy
from propersim.experiments.engines.base import Engine
from propersim.experiments.jobs import Job
from propersim.experiments.time_left import TimeLeft
from propersim.store.batches import BatchRecord, JobRow
from propersim.store.store import Store

RECORD_SECONDS = 1.0
"""Seconds between two writings of what has changed."""
_LONGEST_ERROR = 2_000
"""Most characters of an error that are written."""


@contextlib.contextmanager
def recorded(store: Store, jobs: Sequence[Job], engine: Engine) -> Iterator[Callable[[], None]]:
    """Record a batch while it goes on, and yield a function that writes what has changed.

    A record that cannot be written now is written later; the batch does not wait for it.

    Args:
        store: the store of the runs.
        jobs: the jobs of the batch.
        engine: what carries them out.
    """
    left = TimeLeft(jobs)
    record: BatchRecord | None = None
    due, at_once = 0.0, 1

    def write(state: str = "running") -> None:
        nonlocal record, due, at_once
        due = time.monotonic() + RECORD_SECONDS
        if state == "running":
            # An engine that has been closed no longer says how much it does at once.
            at_once = engine.at_once
        with contextlib.suppress(StoreBusy):
            if record is None:
                record = BatchRecord(store, _name(jobs), engine=engine.describe(), at_once=at_once, jobs=_rows(jobs))
            record.write(_rows(jobs), state=state, seconds_left=left.seconds(jobs, at_once))

    def look() -> None:
        # The engine of a cluster says how much it does at once when it has begun.
        if time.monotonic() >= due:
            write()

    try:
        yield look
    finally:
        with contextlib.suppress(PropersimError):
            # The batch itself says what is wrong with its store.
            write("finished" if all(job.state in ("finished", "known", "failed") for job in jobs) else "stopped")
        if record is not None:
            record.close()


def _name(jobs: Sequence[Job]) -> str:
    """Return a hash of the jobs, whatever their order."""
    lines = sorted(job.hash or f"{job.persona} {job.variant} {job.seed}" for job in jobs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _rows(jobs: Sequence[Job]) -> list[JobRow]:
    return [
        JobRow(
            number=number,
            hash=job.hash,
            persona=job.persona,
            variant=job.variant,
            seed=job.seed,
            days=job.config.days,
            state=job.state,
            run_id=job.run,
            days_done=job.days,
            f1=job.f1,
            unwelcome=job.unwelcome,
            seconds=job.seconds,
            error=f"{job.error}{f' ({job.hint})' if job.hint else ''}"[:_LONGEST_ERROR],
        )
        for number, job in enumerate(jobs)
    ]
