"""Who rates a run: a person or the judge, by notes among its warnings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from propersim.core.config import HUMAN, decode_config
from propersim.core.records import RunWarning
from propersim.store.store import RunRow, Store

PERSON: Final = "person-rates"
JUDGE: Final = "judge-rates"
"""Kinds of the notes that a person took over, and that the judge rates again; a step has one of them at most, the last."""


def person_rates(user: str, warnings: Iterable[RunWarning]) -> bool:
    """Return whether a person rates a run when it goes on.

    The last note says it, or else the option ``user``.

    Args:
        user: who the options of the run name as the user.
        warnings: the run's warnings, in order.
    """
    notes = [each.kind for each in warnings if each.kind in (PERSON, JUDGE)]
    return notes[-1] == PERSON if notes else user == HUMAN


def person_rates_run(store: Store, run: RunRow) -> bool:
    """Return whether a person rates a stored run when it goes on; see :func:`person_rates`.

    Raises:
        StoreError: the options of the run are damaged.
    """
    return person_rates(decode_config(run.config_json, run.id).user, store.warnings(run))


def only_person_gives(store: Store, run: RunRow, user: str, index: int) -> bool:
    """Return whether the assistant is given only a person's ratings, from a step on.

    Args:
        store: the store of the run.
        run: the run.
        user: who the options of the run name as the user.
        index: index of the step; what a person rated before it counts.
    """
    return user == HUMAN or bool(store.rated_by_person(run, 0, index, most=1))


def rater_note(at: int, day: int, *, person: bool) -> RunWarning:
    """Return the note that another rates from a step on.

    Args:
        at: index of the step.
        day: its day.
        person: whether it is a person.
    """
    text = "You rate recommendations from here on." if person else "The judge rates recommendations from here on."
    return RunWarning(at, day, PERSON if person else JUDGE, text)
