"""Rows of the store as they are read, with checks for rows that were edited by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from propersim.core.records import DayFigures, DayPlan

LARGEST = 1 << 40
"""Limit of all counts; a larger one was written into the database by hand."""
RESUMABLE = ("new", "stopped", "interrupted", "failed")
"""States of unfinished runs that no process is running."""
_COUNTS = ("days", "days_done", "steps")


class RunRow(NamedTuple):
    """One run.

    Attributes:
        id: name of the run, such as ``p07-oracle-k3f9``.
        state: ``new``, ``running``, ``stopped``, ``failed`` or ``finished``; ``interrupted`` where the row says running but no process
            runs it; ``damaged`` where a column has a value of the wrong type.
        persona_json: the persona as it was when the run was created.
        world_text: the floor plan as it was then.
        config_json: all options of the run.
        versions_json: versions and machine type that it ran under.
        wall_s: seconds spent simulating, training and storing, summed over resumes.
        digest: SHA-256 of the step records of the finished run.
    """

    key: int
    id: str
    persona: str
    name: str
    seed: int
    assistant: str
    model: str
    days: int
    days_done: int
    steps: int
    state: str
    created: str
    updated: str
    wall_s: float
    digest: str
    error: str
    persona_json: str
    world_text: str
    config_json: str
    versions_json: str


def has_steps(run: RunRow) -> bool:
    """Return whether a run has stored steps."""
    return run.steps > 0


class DayRow(NamedTuple):
    """One day of a run: plan, index of its first step, and figures once it is complete."""

    day: int
    first: int
    plan: DayPlan
    figures: DayFigures | None


class DayHead(NamedTuple):
    """One day of a run without its plan, for lists of many days.

    A plan is a hundred times as long.
    """

    day: int
    first: int
    figures: DayFigures | None


class CallTotals(NamedTuple):
    """Sums over the calls of a run.

    Calls answered from the cache are included.

    Attributes:
        calls: number of calls.
        tokens_in: tokens of the prompts.
        tokens_out: tokens of the answers.
        cost: known cost in US dollars.
        unpriced: number of calls whose cost is unknown.
    """

    calls: int
    tokens_in: float
    tokens_out: float
    cost: float
    unpriced: int


def run_row(row: Sequence[Any]) -> RunRow:
    """Return the row of a run; a value of the wrong type marks the run ``damaged``.

    Such values become empty or 0.
    """
    columns: dict[str, Any] = {}
    wrong = []
    for name, value in zip(RunRow._fields, row, strict=True):
        kind: type[int | float | str] = int if name in ("key", "seed", *_COUNTS) else float if name == "wall_s" else str
        fits = isinstance(value, kind)
        if fits and kind is not str and name != "seed":
            fits = 0 <= value <= LARGEST
        if not fits:
            wrong.append(name)
            value = kind()
        columns[name] = value
    if wrong:
        columns |= {"state": "damaged", "error": f"{', '.join(wrong)} cannot be read"}
    return RunRow(**columns)


def whole(value: object) -> int:
    """Check that a value of the database is a count.

    Raises:
        msgspec.ValidationError: it is no whole number from 0 to :data:`LARGEST`.
    """
    if not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise msgspec.ValidationError(f"{str(value)[:40]!r} is not a valid count")
    return value
