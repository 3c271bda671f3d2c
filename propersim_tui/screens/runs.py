"""List all runs of a database: open, resume, compare and delete them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from propersim.core.program import program
from propersim.core.text import clean, counted
from propersim.experiments.run_figures import RunFigures
from propersim.store.delete import RunContents
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import RUNS_ACTS
from propersim_tui.data.run_list import RunItem
from propersim_tui.messages import CompareRuns, ShowRun, StopRun
from propersim_tui.render.run_state import SIGNS, STYLES
from propersim_tui.screens.batches import BatchesScreen
from propersim_tui.screens.compare import MOST_RUNS
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.run_columns import COLUMNS, FIGURES, GREATEST_FIRST, run_cell, sort_key
from propersim_tui.screens.run_reader import RunReader
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.run_preview import RunPreview
from propersim_tui.widgets.table import Cell, Table

NO_OTHER = "there is no other run to compare with"
LIVE_SECONDS = 0.5
"""Seconds between two looks at the live runs of this screen."""
_UNKNOWN = RunFigures()
"""Figures of a run whose figures are not read yet."""
AGAIN_SECONDS = 5.0
"""Seconds between two readings of the list while one of its runs is running."""


class RunsScreen(RunReader):
    """List of runs; posts :class:`ShowRun` and :class:`CompareRuns`.

    Args:
        db: the database file.
        current: id of the run on the live screen; it cannot be deleted.
        live: returns the runs whose workers this screen started, each with its state in a word.
        now: returns seconds since 1970.
    """

    ACTS = RUNS_ACTS
    HEADING = "Runs"
    # The first column holds marks.
    SORTS = tuple(column.id for column in COLUMNS[1:])
    GREATEST_FIRST = GREATEST_FIRST
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RUNS_ACTS)]

    def __init__(
        self, db: Path, *, current: str = "", live: Callable[[], Mapping[str, str]] = dict, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(db)
        self._live = live
        self._live_seen: dict[str, str] = {}
        self._current = current
        self._now = now
        self._items: dict[str, RunItem] = {}
        self._figures: dict[str, RunFigures] = {}
        self._count = 0
        self._marked: list[str] = []
        self._sort, self._downward = "age", True

    # -- layout ---------------------------------------------------------------------------------------------------

    def parts(self) -> Iterable[Widget]:
        """Yield filter, list and preview."""
        yield FilterLine("Filter by words: persona, assistant, state, seed=3 …", id="runs-filter")
        table = Table(COLUMNS, self._cell, empty="reading …", id="runs-table")
        table.border_title = "Runs"
        yield Container(table, RunPreview(id="runs-preview"), id="runs-body")

    @property
    def chosen(self) -> RunItem | None:
        """The selected run."""
        key = self.table.key
        return self._items.get(key) if key is not None else None

    @property
    def known(self) -> Mapping[str, RunItem]:
        """The runs that are listed, by id."""
        return self._items

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the actions that would change nothing for the selected run."""
        item = self.chosen
        if item is None:
            return super().idle_actions | {"open", "resume", "stop", "compare", "mark_run", "delete"}
        live = item.id in self._live()
        idle = set(super().idle_actions)
        idle |= {"resume"} if live or item.row.state in ("finished", "running") else set()
        idle |= set() if live else {"stop"}
        return frozenset(idle | ({"delete"} if live or item.id == self._current else set()))

    @property
    def one_pane(self) -> bool:
        """Whether the preview takes the place of the list."""
        return self.has_class("-narrow") or self.has_class("-short")

    def on_mount(self) -> None:
        """Read the list again while a run is running."""
        self.set_interval(AGAIN_SECONDS, self._read_again)
        self.set_interval(LIVE_SECONDS, self.follow)

    def read(self) -> None:
        """Read the list; figures of unchanged runs are kept."""
        self._read_list()

    def _read_again(self) -> None:
        if self.is_current and any(item.row.state == "running" for item in self._items.values()):
            self._read_list()

    def follow(self) -> None:
        """Show which runs are live; read the list again when one has ended."""
        if not self.is_current:
            return
        before, self._live_seen = self._live_seen, dict(self._live())
        self.query_one(RunPreview).doing = self._live_seen.get(self.table.key or "", "")
        if before.keys() - self._live_seen.keys():
            self._read_list()
        elif before != self._live_seen:
            self.table.redraw()
            self.refresh_bindings()

    # -- results of readings --------------------------------------------------------------------------------------

    def on_run_reader_listed(self, message: RunReader.Listed) -> None:
        """Show the list and drop figures of runs that have changed."""
        before, self._items = self._items, {item.id: item for item in message.items}
        self._count = message.count
        for run_id in list(self._figures):
            old, new = before.get(run_id), self._items.get(run_id)
            if old is None or new is None or (old.row.key, old.row.days_done) != (new.row.key, new.row.days_done):
                del self._figures[run_id]
        self._marked = [each for each in self._marked if each in self._items]
        self.table.empty = "no run matches the filter" if self._items else "no runs yet: start one with propersim watch"
        first = not before
        self._arrange()
        if first and self._current:
            self.table.go(self._current)
        self._request_preview()
        # The visible rows may be unchanged, but their figures may have been dropped.
        self._request_figures(self.table.keys if self._sort in FIGURES else self.table.seen)

    def on_run_reader_figured(self, message: RunReader.Figured) -> None:
        """Show figures; sort by them when all of them are known."""
        self._figures.update(message.figures)
        if self._sort in FIGURES and all(key in self._figures for key in self.table.keys):
            self._arrange()
        self.table.redraw()

    def on_run_reader_previewed(self, message: RunReader.Previewed) -> None:
        """Show details of the selected run, or why they cannot be read."""
        if message.run_id == self.table.key:
            pane = self.query_one(RunPreview)
            pane.problem = message.problem
            pane.doing = self._live().get(message.run_id, "")
            pane.preview = message.preview

    def on_run_reader_wrong(self, message: RunReader.Wrong) -> None:
        """Show the error; the list stays as it was."""
        if message.listing and not self._items:
            self.table.empty = "the runs cannot be read; press u to try again"
            self._arrange()
        self.show_error(message.error)
        if not message.listing:
            # The run may have been deleted elsewhere.
            self._read_list()

    def on_run_reader_asked(self, message: RunReader.Asked) -> None:
        """Ask for confirmation before deleting the run."""
        run = message.found.run

        def answer(yes: bool | None) -> None:
            if yes:
                self._delete_run(run.id)

        self.app.push_screen(
            ConfirmScreen("Delete a run", f"Delete {clean(run.id, 60)}?", _details(message.found), do="Delete", keep="Keep"), answer
        )

    def on_run_reader_removed(self, message: RunReader.Removed) -> None:
        """Remove the run from the list."""
        self.toast(f"Deleted {clean(message.run_id, 60)}")
        self._count -= self._items.pop(message.run_id, None) is not None
        self._figures.pop(message.run_id, None)
        self._arrange()
        self._read_list()

    # -- list -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Filter and sort the list."""
        items = list(self._items.values())
        if self._filter:
            kept = self._filter.select({key: item.words for key, item in self._items.items()})
            items = [item for item in items if item.id in kept]
        keys = {item.id: sort_key(item, self._figures.get(item.id, _UNKNOWN), self._sort) for item in items}
        # Runs without a value come last in either order; equal ones keep their order, newest first.
        known = [item for item in items if keys[item.id] is not None]
        known.sort(key=lambda item: keys[item.id], reverse=self._downward)  # type: ignore[arg-type,return-value]
        unknown = [item for item in items if keys[item.id] is None]
        table = self.table
        table.marked = self._filter.offsets
        table.sorted_by, table.downward = self._sort, self._downward
        table.show([item.id for item in (*known, *unknown)])
        count = f"{len(items)} of {self._count}" if self._filter or self._count > len(self._items) else f"{self._count}"
        self.head(
            f"{count} run{'' if self._count == 1 else 's'}",
            *([(f"  {self._marked_text()}", "bold $mark")] if self._marked else []),
            (f"  {clean(str(self._db), 120)}", "$muted"),
        )

    def _marked_text(self) -> str:
        if self._count < 2:
            return NO_OTHER
        if len(self._marked) == 1:
            return f"compare with {clean(self._marked[0], 40)}: press c on another run"
        return f"{len(self._marked)} runs chosen: c compares them"

    def _cell(self, key: str, column: str, width: int) -> Cell:
        item = self._items.get(key)
        if item is None:
            return "", ""
        if column == "mark":
            return ("◆", "bold $mark") if key in self._marked else ("▸", "$mark") if key == self._current else ("", "")
        if column == "state" and (word := self._live().get(key) or item.doing):
            return f"{SIGNS[word]} {word}" if width > len(word) + 1 else SIGNS[word], STYLES[word]
        return run_cell(item, self._figures.get(key), column, width, self._now())

    def _request_figures(self, keys: Sequence[str]) -> None:
        missing = [self._items[key] for key in keys if key in self._items and key not in self._figures]
        if missing:
            self._read_figures(missing)

    def _request_preview(self) -> None:
        key = self.table.key
        if key is not None:
            self._read_preview(key)
        else:
            self.query_one(RunPreview).preview = None

    def on_table_seen(self, message: Table.Seen) -> None:
        """Read the figures of the visible runs, or of all runs if the list is sorted by them."""
        self._request_figures([*message.keys, *(self.table.keys if self._sort in FIGURES else ())])

    def on_table_moved(self) -> None:
        """Show details of the selected run, and what can be done with it."""
        self._request_preview()
        self.refresh_bindings()

    def on_table_chosen(self) -> None:
        """Open a run that was double-clicked."""
        self.action_open()

    def _sort_by(self, column: str) -> None:
        super()._sort_by(column)
        if column in FIGURES:
            self._request_figures(self.table.keys)

    # -- actions (see config/screen_actions.py) ------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the run."""
        if self.chosen is not None:
            self.post_message(ShowRun(self.chosen.id))

    def action_resume(self) -> None:
        """Resume the run, or say why it cannot be resumed."""
        item = self.chosen
        if item is None:
            return
        if item.row.state == "finished":
            self.toast("This run is finished; press Enter to look at it", warn=True)
        elif item.row.state == "running" and item.id not in self._live():
            self.toast("Another process is running it; Enter follows it, propersim ctl controls it", warn=True)
        else:
            self.post_message(ShowRun(item.id, resume=True))

    def action_stop(self) -> None:
        """Stop a live run of this screen."""
        item = self.chosen
        if item is None:
            return
        if item.id in self._live():
            self.post_message(StopRun(item.id))
            self.toast(f"{clean(item.id, 40)} stops after its present step; r resumes it")
        elif item.row.state == "running":
            self.toast(f"Another process is running it; stop it there, or with: {program()} ctl {clean(item.id, 40)} stop", warn=True)
        else:
            self.toast("This run is not running", warn=True)

    def action_compare(self) -> None:
        """Mark a run, or compare it with those that are marked."""
        item = self.chosen
        if item is None:
            return
        if self._count < 2:
            self.toast(f"{NO_OTHER}; N on the main screen starts one", warn=True)
            return
        # What was chosen is compared; the run under the cursor is only added to a single one.
        runs = list(self._marked) if len(self._marked) > 1 or item.id in self._marked else [*self._marked, item.id]
        if len(runs) > 1:
            first, second, *more = runs
            self._marked = []
            self.post_message(CompareRuns(first, second, tuple(more)))
        elif self._marked:
            self._marked = []
            self.toast(f"{clean(item.id, 40)} is no longer chosen for a comparison; c chooses it again")
        else:
            self._marked = runs
        self._arrange()

    def mark_current(self) -> None:
        """Mark the run on the live screen, so that the next one is compared with it."""
        self._marked = [self._current]
        if self._items:
            self._arrange()

    def action_mark_run(self) -> None:
        """Choose a run for the comparison, or leave it out again."""
        item = self.chosen
        if item is None:
            return
        if item.id in self._marked:
            self._marked.remove(item.id)
        elif len(self._marked) == MOST_RUNS:
            self.toast(f"At most {MOST_RUNS} runs can be compared at once", warn=True)
        else:
            self._marked.append(item.id)
            self.table.action_move(1)
        self._arrange()

    def action_delete(self) -> None:
        """Ask whether to delete the run."""
        item = self.chosen
        if item is None:
            return
        if item.id == self._current:
            self.toast("This run is open; open another one first", warn=True)
        elif item.id in self._live():
            self.toast("This run is live; stop it first, with x", warn=True)
        else:
            self._count_belongings(item.id)

    def action_batches(self) -> None:
        """Show the batches of the database."""
        self.app.push_screen(BatchesScreen(self._db, now=self._now))

    def action_update(self) -> None:
        """Read everything again."""
        self._figures.clear()
        self._read_list()

    def close_something(self) -> bool:
        """Close the preview of a small terminal, or the filter, or remove the marks."""
        if super().close_something():
            return True
        if self._marked:
            self._marked = []
            self._arrange()
            return True
        return False


def _details(found: RunContents) -> list[str]:
    """Return in words what deleting a run removes."""
    run = found.run
    text = f"Also deletes {counted(run.steps, 'step')} of {run.days_done} of {counted(run.days, 'day')}, its preference pairs, bookmarks, "
    text += f"{counted(found.nights, 'night')}, {counted(found.warnings, 'warning')} "
    text += f"and {counted(found.adapters, 'adapter')} ({found.adapter_bytes / 1e6:.1f} MB)."
    return [
        f"{clean(run.persona, 40)} {clean(run.name, 40)} · {clean(run.assistant, 40)} · seed {run.seed} · {clean(run.state, 20)}",
        text,
        "This cannot be undone.",
    ]
