"""Compare two runs or more: curves, figures, and the same moment in both."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeVar

from textual import work
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from propersim.core.errors import PropersimError
from propersim.core.text import clean
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import COMPARE_ACTS
from propersim_tui.data.comparison import DayViews, RunPair, times_of
from propersim_tui.screens.full_screen import FullScreen
from propersim_tui.widgets.compare_figures import SIGNS, CompareCurves, CompareFigures
from propersim_tui.widgets.compare_moment import ComparedMoment, CompareMoment
from propersim_tui.widgets.compare_runs import ComparedRuns
from propersim_tui.widgets.tab_line import TabLine
from propersim_tui.widgets.text_pane import TextPane

Part = TypeVar("Part")
MOST_RUNS = len(SIGNS)
"""Most runs that are compared at once: each has a sign of its own."""
TABS = ("moment", "figures", "curves")
Spot = float | Literal["first", "last", "first said", "last said"]
"""A place in a day: a minute, its first or last step, or the first or last step at which a run spoke."""


class CompareScreen(FullScreen):
    """Compare runs of a database; their personas may differ.

    Args:
        db: the database file.
        *runs: ids of two runs or more, at most :data:`MOST_RUNS`.
        blind: whether a person rates now, so that what the judge goes by is hidden.
    """

    ACTS = COMPARE_ACTS
    HEADING = "Compare"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COMPARE_ACTS)]

    @dataclass
    class Opened(Message):
        """The runs are open."""

        pairing: RunPair

    @dataclass
    class DayRead(Message):
        """One day of both runs has been read.

        Attributes:
            pairing: the two open runs.
            day: number of the day.
            spot: where in the day to go.
            views: the day in each run.
        """

        pairing: RunPair
        day: int
        spot: Spot
        views: DayViews

    @dataclass
    class Wrong(Message):
        """A run could not be read."""

        error: PropersimError

    def __init__(self, db: Path, *runs: str, blind: bool = False) -> None:
        super().__init__()
        self._blind = blind
        self._db = db
        self._ids = runs[:MOST_RUNS]
        self._pairing: RunPair | None = None
        self._turned = 0
        self._views: DayViews | None = None
        self._times: list[float] = []
        self._day, self._place = 1, 0
        self._requested: tuple[int, Spot] | None = None

    def parts(self) -> Iterable[Widget]:
        """Yield the summary of both runs, the tabs of small terminals, and the panes."""
        yield ComparedRuns(id="compare-runs")
        yield TabLine(TABS, id="compare-tabs")
        yield Container(
            Container(CompareCurves(id="compare-curves"), CompareFigures(id="compare-figures"), id="compare-upper"),
            CompareMoment(id="compare-moment"),
            id="compare-body",
        )

    def on_mount(self) -> None:
        """Open both runs."""
        self.action_tab(TABS[0])
        # The stylesheet has room for the summary of two runs.
        self.query_one(ComparedRuns).styles.height = len(self._ids) + 2 if len(self._ids) > 2 else None
        self.head((clean(str(self._db), 120), "$muted"))
        self._open()

    def on_unmount(self) -> None:
        """Close both runs."""
        if self._pairing is not None:
            self._pairing.close()

    # -- reading, in threads --------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="open")
    def _open(self) -> None:
        worker = get_current_worker()
        try:
            pairing = RunPair(self._db, *self._ids)
        except PropersimError as error:
            self.post_message(self.Wrong(error))
            return
        if worker.is_cancelled or not self.post_message(self.Opened(pairing)):
            pairing.close()

    @work(thread=True, exclusive=True, group="day")
    def _read_day(self, pairing: RunPair, day: int, spot: Spot) -> None:
        worker = get_current_worker()
        if worker.is_cancelled:
            return
        try:
            views = pairing.day(day)
        except PropersimError as error:
            self.post_message(self.Wrong(error))
            return
        if views is not None and not worker.is_cancelled:
            self.post_message(self.DayRead(pairing, day, spot, views))

    def on_compare_screen_opened(self, message: Opened) -> None:
        """Show the figures and read the day."""
        if self._pairing is not None:
            self._pairing.close()
        self._pairing = message.pairing
        # At waking all runs are silent, and there is nothing to compare.
        spot: Spot = self._times[self._place] if self._times else "first said"
        self._show_sides()
        self._request_day(min(self._day, max(1, self._days)), spot)

    def on_compare_screen_day_read(self, message: DayRead) -> None:
        """Show the day at the requested place."""
        if message.pairing is not self._pairing or (message.day, message.spot) != self._requested:
            return
        self._requested = None
        self._views, self._day = message.views, message.day
        self._times = times_of(message.views)
        self._place = self._find(message.spot)
        self._show_moment()

    def on_compare_screen_wrong(self, message: Wrong) -> None:
        """Show the error."""
        self._requested = None
        if self._pairing is None:
            for pane in self.query(TextPane):
                pane.waiting = "these runs cannot be compared; press u to try again"
        self.show_error(message.error)

    # -- drawing --------------------------------------------------------------------------------------------------

    @property
    def _days(self) -> int:
        """Number of days started in the longer run."""
        return max((side.begun for side in self._pairing.sides), default=0) if self._pairing else 0

    def _in_order(self, each: tuple[Part, ...]) -> tuple[Part, ...]:
        """Return what belongs to the runs in the order in which they are shown."""
        return (*each[self._turned :], *each[: self._turned])

    def _show_sides(self) -> None:
        if self._pairing is None:
            return
        sides = self._in_order(self._pairing.sides)
        self.query_one(ComparedRuns).sides = sides
        self.query_one(CompareCurves).sides = sides
        self.query_one(CompareFigures).sides = sides

    def _show_moment(self) -> None:
        if self._pairing is None or self._views is None:
            return
        minute = self._times[self._place] if self._times else 0.0
        sides, views = self._in_order(self._pairing.sides), self._in_order(self._views)
        self.query_one(CompareMoment).moment = ComparedMoment(sides, views, self._day, minute, self._blind)

    # -- position -------------------------------------------------------------------------------------------------

    def _request_day(self, day: int, spot: Spot) -> None:
        """Read a day if the longer run has it."""
        if self._pairing is not None and (1 <= day <= self._days or day == 1):
            self._requested = (day, spot)
            self._read_day(self._pairing, day, spot)

    def _spoken_places(self) -> list[int]:
        """Return the positions in the day at which a run spoke."""
        minutes = {step.minute for view in self._views or () for step in view.steps if step.spoke}
        return [bisect_left(self._times, minute) for minute in sorted(minutes)]

    def _find(self, spot: Spot) -> int:
        last = max(0, len(self._times) - 1)
        if isinstance(spot, str):
            spoken = self._spoken_places() if spot.endswith("said") else []
            return (spoken[0] if spoken else 0) if spot.startswith("first") else (spoken[-1] if spoken else last)
        return max(0, min(last, bisect_right(self._times, spot) - 1))

    def _go_to_place(self, place: int) -> None:
        self._place = place
        self._show_moment()

    def on_compare_moment_clicked(self, message: CompareMoment.Clicked) -> None:
        """Go to the time that was clicked."""
        self._go_to_place(self._find(message.minute))

    def on_compare_curves_pointed(self, message: CompareCurves.Pointed) -> None:
        """Show the figures of the day under the cursor as well."""
        self.query_one(CompareFigures).day = message.day

    def on_compare_curves_chosen(self, message: CompareCurves.Chosen) -> None:
        """Go to the start of the day that was chosen."""
        self._request_day(message.day, "first")

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the pane whose tab was clicked."""
        self.action_tab(message.tab)

    # -- actions (see config/screen_actions.py) ------------------------------------------------------------------------------------

    def action_step_forward(self) -> None:
        """Show the next moment; after the last one of a day, the first one of the next day."""
        if self._requested is None:
            if self._place + 1 < len(self._times):
                self._go_to_place(self._place + 1)
            else:
                self._request_day(self._day + 1, "first")

    def action_step_back(self) -> None:
        """Show the previous moment."""
        if self._requested is None:
            if self._place > 0:
                self._go_to_place(self._place - 1)
            elif self._day > 1:
                self._request_day(self._day - 1, "last")

    def action_recommendation(self, by: int) -> None:
        """Go to the next or previous moment at which a run spoke."""
        if self._requested is not None:
            return
        places = [place for place in self._spoken_places() if (place > self._place if by > 0 else place < self._place)]
        if places:
            self._go_to_place(places[0] if by > 0 else places[-1])
        elif by > 0:
            self._request_day(self._day + 1, "first said")
        elif self._day > 1:
            self._request_day(self._day - 1, "last said")

    def action_day(self, by: int) -> None:
        """Go to another day; backwards, first to the start of this day."""
        day = self._requested[0] if self._requested is not None else self._day
        if by < 0 and self._requested is None and self._place > 0:
            self._go_to_place(0)
        elif day + by >= 1:
            self._request_day(day + by, "first")

    def action_first_day(self) -> None:
        """Go to the start of the first day."""
        self._request_day(1, "first")

    def action_last_day(self) -> None:
        """Go to the end of the last day."""
        self._request_day(max(1, self._days), "last")

    def action_swap_runs(self) -> None:
        """Swap the two runs; with more of them, the first becomes the last."""
        self._turned = (self._turned + 1) % len(self._ids)
        self._show_sides()
        self._show_moment()

    def action_tab(self, tab: str) -> None:
        """Show one pane on a small terminal."""
        for each in TABS:
            self.set_class(each == tab, f"-compare-{each}")
        self.query_one(TabLine).chosen = tab

    def action_update(self) -> None:
        """Read both runs again."""
        self._open()
