"""Display of a batch: its progress, and its outcome at the end.

Progress is a live table on a terminal, or a line per event elsewhere.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propersim.cli.console import print_message
from propersim.cli.importing import print_compiled
from propersim.cli.tables import UNBOUNDED, column_width, fitted, print_table
from propersim.core.text import counted, printable
from propersim.experiments.batch import Batch
from propersim.experiments.engines.base import Engine
from propersim.experiments.jobs import Job, make_jobs
from propersim.experiments.sweep import Sweep
from propersim.experiments.time_left import TimeLeft, format_left
from propersim.experiments.trackers.tracking import Tracking
from propersim.persona.model import Persona
from propersim.simulation.metrics import POOLED
from propersim.store.store import Store

if TYPE_CHECKING:
    from rich.console import JustifyMethod

_LAST_DAYS = f"F1, last {POOLED} days"
_FIGURES = ("F1, all days", "unwelcome", _LAST_DAYS, "score")
_HEADS = ("persona", "variant", "seed", "state", "day", *_FIGURES, "seconds")
_NUMBERS = ("seed", "day", *_FIGURES, "seconds")
_NAMING = ("persona", "variant", "seed")
"""Columns that say which run it is."""
_LEFT_OUT = ("seconds", "score", _LAST_DAYS, "unwelcome")
"""Columns that the live table lacks on a narrow terminal, in this order."""
_FIRST = ("running", "training", "starting", "busy", "failed", "stopped")
_MOST = 40
"""Most rows of the live table."""


def run_batch(
    db: Path,
    sweep: Sweep,
    make_engine: Callable[[Store], Engine],
    *,
    csv: Path | None,
    any_versions: bool,
    as_json: bool,
    track: str | None = None,
) -> None:
    """Run a batch to its end and print its outcome.

    Args:
        db: the database of runs.
        sweep: what to run.
        make_engine: returns what carries out the runs of a store.
        csv: file to append results to.
        any_versions: whether runs that were made under other versions count as done.
        as_json: print the outcome as one JSON value.
        track: name of the tracker that follows the runs; None for none.

    Raises:
        RunStopped: it was interrupted.
        BatchIncomplete: some runs have no result.
    """
    loaded: dict[str, Persona] = {}
    jobs = make_jobs(sweep, loaded_as=loaded)
    for name, persona in loaded.items():
        print_compiled(name, persona)
    with Store(db) as store:
        warnings: list[str] = []
        tracking = Tracking(track, store.path, warnings.append) if track is not None else None
        batch = Batch(store, jobs, make_engine(store), csv=csv, any_versions=any_versions, tracking=tracking)
        try:
            with _signals(batch), _View(batch) as view:
                try:
                    batch.go(view.draw)
                finally:
                    if tracking is not None:
                        tracking.close(lambda: batch.hurried)
        finally:
            for warning in warnings:
                print_message(f"warning: {warning}")
            if batch.reached:
                _print_outcome(jobs, as_json=as_json)


@contextmanager
def _signals(batch: Batch) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop the batch."""
    before = [(number, signal.signal(number, lambda *_: batch.stop())) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


class _View:
    """Progress of a batch on stderr.

    On a terminal it is a live table, elsewhere a line whenever a run starts or ends.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._live: Any = None
        self._printed: dict[int, str] = {number: job.state for number, job in enumerate(batch.jobs)}
        self._notes = 0
        self._left = TimeLeft(batch.jobs)

    def __enter__(self) -> _View:
        known = sum(job.state == "known" for job in self._batch.jobs)
        batch = self._batch
        print_message(f"{counted(len(batch.jobs), 'run')}, {known} done before; {batch.engine.describe()}")
        if sys.stderr.isatty():
            from rich.live import Live

            from propersim.cli.console import error_console

            self._live = Live(console=error_console(), refresh_per_second=4, transient=True, get_renderable=self._table)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def draw(self) -> None:
        """Print what has changed; the live table refreshes itself."""
        for note in self._batch.notes[self._notes :]:
            self._print(f"note: {note}")
        self._notes = len(self._batch.notes)
        for number, job in enumerate(self._batch.jobs):
            if job.state == self._printed[number]:
                continue
            starting = self._printed[number] in ("waiting", "busy", "starting")
            self._printed[number] = job.state
            if self._live is not None and job.state == "failed":
                self._print(f"{job.persona} {job.variant} seed {job.seed} failed: {job.error}")
            if self._live is None and (job.over or job.state == "busy" or (job.state == "running" and starting)):
                print_message(" ".join(f"{head} {value}" for head, value in zip(_HEADS, _cells(job), strict=True) if value))

    def _print(self, line: str) -> None:
        if self._live is not None:
            self._live.console.print(printable(line), markup=False, highlight=False)
        else:
            print_message(line)

    def _table(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        jobs = self._batch.jobs
        done = sum(job.state in ("finished", "known") for job in jobs)
        seconds = self._left.seconds(jobs, self._batch.engine.at_once)
        left = "" if seconds is None else f", about {format_left(seconds)} left"
        table = Table(title=f"{done} of {counted(len(jobs), 'run')} done{left}", title_justify="left", box=None, padding=(0, 2, 0, 0))
        shown = [job for state in _FIRST for job in jobs if job.state == state]
        shown += [job for job in jobs if job.state == "waiting"][:5] + [job for job in jobs if job.state == "finished"][::-1]
        height = min(_MOST, self._live.console.size.height - 4) if self._live is not None else _MOST
        rows = [_cells(job) for job in shown[: max(height, 1)]]
        width = self._live.console.width if self._live is not None else UNBOUNDED
        columns = fitted(_HEADS, rows, width, naming=_NAMING, drop=_LEFT_OUT).blocks[0]
        heads = _heads(jobs)
        columns = [at for at in columns if _HEADS[at] in heads]
        for at in columns:
            justify: JustifyMethod = "right" if _HEADS[at] in _NUMBERS else "left"
            table.add_column(_HEADS[at], justify=justify, width=column_width(_HEADS[at], rows, at))
        for row in rows:
            table.add_row(*(Text(printable(row[at])) for at in columns))
        return table


def _heads(jobs: Sequence[Job]) -> tuple[str, ...]:
    """Return the headings of the columns that some run can have a value in."""
    return tuple(head for head in _HEADS if head != _LAST_DAYS or any(job.config.days >= POOLED for job in jobs))


_SHOWN = {"known": "done before"}
"""States in tables, where they are not those in the JSON."""


def _cells(job: Job) -> tuple[str, ...]:
    f1, last, score = ("" if value is None else f"{value:.2f}" for value in (job.f1, job.f1_last_3_days, job.score))
    figures = (f1, "" if job.unwelcome is None else str(job.unwelcome), last, score)
    seconds = f"{job.seconds:.0f}" if job.seconds else ""
    return (job.persona, job.variant, str(job.seed), _SHOWN.get(job.state, job.state), f"{job.days}/{job.config.days}", *figures, seconds)


def _print_outcome(jobs: Sequence[Job], *, as_json: bool) -> None:
    if as_json:
        figures = ("f1", "unwelcome", "f1_last_3_days", "score")
        keys = ("persona", "variant", "seed", "hash", "state", "run", "days", *figures, "seconds", "error")
        rows = [{key: getattr(job, key) for key in keys} for job in jobs]
        done = sum(job.state in ("finished", "known") for job in jobs)
        failed = sum(job.state == "failed" for job in jobs)
        print(json.dumps({"done": done, "failed": failed, "left": len(jobs) - done - failed, "runs": rows}))
        return
    heads = _heads(jobs)
    shown = [[cell for head, cell in zip(_HEADS, _cells(job), strict=True) if head in heads] for job in jobs]
    print_table(heads, shown, numbers=_NUMBERS, wrap=_NAMING, naming=_NAMING)
