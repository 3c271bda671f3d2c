"""Map the probability of speaking over the hours and activities of a persona's days.

The map is made for one adapter, or for all in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from propersim.core import clock
from propersim.core.records import Night
from propersim.inspector.grid import Grid
from propersim.inspector.inspected_run import InspectedRun, adapter_of
from propersim.inspector.protocol import MapRow, MapSpeaking, MomentMap, SpeakMap
from propersim.memory.evidence import EvidenceMemory
from propersim.memory.evidence_text import content_counts
from propersim.memory.state import AssistantState

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel

BATCH = 32
"""Prompts per batch."""


def moment_map(run: InspectedRun, grid: Grid, question: MapSpeaking) -> MomentMap:
    """Return the part of the maps that needs no model.

    Args:
        run: the run.
        grid: the grid of the run's days.
        question: the question.
    """
    evidence: list[str] = []
    if run.config.memory == "evidence" and run.replay.steps:
        last = run.replay.steps[-1]
        ratings = run.replay.evidence(last.index)
        evidence = content_counts(ratings.at(last.day, last.minute, last.action.activity, last.minute))
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
    """Yield a map for each requested adapter, and None after every batch of prompts.

    Args:
        run: the run, with its model loaded.
        grid: the grid of the run's days.
        question: which adapters are requested.

    Raises:
        PropersimError: there is no such night, or its adapter cannot be loaded.
    """
    remembers_ratings = run.config.memory == "evidence"
    every = [night for night in run.nights if night.used or remembers_ratings]
    nights: list[Night | None] = [run.night_of_day(question.day)] if question.day is not None else [None, *every]
    rows = map_rows(grid)
    done = tuple(map(tuple, grid.done))
    for place, night in enumerate(nights):
        chances: list[float] = []
        adapter = run.night_at(night.at) if night is not None else None
        threshold = run.model(adapter).threshold
        # What the ratings say of the moments changes with every day.
        after = night.day if night is not None else 0
        ratings = run.replay.evidence(night.at if night is not None else 0) if remembers_ratings else None
        day = day_of(grid.weekday, after)
        # The rubric may change during a run: that of the day after the night holds for its map.
        of_day = grid.on_day(after + 1)
        for start in range(0, len(rows) * grid.columns, BATCH):
            cells = range(start, min(start + BATCH, len(rows) * grid.columns))
            # A question that was served since the last batch may have loaded another adapter.
            chances += _chances(run.model(adapter), (cell_state(run, of_day, cell, ratings, day) for cell in cells))
            yield None
        yield SpeakMap(
            day=after,
            adapter=adapter_of(night),
            place=place,
            places=len(nights),
            rows=rows,
            start=grid.start,
            p_speak=tuple(tuple(chances[at : at + grid.columns]) for at in range(0, len(chances), grid.columns)),
            open=tuple(map(tuple, of_day.open())),
            done=done,
            threshold=threshold,
            weekday=grid.weekday if len(run.judge.rules.of_day(after + 1).groups) > 1 else None,
            number=question.number,
        )


def day_of(weekday: int, after: int) -> int:
    """Return the first day with a weekday after another day."""
    return next(day for day in range(after + 1, after + 8) if clock.weekday(day) == weekday)


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
    return replace(state, evidence=evidence)


def _chances(model: LoadedModel, states: Iterable[AssistantState]) -> list[float]:
    return [round(chance, 4) for chance in model.chances([model.codec.prompt(state) for state in states])]
