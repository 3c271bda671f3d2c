"""Two runs read side by side. Opened and read in threads, one at a time; what comes out is immutable."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from propersim.core.clock import format_time
from propersim.core.records import DayFigures, DayPlan, Night, Step
from propersim.core.text import counted
from propersim.simulation.metrics import POOLED, metrics
from propersim_tui.data.frame import About
from propersim_tui.data.run_list import RunItem, all_options, option_text, read_preview
from propersim_tui.data.source import RunSource

_EVERY_RUN = ("days", "until")


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        item: its row and options.
        about: persona, timestep and so on.
        figures: of its complete days, by day.
        begun: how many days have begun.
    """

    item: RunItem
    about: About
    figures: dict[int, DayFigures]
    begun: int

    @property
    def last(self) -> int:
        """The last complete day; 0 before there is one."""
        return max(self.figures, default=0)

    def at(self, day: int) -> dict[str, Any] | None:
        """Return the figures of a day, pooled with the two before it; None where it is not complete."""
        if day not in self.figures:
            return None
        days = [self.figures[each] for each in range(max(1, day - POOLED + 1), day + 1) if each in self.figures]
        found = metrics(days)
        return {**found, "welcome": found["welcome"] / len(days), "oracle_per_hour": oracle_per_hour(days)}

    def each(self, name: str) -> dict[int, float | None]:
        """Return a figure of each complete day by itself."""
        return {day: metrics([figures])[name] for day, figures in self.figures.items() if figures.steps}


@dataclass(frozen=True, eq=False)
class DayView:
    """One day of one run.

    Attributes:
        plan: of the day; None where the run has not come so far.
        steps: of the day, so far as they are stored.
        about: the run.
        nights: of the run.
        begun: how many days of it have begun.
    """

    plan: DayPlan | None
    steps: Sequence[Step]
    about: About
    nights: Sequence[Night]
    begun: int

    def step_at(self, minute: float) -> Step | None:
        """Return the step that a minute lies in."""
        place = bisect_right(self.steps, minute, key=lambda step: step.minute) - 1
        if place < 0 or minute >= self.steps[place].minute + self.about.timestep:
            return None
        return self.steps[place]

    def why_not(self, day: int, minute: float) -> str:
        """Return in words why there is no step at a minute."""
        if self.plan is None:
            return f"day {day} is not there: the run has {counted(self.begun, 'day')}"
        if minute < self.plan.wake:
            return f"not up yet: wakes at {format_time(self.plan.wake, wrap=True)}"
        if minute >= self.plan.sleep:
            return f"asleep since {format_time(self.plan.sleep, wrap=True)}"
        return "the run has not come so far"


Views = tuple[DayView, DayView]


class Pairing:
    """Two runs of a database, open for reading.

    Args:
        db: the database file.
        first: id of a run.
        second: id of the other.

    Raises:
        PropersimError: one of them is not there or cannot be read.
    """

    def __init__(self, db: Path, first: str, second: str) -> None:
        self._lock = threading.Lock()
        self._closed = False
        items = [read_preview(db, run_id).item for run_id in (first, second)]
        self._sources: list[RunSource] = []
        try:
            for item in items:
                self._sources.append(RunSource(db, item.id))
        except BaseException:
            self._close()
            raise
        self.sides = (_side(items[0], self._sources[0]), _side(items[1], self._sources[1]))

    def day(self, day: int) -> Views | None:
        """Return a day of both runs; None where this is closed.

        Raises:
            StoreError: the records cannot be read.
        """
        with self._lock:
            try:
                return None if self._closed else (_view(self._sources[0], day), _view(self._sources[1], day))
            finally:
                if self._closed:
                    self._close()

    def close(self) -> None:
        """Close both runs; where a thread is reading just now, it does so when it is done."""
        self._closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def _close(self) -> None:
        while self._sources:
            self._sources.pop().close()


def _side(item: RunItem, source: RunSource) -> Side:
    figures = {row.day: row.figures for row in source.days if row.figures is not None}
    return Side(item, source.about, figures, len(source.days))


def _view(source: RunSource, day: int) -> DayView:
    begun = len(source.days)
    if not 1 <= day <= begun:
        return DayView(None, (), source.about, source.nights, begun)
    end = source.days[day].first if day < begun else source.count
    if end <= source.days[day - 1].first:
        return DayView(source.plan(day), (), source.about, source.nights, begun)
    frame = source.frame(end - 1)
    return DayView(frame.plan, tuple(frame.steps), source.about, source.nights, begun)


def times_of(views: Views) -> list[float]:
    """Return the minutes at which either run has a step, in order."""
    return sorted({step.minute for view in views for step in view.steps})


def differences(first: Side, second: Side) -> list[tuple[str, str, str]]:
    """Return (option, value of the first, of the second) of the options in which two runs differ, in words."""
    mine, theirs = all_options(first.item.row.config_json), all_options(second.item.row.config_json)
    found = [
        (option_text(name), option_text(mine.get(name)), option_text(theirs.get(name)))
        for name in dict.fromkeys([*mine, *theirs])
        if mine.get(name) != theirs.get(name) and name not in _EVERY_RUN
    ]
    if first.about.persona.id == second.about.persona.id and first.about.persona != second.about.persona:
        found.append(("persona", "its file as it was then", "its file as it was then"))
    return found


def oracle_per_hour(days: Sequence[DayFigures]) -> float | None:
    """Return how often an hour the oracle spoke."""
    hours = sum(day.hours for day in days)
    return sum(day.oracle_shown for day in days) / hours if hours else None


def better(name: str, first: dict[str, Any] | None, second: dict[str, Any] | None) -> int | None:
    """Return which of two runs is better in a figure, 0 or 1; None where neither is, or one has none.

    Figures that are shown as the same are the same. More is better, but of what is said an hour: there it is to be near to
    what the oracle says, each on its own days.
    """
    if first is None or second is None or first[name] is None or second[name] is None:
        return None
    a, b = float(first[name]), float(second[name])
    if name == "recs_per_hour":
        if first["oracle_per_hour"] is None or second["oracle_per_hour"] is None:
            return None
        a, b = -abs(a - first["oracle_per_hour"]), -abs(b - second["oracle_per_hour"])
    return None if round(a, 2) == round(b, 2) else int(b > a)
