"""Choose runs of a list: by state, by words and by age, and put them in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from propersim.core.errors import InputError
from propersim.core.text import clean, did_you_mean
from propersim.experiments.run_figures import RunFigures, read_run_figures
from propersim.experiments.variants import stored_label
from propersim.runs.check import quick_problem
from propersim.runs.control import DOINGS, Doing, doing_of, live_word
from propersim.store.store import RunRow, Store

DAMAGED = "damaged"
STATES = ("new", "running", "stopped", "interrupted", "failed", "finished", DAMAGED)
"""States of a stored run."""
LIVE = ("live", *(doing for doing in DOINGS if doing != "running"))
"""Words for what a live run does: any of it, or one thing."""
_UNITS = {"min": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""Units of an age, in seconds."""


class ListedRun(NamedTuple):
    """A run of the list.

    Attributes:
        row: its row.
        variant: its assistant, as named in batches and reports.
        figures: the figures of its complete days.
        doing: what it does, where it is live.
        problem: why it is damaged; "" if it is not, as far as the quick check tells.
    """

    row: RunRow
    variant: str
    figures: RunFigures
    doing: Doing | None = None
    problem: str = ""

    @property
    def state(self) -> str:
        """Its state, ``damaged`` where records cannot be read; of a live run what it does."""
        if self.doing is not None:
            return live_word(self.doing)
        return DAMAGED if self.problem else self.row.state

    def matches(self, text: str) -> bool:
        """Return whether each word occurs in id, persona, name, variant, state or ``seed=N``."""
        row = self.row
        words = f"{row.id} {row.persona} {row.name} {self.variant} {row.state} {self.state} seed={row.seed}".casefold()
        return all(word in words for word in text.casefold().split())


def read_list(store: Store, states: Collection[str] = ()) -> list[ListedRun]:
    """Return the runs of a database, newest first, with figures and a quick check.

    Args:
        store: the open database.
        states: states and words for what live runs do; empty for all runs.
    """
    found = []
    for row in store.runs():
        doing = doing_of(store, row)
        figures = read_run_figures(store, row)
        problem = "" if doing is not None else figures.problem or quick_problem(store, row, figures.days)
        one = ListedRun(row, stored_label(row.config_json, f"{row.assistant} {row.model}"), figures, doing, problem)
        if not states or doing in states or (row.state if doing is not None else one.state) in states:
            found.append(one)
    return found


_TEXTS: dict[str, Callable[[ListedRun], str]] = {
    "run": lambda one: one.row.id,
    "persona": lambda one: one.row.persona,
    "variant": lambda one: one.variant,
    "state": lambda one: one.state.casefold(),
}
_NUMBERS: dict[str, Callable[[ListedRun], Any]] = {
    "created": lambda one: one.row.key,
    "seed": lambda one: one.row.seed,
    "days": lambda one: one.row.days_done,
    "f1": lambda one: one.figures.f1,
    "unwelcome": lambda one: one.figures.unwelcome,
    "score": lambda one: one.figures.score,
    "steps": lambda one: one.row.steps,
}
FIELDS = (*_NUMBERS, *_TEXTS)
"""Fields that a list can be sorted by."""


def parse_states(text: str) -> set[str]:
    """Return the states of a list such as ``failed,stopped``; empty for all.

    Raises:
        InputError: a word is no state.
    """
    found = set()
    for word in (part.strip().casefold() for part in text.split(",") if part.strip()):
        state = "running" if word == "live" else word
        if state not in STATES and state not in LIVE:
            known = (*STATES, *LIVE)
            raise InputError(f"--state: no {clean(word, 60)!r}{did_you_mean(word, known)}", f"some of {', '.join(known)}")
        found.add(state)
    return found


def parse_field(text: str) -> str:
    """Return the field to sort by.

    Raises:
        InputError: there is no such field.
    """
    field = text.strip().casefold()
    if field not in FIELDS:
        raise InputError(f"--sort: no {clean(text, 60)!r}{did_you_mean(field, FIELDS)}", f"one of {', '.join(FIELDS)}")
    return field


def parse_age(text: str) -> int:
    """Return the seconds of an age such as ``30d``, ``12h``, ``2w`` or ``45min``.

    Raises:
        InputError: the text is no age.
    """
    found = re.fullmatch(r"([0-9]{1,6}) ?(min|h|d|w)", text.strip().casefold())
    if found is None:
        raise InputError(f"--older-than: {clean(text, 60)!r} is no age", "write 30d, 12h, 2w or 45min")
    return int(found[1]) * _UNITS[found[2]]


def age_of(row: RunRow, now: datetime) -> float | None:
    """Return the seconds since a run was last written to; None where its date is invalid.

    Args:
        row: the run.
        now: the present time.
    """
    try:
        return (now - datetime.strptime(row.updated, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def in_order(runs: Sequence[ListedRun], field: str, *, reverse: bool = False) -> list[ListedRun]:
    """Return runs sorted by a field: text from A to Z, numbers from the highest.

    Runs without a value come last in either direction; runs with the same value stay in the order they had.

    Args:
        runs: the runs, newest first.
        field: one of :data:`FIELDS`.
        reverse: turn the order around.
    """
    value: Callable[[ListedRun], Any] = _TEXTS.get(field) or _NUMBERS[field]
    known = [one for one in runs if value(one) is not None]
    unknown = [one for one in runs if value(one) is None]
    return sorted(known, key=value, reverse=(field in _NUMBERS) != reverse) + unknown
