"""Values that the shell completes: personas, runs, models, themes, and lists of names.

Each function takes the beginning of a value, and returns values that begin so, with what they are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from propersim.core.config import DEFAULT_DB
from propersim.core.errors import PropersimError
from propersim.core.plugins import TRACKERS, entry_points, names

if TYPE_CHECKING:
    from propersim.store.store import RunRow, Store

MOST_RUNS = 50
"""Newest runs that are offered."""
Values = list[tuple[str, str]]
"""Values, and what each is."""


def personas(incomplete: str) -> Values:
    """Return ids of built-in personas, and parts of their names, that begin so."""
    from propersim.persona.library import id_of, office_persona_ids, persona_names

    names = {**persona_names(), **dict.fromkeys(office_persona_ids(), "in the office")}
    found = [(key, name) for key, name in names.items() if key.startswith(incomplete)]
    if incomplete:
        parts = {part.casefold() for name in persona_names().values() for part in name.split()}
        found += [(part, names[id_of(part)]) for part in sorted(parts) if part.startswith(incomplete.casefold()) and id_of(part) in names]
    return found


def settings(incomplete: str) -> list[str]:
    """Return the settings that have a built-in floor plan and begin so."""
    from propersim.world.setting import settings as known

    return [name for name in known() if name.startswith(incomplete)]


def listed(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Return a function that completes the last name of a list with commas.

    Args:
        names: returns the names that there are.
    """

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        given = before.split(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last) and name not in given]

    return complete


def persona_ids() -> list[str]:
    """Return the ids of the built-in personas, and ``all``."""
    from propersim.persona.library import office_persona_ids, persona_names

    return ["all", *persona_names(), *office_persona_ids()]


def variants() -> list[str]:
    """Return the names of variants."""
    from propersim.experiments.variants import VARIANTS

    return list(VARIANTS)


def studies(incomplete: str) -> Values:
    """Return names of studies, and what each asks."""
    from propersim.studies.study import NAMES, load_study

    return [(name, load_study(name).question) for name in NAMES if name.startswith(incomplete)]


def states() -> list[str]:
    """Return the states of runs."""
    from propersim.cli.run_choice import LIVE, STATES

    return [*STATES, *LIVE]


def sort_fields(incomplete: str) -> list[str]:
    """Return fields that a list of runs can be sorted by."""
    from propersim.cli.run_choice import FIELDS

    return [name for name in FIELDS if name.startswith(incomplete)]


def figures() -> list[str]:
    """Return the names of the figures of reports."""
    from propersim.experiments.periods import EVERY

    return list(EVERY)


def trackers(incomplete: str) -> list[str]:
    """Return names of trackers."""
    return [name for name in names(TRACKERS) if name.startswith(incomplete)]


def models(incomplete: str) -> Values:
    """Return names of models with a preset."""
    from propersim.models.presets import preset, preset_names

    return [(name, preset(name).about) for name in preset_names() if name.startswith(incomplete)]


def runs_that(able: Callable[[RunRow], bool]) -> Callable[[typer.Context, str], Values]:
    """Return a function that completes the id of a run on which a command can act.

    Args:
        able: returns whether the command can act on a run.
    """

    def complete(ctx: typer.Context, incomplete: str) -> Values:
        return able_runs(ctx, incomplete, able)

    return complete


def runs(ctx: typer.Context, incomplete: str) -> Values:
    """Return ids of the newest runs in the command's database; see :func:`able_runs`."""
    return able_runs(ctx, incomplete, lambda run: True)


def able_runs(ctx: typer.Context, incomplete: str, able: Callable[[RunRow], bool]) -> Values:
    """Return ids of the newest runs on which a command can act, and ``last``.

    They are those of the command's database. There are none where the database cannot be read.

    Args:
        ctx: context of the command line.
        incomplete: the beginning of the id.
        able: returns whether the command can act on a run.
    """
    return _values(ctx, incomplete, lambda store, run: able(run))


def runs_with_adapters(ctx: typer.Context, incomplete: str) -> Values:
    """Return ids of the newest runs that have trained an adapter; see :func:`able_runs`."""
    from propersim.runs.trained_model import nights_with_adapter

    return _values(ctx, incomplete, lambda store, run: bool(nights_with_adapter(store, run)))


def _values(ctx: typer.Context, incomplete: str, able: Callable[[Store, RunRow], bool]) -> Values:
    """Return ids of runs, and ``last``; see :func:`able_runs`.

    Args:
        ctx: context of the command line.
        incomplete: the beginning of the id.
        able: returns whether the command can act on a run of a database.
    """
    from propersim.store.store import Store

    db = Path(ctx.params.get("db") or os.environ.get("PROPERSIM_DB") or DEFAULT_DB)
    if not db.is_file():
        return []
    try:
        with Store(db, read_only=True) as store:
            every = [run for run in store.runs() if able(store, run)]
    except PropersimError:
        return []
    newest = [run for run in every if run.id.startswith(incomplete)][:MOST_RUNS]
    last = [("last", "the newest run that the command can use")] if every and "last".startswith(incomplete) else []
    return [*last, *((run.id, f"{run.name}, {run.assistant}, {run.state}") for run in newest)]


def themes(incomplete: str) -> Values:
    """Return names of themes; none where the screen is not installed."""
    for point in entry_points("propersim.completion", "themes"):
        return [(name, "") for name in point.load()() if name.startswith(incomplete)]
    return []
