"""When would it speak? P(speak) over the hours and activities of a persona's days, for one adapter or for all in turn."""

from __future__ import annotations

from collections.abc import Iterator

from propersim.core.records import Night
from propersim.inspector.grid import Grid
from propersim.inspector.open_run import OpenRun, worn
from propersim.inspector.protocol import Map, Mapped, Row

BATCH = 32
"""Prompts that are read side by side."""


def mapped(run: OpenRun, grid: Grid, question: Map) -> Iterator[Mapped | None]:
    """Yield a map for each adapter that is asked for, and None after every few prompts.

    Raises:
        PropersimError: there was no such night, or its adapter cannot be put on.
    """
    nights: list[Night | None] = [run.after(question.day)] if question.day is not None else [None, *(n for n in run.nights if n.adapter)]
    rows = tuple(
        Row(action.activity, action.phrase, action.place.room, minutes) for action, minutes in zip(grid.actions, grid.minutes, strict=True)
    )
    opened = tuple(map(tuple, grid.open(run.judge.rules)))
    done = tuple(map(tuple, grid.done))
    for place, night in enumerate(nights):
        found: list[float] = []
        for start in range(0, len(rows) * grid.columns, BATCH):
            found += _chances(run, grid, night, range(start, min(start + BATCH, len(rows) * grid.columns)))
            yield None
        yield Mapped(
            day=night.day if night is not None else 0,
            adapter=worn(night),
            place=place,
            places=len(nights),
            rows=rows,
            start=grid.start,
            p_speak=tuple(tuple(found[at : at + grid.columns]) for at in range(0, len(found), grid.columns)),
            open=opened,
            done=done,
            number=question.number,
        )


def _chances(run: OpenRun, grid: Grid, night: Night | None, cells: range) -> list[float]:
    model = run.model(night)
    timers, remembers = run.config.clocks == "on", run.config.memory != "none"
    states = (grid.state(*divmod(cell, grid.columns), timers=timers, remembers=remembers) for cell in cells)
    return [round(one, 4) for one in model.chances([model.codec.prompt(state) for state in states])]
