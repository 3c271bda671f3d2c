"""Choose runs of a list: by state, by words and by age, and put them in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from propersim.core.errors import InputError
from propersim.core.text import clean, did_you_mean
from propersim.experiments.run_figures import RunFigures, run_figures
from propersim.experiments.variants import stored_label
from propersim.runs.check import quick_problems
from propersim.runs.control import DOINGS, Doing, doing_of, live_word
from propersim.store.many import FoundDays, figures_of, newest_runs, run_count, run_heads, runs_of
from propersim.store.store import RunRow, Store

DAMAGED = "damaged"
STATES = ("new", "running", "stopped", "interrupted", "failed", "finished", DAMAGED)
"""States of a stored run."""
LIVE = ("live", *(doing for doing in DOINGS if doing != "running"))
"""Words for what a live run does: any of it, or one thing."""
LIVE_WORDS = tuple(live_word(doing).casefold() for doing in DOINGS)
"""Words of a list for what live runs do, in lower case."""
_LEAST_READ, _MOST_READ = 50, 2_000
"""Runs that are read at once while a list is searched for its first runs."""
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

    def may_match(self, text: str) -> bool:
        """Return whether it could match once it is checked, and what it does is read."""
        unknown = (DAMAGED, *(LIVE_WORDS if self.row.state == "running" else ()))
        return all(self.matches(word) or any(word in each for each in unknown) for word in text.casefold().split())

    def is_in(self, states: Collection[str]) -> bool:
        """Return whether its state, or what it does, is one of some words.

        Without words any is.
        """
        return not states or self.doing in states or (self.row.state if self.doing is not None else self.state) in states

    def may_be_in(self, states: Collection[str]) -> bool:
        """Return whether it could be in some states once it is checked, and what it does is read."""
        return not states or DAMAGED in states or self.row.state in states or self.row.state == "running"


def read_list(store: Store, states: Collection[str] = ()) -> list[ListedRun]:
    """Return the runs of a database, newest first, with figures and a quick check.

    Args:
        store: the open database.
        states: states and words for what live runs do; empty for all runs.
    """
    return [one for one in _complete(store, newest_runs(store)) if one.is_in(states)]


class RunPage(NamedTuple):
    """The first runs of a list.

    Attributes:
        runs: the runs, in order.
        total: number of runs in the whole list; None where there are more, and only reading them would tell how many.
    """

    runs: list[ListedRun]
    total: int | None


def read_page(
    store: Store,
    limit: int | None = None,
    *,
    states: Collection[str] = (),
    words: str = "",
    field: str = "created",
    reverse: bool = False,
) -> RunPage:
    """Return the first runs of a list, chosen and sorted over all runs of a database.

    Of the runs that are not returned, only what chooses and sorts them is read.

    Args:
        store: the open database.
        limit: most runs to return; None for all.
        states: states and words for what live runs do; empty for all runs.
        words: words that a run must have (:meth:`ListedRun.matches`).
        field: one of :data:`FIELDS` to sort by.
        reverse: turn the order around.
    """
    if field == "created" and not states and not words.split():
        rows = newest_runs(store, limit, oldest=reverse)
        return RunPage(_complete(store, rows), run_count(store) if len(rows) == limit else len(rows))
    if limit is None or field == "state":
        listed = in_order([one for one in read_list(store, states) if one.matches(words)], field, reverse=reverse)
        return RunPage(listed[:limit], len(listed))
    labelled = field == "variant" or bool(words.split())
    heads = [one for row in run_heads(store, options=labelled) if (one := _head(row)).may_be_in(states) and one.may_match(words)]
    if field in _FIGURES:
        found = figures_of(store)
        heads = [one._replace(figures=run_figures(found.get(one.row.key, FoundDays()))) for one in heads]
    left = in_order(heads, field, reverse=reverse)
    certain = not states and all(one.matches(words) for one in left)
    chosen: list[ListedRun] = []
    size = max(limit, _LEAST_READ)
    at = 0
    while at < len(left) and len(chosen) <= limit:
        rows_by_key = runs_of(store, [one.row.key for one in left[at : at + size]])
        read = _complete(store, [rows_by_key[one.row.key] for one in left[at : at + size] if one.row.key in rows_by_key])
        chosen += [one for one in read if one.is_in(states) and one.matches(words)]
        at, size = at + size, min(2 * size, _MOST_READ)
        if certain:
            break
    return RunPage(chosen[:limit], len(left) if certain else len(chosen) if at >= len(left) else None)


def _complete(store: Store, rows: Sequence[RunRow]) -> list[ListedRun]:
    """Return runs with figures and a quick check, which are read in two statements.

    Args:
        store: the open database.
        rows: the rows of the runs, with all their texts.
    """
    found = figures_of(store, [row.key for row in rows])
    figures = {row.key: run_figures(found.get(row.key, FoundDays())) for row in rows}
    doings = {row.key: doing_of(store, row) for row in rows}
    idle = [(row, figures[row.key].days) for row in rows if doings[row.key] is None and not figures[row.key].problem]
    problems = quick_problems(store, idle)
    return [
        ListedRun(row, _label(row), figures[row.key], doings[row.key], "" if doing_runs else figures[row.key].problem or problems[row.key])
        for row in rows
        for doing_runs in [doings[row.key] is not None]
    ]


def _head(row: RunRow) -> ListedRun:
    """Return a run without figures and check, as far as its row tells.

    Args:
        row: the row; where its options are not read, the run has no variant.
    """
    return ListedRun(row, _label(row) if row.config_json else "", RunFigures())


def _label(row: RunRow) -> str:
    return stored_label(row.config_json, f"{row.assistant} {row.model}")


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
_FIGURES = ("f1", "unwelcome", "score")
"""Fields for which the figures of all runs are read."""
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
