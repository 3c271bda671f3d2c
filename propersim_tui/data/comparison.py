"""Two runs or more read side by side, in threads; the results are immutable."""

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
from propersim.simulation.metrics import metrics
from propersim.world.setting import DayWords, settings
from propersim_tui.data.frame import RunInfo
from propersim_tui.data.run_list import RunItem, all_options, option_text, read_details
from propersim_tui.data.source import RunSource

_LENGTH = ("days", "until")
"""Options that only say how long a run is."""


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs.

    Attributes:
        item: its row and options.
        about: persona, timestep and so on.
        figures: the figures of its complete days, by day.
        begun: number of days that have started.
    """

    item: RunItem
    about: RunInfo
    figures: dict[int, DayFigures]
    begun: int

    @property
    def last(self) -> int:
        """The last complete day; 0 if there is none."""
        return max(self.figures, default=0)

    def over(self, first: int, last: int) -> dict[str, Any] | None:
        """Return the figures of some days, pooled; ``welcome`` is per day.

        The result is None if the last of them is not complete.

        Args:
            first: first of the days.
            last: last of the days.
        """
        if last not in self.figures:
            return None
        days = [self.figures[each] for each in range(first, last + 1) if each in self.figures]
        figures = metrics(days)
        return {**figures, "welcome": figures["welcome"] / len(days), "oracle_per_hour": oracle_per_hour(days)}

    def each(self, name: str) -> dict[int, float | None]:
        """Return a figure by day, for each complete day that has steps; days are not pooled."""
        return {day: metrics([figures])[name] for day, figures in self.figures.items() if figures.steps}


@dataclass(frozen=True, eq=False)
class DayView:
    """One day of one run.

    Attributes:
        plan: the day's plan; None if the run has not reached the day.
        steps: the day's stored steps.
        about: the run.
        nights: the run's nights.
        begun: number of days of the run that have started.
    """

    plan: DayPlan | None
    steps: Sequence[Step]
    about: RunInfo
    nights: Sequence[Night]
    begun: int

    def step_at(self, minute: float) -> Step | None:
        """Return the step at a minute of the day; None if there is none."""
        place = bisect_right(self.steps, minute, key=lambda step: step.minute) - 1
        if place < 0 or minute >= self.steps[place].minute + self.about.timestep:
            return None
        return self.steps[place]

    def why_not(self, day: int, minute: float) -> str:
        """Return in words why there is no step at a time.

        Args:
            day: the day.
            minute: minutes since midnight.
        """
        if self.plan is None:
            return f"no day {day}: the run has {counted(self.begun, 'day')}"
        if minute < self.plan.wake:
            words = self._words(day)
            return f"{words.outside}: {words.comes} {format_time(self.plan.wake, wrap=True)}"
        if minute >= self.plan.sleep:
            return f"{self._words(day).outside} since {format_time(self.plan.sleep, wrap=True)}"
        return "the run has not reached this time"

    def _words(self, day: int) -> DayWords:
        """Return the words for the edges of a day in its setting."""
        return settings()[self.about.world_on(day).setting].day


DayViews = tuple[DayView, ...]
"""The same day in each of the runs."""


class RunPair:
    """Two runs of a database or more, open for reading; may be closed from another thread.

    Args:
        db: the database file.
        *runs: ids of the runs.

    Raises:
        PropersimError: a run does not exist or cannot be read.
    """

    def __init__(self, db: Path, *runs: str) -> None:
        self._lock = threading.Lock()
        self._closed = False
        items = [read_details(db, run_id).item for run_id in runs]
        self._sources: list[RunSource] = []
        try:
            for item in items:
                self._sources.append(RunSource(db, item.id))
        except BaseException:
            self._close()
            raise
        self.sides = tuple(_side(item, source) for item, source in zip(items, self._sources, strict=True))

    def day(self, day: int) -> DayViews | None:
        """Return a day of every run; None after :meth:`close`.

        Raises:
            StoreError: the records cannot be read.
        """
        with self._lock:
            try:
                return None if self._closed else tuple(_view(source, day) for source in self._sources)
            finally:
                if self._closed:
                    self._close()

    def close(self) -> None:
        """Close the runs; if a thread is reading, it closes them when it has finished."""
        self._closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def _close(self) -> None:
        while self._sources:
            self._sources.pop().close()


def _side(item: RunItem, source: RunSource) -> ComparedRun:
    figures = {row.day: row.figures for row in source.days if row.figures is not None}
    return ComparedRun(item, source.about, figures, len(source.days))


def _view(source: RunSource, day: int) -> DayView:
    begun = len(source.days)
    if not 1 <= day <= begun:
        return DayView(None, (), source.about, source.nights, begun)
    end = source.days[day].first if day < begun else source.count
    if end <= source.days[day - 1].first:
        return DayView(source.plan(day), (), source.about, source.nights, begun)
    frame = source.frame(end - 1)
    return DayView(frame.plan, tuple(frame.steps), source.about, source.nights, begun)


def times_of(views: DayViews) -> list[float]:
    """Return the minutes at which any run has a step, sorted."""
    return sorted({step.minute for view in views for step in view.steps})


def differences(*sides: ComparedRun) -> list[tuple[str, ...]]:
    """Return the options in which runs differ.

    Each is the option, then its value in each run, as text.
    """
    options = [all_options(side.item.row.config_json) for side in sides]
    rows: list[tuple[str, ...]] = [
        (option_text(name), *(option_text(each.get(name)) for each in options))
        for name in dict.fromkeys(name for each in options for name in each)
        if any(each.get(name) != options[0].get(name) for each in options) and name not in _LENGTH
    ]
    first = sides[0].about.persona
    others = [side.about.persona for side in sides[1:]]
    if all(other.id == first.id for other in others) and any(other.on_day(0) != first.on_day(0) for other in others):
        rows.append(("persona", *["its file at that time"] * len(sides)))
    return rows


def best_of(name: str, figures: Sequence[dict[str, Any] | None]) -> int | None:
    """Return which of several runs is better than all others that have a figure, or None.

    Args:
        name: the figure.
        figures: the figures of each run, as returned by :meth:`ComparedRun.over`.
    """
    known = [number for number, each in enumerate(figures) if each is not None and each[name] is not None]
    best = [one for one in known if all(better(name, figures[one], figures[other]) == 0 for other in known if other != one)]
    return best[0] if len(known) > 1 and best else None


def oracle_per_hour(days: Sequence[DayFigures]) -> float | None:
    """Return the oracle's recommendations per hour; None without hours."""
    hours = sum(day.hours for day in days)
    return sum(day.oracle_shown for day in days) / hours if hours else None


def better(name: str, first: dict[str, Any] | None, second: dict[str, Any] | None) -> int | None:
    """Return which of two runs is better in a figure.

    The result is None if they are equal or one has no value. Figures that are equal when rounded to two digits count as equal.
    Higher is better, except for unwelcome recommendations, and for recommendations per hour, where the run closer to its own oracle is
    better.

    Args:
        name: the figure.
        first: figures of the first run, as returned by :meth:`ComparedRun.over`.
        second: figures of the second run.

    Returns:
        0 for the first run, 1 for the second.
    """
    if first is None or second is None or first[name] is None or second[name] is None:
        return None
    a, b = float(first[name]), float(second[name])
    if name == "recs_per_hour":
        if first["oracle_per_hour"] is None or second["oracle_per_hour"] is None:
            return None
        a, b = -abs(a - first["oracle_per_hour"]), -abs(b - second["oracle_per_hour"])
    if name == "unwelcome":
        a, b = -a, -b
    return None if round(a, 2) == round(b, 2) else int(b > a)
