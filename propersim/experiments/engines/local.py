"""The engine of this machine: worker processes, each with a run or several of one model."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence

from propersim.core.errors import InputError, PropersimError, Resumable, StoreBusy
from propersim.core.program import program
from propersim.experiments.engines.base import STOP_SECONDS, Reports
from propersim.experiments.jobs import Job
from propersim.runs.create import add_run, check_versions
from propersim.runs.live import ONE_THREAD, LiveRun
from propersim.runs.live_shared import SharedRun, SharedWorker, base_model
from propersim.runs.protocol import Committed, Event, Failed, RunState, Stop
from propersim.store.many import adding_alone
from propersim.store.store import Store

SHARED = {**ONE_THREAD, "MALLOC_MMAP_THRESHOLD_": "1048576"}
"""The same of workers with several runs: glibc returns freed tensors to the system, which otherwise stay with each thread."""


class LocalEngine:
    """Carries out jobs in worker processes of this machine, which write to the store.

    Args:
        store: store of the runs.
        processes: maximum number of worker processes.
        share: maximum number of runs in a process; they have the same base model, which is loaded once.
        patience: seconds to wait for a run that another process is running.
    """

    _reports: Reports

    def __init__(self, store: Store, *, processes: int, share: int = 1, patience: float = 60.0) -> None:
        self._store = store
        self._processes = processes
        self._share = share
        self._patience = patience
        # Slot k belongs to process k % processes, so that all processes have a run before one has two.
        self._slots: list[tuple[Job, LiveRun] | None] = [None] * (processes * share)
        self._workers: list[SharedWorker | None] = [None] * processes

    def begin(self, reports: Reports) -> None:
        """Begin to work for a batch."""
        self._reports = reports

    def describe(self) -> str:
        """Return how much it does at once."""
        if self._share > 1:
            return f"up to {self._processes} × {self._share} in parallel (processes × runs in each)"
        return f"{self._processes} in parallel"

    @property
    def at_once(self) -> int:
        """Number of runs that it carries out at once."""
        return self._processes * self._share

    @property
    def working(self) -> bool:
        """Whether a worker has a run."""
        return any(self._working())

    def _working(self) -> Iterator[tuple[Job, LiveRun]]:
        return (slot for slot in self._slots if slot is not None)

    def fill(self, jobs: Sequence[Job]) -> None:
        """Start a job in every free slot."""
        for number, slot in enumerate(self._slots):
            now = time.monotonic()
            while slot is None:
                job = next((job for job in jobs if job.is_due(now) and self._may_join(job, number)), None)
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
        beside = next((slot[0] for slot in self._slots[number % self._processes :: self._processes] if slot is not None), None)
        return beside is None or (base_model(job.config) is not None and base_model(job.config) == base_model(beside.config))

    def _make_worker(self, job: Job, number: int) -> LiveRun:
        """Return the worker of a job in a slot, not started.

        It is a process of its own, or a run in the process of the slot.
        """
        process, base = number % self._processes, base_model(job.config)
        shared = self._workers[process]
        if shared is not None and (shared.base != base or not shared.alive):
            self._end_worker(process)
            shared = None
        if self._share == 1 or base is None:
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
            if not job.run:
                # Of two batches at once, one makes a run, and the other waits for it.
                with adding_alone(self._store):
                    job.run = self._reports.begun_elsewhere(job) or add_run(self._store, job.config).id
            row = self._store.run(job.run)
            if row.state == "finished":
                self._reports.finished(job, row.id)
                return None
            if row.state == "running":
                self._wait_for(job)
                return None
            try:
                row = check_versions(self._store, row, force=False)
            except InputError as error:
                self._reports.note(f"{error.message}: a new run is made")
                row = add_run(self._store, job.config)
            if row.state == "interrupted":
                # An interrupted run is probed for its lock by every reader, which would disturb the worker that takes it.
                self._store.update_run(row, state="stopped")
            self._reports.started(job, row.id)
            worker = self._make_worker(job, number)
            worker.start()
        except PropersimError as error:
            self._reports.failed(job, error)
            return None
        return worker

    def _wait_for(self, job: Job) -> None:
        """Wait for a run that another process is running.

        That may be a worker of a killed batch that is about to end.
        """
        now = time.monotonic()
        job.busy_since = job.busy_since if job.busy_since is not None else now
        job.look_again = now + 1
        self._reports.state(job, "busy")
        if now - job.busy_since >= self._patience:
            busy = StoreBusy(f"run {job.run} is being run by another process", f"watch it with `{program()} replay {job.run}`")
            self._reports.failed(job, busy, again=0)

    def _set_affinity(self, worker: LiveRun, number: int) -> None:
        """Bind a worker process to a core if there are as many processes as cores.

        With fewer processes the scheduler finds idle cores.
        """
        if not hasattr(os, "sched_setaffinity") or worker.pid is None:
            return
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) == self._processes:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(worker.pid, {cores[number % self._processes]})

    def poll(self) -> None:
        """Report the events of all workers, and free the slots of those that are done."""
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
        """Report an event of a worker."""
        if isinstance(event, Committed):
            if event.days > job.days:
                self._count(job)
        elif isinstance(event, Failed):
            kind = Resumable if event.resumable else PropersimError
            self._reports.failed(job, kind(event.message, event.hint))
        elif isinstance(event, RunState):
            if event.state == "finished":
                self._reports.finished(job, job.run)
            elif event.state == "stopped":
                self._reports.state(job, "stopped")
                if not self._reports.stopping:
                    self._reports.failed(job, Resumable("another program stopped its worker process"), again=0)
            elif event.state == "asking":
                self._reports.state(job, "running")
            elif event.state != "paused" and event.state != "rating":
                self._reports.state(job, event.state)

    def _count(self, job: Job) -> None:
        """Report the figures of a job's complete days."""
        row = self._store.run(job.run)
        self._reports.days(job, self._store.day_figures(row), row.wall_s)

    def stop(self) -> None:
        """Ask all workers to commit and stop."""
        for _, worker in self._working():
            worker.send(Stop())

    def close(self, *, kill: bool) -> None:
        """End all workers."""
        for number, slot in enumerate(self._slots):
            if slot is not None:
                slot[1].close(timeout=1 if kill else STOP_SECONDS)
                self._slots[number] = None
        for process in range(self._processes):
            self._end_worker(process)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
