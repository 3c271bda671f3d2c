"""Show the batches of a database, also while another process carries them out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from propersim.core.errors import PropersimError
from propersim.core.text import clean, counted
from propersim.store.batches import JobRow
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import BATCHES_ACTS
from propersim_tui.data.batch_list import STATES, BatchItem, JobItem, key_beside, read_batch, state_words
from propersim_tui.data.run_list import format_age
from propersim_tui.messages import ShowRun
from propersim_tui.render.format import duration, short_number
from propersim_tui.screens.list_screen import ListScreen
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.job_preview import JobPreview
from propersim_tui.widgets.table import Cell, Column, Table

AGAIN_SECONDS = 1.0
"""Seconds between two readings while the batch goes on."""
COLUMNS = (
    Column("variant", "variant", 9, 30),
    Column("persona", "persona", 7, 16),
    Column("seed", "seed", 4, right=True, rank=4),
    Column("state", "state", 10, 15, rank=1),
    Column("days", "day", 5, right=True, rank=2),
    Column("f1", "F1", 4, right=True, rank=3),
    Column("unwelcome", "unwelcome", 9, right=True, rank=5),
    Column("seconds", "ran", 6, right=True, rank=6),
    Column("error", "error", 12, 80, rank=7),
)
_ORDER = ("failed", "running", "training", "starting", "busy", "stopped", "waiting", "finished", "known")
"""States in the order in which they are sorted."""


class BatchesScreen(ListScreen):
    """Runs of a batch by variant and persona; posts :class:`ShowRun`.

    Args:
        db: the database file.
        now: returns seconds since 1970.
    """

    ACTS = BATCHES_ACTS
    HEADING = "Batches"
    SORTS = tuple(column.id for column in COLUMNS)
    GREATEST_FIRST = ("f1", "unwelcome", "days", "seconds")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(BATCHES_ACTS)]

    @dataclass
    class Read(Message):
        """A batch has been read; None where the database has none."""

        batch: BatchItem | None

    @dataclass
    class Wrong(Message):
        """The batches cannot be read."""

        error: PropersimError

    def __init__(self, db: Path, *, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._db = db
        self._now = now
        self._batch: BatchItem | None = None
        self._jobs: dict[str, JobItem] = {}
        self._sort = "variant"

    # -- layout and reading -------------------------------------------------------------------------------------------

    def parts(self) -> Iterable[Widget]:
        """Yield filter, list and details."""
        yield FilterLine("Filter by words: variant, persona, failed, seed=3 …", id="batches-filter")
        table = Table(COLUMNS, self._cell, empty="reading …", id="batches-table")
        table.border_title = "Runs of the batch"
        yield Container(table, JobPreview(id="batches-preview"), id="batches-body")

    def on_mount(self) -> None:
        """Read the batch again while it goes on."""
        self.set_interval(AGAIN_SECONDS, self.follow)

    def follow(self) -> None:
        """Read the batch again if it goes on."""
        if self.is_current and self._batch is not None and self._batch.row.state == "running":
            self.read()

    def read(self) -> None:
        """Read the shown batch, or the newest one."""
        self._read_batch(None if self._batch is None else self._batch.row.key, 0)

    @work(thread=True, exclusive=True, group="batches")
    def _read_batch(self, key: int | None, by: int) -> None:
        worker = get_current_worker()
        try:
            chosen = key_beside(self._db, key, by) if key is not None and by else key
            message: Message = self.Read(read_batch(self._db, chosen))
        except PropersimError as error:
            message = self.Wrong(error)
        if not worker.is_cancelled:
            self.post_message(message)

    def on_batches_screen_read(self, message: Read) -> None:
        """Show the batch."""
        self._batch = message.batch
        self._jobs = {job.id: job for job in message.batch.jobs} if message.batch is not None else {}
        self.table.empty = "no run matches the filter" if self._jobs else "no batches yet: start one with propersim batch"
        self._arrange()
        self._show_job()
        self.refresh_bindings()

    def on_batches_screen_wrong(self, message: Wrong) -> None:
        """Show the error; the list stays as it was."""
        self.show_error(message.error)

    @property
    def one_pane(self) -> bool:
        """Whether the details take the place of the list."""
        return self.has_class("-narrow") or self.has_class("-short")

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the actions that would change nothing."""
        idle = set(super().idle_actions)
        job, batch = self.chosen, self._batch
        idle |= {"open"} if job is None or not job.row.run_id else set()
        idle |= {"earlier_batch"} if batch is None or batch.place == 1 else set()
        idle |= {"later_batch"} if batch is None or batch.place == batch.count else set()
        return frozenset(idle)

    # -- list ---------------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> JobItem | None:
        """The selected run."""
        return self._jobs.get(self.table.key or "")

    def _arrange(self) -> None:
        kept = self._filter.select({key: job.words for key, job in self._jobs.items()})
        jobs = [job for key, job in self._jobs.items() if key in kept]
        # In groups: the same variant, then the same persona.
        jobs.sort(key=lambda job: (job.row.variant, job.row.persona, job.row.seed))
        known = [job for job in jobs if _sort_key(job.row, self._sort) is not None]
        known.sort(key=lambda job: _sort_key(job.row, self._sort), reverse=self._downward)  # type: ignore[arg-type,return-value]
        table = self.table
        table.marked = self._filter.offsets
        table.sorted_by, table.downward = self._sort, self._downward
        table.show([job.id for job in (*known, *(job for job in jobs if _sort_key(job.row, self._sort) is None))])
        self.head(*self._summary(len(jobs)))

    def _summary(self, shown: int) -> list[str | tuple[str, str]]:
        """Return the top line: how far the batch is.

        Args:
            shown: number of runs that match the filter.
        """
        batch = self._batch
        if batch is None:
            return [(clean(str(self._db), 120), "$muted")]
        row = batch.row
        parts: list[str | tuple[str, str]] = [f"{batch.done} of {counted(len(batch.jobs), 'run')} done"]
        if batch.failed:
            parts.append((f", {batch.failed} failed", "$text-error"))
        if row.state == "running":
            left = "" if row.seconds_left is None else f", about {duration(row.seconds_left)} left"
            parts.append((f"{left} · {clean(row.engine, 60)}", ""))
        else:
            parts.append((f" · {clean(row.state, 20)}", "$text-warning" if row.state != "finished" else "$text-success"))
        if shown < len(batch.jobs):
            parts.append(f" · {shown} shown")
        parts.append((f"  batch {batch.place} of {batch.count}, started {format_age(row.started, self._now())} ago", "$muted"))
        return parts

    def _cell(self, key: str, column: str, width: int) -> Cell:
        job = self._jobs.get(key)
        return ("", "") if job is None else _job_cell(job.row, column, width)

    def _show_job(self) -> None:
        self.query_one(JobPreview).item = self.chosen

    def on_table_moved(self) -> None:
        """Show details of the selected run."""
        self._show_job()
        self.refresh_bindings()

    def on_table_chosen(self) -> None:
        """Open a run that was double-clicked."""
        self.action_open()

    # -- actions (see config/screen_actions.py) ------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the run, or say why there is none."""
        job = self.chosen
        if job is None:
            return
        if job.row.run_id:
            self.post_message(ShowRun(job.row.run_id))
        elif job.row.state == "failed":
            self.toast("This run failed before it was made; its error is in the details", warn=True)
        else:
            self.toast("This run is not in the database yet", warn=True)

    def action_batch(self, by: int) -> None:
        """Show the batch before or after."""
        if self._batch is not None:
            self._read_batch(self._batch.row.key, by)

    def action_update(self) -> None:
        """Read the batch again."""
        self.read()


def _sort_key(row: JobRow, column: str) -> tuple[str | float, ...] | None:
    """Return what a run is sorted by; None if it has none."""
    values: dict[str, str | float | None] = {
        "variant": row.variant,
        "persona": row.persona,
        "seed": row.seed,
        "state": _ORDER.index(row.state) if row.state in _ORDER else len(_ORDER),
        "days": row.days_done,
        "f1": row.f1,
        "unwelcome": row.unwelcome,
        "seconds": row.seconds,
        "error": row.error or None,
    }
    value = values[column]
    return None if value is None else (value,)


def _job_cell(row: JobRow, column: str, width: int) -> Cell:
    """Return text and style of a run's cell.

    Args:
        row: the run.
        column: id of the column.
        width: cells of the column.
    """
    if column == "state":
        sign, style = STATES.get(row.state, ("?", "$muted"))
        words = f"{sign} {state_words(row.state)}"
        return (words if len(words) <= width else sign), style
    return {
        "variant": (clean(row.variant, 80), "bold"),
        # Of a path the name of the file.
        "persona": (clean(Path(row.persona).name, 60), ""),
        "seed": (str(row.seed), "$muted"),
        "days": (f"{row.days_done}/{row.days}", ""),
        "f1": (short_number(row.f1) if row.days_done else "", "bold"),
        "unwelcome": ("" if row.unwelcome is None else f"{row.unwelcome:,}", ""),
        "seconds": (duration(row.seconds) if row.seconds else "", "$muted"),
        "error": (clean(row.error.splitlines()[0] if row.error else "", 200), "$text-error"),
    }[column]
