"""Base class of the list of runs: reads and deletes runs in threads, and posts the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import work
from textual.message import Message
from textual.worker import get_current_worker

from propersim.core.errors import PropersimError
from propersim.experiments.run_figures import RunFigures, run_figures
from propersim.store.delete import RunContents, remove_run, run_contents
from propersim.store.many import FoundDays, figures_of
from propersim.store.store import Store
from propersim_tui.data.run_list import RunDetails, RunItem, read_details, read_newest, read_runs
from propersim_tui.screens.list_screen import ListScreen

BATCH = 500
"""Number of runs whose figures are read in one statement, before the list is updated."""
FIRST = 100
"""Newest runs that are listed before the others are read."""


class RunReader(ListScreen):
    """Reads the runs of a database without blocking the screen.

    Args:
        db: the database file.
    """

    @dataclass
    class Listed(Message):
        """Runs have been read.

        Attributes:
            items: the runs, newest first.
            count: number of all runs; where there are more than are read, the others follow.
        """

        items: list[RunItem]
        count: int

    @dataclass
    class Figured(Message):
        """Figures of some runs have been read."""

        figures: dict[str, RunFigures]

    @dataclass
    class Previewed(Message):
        """A run has been read in detail, or could not be read.

        Attributes:
            run_id: id of the run.
            preview: its details; None if they could not be read.
            problem: the reason.
        """

        run_id: str
        preview: RunDetails | None
        problem: str = ""

    @dataclass
    class Asked(Message):
        """The data that a run to be deleted has in the database have been counted."""

        found: RunContents

    @dataclass
    class Removed(Message):
        """A run has been deleted."""

        run_id: str

    @dataclass
    class Wrong(Message):
        """Something could not be read or deleted.

        Attributes:
            error: the reason.
            listing: whether the list of runs could not be read.
        """

        error: PropersimError
        listing: bool = False

    def __init__(self, db: Path) -> None:
        super().__init__()
        self._db = db

    def _read_list(self) -> None:
        self._read_runs(dict(self.known))

    @property
    def known(self) -> Mapping[str, RunItem]:
        """The runs that are listed, by id."""
        raise NotImplementedError

    @work(thread=True, exclusive=True, group="runs")
    def _read_runs(self, known: Mapping[str, RunItem]) -> None:
        worker = get_current_worker()
        try:
            if not known:
                newest, count = read_newest(self._db, FIRST)
                if count > len(newest) and not worker.is_cancelled:
                    self.post_message(self.Listed(newest, count))
            items = read_runs(self._db, known)
            message: Message = self.Listed(items, len(items))
        except PropersimError as error:
            message = self.Wrong(error, listing=True)
        if not worker.is_cancelled:
            self.post_message(message)

    @work(thread=True, exclusive=True, group="figures")
    def _read_figures(self, items: Sequence[RunItem]) -> None:
        worker = get_current_worker()
        try:
            with Store(self._db, read_only=True) as store:
                for start in range(0, len(items), BATCH):
                    part = items[start : start + BATCH]
                    found = figures_of(store, [item.row.key for item in part])
                    figures = {item.id: run_figures(found.get(item.row.key, FoundDays())) for item in part}
                    if worker.is_cancelled:
                        return
                    self.post_message(self.Figured(figures))
        except PropersimError as error:
            self.post_message(self.Wrong(error))

    @work(thread=True, exclusive=True, group="preview")
    def _read_preview(self, run_id: str) -> None:
        worker = get_current_worker()
        if worker.is_cancelled:
            return
        try:
            message = self.Previewed(run_id, read_details(self._db, run_id))
        except PropersimError as error:
            message = self.Previewed(run_id, None, error.message)
        if not worker.is_cancelled:
            self.post_message(message)

    @work(thread=True, exclusive=True, group="delete")
    def _count_belongings(self, run_id: str) -> None:
        try:
            self.post_message(self.Asked(run_contents(self._db, run_id)))
        except PropersimError as error:
            self.post_message(self.Wrong(error))

    @work(thread=True, exclusive=True, group="delete")
    def _delete_run(self, run_id: str) -> None:
        try:
            remove_run(self._db, run_id)
        except PropersimError as error:
            self.post_message(self.Wrong(error))
        else:
            self.post_message(self.Removed(run_id))
