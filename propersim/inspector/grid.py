"""A grid of activities by half-hours, with a typical moment in each cell."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from propersim.core import clock
from propersim.core.records import Action, Clocks, DayPlan, Step
from propersim.memory.diary import RECENT, STRETCHES
from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.user.rules import Rules
from propersim.world.catalogue import HOME, all_activities, setting_of
from propersim.world.setting import settings

ROWS = 24
"""Maximum number of activities; the longest are kept."""
COLUMN = 30
"""Minutes per column."""
SINCE = 15.0
"""Minutes since the activity began, and from the start of a column to its moment."""
WEEKDAY = 2
"""The weekday of all moments where the persona's rules are the same every day: Wednesday."""


class Grid:
    """Activities by half-hours, with a typical moment in each cell.

    Args:
        plans: plans of the run's days so far, at least one.
        steps: steps of the run so far.
        timestep: minutes between steps.
        rules: the persona's rules; those of the last planned day are used.

    Attributes:
        actions: the last planned action of each row's activity.
        minutes: planned minutes of each row's activity.
        start: minute of the day's clock at which the first column begins.
        columns: number of columns.
        done: minutes spent in each cell, shape (rows, columns).
        names_days: whether the persona's rules name days of the week.
        weekday: the weekday of all moments, 0 for Monday. Where the rules name days, it is that of the last day on which the persona is
            ever receptive, or of the last day.
    """

    def __init__(self, plans: Sequence[DayPlan], steps: Iterable[Step], timestep: float, rules: Rules) -> None:
        open_days = [plan.day for plan in plans if plan.receptive] or [plan.day for plan in plans]
        self.names_days = any(len(rules.of_day(plan.day).groups) > 1 for plan in plans)
        self.weekday = clock.weekday(open_days[-1]) if self.names_days else WEEKDAY
        self._every = rules
        self._rules = rules.of_day(plans[-1].day).on_weekday(self.weekday)
        self._wake = median(plan.wake for plan in plans)
        spent: Counter[str] = Counter()
        last: dict[str, Action] = {}
        for plan in plans:
            for action in plan.actions:
                spent[action.activity] += round(action.minutes)
                last[action.activity] = action
        names = sorted(spent, key=lambda name: (-spent[name], name))[:ROWS]
        self.actions = [last[name] for name in names]
        self.minutes = [float(spent[name]) for name in names]
        self.start = int(min(plan.wake for plan in plans) // COLUMN) * COLUMN
        self.columns = -int(-(max(plan.sleep for plan in plans) - self.start) // COLUMN)
        self._row_of = {name: row for row, name in enumerate(names)}
        self._timestep = timestep
        self.done = self.spent(steps)

    def spent(self, steps: Iterable[Step]) -> list[list[float]]:
        """Return the minutes that steps took in each cell, shape (rows, columns)."""
        done = [[0.0] * self.columns for _ in self.actions]
        for step in steps:
            cell = self.cell(step)
            if cell is not None:
                done[cell // self.columns][cell % self.columns] += self._timestep
        return done

    def on_day(self, day: int) -> Grid:
        """Return this grid under the rubric of a day of the run.

        The last planned day may have another rubric.
        """
        grid = copy.copy(self)
        grid._rules = self._every.of_day(day).on_weekday(self.weekday)
        return grid

    def cell(self, step: Step) -> int | None:
        """Return the number of a step's cell, row by row; None if it is in none."""
        row, column = self._row_of.get(step.action.activity), int((step.minute - self.start) // COLUMN)
        return row * self.columns + column if row is not None and 0 <= column < self.columns else None

    def minute(self, column: int) -> float:
        """Return the minute of the day's clock of a column's moment, in the middle of the column."""
        return self.start + column * COLUMN + SINCE

    def open(self) -> list[list[int]]:
        """Return 1 for each cell where the persona is receptive and likes some topic, else 0.

        The shape is (rows, columns). A stored activity that the catalogue no longer has is 0.
        """
        rules, known = self._rules, all_activities()
        return [
            [
                int(action.activity in known and rules.receptive(action.activity, minute) and bool(rules.liked(action.activity, minute)))
                for minute in map(self.minute, range(self.columns))
            ]
            for action in self.actions
        ]

    def clocks(self, column: int) -> Clocks:
        """Return the clocks of a column's moment on a day that goes as the persona likes.

        By then it has had as many satisfying suggestions as it likes by that hour, the last one two comfortable gaps ago. Clocks that never
        occur in a run, such as an afternoon without any suggestion, are outside the model's training data: an assistant that is silent at
        nearly all real moments speaks in nearly every such cell.
        """
        frequency = self._rules.frequency
        awake = max(float(COLUMN) / 2, self.minute(column) - self._wake)
        hours = settings()[setting_of(self.actions[0].activity) if self.actions else HOME].hours
        shown = round((frequency.min_per_day + frequency.max_per_day) / 2 * min(1.0, awake / (hours * 60)))
        gap = min(2 * frequency.gap_min, awake) if shown else awake
        return Clocks(gap, gap, shown, shown)

    def state(self, row: int, column: int, *, timers: bool, remembers: bool) -> AssistantState:
        """Return the state of a cell's typical moment.

        It is a day of the grid's weekday that was spent on the cell's activity, without recent suggestions.

        Args:
            row: row of the cell.
            column: column of the cell.
            timers: whether the state includes the clocks.
            remembers: whether the state includes the past.
        """
        action, minute, clocks = self.actions[row], self.minute(column), self.clocks(column)
        recent: tuple[Past, ...] = ()
        hours: tuple[Summary, ...] = ()
        if remembers:
            length, count = STRETCHES[0]
            recent = (Past(action.activity, None, minutes_ago=RECENT),)
            ends = [RECENT + i * length for i in range(count)]
            hours = tuple(
                Summary(end / 60, length / 60, 0, (), (action.activity,)) for end in ends if end == RECENT or minute - end > self._wake
            )
        return AssistantState(
            minute=minute,
            weekday=self.weekday,
            activity=action.activity,
            phrase=action.phrase,
            room=action.place.room,
            focus=action.focus,
            since=SINCE,
            recent=recent,
            hours=hours,
            timers=Timers(clocks.gap, clocks.need, clocks.shown, clocks.satisfying) if timers else None,
        )
