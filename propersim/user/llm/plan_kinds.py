"""Define the answers that make up a day.

They are the times of waking and bed, a plan by the hour, and the actions of an hour.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Protocol

import msgspec
from msgspec import Meta

from propersim.core.clock import format_time
from propersim.world.catalogue import activities

MINUTES: Final = (10, 15, 20, 25, 30)
"""Lengths of an action to choose from, in minutes."""
FEWEST, MOST = 3, 6
"""Number of actions in an answer: at least half an hour's worth, so that a day takes a bounded number of requests."""

# The schema allows longer texts than records hold, so that an answer is not rejected for a few characters.
_DOING = Annotated[str, Meta(max_length=200, description="what one would see, in a few words that begin with a verb in -ing")]
_LATER = Annotated[str, Meta(max_length=600, description="what of the rest of today's plan changes, in one short sentence; empty: nothing")]


class Times(Protocol):
    """Answer of :func:`times_kind`: times of getting up and going to bed (:func:`label`)."""

    wake: str
    bed: str


class Act(Protocol):
    """One action of an answer."""

    doing: str
    activity: str
    place: str
    minutes: int


class Acts(Protocol):
    """Answer of :func:`acts_kind`: the next hour's actions, and changes to the plan."""

    actions: list[Act]
    later: str


def label(minute: int) -> str:
    """Return a minute of the day's clock as wall-clock time: 25:30 as 01:30."""
    return format_time(minute, wrap=True)


@lru_cache(maxsize=64)
def times_kind(wakes: tuple[int, ...], beds: tuple[int, ...]) -> type[msgspec.Struct]:
    """Return the answer type for the times of getting up and going to bed.

    They are chosen from these minutes of the day's clock.
    """
    fields = [("wake", _one_of(tuple(map(label, wakes)))), ("bed", _one_of(tuple(map(label, beds))))]
    return _struct("times", fields)


@lru_cache(maxsize=64)
def hours_kind(hours: tuple[tuple[int, int], ...]) -> type[msgspec.Struct]:
    """Return the answer type for a plan of these hours (start, end).

    It has one field per hour, named by :func:`hour_name`.
    """
    fields = []
    for start, end in hours:
        description = f"{label(start)} to {label(end)}, in a few words"
        fields.append((hour_name(start), Annotated[str, Meta(max_length=300, description=description)]))
    return _struct("plan", fields)


def hour_name(minute: int) -> str:
    """Return the field name of an hour, such as ``h07``."""
    return f"h{label(minute)[:2]}"


@lru_cache(maxsize=16)
def acts_kind(places: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return the answer type for the actions of the coming hour.

    Args:
        places: places to choose from, ``room/object``.
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
