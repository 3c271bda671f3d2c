"""Map the probability of speaking over the hours and activities of a persona's days.

The map is made as of one moment of the run, or of several in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from propersim.core import clock
from propersim.core.records import Night, Step
from propersim.inspector.grid import Grid
from propersim.inspector.inspected_run import InspectedRun, adapter_of
from propersim.inspector.protocol import MapRow, MapSpeaking, MomentMap, SampleSuggestions, SpeakMap
from propersim.memory.evidence import EvidenceMemory
from propersim.memory.evidence_choice import knows_topic
from propersim.memory.evidence_text import liked_counts
from propersim.memory.memory import PACE_FIELDS
from propersim.memory.state import AssistantState

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel

BATCH = 32
"""Prompts per batch."""


class MapMoment(NamedTuple):
    """A moment of the run as of which the assistant is asked.

    Attributes:
        day: day at whose end, or during which it is; 0 is before day 1.
        at: number of steps of the run before it.
        minute: minute of the day's clock; None is the end of the day.
        now: whether it was asked about by the index of a step.
    """

    day: int
    at: int
    minute: float | None = None
    now: bool = False


def map_moments(run: InspectedRun, question: MapSpeaking) -> list[MapMoment]:
    """Return the moments that a question is about, the newest first.

    Where the assistant reads what the ratings say, these are the moment of the shown step and the ends of all days; otherwise the maps
    change with the adapter alone, and these are the nights that trained one.

    Args:
        run: the run.
        question: the question.

    Raises:
        InputError: there is no such day or step.
    """
    if question.day is not None:
        return [_end_of(run, question.day)]
    every = [_night_moment(run, night) for night in run.nights if night.used or run.reads_ratings]
    if question.index is not None and run.reads_ratings:
        now = _now(run, question.index)
        # After the last step of a day it is the end of that day.
        at_end = [one for one in every if one.at == now.at]
        rest = [one for one in every if one.at != now.at]
        return [at_end[-1]._replace(now=True) if at_end else now, *reversed(rest), MapMoment(0, 0)]
    return [*reversed(every), MapMoment(0, 0)]


def sample_moment(run: InspectedRun, question: SampleSuggestions) -> MapMoment:
    """Return the moment as of which suggestions are sampled.

    Raises:
        InputError: there is no such day or step.
    """
    if question.index is not None:
        return _now(run, question.index)
    if question.day is None:
        return _night_moment(run, run.nights[-1]) if run.nights else MapMoment(0, 0)
    return _end_of(run, question.day)


def _now(run: InspectedRun, index: int) -> MapMoment:
    step = run.replay.step(index)
    return MapMoment(step.day, index + 1, step.minute, now=True)


def _end_of(run: InspectedRun, day: int) -> MapMoment:
    run.night_of_day(day)
    return _night_moment(run, [night for night in run.nights if night.day == day][-1]) if day else MapMoment(0, 0)


def _night_moment(run: InspectedRun, night: Night) -> MapMoment:
    # A training that a person asked for is in the middle of a day.
    return MapMoment(night.day, night.at, run.replay.step(night.at - 1).minute if night.asked and night.at else None)


def moment_map(run: InspectedRun, grid: Grid, question: MapSpeaking) -> MomentMap:
    """Return the part of the maps that needs no model.

    Args:
        run: the run.
        grid: the grid of the run's days.
        question: the question; what the ratings say is that of its moment, or of the last step.
    """
    evidence: list[str] = []
    if run.reads_ratings and run.replay.steps:
        last = run.replay.step(question.index if question.index is not None else len(run.replay.steps) - 1)
        ratings = run.replay.evidence(last.index + 1)
        evidence = liked_counts(ratings.at(last.day, last.minute, last.action.activity, last.minute))
    return MomentMap(
        rows=map_rows(grid),
        start=grid.start,
        open=tuple(map(tuple, grid.open())),
        done=tuple(map(tuple, grid.done)),
        evidence=tuple(evidence),
        number=question.number,
    )


def map_rows(grid: Grid) -> tuple[MapRow, ...]:
    """Return the rows of a grid's maps."""
    return tuple(
        MapRow(action.activity, action.phrase, action.place.room, minutes)
        for action, minutes in zip(grid.actions, grid.minutes, strict=True)
    )


def speak_maps(run: InspectedRun, grid: Grid, question: MapSpeaking) -> Iterator[SpeakMap | None]:
    """Yield a map for each requested moment, the newest first.

    None is yielded after every batch of prompts.

    Args:
        run: the run, with its model loaded.
        grid: the grid of the run's days.
        question: which moments are requested.

    Raises:
        PropersimError: there is no such moment, or its adapter cannot be loaded.
    """
    moments = map_moments(run, question)
    rows = map_rows(grid)
    for place, moment in enumerate(moments):
        chances: list[float] = []
        speaks: list[int] = []
        adapter = run.night_at(moment.at) if moment.at else None
        threshold = run.model(adapter).threshold
        # The rubric may change during a run: that of the day after the night holds for its map.
        following = moment.day if moment.now else moment.day + 1
        of_day = grid.on_day(following)
        cells = CellStates(run, of_day, moment)
        for start in range(0, len(rows) * grid.columns, BATCH):
            # A question that was served since the last batch may have loaded another adapter.
            states = [cells.state(cell) for cell in range(start, min(start + BATCH, len(rows) * grid.columns))]
            batch = _chances(run.model(adapter), states)
            chances += batch
            speaks += [
                int(chance > threshold and (not run.needs_topic or knows_topic(state.evidence)))
                for chance, state in zip(batch, states, strict=True)
            ]
            yield None
        yield SpeakMap(
            day=moment.day,
            adapter=adapter_of(adapter),
            place=place,
            places=len(moments),
            rows=rows,
            start=grid.start,
            p_speak=_rows_of(chances, grid.columns),
            open=tuple(map(tuple, of_day.open())),
            done=tuple(map(tuple, grid.spent(run.replay.steps[: moment.at]) if run.reads_ratings else grid.done)),
            threshold=threshold,
            weekday=grid.weekday if grid.names_days else None,
            at=moment.at,
            minute=moment.minute,
            now=moment.now,
            speaks=_rows_of(speaks, grid.columns),
            number=question.number,
        )


def _rows_of(values: list[Any], columns: int) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(values[at : at + columns]) for at in range(0, len(values), columns))


def day_of(weekday: int, after: int) -> int:
    """Return the first day with a weekday after another day."""
    return next(day for day in range(after + 1, after + 8) if clock.weekday(day) == weekday)


class CellStates:
    """The states in which the assistant is asked what it would do in each cell of a grid.

    Of an assistant that reads what the ratings say, the state in a cell that the user has been in is the one of the last visit, at the step
    with the longest wait for a recommendation: right after one, silence says nothing of the hour. A wait of less than two comfortable
    gaps counts as two. Such a state has all that was rated until then, also minutes ago in the same activity. Other cells are asked at the
    typical moment of the grid, with what all ratings so far say of it.

    Args:
        run: the run.
        grid: the grid, under the rubric of the moment.
        moment: the moment; nothing later is known.
    """

    def __init__(self, run: InspectedRun, grid: Grid, moment: MapMoment) -> None:
        self._run = run
        self._grid = grid
        self._ratings = run.replay.evidence(moment.at) if run.reads_ratings else None
        self._day = day_of(grid.weekday, moment.day)
        self._visits = last_visits(grid, run.replay.steps[: moment.at]) if run.reads_ratings else {}
        # In their order: the memory that answers only goes forward.
        for step in sorted(self._visits.values(), key=lambda step: step.index):
            run.replay.state(step.index)

    def state(self, cell: int) -> AssistantState:
        """Return the state of a cell, by its number, row by row."""
        typical = cell_state(self._run, self._grid, cell, self._ratings, self._day)
        visit = self._visits.get(cell)
        state = self._run.replay.state(visit.index) if visit is not None else None
        if state is None or state.evidence is None or typical.evidence is None:
            return typical
        timers = typical.timers
        if timers is None or state.timers is None or state.timers.gap >= timers.gap:
            return state
        pace = {name: getattr(typical.evidence, name) for name in PACE_FIELDS}
        return replace(state, timers=timers, evidence=replace(state.evidence, **pace))


def last_visits(grid: Grid, steps: Iterable[Step]) -> dict[int, Step]:
    """Return, for each cell that the user has been in, a step of the last day with one there.

    It is the one with the longest time since a recommendation, the last of these. Where the persona's rules name days, only days of the
    grid's weekday count.

    Args:
        grid: the grid.
        steps: steps in their order.
    """
    visits: dict[int, Step] = {}
    for step in steps:
        cell = grid.cell(step)
        if cell is None or (grid.names_days and clock.weekday(step.day) != grid.weekday):
            continue
        before = visits.get(cell)
        if before is None or before.day != step.day or step.clocks.gap >= before.clocks.gap:
            visits[cell] = step
    return visits


def cell_state(run: InspectedRun, grid: Grid, cell: int, ratings: EvidenceMemory | None, day: int) -> AssistantState:
    """Return the state of a cell's typical moment, with what the ratings say of it.

    Args:
        run: the run.
        grid: the grid of the run's days.
        cell: number of the cell, row by row.
        ratings: the ratings so far; None where the assistant remembers none.
        day: day of the moment.
    """
    row, column = divmod(cell, grid.columns)
    state = grid.state(row, column, timers=run.config.clocks == "on", remembers=run.config.memory != "none")
    if ratings is None:
        return state
    clocks = grid.clocks(column)
    pace = (clocks.gap if clocks.shown else None, clocks.shown, clocks.satisfying)
    evidence = ratings.at(day, state.minute, state.activity, state.minute - state.since, pace=pace)
    # A typical moment has no day before it: its log is that of waking.
    return replace(state, evidence=evidence, log=() if run.config.keeps_day_log else None)


def _chances(model: LoadedModel, states: Iterable[AssistantState]) -> list[float]:
    return [round(chance, 4) for chance in model.chances([model.codec.prompt(state) for state in states])]
