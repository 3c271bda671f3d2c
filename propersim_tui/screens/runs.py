"""All runs of a database: to open, carry on, compare and delete."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
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
from propersim.store.delete import Belongings, belongings, remove_run
from propersim.store.store import Store
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import RUNS_ACTS
from propersim_tui.data.run_list import STATES, Preview, Recent, RunItem, age, read_preview, read_recent, read_runs
from propersim_tui.messages import CompareRuns, OpenRun
from propersim_tui.render.format import brief, figure
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.list_screen import ListScreen
from propersim_tui.widgets.filter_line import FilterLine, matches
from propersim_tui.widgets.run_preview import RunPreview
from propersim_tui.widgets.table import Cell, Column, Table

COLUMNS = (
    Column("mark", "", 1),
    Column("id", "run", 15, 24),
    Column("persona", "persona", 12, 30),
    Column("variant", "assistant", 9, 28),
    Column("seed", "seed", 4, right=True, rank=6),
    Column("state", "state", 2, 13, rank=5, whole=True),
    Column("days", "days", 5, right=True, rank=1),
    Column("steps", "steps", 7, right=True, rank=7),
    Column("f1", "F1", 4, right=True, rank=2),
    Column("score", "score", 5, right=True, rank=3),
    Column("headroom", "headroom", 5, 8, right=True, rank=8),
    Column("age", "age", 6, right=True, rank=4),
)
FIGURES = ("f1", "score", "headroom")
GREATEST_FIRST = (*FIGURES, "age", "days", "steps")
BATCH = 25
"""Runs whose figures are read before they are shown."""
AGAIN_SECONDS = 5.0
"""How often the list is read again while a run in it is running."""


class RunsScreen(ListScreen):
    """The list of runs; posts :class:`OpenRun` and :class:`CompareRuns`, and is closed by whoever acts on them.

    Args:
        db: the database file.
        current: id of the run that is shown beneath; it can be opened and compared, and not deleted.
        now: seconds since 1970.
    """

    ACTS = RUNS_ACTS
    HEADING = "Runs"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RUNS_ACTS)]

    @dataclass
    class Listed(Message):
        """The runs have been read."""

        items: list[RunItem]

    @dataclass
    class Figured(Message):
        """Figures of some runs have been read."""

        recent: dict[str, Recent]

    @dataclass
    class Previewed(Message):
        """A run has been read in detail, or cannot be."""

        run_id: str
        preview: Preview | None
        problem: str = ""

    @dataclass
    class Asked(Message):
        """What goes with a run that is to be deleted has been read."""

        found: Belongings

    @dataclass
    class Removed(Message):
        """A run has been deleted."""

        run_id: str

    @dataclass
    class Wrong(Message):
        """Something could not be read or deleted."""

        error: PropersimError
        listing: bool = False

    def __init__(self, db: Path, *, current: str = "", now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._db = db
        self._current = current
        self._now = now
        self._items: dict[str, RunItem] = {}
        self._recent: dict[str, Recent] = {}
        self._marked = ""
        self._sort, self._downward = "age", True

    # -- parts ----------------------------------------------------------------------------------------------------

    def parts(self) -> Iterable[Widget]:
        """Yield filter, list and preview."""
        yield FilterLine("words that must be there: persona, assistant, state, seed=3 …", id="runs-filter")
        table = Table(COLUMNS, self._cell, empty="reading …", id="runs-table")
        table.border_title = "Runs"
        yield Container(table, RunPreview(id="runs-preview"), id="runs-body")

    @property
    def chosen(self) -> RunItem | None:
        """The run at the cursor."""
        key = self.table.key
        return self._items.get(key) if key is not None else None

    def on_mount(self) -> None:
        """Go on reading while something runs."""
        self.set_interval(AGAIN_SECONDS, self._read_again)

    def read(self) -> None:
        """Read the list; figures of runs that have not gone on are known."""
        self._read_list()

    def _read_again(self) -> None:
        if self.is_current and any(item.row.state == "running" for item in self._items.values()):
            self._read_list()

    # -- reading, in threads --------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="runs")
    def _read_list(self) -> None:
        worker = get_current_worker()
        try:
            answer: Message = self.Listed(read_runs(self._db))
        except PropersimError as error:
            answer = self.Wrong(error, listing=True)
        if not worker.is_cancelled:
            self.post_message(answer)

    @work(thread=True, exclusive=True, group="figures")
    def _read_figures(self, items: Sequence[RunItem]) -> None:
        worker = get_current_worker()
        found: dict[str, Recent] = {}
        try:
            with Store(self._db, read_only=True) as store:
                for item in items:
                    if worker.is_cancelled:
                        return
                    found[item.id] = read_recent(store, item)
                    if len(found) >= BATCH:
                        self.post_message(self.Figured(found))
                        found = {}
        except PropersimError as error:
            self.post_message(self.Wrong(error))
        if found and not worker.is_cancelled:
            self.post_message(self.Figured(found))

    @work(thread=True, exclusive=True, group="preview")
    def _read_preview(self, run_id: str) -> None:
        worker = get_current_worker()
        if worker.is_cancelled:
            return
        try:
            answer = self.Previewed(run_id, read_preview(self._db, run_id))
        except PropersimError as error:
            answer = self.Previewed(run_id, None, error.message)
        if not worker.is_cancelled:
            self.post_message(answer)

    @work(thread=True, exclusive=True, group="delete")
    def _ask(self, run_id: str) -> None:
        try:
            self.post_message(self.Asked(belongings(self._db, run_id)))
        except PropersimError as error:
            self.post_message(self.Wrong(error))

    @work(thread=True, exclusive=True, group="delete")
    def _remove(self, run_id: str) -> None:
        try:
            remove_run(self._db, run_id)
        except PropersimError as error:
            self.post_message(self.Wrong(error))
        else:
            self.post_message(self.Removed(run_id))

    # -- what has been read ---------------------------------------------------------------------------------------

    def on_runs_screen_listed(self, message: Listed) -> None:
        """Show the list; figures of runs that have gone on are read anew."""
        before, self._items = self._items, {item.id: item for item in message.items}
        for run_id in list(self._recent):
            old, new = before.get(run_id), self._items.get(run_id)
            if old is None or new is None or (old.row.key, old.row.days_done) != (new.row.key, new.row.days_done):
                del self._recent[run_id]
        if self._marked not in self._items:
            self._marked = ""
        self.table.empty = "no run has all these words" if self._items else "no runs here yet: propersim watch begins one"
        first = not before
        self._arrange()
        if first and self._current:
            self.table.go(self._current)
        self._want_preview()
        # What is seen may be the same rows as before, without figures now.
        self._want_figures(self.table.keys if self._sort in FIGURES else self.table.seen)

    def on_runs_screen_figured(self, message: Figured) -> None:
        """Show figures; sort once they are all there."""
        self._recent.update(message.recent)
        if self._sort in FIGURES and all(key in self._recent for key in self.table.keys):
            self._arrange()
        self.table.redraw()

    def on_runs_screen_previewed(self, message: Previewed) -> None:
        """Show the run at the cursor, or why it cannot be read."""
        if message.run_id == self.table.key:
            pane = self.query_one(RunPreview)
            pane.problem = message.problem
            pane.preview = message.preview

    def on_runs_screen_wrong(self, message: Wrong) -> None:
        """Say what went wrong; the list stays as it was."""
        if message.listing and not self._items:
            self.table.empty = "the runs cannot be read; u tries again"
            self._arrange()
        self.tell(message.error)
        if not message.listing:
            # It may be about a run that is not there any more.
            self._read_list()

    def on_runs_screen_asked(self, message: Asked) -> None:
        """Ask whether the run is really to be deleted."""
        run = message.found.run

        def answer(yes: bool | None) -> None:
            if yes:
                self._remove(run.id)

        self.app.push_screen(
            ConfirmScreen("Delete a run", f"Delete {clean(run.id, 60)}?", _details(message.found), do="Delete", keep="Keep"), answer
        )

    def on_runs_screen_removed(self, message: Removed) -> None:
        """Take the run off the list."""
        self.toast(f"Deleted {clean(message.run_id, 60)}")
        self._items.pop(message.run_id, None)
        self._recent.pop(message.run_id, None)
        self._arrange()
        self._read_list()

    # -- the list -------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Filter and sort."""
        items = [item for item in self._items.values() if matches(self._needle, item.words)]
        known = [item for item in items if self._value(item) is not None]
        # Those without a value come last, whichever way it is sorted; among equals the newest is first.
        known.sort(key=self._value, reverse=self._downward)  # type: ignore[arg-type]
        table = self.table
        table.sorted_by, table.downward = self._sort, self._downward
        table.show([item.id for item in [*known, *(item for item in items if self._value(item) is None)]])
        count = f"{len(items)} of {len(self._items)}" if self._needle else f"{len(self._items)}"
        self.head(
            (clean(str(self._db), 120), "$muted"),
            f"  {count} run{'' if len(self._items) == 1 else 's'}",
            *([(f"  compare with {clean(self._marked, 40)}: c on another one", "bold $mark")] if self._marked else []),
        )

    def _value(self, item: RunItem) -> str | float | None:
        """Return what a run is sorted by."""
        row, recent = item.row, self._recent.get(item.id, Recent())
        if self._sort in FIGURES:
            return {"f1": recent.f1, "score": recent.score, "headroom": recent.headroom}[self._sort]
        numbers = {"seed": row.seed, "days": row.days_done, "steps": row.steps, "age": row.key}
        if self._sort in numbers:
            return float(numbers[self._sort])
        return {"id": row.id, "persona": f"{row.persona} {row.name}", "variant": item.variant, "state": row.state}[self._sort].casefold()

    def _cell(self, key: str, column: str, width: int) -> Cell:
        item = self._items.get(key)
        if item is None:
            return "", ""
        row = item.row
        if column in FIGURES:
            return self._figure(item, column)
        if column == "state":
            sign, style = STATES.get(row.state, ("?", "$muted"))
            words = f"{sign} {clean(row.state, 20)}"
            return (words if len(words) <= width else sign), style
        if column == "mark":
            return ("◆", "bold $mark") if key == self._marked else ("▸", "$mark") if key == self._current else ("", "")
        return {
            "id": (clean(row.id, 60), "bold"),
            "persona": (f"{clean(row.persona, 40)} {clean(row.name, 40)}", ""),
            "variant": (item.variant, ""),
            "seed": (str(row.seed), "$muted"),
            "days": (f"{row.days_done}/{row.days}", ""),
            "steps": (f"{row.steps:,}", "$muted"),
            "age": (age(row.created, self._now()), "$muted"),
        }[column]

    def _figure(self, item: RunItem, column: str) -> Cell:
        recent = self._recent.get(item.id)
        if recent is None:
            return "·", "$muted"
        if recent.problem:
            return "✖", "$text-error"
        if column == "score":
            style = f"$score-{max(0, min(4, round(recent.score)))}" if recent.score is not None else "$muted"
            return figure(recent.score), style
        value = recent.f1 if column == "f1" else recent.headroom
        return brief(value), "bold" if column == "f1" and value is not None else "" if value is not None else "$muted"

    def _want_figures(self, keys: Sequence[str]) -> None:
        missing = [self._items[key] for key in keys if key in self._items and key not in self._recent]
        if missing:
            self._read_figures(missing)

    def _want_preview(self) -> None:
        key = self.table.key
        if key is not None:
            self._read_preview(key)
        else:
            self.query_one(RunPreview).preview = None

    def on_table_seen(self, message: Table.Seen) -> None:
        """Read the figures of what is seen (of everything where it is sorted by them)."""
        self._want_figures([*message.keys, *(self.table.keys if self._sort in FIGURES else ())])

    def on_table_moved(self) -> None:
        """Show the run at the cursor."""
        self._want_preview()

    def on_table_chosen(self) -> None:
        """Open a run that was clicked on twice."""
        self.action_open()

    def on_table_sort_by(self, message: Table.SortBy) -> None:
        """Sort by a column; by the same one again: the other way round."""
        if message.column == self._sort:
            self.action_reverse()
        elif message.column != "mark":
            self._sort_by(message.column)

    def _sort_by(self, column: str) -> None:
        self._sort, self._downward = column, column in GREATEST_FIRST
        self._arrange()
        if column in FIGURES:
            self._want_figures(self.table.keys)

    # -- actions (see acts.py) ------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the run."""
        if self.chosen is not None:
            self.post_message(OpenRun(self.chosen.id))

    def action_resume(self) -> None:
        """Carry the run on, where that can be."""
        item = self.chosen
        if item is None:
            return
        if item.row.state == "finished":
            self.toast("This run is finished; Enter opens it", warn=True)
        elif item.row.state == "running" and item.id != self._current:
            self.toast("Another process is running it; Enter opens it and follows", warn=True)
        else:
            self.post_message(OpenRun(item.id, resume=True))

    def action_compare(self) -> None:
        """Mark a run, or compare it with the marked one."""
        item = self.chosen
        if item is None:
            return
        if self._marked and self._marked != item.id:
            first, self._marked = self._marked, ""
            self.post_message(CompareRuns(first, item.id))
        else:
            self._marked = "" if self._marked else item.id
        self._arrange()

    def action_delete(self) -> None:
        """Ask whether to delete the run."""
        item = self.chosen
        if item is None:
            return
        if item.id == self._current:
            self.toast("This run is the one that is open; open another one first", warn=True)
        else:
            self._ask(item.id)

    def action_sort(self) -> None:
        """Sort by the next column."""
        ids = [column.id for column in COLUMNS[1:]]
        self._sort_by(ids[(ids.index(self._sort) + 1) % len(ids)])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._downward = not self._downward
        self._arrange()

    def action_update(self) -> None:
        """Read everything again."""
        self._recent.clear()
        self._read_list()

    def close_something(self) -> bool:
        """Close the preview of a small screen, the filter, or take the mark away."""
        if super().close_something():
            return True
        if self._marked:
            self._marked = ""
            self._arrange()
            return True
        return False


def _details(found: Belongings) -> list[str]:
    """Return in words what goes with a run."""
    run = found.run
    goes = f"With it go {counted(run.steps, 'step')} of {run.days_done} of {run.days} days, its preference pairs, "
    goes += f"{counted(found.nights, 'night')}, {counted(found.warnings, 'warning')} "
    goes += f"and {counted(found.adapters, 'adapter')} ({found.adapter_bytes / 1e6:.1f} MB)."
    return [
        f"{clean(run.persona, 40)} {clean(run.name, 40)} · {clean(run.assistant, 40)} · seed {run.seed} · {clean(run.state, 20)}",
        goes,
        "This cannot be undone.",
    ]
