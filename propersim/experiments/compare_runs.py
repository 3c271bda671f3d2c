"""Compare two stored runs over the days that both have completed."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from propersim.core.config import stored_config
from propersim.core.records import DayFigures
from propersim.simulation.metrics import metrics
from propersim.store.store import RunRow, Store

_LENGTH = ("days", "until")
"""Options that only say how long a run is."""


class RunComparison(NamedTuple):
    """The figures of two runs over the same days.

    Attributes:
        days: the days that both have completed.
        first: figures of the first run over them, by name.
        second: figures of the second run.
        options: the options in which they differ, each with its two values.
    """

    days: list[int]
    first: dict[str, Any]
    second: dict[str, Any]
    options: dict[str, tuple[Any, Any]]

    def difference(self, name: str) -> float | None:
        """Return a figure of the first run minus that of the second; None where one has no value."""
        first, second = self.first[name], self.second[name]
        return None if first is None or second is None else first - second


def compare_runs(store: Store, first: RunRow, second: RunRow) -> RunComparison:
    """Return the figures of two runs over the days that both have completed.

    The options in which they differ are returned as well.

    Args:
        store: the open database.
        first: one run.
        second: the other run.

    Raises:
        StoreError: a record cannot be read.
    """
    figures = [_complete(store, run) for run in (first, second)]
    days = sorted(figures[0].keys() & figures[1].keys())
    pooled = [metrics([of_run[day] for day in days]) for of_run in figures]
    mine, other = _options(first), _options(second)
    differing = {
        name: (mine.get(name), other.get(name))
        for name in dict.fromkeys([*mine, *other])
        if name not in _LENGTH and mine.get(name) != other.get(name)
    }
    return RunComparison(days, pooled[0], pooled[1], differing)


def _complete(store: Store, run: RunRow) -> dict[int, DayFigures]:
    return {head.day: head.figures for head in store.day_heads(run) if head.figures is not None}


def _options(run: RunRow) -> dict[str, Any]:
    """Return a run's options by name; empty where they cannot be read."""
    config = stored_config(run.config_json)
    if config is not None:
        return config.resolved().to_dict()
    try:
        options = json.loads(run.config_json)
    except (ValueError, RecursionError):
        return {}
    return options if isinstance(options, dict) else {}
