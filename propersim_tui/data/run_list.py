"""The entries of the list of runs, read from the store.

Call these functions in threads, never while drawing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from propersim.core.config import BOTH, RunConfig, stored_config
from propersim.core.records import DayFigures, Night, RunWarning
from propersim.core.text import clean
from propersim.experiments.variants import stored_label
from propersim.runs.control import doing_of, live_word
from propersim.store.delete import find_run
from propersim.store.many import run_count, run_heads, runs_of
from propersim.store.store import RunRow, Store
from propersim_tui.config.themes import WARNING_SIGN

STATES = {
    "new": ("◌", "$muted"),
    "running": ("▶", "$success"),
    "stopped": ("‖", "$text-warning"),
    "interrupted": (WARNING_SIGN, "$text-warning"),
    "failed": ("✖", "$text-error"),
    "finished": ("■", "$primary"),
}
"""Sign and style of each state."""
_LONG = RunRow._fields.index("persona_json")
"""Columns of a run from this one on are long texts, which never change."""
_SHOWN_ELSEWHERE = ("persona", "days", "seed")
"""Options that have a column of their own."""


@dataclass(frozen=True)
class RunItem:
    """One run of the list.

    Attributes:
        row: the stored row, without the long texts of persona and floor plan.
        variant: the assistant as named in batches and reports, safe to draw.
        words: lower-case text that the filter searches.
        doing: what it does, in a word such as LIVE or PAUSED; empty where it is not live.
    """

    row: RunRow
    variant: str
    words: str = field(repr=False)
    doing: str = ""

    @property
    def id(self) -> str:
        """The run's id as stored; it must be cleaned before it is drawn."""
        return self.row.id

    @property
    def options(self) -> dict[str, str]:
        """The options that differ from the defaults, by name, as text; empty if they cannot be read."""
        return changed_options(self.row.config_json)


@dataclass(frozen=True)
class RunDetails:
    """One run in more detail.

    Attributes:
        item: the run, read again.
        days: the figures of its complete days.
        nights: its nights.
        warnings: its warnings.
    """

    item: RunItem
    days: Sequence[DayFigures] = ()
    nights: Sequence[Night] = ()
    warnings: Sequence[RunWarning] = ()


def read_runs(db: Path, known: Mapping[str, RunItem] | None = None) -> list[RunItem]:
    """Return all runs of a database, newest first.

    Args:
        db: the database file.
        known: entries read before, by id of the run; those of unchanged runs are returned again.

    Raises:
        PropersimError: the database cannot be read.
    """
    known = known or {}
    with Store(db, read_only=True) as store:
        if not known:
            return [item_of(store, row) for row in run_heads(store, options=True)]
        heads = run_heads(store)
        old = {row.key: item for row in heads if (item := known.get(row.id)) is not None and _is_same(item.row, row)}
        rows = runs_of(store, [row.key for row in heads if row.key not in old], texts=False)
        new = {key: item_of(store, row) for key, row in rows.items()}
        return [item for row in heads if (item := old.get(row.key) or new.get(row.key)) is not None]


def read_newest(db: Path, count: int) -> tuple[list[RunItem], int]:
    """Return the newest runs of a database, newest first, and the number of all runs.

    Args:
        db: the database file.
        count: most runs to return.

    Raises:
        PropersimError: the database cannot be read.
    """
    with Store(db, read_only=True) as store:
        return [item_of(store, row) for row in run_heads(store, options=True, limit=count)], run_count(store)


def _is_same(before: RunRow, now: RunRow) -> bool:
    """Return whether a row is as it was before; what a live run does may change all the time."""
    return now.state != "running" and before[:_LONG] == now[:_LONG]


def item_of(store: Store, row: RunRow) -> RunItem:
    """Return a stored run as an entry of the list; options that cannot be read are left out."""
    doing = doing_of(store, row)
    word = "" if doing is None else live_word(doing)
    label = clean(stored_label(row.config_json, f"{row.assistant} {row.model}"), 80)
    state = row.state
    words = f"{row.id} {row.persona} {row.name} {label} {state} {word} seed={row.seed}"
    short = row._replace(persona_json="", world_text="", versions_json="")
    return RunItem(short, label, words.lower(), word)


def all_options(config_json: str) -> dict[str, Any]:
    """Return a run's options by name; empty if they cannot be read.

    ``auto`` is resolved if this version knows the options.
    """
    config = stored_config(config_json)
    if config is not None:
        return config.resolved().to_dict()
    try:
        options = json.loads(config_json)
    except (ValueError, RecursionError):
        return {}
    return options if isinstance(options, dict) else {}


def changed_options(config_json: str) -> dict[str, str]:
    """Return the options of a run that differ from the defaults, except persona, seed and days."""
    defaults = RunConfig().resolved().to_dict()
    return {
        clean(str(name), 40): "both: you and the judge" if (name, value) == ("user", BOTH) else option_text(value)
        for name, value in all_options(config_json).items()
        if name not in _SHOWN_ELSEWHERE and value != defaults.get(name)
    }


def option_text(value: object) -> str:
    """Return an option's value as text that is safe to draw."""
    return "–" if value is None else clean(f"{value:g}" if isinstance(value, float) else str(value), 120)


def read_details(db: Path, run_id: str) -> RunDetails:
    """Return a run in detail.

    Raises:
        PropersimError: the run no longer exists, or cannot be read.
    """
    with Store(db, read_only=True) as store:
        row = find_run(store, run_id)
        days = store.day_figures(row)
        return RunDetails(item_of(store, row), days, store.nights(row), store.warnings(row))


def local_time(created: str) -> datetime | None:
    """Return a stored date in the time zone of this machine; None if it is invalid.

    Args:
        created: the date in UTC, such as ``2026-11-22T19:30:39Z``.
    """
    try:
        return datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).astimezone()
    except (ValueError, OverflowError):
        return None


def format_age(created: str, now: float) -> str:
    """Return how long ago a run was started.

    The forms are ``40 s``, ``5 min``, ``3 h`` and ``12 d``; the text is empty if the date is invalid.

    Args:
        created: the date in UTC, such as ``2026-11-22T19:30:39Z``.
        now: the present time in seconds since 1970.
    """
    then = local_time(created)
    if then is None:
        return ""
    seconds = max(0, int(now - then.timestamp()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= (2 if unit == "d" else 1) * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
