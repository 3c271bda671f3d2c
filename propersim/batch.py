"""Many runs of one store, each in a process of its own, some at once; what was done before is not done again."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from propersim.config import RunConfig
from propersim.errors import InputError, PersonaError, PropersimError, Resumable
from propersim.live import LiveRun
from propersim.metrics import metrics
from propersim.persona_files import load_persona
from propersim.protocol import Committed, Event, Failed, State, Stop
from propersim.records import DayFigures
from propersim.results import Result, merge_csv, read_csv, result_of, row_hash, versions_text
from propersim.run import Stopped, add_run, check_versions, setup_versions
from propersim.store import RunRow, Store
from propersim.variants import config_hash, variant_config, variant_label
from propersim.world.home import load_home

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""A run is one thread's work: several at once, each with as many threads as there are cores, would only wait for each other."""
LOOK = 0.1
"""Seconds between two looks at the workers."""
ATTEMPTS = 2
"""How often a run is tried that an outage stopped."""
STOP_SECONDS = 120.0
"""How long a worker that was asked to stop may take to; it commits what it has."""

JobState = Literal["waiting", "busy", "starting", "running", "training", "finished", "known", "failed", "stopped"]


class SomeFailed(Resumable):
    """Some runs of a batch have no result; the same command tries them again."""


@dataclass
class Job:
    """One run of a batch, as it stands.

    Attributes:
        config: its options, resolved.
        persona: the persona's id, or what was given where its file cannot be read.
        variant: see :func:`~propersim.variants.variant_label`.
        hash: by which it is known again; "" where the persona cannot be read.
        state: ``known`` is finished by an earlier batch; ``busy`` is in the hands of another process.
        run: id in the store; "" before it has one, and where only a CSV file knows it.
        days: complete so far.
        score: mean so far.
        f1: likewise.
        seconds: spent stepping and storing.
        error: why it failed.
        hint: what to do about it.
    """

    config: RunConfig
    persona: str
    variant: str
    hash: str = ""
    state: JobState = "waiting"
    run: str = ""
    days: int = 0
    score: float | None = None
    f1: float | None = None
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    attempts: int = 0
    busy_since: float | None = None
    look_again: float = 0.0

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.config.seed

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self.state in ("finished", "known", "failed", "stopped")

    def count(self, days: Sequence[DayFigures], wall_s: float) -> None:
        """Take over the figures of complete days."""
        found = metrics(days)
        self.days, self.score, self.f1, self.seconds = len(days), found["score"], found["f1"], wall_s

    def fail(self, error: PropersimError) -> None:
        """Note that it failed."""
        self.state, self.error, self.hint = "failed", error.message, error.hint or ""


def make_jobs(personas: Sequence[str], variants: Sequence[str], *, seeds: int, days: int, options: Sequence[str] = ()) -> list[Job]:
    """Return the runs of a batch: all personas and variants with seed 0, then with seed 1, and so on; what is the same comes once.

    A persona whose file is wrong makes its own runs fail, and no others.

    Raises:
        InputError: an option is wrong.
    """
    read: dict[str, tuple[str, str] | PersonaError] = {}
    homes: dict[str | None, str] = {}
    for name in personas:
        try:
            persona = load_persona(name)
            read[name] = (persona.id, persona.model_dump_json())
        except PersonaError as error:
            read[name] = error
    jobs: list[Job] = []
    seen: set[str] = set()
    for seed in range(seeds):
        for name in personas:
            for variant in variants:
                config = variant_config(variant, persona=name, seed=seed, days=days, options=options)
                if config.home not in homes:
                    homes[config.home] = load_home(Path(config.home) if config.home else None).text
                known = read[name]
                if isinstance(known, PersonaError):
                    job = Job(config, name, variant_label(config))
                    job.fail(known)
                else:
                    job = Job(config, known[0], variant_label(config), config_hash(config, known[1], homes[config.home]))
                if job.hash not in seen:
                    jobs.append(job)
                seen |= {job.hash} - {""}
    return jobs


class Batch:
    """Carries the runs of a batch to their ends.

    Args:
        store: where the runs are.
        jobs: the runs wanted, see :func:`make_jobs`.
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
            name = row_hash(row)
            if name is not None and (name not in rows or _further(row, rows[name])):
                rows[name] = row
        others: set[str] = set()
        now: dict[str, str] = {}
        for job in self.jobs:
            if job.over:
                continue
            found = rows.get(job.hash)
            result = (result_of(self._store, found) if found is not None else None) or there.get(job.hash)
            if result is not None:
                job.state = "known"
                job.run = found.id if found is not None and found.state == "finished" else ""
                job.count(result.days, result.wall_s)
                self._results[job.hash] = there.get(job.hash, result)
                assistant = job.config.assistant
                if assistant not in now:
                    now[assistant] = versions_text(setup_versions(assistant))
                if result.versions != now[assistant]:
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
            elif event.state != "paused":
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
