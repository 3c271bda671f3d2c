"""Many runs of one store, each in a process of its own, some at once; what was done before is not done again."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from propersim.core.config import RunConfig
from propersim.core.errors import InputError, PropersimError, Resumable, StoreError
from propersim.experiments.jobs import Job
from propersim.experiments.results import Result, merge_csv, read_csv, result_of, row_hash, versions_text
from propersim.runs.create import add_run, check_versions, setup_versions
from propersim.runs.gates import Stopped
from propersim.runs.live import LiveRun
from propersim.runs.protocol import Committed, Event, Failed, State, Stop
from propersim.store.store import RunRow, Store

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""A run is one thread's work: several at once, each with as many threads as there are cores, would only wait for each other."""
LOOK = 0.1
"""Seconds between two looks at the workers."""
ATTEMPTS = 2
"""How often a run is tried that an outage stopped."""
STOP_SECONDS = 120.0
"""How long a worker that was asked to stop may take to; it commits what it has."""


class SomeFailed(Resumable):
    """Some runs of a batch have no result; the same command tries them again."""


class Batch:
    """Carries the runs of a batch to their ends.

    Args:
        store: where the runs are.
        jobs: the runs wanted, see :func:`~propersim.experiments.jobs.make_jobs`.
        at_once: so many processes at most.
        csv: file that results are known from, and added to.
        patience: seconds to wait for a run that another process has.
    """

    def __init__(self, store: Store, jobs: Sequence[Job], *, at_once: int, csv: Path | None = None, patience: float = 60.0) -> None:
        self.jobs = jobs
        self.at_once = at_once
        self.notes: list[str] = []
        self._store = store
        self._csv = csv
        self._patience = patience
        self._slots: list[tuple[Job, LiveRun] | None] = [None] * at_once
        self._stopping = 0
        self._results: dict[str, Result] = {}
        self._find_known()

    # -- what is there already ------------------------------------------------------------------------------------

    def _find_known(self) -> None:
        """Mark what is finished in the CSV file or the store, and find what can be carried on."""
        there = read_csv(self._csv) if self._csv is not None and self._csv.exists() else {}
        rows: dict[str, RunRow] = {}
        for row in self._store.runs():
            try:
                name = row_hash(row)
            except StoreError as error:
                self.notes.append(f"left out: {error.message}")
                continue
            if name not in rows or _further(row, rows[name]):
                rows[name] = row
        others: set[str] = set()
        now: dict[RunConfig, str] = {}
        for job in self.jobs:
            if job.over:
                continue
            found, result = rows.get(job.hash), None
            if found is not None:
                try:
                    result = result_of(self._store, found)
                except StoreError as error:
                    self.notes.append(f"run again: {error.message}")
                    found = None
            result = result or there.get(job.hash)
            if result is not None:
                job.state = "known"
                job.run = found.id if found is not None and found.state == "finished" else ""
                job.count(result.days, result.wall_s)
                self._results[job.hash] = there.get(job.hash, result)
                alike = msgspec.structs.replace(job.config, persona="", seed=0)
                if alike not in now:
                    now[alike] = versions_text(setup_versions(job.config))
                if result.versions != now[alike]:
                    others.add(job.hash)
            elif found is not None:
                job.run = found.id
                job.days, job.seconds = found.days_done, found.wall_s
        if others:
            self.notes.append(f"{len(others)} of the runs known already were made under other versions; `runs show` and the CSV tell them")
        self._write()

    def _write(self) -> None:
        if self._csv is not None:
            merge_csv(self._csv, self._results)

    # -- going on -------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Ask all workers to stop; asked again, end them at once. What is committed stays (may be called by a signal handler)."""
        self._stopping += 1

    def go(self, watch: Callable[[], None]) -> None:
        """Carry on until nothing is left to do; ``watch`` is called again and again meanwhile.

        Raises:
            Stopped: it was asked to stop, and all workers have.
            SomeFailed: all else is done.
            PropersimError: the store or the CSV file cannot be written.
        """
        try:
            while not self._stopping and not all(job.over for job in self.jobs):
                self._poll()
                self._fill()
                watch()
                time.sleep(LOOK)
            self._wind_down(watch)
        finally:
            for slot in self._slots:
                if slot is not None:
                    slot[1].close(timeout=1 if self._stopping > 1 else STOP_SECONDS)
        self._write()
        watch()
        done = sum(job.state in ("finished", "known") for job in self.jobs)
        if self._stopping:
            raise Stopped(f"stopped; {done} of {len(self.jobs)} runs are done", "give the same command again to go on")
        failed = [job for job in self.jobs if job.state == "failed"]
        if failed:
            lines = [
                f"  {job.persona} {job.variant} seed {job.seed}: {job.error}" + (f" ({job.hint})" if job.hint else "") for job in failed
            ]
            raise SomeFailed(
                f"{len(failed)} of {len(self.jobs)} runs failed:\n" + "\n".join(lines), "the same command tries them again, and only them"
            )

    def _wind_down(self, watch: Callable[[], None]) -> None:
        """Ask the workers to stop and wait for them, as long as nobody asks twice."""
        for _, worker in self._working():
            worker.send(Stop())
        until = time.monotonic() + STOP_SECONDS
        while self._stopping < 2 and time.monotonic() < until and any(self._working()):
            self._poll()
            watch()
            time.sleep(LOOK)

    def _working(self) -> Iterator[tuple[Job, LiveRun]]:
        return (slot for slot in self._slots if slot is not None)

    def _fill(self) -> None:
        """Give every free slot a run."""
        for number, slot in enumerate(self._slots):
            now = time.monotonic()
            while slot is None:
                job = next((job for job in self.jobs if job.state in ("waiting", "busy") and job.look_again <= now), None)
                if job is None:
                    return
                worker = self._begin(job)
                if worker is not None:
                    self._slots[number] = slot = (job, worker)
                    self._pin(worker, number)

    def _begin(self, job: Job) -> LiveRun | None:
        """Start a worker for a run; None where there is nothing to start, or not now."""
        try:
            row = self._store.run(job.run) if job.run else None
            if row is not None and row.state == "finished":
                self._finished(job)
                return None
            if row is not None and row.state == "running":
                self._wait_for(job)
                return None
            if row is not None:
                try:
                    row = check_versions(self._store, row, force=False)
                except InputError as error:
                    self.notes.append(f"{error.message}: begun anew")
                    row = None
            job.attempts += 1
            if row is None:
                row = add_run(self._store, job.config)
            if row.state == "interrupted":
                # Nobody asks for its lock then, to see whether it is running, while its worker takes it.
                self._store.update_run(row, state="stopped")
            job.run, job.state = row.id, "starting"
            worker = LiveRun(self._store.path, row.id, speed=None, env=ONE_THREAD)
            worker.start()
        except Resumable as error:
            self._again_or_fail(job, error)
            return None
        except PropersimError as error:
            job.fail(error)
            return None
        return worker

    def _again_or_fail(self, job: Job, error: PropersimError) -> None:
        if isinstance(error, Resumable) and job.attempts < ATTEMPTS and not self._stopping:
            job.state, job.look_again = "waiting", time.monotonic() + 1
        else:
            job.fail(error)

    def _wait_for(self, job: Job) -> None:
        """Come back to a run that another process has: the worker of a killed batch, say, that is just ending."""
        now = time.monotonic()
        job.busy_since = job.busy_since if job.busy_since is not None else now
        job.state, job.look_again = "busy", now + 1
        if now - job.busy_since >= self._patience:
            job.fail(InputError(f"run {job.run} is being run by another process", f"watch it with `propersim replay {job.run}`"))

    def _pin(self, worker: LiveRun, number: int) -> None:
        """Give a worker a core of its own, where there are as many slots as cores; with fewer, the system finds idle ones."""
        if not hasattr(os, "sched_setaffinity") or worker.pid is None:
            return
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) == self.at_once:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(worker.pid, {cores[number]})

    def _poll(self) -> None:
        """Hear what the workers have said."""
        for number, slot in enumerate(self._slots):
            if slot is None:
                continue
            job, worker = slot
            for event in worker.poll():
                self._hear(job, event)
            if job.over or job.state == "waiting":
                worker.close(timeout=STOP_SECONDS)
                self._slots[number] = None

    def _hear(self, job: Job, event: Event) -> None:
        if isinstance(event, Committed):
            if event.days > job.days:
                self._count(job)
        elif isinstance(event, Failed):
            kind = Resumable if event.resumable else PropersimError
            self._again_or_fail(job, kind(event.message, event.hint))
        elif isinstance(event, State):
            if event.state == "finished":
                self._finished(job)
            elif event.state == "stopped":
                job.state = "stopped"
                if not self._stopping:
                    job.fail(Resumable("its process was told to stop, and not by the batch"))
            elif event.state == "asking":
                job.state = "running"
            elif event.state != "paused" and event.state != "rating":
                job.state = event.state

    def _count(self, job: Job) -> RunRow:
        row = self._store.run(job.run)
        job.count([day.figures for day in self._store.days(row) if day.figures is not None], row.wall_s)
        return row

    def _finished(self, job: Job) -> None:
        job.state = "finished"
        result = result_of(self._store, self._count(job))
        if result is not None:
            self._results[job.hash] = result
            self._write()


def _further(one: RunRow, other: RunRow) -> bool:
    """Whether of two runs that are the same the first is the one to go by."""
    return (one.state == "finished", one.steps) > (other.state == "finished", other.steps)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
