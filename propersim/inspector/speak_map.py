"""Map the probability of speaking over the hours and activities of a persona's days.

The map is made for one adapter, or for all in turn.
"""

from __future__ import annotations

from collections.abc import Iterator

from propersim.core.records import Night
from propersim.inspector.grid import Grid
from propersim.inspector.inspected_run import InspectedRun, adapter_of
from propersim.inspector.protocol import MapRow, MapSpeaking, SpeakMap

BATCH = 32
"""Prompts per batch."""


def speak_maps(run: InspectedRun, grid: Grid, question: MapSpeaking) -> Iterator[SpeakMap | None]:
    """Yield a map for each requested adapter, and None after every batch of prompts.

    Args:
        run: the run, with its model loaded.
        grid: the grid of the run's days.
        question: which adapters are requested.

    Raises:
        PropersimError: there is no such night, or its adapter cannot be loaded.
    """
    nights: list[Night | None] = (
        [run.night_of_day(question.day)] if question.day is not None else [None, *(night for night in run.nights if night.adapter)]
    )
    rows = tuple(
        MapRow(action.activity, action.phrase, action.place.room, minutes)
        for action, minutes in zip(grid.actions, grid.minutes, strict=True)
    )
    receptive = tuple(map(tuple, grid.open()))
    done = tuple(map(tuple, grid.done))
    for place, night in enumerate(nights):
        chances: list[float] = []
        for start in range(0, len(rows) * grid.columns, BATCH):
            chances += _chances(run, grid, night, range(start, min(start + BATCH, len(rows) * grid.columns)))
            yield None
        yield SpeakMap(
            day=night.day if night is not None else 0,
            adapter=adapter_of(night),
            place=place,
            places=len(nights),
            rows=rows,
            start=grid.start,
            p_speak=tuple(tuple(chances[at : at + grid.columns]) for at in range(0, len(chances), grid.columns)),
            open=receptive,
            done=done,
            weekday=grid.weekday if len(run.judge.rules.groups) > 1 else None,
            number=question.number,
        )


def _chances(run: InspectedRun, grid: Grid, night: Night | None, cells: range) -> list[float]:
    model = run.model(night)
    timers, remembers = run.config.clocks == "on", run.config.memory != "none"
    states = (grid.state(*divmod(cell, grid.columns), timers=timers, remembers=remembers) for cell in cells)
    return [round(chance, 4) for chance in model.chances([model.codec.prompt(state) for state in states])]
