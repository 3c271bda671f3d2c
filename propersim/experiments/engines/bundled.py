"""Engines that send runs to other machines in bundles, and merge the shards that come back.

A transport brings bundles to workers and their events back. Everything else is the same for all of them: which runs go into a bundle, what
happens when a worker is lost, and merging.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from propersim.core.config import LLM
from propersim.core.errors import InputError, PropersimError, Resumable, StoreBusy, StoreError
from propersim.core.records import DayFigures
from propersim.core.text import clean, counted
from propersim.experiments.engines.base import Reports
from propersim.experiments.jobs import Job
from propersim.experiments.results import row_hash
from propersim.runs.bundle import BundleEvent, RunOrder
from propersim.runs.create import SetupVersions
from propersim.store.merge import merge_shard, unpack_shard
from propersim.store.store import RunRow, Store

LOST_ATTEMPTS = 3
"""Times that a run is started whose worker is lost: often the machine is at fault, not the run."""
LOST_UNSTARTED = 5
"""Times that a run is sent which no worker starts."""
MOST_IN_BUNDLE = 16
"""Most runs of a bundle where the user does not say."""
BUNDLES_EACH = 4
"""Bundles that each worker gets where there are many runs; small ones at the end keep all workers busy."""
MERGE_ATTEMPTS = 5
"""Times that a shard is merged into a store that another program locks; each waits some seconds."""


class Sent(NamedTuple):
    """A report of a transport about a bundle.

    Attributes:
        bundle: number of the bundle.
        kind: ``event`` of a run; ``over``: all of its events came; ``lost``: no more will come.
        event: the event of a run.
        why: why the bundle is lost.
    """

    bundle: int
    kind: Literal["event", "over", "lost"]
    event: BundleEvent | None = None
    why: str = ""


class Transport(Protocol):
    """Brings bundles to workers, and their events back."""

    name: str
    """Name of the machines, such as ``the Ray cluster 10.0.0.1:6379``."""

    def begin(self) -> None:
        """Reach the machines.

        Raises:
            PropersimError: they cannot be reached, or the package is not installed.
        """
        ...

    def slots(self) -> int:
        """Return how many bundles can be carried out at once."""
        ...

    def send(self, number: int, orders: Sequence[dict[str, Any]]) -> None:
        """Send a bundle.

        Args:
            number: number of the bundle.
            orders: :class:`~propersim.runs.bundle.RunOrder` as plain data.
        """
        ...

    def poll(self) -> Sequence[Sent]:
        """Return what has come since the last call, without waiting."""
        ...

    def cancel(self) -> None:
        """Stop all bundles."""
        ...

    def close(self) -> None:
        """Leave the machines."""
        ...


class BundledEngine:
    """Carries out jobs in bundles on the machines of a transport.

    Args:
        store: store of the runs, which only this process writes to.
        transport: the machines.
        at_once: most bundles at once; None for as many as the machines have room for.
        bundle: most runs of a bundle; None for a size that suits the number of jobs.
        any_versions: whether machines may have other versions than this one.
    """

    _reports: Reports

    def __init__(
        self, store: Store, transport: Transport, *, at_once: int | None = None, bundle: int | None = None, any_versions: bool = False
    ) -> None:
        self._store = store
        self._transport = transport
        self._limit = at_once
        self._bundle = bundle
        self._any_versions = any_versions
        self._bundles: dict[int, dict[str, Job]] = {}
        self._started: set[str] = set()
        self._lost: dict[str, int] = {}
        self._versions = SetupVersions()
        self._next = 0
        self._slots = 1

    def begin(self, reports: Reports) -> None:
        """Reach the machines."""
        self._reports = reports
        self._transport.begin()
        self._slots = self.at_once
        reports.note(f"{counted(self._slots, 'bundle')} at once on {self._transport.name}")

    def describe(self) -> str:
        """Return how it carries out runs."""
        return f"in bundles on {self._transport.name}"

    @property
    def at_once(self) -> int:
        """Number of bundles that are carried out at once."""
        slots = self._transport.slots()
        return max(1, min(slots, self._limit) if self._limit is not None else slots)

    @property
    def working(self) -> bool:
        """Whether some bundle is not over."""
        return bool(self._bundles)

    def fill(self, jobs: Sequence[Job]) -> None:
        """Send as many bundles as there is room for."""
        sent = {name for bundle in self._bundles.values() for name in bundle}
        waiting = [job for job in jobs if job.hash not in sent]
        self._slots = self.at_once
        while waiting and len(self._bundles) < self._slots:
            size = self._size(len(waiting))
            chosen, waiting = waiting[:size], waiting[size:]
            orders = {job.hash: (job, order) for job in chosen if (order := self._order(job)) is not None}
            if orders:
                self._bundles[self._next] = {name: job for name, (job, _) in orders.items()}
                self._transport.send(self._next, [order.to_data() for _, order in orders.values()])
                self._next += 1

    def _size(self, waiting: int) -> int:
        """Return how many runs to send together."""
        if self._bundle is not None:
            return self._bundle
        return max(1, min(MOST_IN_BUNDLE, math.ceil(waiting / (self._slots * BUNDLES_EACH))))

    def _order(self, job: Job) -> RunOrder | None:
        """Return the order of a job, or None where it cannot be sent."""
        if job.config.plans_by == LLM:
            why = "days that a language model plans are shared through one database"
            self._reports.failed(job, InputError(f"{why}, which other machines cannot reach", "use --engine local"))
            return None
        versions = None if self._any_versions else self._versions.of(job.config)
        return RunOrder(hash=job.hash, config=job.config, persona_json=job.persona_json, world_text=job.world_text, versions=versions)

    def poll(self) -> None:
        """Report what has come from the workers."""
        for sent in self._transport.poll():
            if sent.bundle not in self._bundles:
                continue
            if sent.kind == "event" and sent.event is not None:
                self._handle(self._bundles[sent.bundle], sent.event)
            elif sent.kind != "event":
                self._end(sent.bundle, sent.why or "it ended before all of its runs had")

    def _handle(self, jobs: dict[str, Job], event: Mapping[str, Any]) -> None:
        """Report the event of a run."""
        job = jobs.get(str(event.get("hash")))
        if job is None:
            return
        what = event["event"]
        if what == "started":
            self._started.add(job.hash)
            self._reports.started(job, "")
        elif what == "state":
            self._reports.state(job, "training" if event["state"] == "training" else "running")
        elif what == "days":
            self._reports.days(job, msgspec.convert(event["figures"], list[DayFigures]), float(event["wall_s"]))
        elif what == "failed":
            self._remove(jobs, job)
            self._reports.failed(job, _error(event))
        elif what == "finished":
            self._remove(jobs, job)
            try:
                run = self._merge(job, event["shard"])
            except StoreError as error:
                self._reports.failed(job, Resumable(error.message, error.hint))
            else:
                self._reports.finished(job, run.id)

    def _remove(self, jobs: dict[str, Job], job: Job) -> None:
        del jobs[job.hash]
        self._started.discard(job.hash)

    def _merge(self, job: Job, packed: bytes) -> RunRow:
        """Merge the shard of a job into the store.

        Raises:
            StoreError: the shard is damaged, or of another run.
        """

        def check(run: RunRow) -> None:
            if row_hash(run) != job.hash:
                raise StoreError(f"a worker sent the run {clean(run.id, 80)}, which was not asked for", "make the run again")

        with tempfile.TemporaryDirectory(prefix="propersim-") as folder:
            shard = unpack_shard(packed, Path(folder))
            for attempt in range(MERGE_ATTEMPTS):
                try:
                    return merge_shard(self._store, shard, check)
                except StoreBusy:
                    if attempt == MERGE_ATTEMPTS - 1:
                        raise
                    time.sleep(1)
        raise AssertionError

    def _end(self, number: int, why: str) -> None:
        """End a bundle; runs of it that are not finished wait to be sent again."""
        for job in self._bundles.pop(number).values():
            if job.hash in self._started:
                self._started.discard(job.hash)
                self._reports.failed(job, Resumable(f"its worker was lost: {why}"), again=LOST_ATTEMPTS)
            else:
                self._lost[job.hash] = self._lost.get(job.hash, 0) + 1
                if self._lost[job.hash] >= LOST_UNSTARTED:
                    self._reports.failed(job, Resumable(f"no worker started it: {why}"), again=0)

    def stop(self) -> None:
        """Stop all bundles.

        Finished runs that have come are kept; others begin anew next time.
        """
        self.poll()
        self._transport.cancel()
        for bundle in self._bundles.values():
            for job in bundle.values():
                self._reports.state(job, "stopped")
        self._bundles.clear()

    def close(self, *, kill: bool) -> None:
        """Leave the machines."""
        self._transport.close()


def error_lines(error: Exception) -> list[str]:
    """Return the lines of a library's error, safe to print; its type where it has no text."""
    return [line for line in (clean(line, 300) for line in str(error).splitlines()) if line] or [type(error).__name__]


def _error(event: Mapping[str, Any]) -> PropersimError:
    """Return the error that a worker reports."""
    kind = Resumable if event["resumable"] else PropersimError
    error = kind(clean(str(event["message"]), 2000), str(event["hint"]) or None)
    error.exit_code = int(event["code"])
    return error
