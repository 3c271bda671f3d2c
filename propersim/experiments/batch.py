"""Batches: many runs in one store, several at once in worker processes.

Finished runs are not made again.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from propersim.core.config import RunConfig
from propersim.core.errors import EXIT_INPUT, InputError, PropersimError, Resumable, StoreBusy, StoreError
from propersim.core.text import counted
from propersim.experiments.jobs import Job
from propersim.experiments.results import Result, merge_csv, read_csv, result_of, row_hash, same_versions, versions_text
from propersim.runs.create import add_run, check_versions, setup_versions
from propersim.runs.gates import RunStopped
from propersim.runs.live import LiveRun
from propersim.runs.live_shared import SharedRun, SharedWorker, base_model
from propersim.runs.protocol import Committed, Event, Failed, RunState, Stop
from propersim.store.store import RunRow, Store

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""Environment of workers: each run uses one thread, because concurrent runs with a thread per core would slow each other down."""
SHARED = {**ONE_THREAD, "MALLOC_MMAP_THRESHOLD_": "1048576"}
"""The same of workers with several runs: glibc returns freed tensors to the system, which otherwise stay with each thread."""
POLL_INTERVAL = 0.1
"""Seconds between two polls of the workers."""
ATTEMPTS = 2
"""Times that a run is started which an outage stops."""
STOP_SECONDS = 120.0
"""Seconds that a worker may take to commit and stop."""


class BatchIncomplete(Resumable):
    """Some runs of a batch failed; the same command tries them again."""


class Batch:
    """Runs the jobs of a batch until all are finished.

    Args:
        store: store of the runs.
        jobs: jobs from :func:`~propersim.experiments.jobs.make_jobs`.
        at_once: maximum number of worker processes.
        share: maximum number of runs in a process; they have the same base model, which is loaded once.
        csv: file of results; runs in it are not made again, and new results are added.
        patience: seconds to wait for a run that another process is running.

    Attributes:
        notes: messages for the user.
    """

    def __init__(
        self, store: Store, jobs: Sequence[Job], *, at_once: int, share: int = 1, csv: Path | None = None, patience: float = 60.0
    ) -> None:
        self.jobs = jobs
        self.at_once = at_once
        self.share = share
        self.notes: list[str] = []
        self._store = store
        self._csv = csv
        self._patience = patience
        # Slot k belongs to process k % at_once, so that all processes have a run before one has two.
        self._slots: list[tuple[Job, LiveRun] | None] = [None] * (at_once * share)
        self._workers: list[SharedWorker | None] = [None] * at_once
        self._stopping = 0
        self._results: dict[str, Result] = {}
        self._find_known()

    # -- finished runs ------------------------------------------------------------------------------------

    def _find_known(self) -> None:
        """Mark the jobs that are finished in the CSV file or the store, and find the runs to resume."""
        in_csv = read_csv(self._csv) if self._csv is not None and self._csv.exists() else {}
        rows: dict[str, RunRow] = {}
        for row in self._store.runs():
            try:
                name = row_hash(row)
            except StoreError as error:
                self.notes.append(f"left out: {error.message}")
                continue
            if name not in rows or _further(row, rows[name]):
                rows[name] = row
        other_versions: set[str] = set()
        now: dict[RunConfig, str] = {}
        for job in self.jobs:
            if job.over:
                continue
            stored, result = rows.get(job.hash), None
            if stored is not None:
                try:
                    result = result_of(self._store, stored)
                except StoreError as error:
                    self.notes.append(f"run again: {error.message}")
                    stored = None
            result = result or in_csv.get(job.hash)
            if result is not None:
                job.state = "known"
                job.run = stored.id if stored is not None and stored.state == "finished" else ""
                job.count(result.days, result.wall_s)
                self._results[job.hash] = in_csv.get(job.hash, result)
                alike = msgspec.structs.replace(job.config, persona="", seed=0)
                if alike not in now:
                    now[alike] = versions_text(setup_versions(job.config))
                if not same_versions(result.versions, now[alike]):
                    other_versions.add(job.hash)
            elif stored is not None:
                job.run = stored.id
                job.days, job.seconds = stored.days_done, stored.wall_s
        if other_versions:
            self.notes.append(
                f"{len(other_versions)} of the known runs were made under other versions; `runs show` and the CSV file list them"
            )
        self._write()

    def _write(self) -> None:
        """Add all results to the CSV file."""
        if self._csv is not None:
            merge_csv(self._csv, self._results)

    # -- running ------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop all workers; called a second time, kill them.

        Committed steps are kept. May be called by a signal handler.
        """
        self._stopping += 1

    def go(self, watch: Callable[[], None]) -> None:
        """Run all jobs; ``watch`` is called repeatedly meanwhile.

        Raises:
            RunStopped: :meth:`stop` was called, and all workers have stopped.
            BatchIncomplete: some jobs failed, all others are finished.
            InputError: all jobs failed because of their personas, options or files.
            PropersimError: the store or the CSV file cannot be written.
        """
        try:
            while not self._stopping and not all(job.over for job in self.jobs):
                self._poll()
                self._fill()
                watch()
                time.sleep(POLL_INTERVAL)
            self._wind_down(watch)
        finally:
            for slot in self._slots:
                if slot is not None:
                    slot[1].close(timeout=1 if self._stopping > 1 else STOP_SECONDS)
            for process in range(self.at_once):
                self._end_worker(process)
        self._write()
        watch()
        done = sum(job.state in ("finished", "known") for job in self.jobs)
        if self._stopping:
            raise RunStopped(f"stopped; {done} of {counted(len(self.jobs), 'run')} are done", "give the same command again to resume")
        failed = [job for job in self.jobs if job.state == "failed"]
        if failed:
            lines = [
                f"  {job.persona} {job.variant} seed {job.seed}: {job.error}" + (f" ({job.hint})" if job.hint else "") for job in failed
            ]
            message = f"{len(failed)} of {counted(len(self.jobs), 'run')} failed:\n" + "\n".join(lines)
            if all(job.code == EXIT_INPUT for job in self.jobs):
                raise InputError(message, "mend what the messages name, and give the same command again")
            raise BatchIncomplete(message, "the same command tries them again, and only them")

    def _wind_down(self, watch: Callable[[], None]) -> None:
        """Stop the workers and wait for them, unless :meth:`stop` is called a second time."""
        for _, worker in self._working():
            worker.send(Stop())
        deadline = time.monotonic() + STOP_SECONDS
        while self._stopping < 2 and time.monotonic() < deadline and any(self._working()):
            self._poll()
            watch()
            time.sleep(POLL_INTERVAL)

    def _working(self) -> Iterator[tuple[Job, LiveRun]]:
        """Return the jobs that have a worker."""
        return (slot for slot in self._slots if slot is not None)

    def _fill(self) -> None:
        """Start a job in every free slot."""
        for number, slot in enumerate(self._slots):
            now = time.monotonic()
            while slot is None:
                waiting = (job for job in self.jobs if job.state in ("waiting", "busy") and job.look_again <= now)
                job = next((job for job in waiting if self._may_join(job, number)), None)
                if job is None:
                    break
                worker = self._begin(job, number)
                if worker is not None:
                    self._slots[number] = slot = (job, worker)
                    self._set_affinity(worker, number)

    def _may_join(self, job: Job, number: int) -> bool:
        """Return whether a job may be carried out beside the others of a slot's process.

        They need the same base model.
        """
        beside = next((slot[0] for slot in self._slots[number % self.at_once :: self.at_once] if slot is not None), None)
        return beside is None or (base_model(job.config) is not None and base_model(job.config) == base_model(beside.config))

    def _make_worker(self, job: Job, number: int) -> LiveRun:
        """Return the worker of a job in a slot, not started.

        It is a process of its own, or a run in the process of the slot.
        """
        process, base = number % self.at_once, base_model(job.config)
        shared = self._workers[process]
        if shared is not None and (shared.base != base or not shared.alive):
            self._end_worker(process)
            shared = None
        if self.share == 1 or base is None:
            return LiveRun(self._store.path, job.run, speed=None, env=ONE_THREAD)
        if shared is None:
            shared = self._workers[process] = SharedWorker(self._store.path, f"{job.run}.shared", base, env=SHARED)
            shared.start()
        return SharedRun(shared, self._store.path, job.run)

    def _end_worker(self, process: int) -> None:
        """End a shared process, in which no run is left."""
        worker, self._workers[process] = self._workers[process], None
        if worker is not None:
            worker.close(timeout=STOP_SECONDS)

    def _begin(self, job: Job, number: int) -> LiveRun | None:
        """Start the worker of a job in a slot; return None where nothing can be started now."""
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
                    self.notes.append(f"{error.message}: a new run is made")
                    row = None
            job.attempts += 1
            if row is None:
                row = add_run(self._store, job.config)
            if row.state == "interrupted":
                # An interrupted run is probed for its lock by every reader, which would disturb the worker that takes it.
                self._store.update_run(row, state="stopped")
            job.run, job.state = row.id, "starting"
            worker = self._make_worker(job, number)
            worker.start()
        except Resumable as error:
            self._again_or_fail(job, error)
            return None
        except PropersimError as error:
            job.fail(error)
            return None
        return worker

    def _again_or_fail(self, job: Job, error: PropersimError) -> None:
        """Let a job wait for its next attempt after an outage, or mark it as failed."""
        if isinstance(error, Resumable) and job.attempts < ATTEMPTS and not self._stopping:
            job.state, job.look_again = "waiting", time.monotonic() + 1
        else:
            job.fail(error)

    def _wait_for(self, job: Job) -> None:
        """Wait for a run that another process is running.

        That may be a worker of a killed batch that is about to end.
        """
        now = time.monotonic()
        job.busy_since = job.busy_since if job.busy_since is not None else now
        job.state, job.look_again = "busy", now + 1
        if now - job.busy_since >= self._patience:
            job.fail(StoreBusy(f"run {job.run} is being run by another process", f"watch it with `propersim replay {job.run}`"))

    def _set_affinity(self, worker: LiveRun, number: int) -> None:
        """Bind a worker process to a core if there are as many processes as cores.

        With fewer processes the scheduler finds idle cores.
        """
        if not hasattr(os, "sched_setaffinity") or worker.pid is None:
            return
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) == self.at_once:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(worker.pid, {cores[number % self.at_once]})

    def _poll(self) -> None:
        """Handle the events of all workers, and free the slots of those that are done."""
        for number, slot in enumerate(self._slots):
            if slot is None:
                continue
            job, worker = slot
            for event in worker.poll():
                self._handle(job, event)
            if job.over or job.state == "waiting":
                worker.close(timeout=STOP_SECONDS)
                self._slots[number] = None

    def _handle(self, job: Job, event: Event) -> None:
        """Change the state of a job after an event of its worker."""
        if isinstance(event, Committed):
            if event.days > job.days:
                self._count(job)
        elif isinstance(event, Failed):
            kind = Resumable if event.resumable else PropersimError
            self._again_or_fail(job, kind(event.message, event.hint))
        elif isinstance(event, RunState):
            if event.state == "finished":
                self._finished(job)
            elif event.state == "stopped":
                job.state = "stopped"
                if not self._stopping:
                    job.fail(Resumable("another program stopped its worker process"))
            elif event.state == "asking":
                job.state = "running"
            elif event.state != "paused" and event.state != "rating":
                job.state = event.state

    def _count(self, job: Job) -> RunRow:
        """Read the figures of a job's complete days, and return its run."""
        row = self._store.run(job.run)
        job.count([day.figures for day in self._store.days(row) if day.figures is not None], row.wall_s)
        return row

    def _finished(self, job: Job) -> None:
        """Mark a job as finished, and add its result to the CSV file."""
        job.state = "finished"
        result = result_of(self._store, self._count(job))
        if result is not None:
            self._results[job.hash] = result
            self._write()


def _further(one: RunRow, other: RunRow) -> bool:
    """Return whether the first of two runs with the same hash is further than the second."""
    return (one.state == "finished", one.steps) > (other.state == "finished", other.steps)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
