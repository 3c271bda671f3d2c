"""Rows of the store as they are read: runs and days, and what to make of one that somebody has edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from propersim.core.records import DayFigures, DayPlan

LARGEST = 1 << 40
"""No day or step is larger: what is, somebody has written into the database by hand."""
_COUNTS = ("days", "days_done", "steps")


class RunRow(NamedTuple):
    """One run, as listed.

    Attributes:
        id: name of the run, such as ``p07-oracle-k3f9``.
        state: ``new``, ``running``, ``stopped``, ``failed``, ``finished``; ``interrupted`` where it says running but no process has it;
            ``damaged`` where something in the row is not of its kind.
        persona_json: the whole persona as it was when the run began.
        world_text: the floor plan as it was.
        config_json: every option of the run.
        versions_json: versions, machine and thread count that it ran under.
        wall_s: seconds spent stepping and storing, summed over resumes.
        digest: of the finished run.
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


class DayRow(NamedTuple):
    """One day of a run: its plan, where its steps begin, and its figures once it is over."""

    day: int
    first: int
    plan: DayPlan
    figures: DayFigures | None


class DayHead(NamedTuple):
    """A day of a run without its plan, which is a hundred times as long: what a list of a year's days is made of."""

    day: int
    first: int
    figures: DayFigures | None


def run_row(row: Sequence[Any]) -> RunRow:
    """Return a run's row; what in it is not of its kind, for somebody has edited it, is empty or 0, and the run is said to be damaged."""
    found: dict[str, Any] = {}
    wrong = []
    for name, value in zip(RunRow._fields, row, strict=True):
        kind: type[int | float | str] = int if name in ("key", "seed", *_COUNTS) else float if name == "wall_s" else str
        fits = isinstance(value, kind)
        if fits and kind is not str and name != "seed":
            fits = 0 <= value <= LARGEST
        if not fits:
            wrong.append(name)
            value = kind()
        found[name] = value
    if wrong:
        found |= {"state": "damaged", "error": f"{', '.join(wrong)} of its row cannot be read"}
    return RunRow(**found)


def whole(value: object) -> int:
    """Return a whole number of the database.

    Raises:
        msgspec.ValidationError: it is none, or larger than any can be.
    """
    if not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise msgspec.ValidationError(f"{str(value)[:40]!r} is not a whole number that can be")
    return value
