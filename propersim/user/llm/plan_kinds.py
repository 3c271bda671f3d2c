"""The answers of which a day is made: when to get up, a plan by the hour, and the actions of an hour; each valid one can be used."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta

from propersim.core.clock import format_time
from propersim.world.catalogue import activities

MINUTES: Final = (10, 15, 20, 25, 30)
"""Lengths that an action may have."""
FEWEST, MOST = 3, 6
"""Actions of an answer: at least half an hour's, so that no model takes a hundred answers to get through a day."""

# What is kept of a text is shorter than what is taken: an answer is not refused for a few letters.
_DOING = Annotated[str, Meta(max_length=200, description="what one would see, in a few words that begin with a verb in -ing")]
_LATER = Annotated[str, Meta(max_length=600, description="what of the rest of today's plan changes, in one short sentence; empty: nothing")]


class Times(Protocol):
    """When the user gets up and goes to bed, as labels of :func:`times_kind`."""

    wake: str
    bed: str


class Act(Protocol):
    """An action as it was answered."""

    doing: str
    activity: str
    place: str
    minutes: int


class Acts(Protocol):
    """What is done in the coming hour, and what changes by it."""

    actions: list[Act]
    later: str


def label(minute: int) -> str:
    """Return a minute of the day's clock as everybody writes it: 25:30 is 01:30."""
    return format_time(minute, wrap=True)


@lru_cache(maxsize=64)
def times_kind(wakes: tuple[int, ...], beds: tuple[int, ...]) -> type[msgspec.Struct]:
    """Return the kind of answer that says when the user gets up and goes to bed, out of these minutes of the day's clock."""
    fields = [("wake", _one_of(tuple(map(label, wakes)))), ("bed", _one_of(tuple(map(label, beds))))]
    return _struct("times", fields)


@lru_cache(maxsize=64)
def hours_kind(hours: tuple[tuple[int, int], ...]) -> type[msgspec.Struct]:
    """Return the kind of answer that says something of each of these hours (from, to), in fields named as :func:`hour_name` says."""
    fields = []
    for start, end in hours:
        what = f"{label(start)} to {label(end)}, in a few words"
        fields.append((hour_name(start), Annotated[str, Meta(max_length=300, description=what)]))
    return _struct("plan", fields)


def hour_name(minute: int) -> str:
    """Return the name of the field of an hour, such as ``h07``."""
    return f"h{label(minute)[:2]}"


@lru_cache(maxsize=16)
def acts_kind(places: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return the kind of answer that says what is done in the coming hour.

    Args:
        places: of the home, ``room/object``.
    """
    act = _struct(
        "act",
        [("doing", _DOING), ("activity", _one_of(tuple(activities()))), ("place", _one_of(places)), ("minutes", _one_of(MINUTES))],
    )
    listed: Any = Annotated[list[act], Meta(min_length=FEWEST, max_length=MOST)]  # type: ignore[valid-type]
    return _struct("hour", [("actions", listed), ("later", _LATER)])


def _one_of(values: tuple[Any, ...]) -> Any:
    return Literal[values]


def _struct(name: str, fields: list[tuple[str, Any]]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, fields, frozen=True, forbid_unknown_fields=True)
