"""Print the comparison of two runs."""

from __future__ import annotations

import json
from typing import Any

from propersim.cli.headless import COLUMNS
from propersim.cli.tables import print_table
from propersim.core.text import clean, counted
from propersim.experiments.compare_runs import RunComparison
from propersim.experiments.variants import stored_label
from propersim.simulation.metrics import unrated_text
from propersim.store.store import RunRow


def print_comparison(rows: tuple[RunRow, RunRow], found: RunComparison, *, as_json: bool) -> None:
    """Print the figures of two runs over their common days.

    The options in which they differ come below.

    Args:
        rows: the two runs.
        found: their comparison.
        as_json: print one JSON value.
    """
    if as_json:
        figures = {
            name: {"first": found.first[name], "second": found.second[name], "difference": found.difference(name)} for name in found.first
        }
        options = {name: list(values) for name, values in found.options.items()}
        print(json.dumps({"runs": [_about(row) for row in rows], "days": found.days, "figures": figures, "options": options}))
        return
    first, second = (clean(row.id) for row in rows)
    for row in rows:
        days = f"{row.days_done} of {counted(row.days, 'day')}"
        print(f"{clean(row.id)}: {clean(row.name)}, {_label(row)}, seed {row.seed}, {row.state}, {days}")
    if found.days:
        print(f"\nOver the {counted(len(found.days), 'day')} that both have completed; the difference is the first minus the second.\n")
        lines = [
            [head, *(_marked(name, of_run) for of_run in (found.first, found.second)), _figure(found.difference(name), signed=True)]
            for head, name in COLUMNS.items()
        ]
        print_table(("", first, second, "difference"), lines, numbers=(first, second, "difference"), wrap=(first, second))
        for row, of_run in zip(rows, (found.first, found.second), strict=True):
            if of_run["unrated"]:
                print(f"* {clean(row.id)}: {unrated_text(of_run['unrated'], of_run['shown'])}.")
    else:
        print("\nThere is no day that both have completed.")
    if found.options:
        print("\nOptions that differ:\n")
        cells = [[clean(name, 40), *(_value(one) for one in values)] for name, values in found.options.items()]
        print_table(("option", first, second), cells, wrap=(first, second))


def _marked(name: str, figures: dict[str, Any]) -> str:
    """Return a figure of a run; F1 that is missing for want of ratings is marked."""
    return "–*" if name == "f1" and figures["unrated"] else _figure(figures[name])


def _about(row: RunRow) -> dict[str, Any]:
    kept = ("persona", "seed", "assistant", "model", "state", "days_done", "days")
    return {"run": row.id, "variant": _label(row), **{name: getattr(row, name) for name in kept}}


def _label(row: RunRow) -> str:
    return clean(stored_label(row.config_json, f"{row.assistant} {row.model}"), 80)


def _figure(value: float | int | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    sign = "+" if signed and value > 0 else ""
    return f"{sign}{value}" if isinstance(value, int) else f"{sign}{value:.2f}"


def _value(value: object) -> str:
    return "–" if value in (None, "") else clean(str(value), 120)
