"""Field types of personas: ids of the catalogues, times and bounded texts.

Each is checked when a persona is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from propersim.core import clock
from propersim.core.records import RENAMED_ACTIVITIES
from propersim.core.text import meant_or_listed
from propersim.world import catalogue
from propersim.world.setting import settings

_DAY_IDS = tuple(name.lower() for name in clock.WEEKDAYS)


def _known_id(kind: str, known: Callable[[], Collection[str]]) -> BeforeValidator:
    """Return a validator that accepts only known ids, and suggests the nearest one."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in known():
            raise ValueError(f"{value!r} is not a known {kind}{meant_or_listed(value, known())}")
        return value

    return BeforeValidator(check)


def _time(latest: int) -> BeforeValidator:
    """Return a validator that accepts ``HH:MM`` up to a minute of the day."""

    def check(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError(f'{value!r} is not a time; write it in quotes, such as "07:30"')
        clock.parse_time(value, latest=latest)
        return value

    return BeforeValidator(check)


def _days(value: object) -> object:
    """Reject days that are written in another way, with one message for all of them."""
    named = value if isinstance(value, list | tuple) else ()
    if value in ("all", "weekdays", "weekends") or (named and all(day in _DAY_IDS for day in named)):
        return value
    wrong = next((day for day in named if day not in _DAY_IDS), value)
    raise ValueError(f"{repr(wrong)[:40]} is not a day; write weekdays, weekends, or a list such as [sat, sun]")


def _renamed(value: object) -> object:
    """Return the present id of an activity that older persona files call by a former one."""
    return RENAMED_ACTIVITIES.get(value, value) if isinstance(value, str) else value


_RENAMED = BeforeValidator(_renamed)

TraitLevel = Literal["high", "low"]
TopicId = Annotated[str, _known_id("topic", catalogue.topics)]
ToneId = Annotated[str, _known_id("tone", catalogue.tones)]
ActivityId = Annotated[str, _known_id("activity", catalogue.all_activities), _RENAMED]
DuringId = Annotated[str, _known_id("activity or activity tag", catalogue.activity_names), _RENAMED]
"""Before validators run from right to left: a former id is replaced, then checked."""
SettingId = Annotated[str, _known_id("world", settings)]
SubjectId = Annotated[str, _known_id("subject", lambda: catalogue.SUBJECTS)]
TimeOfDay = Annotated[str, _time(clock.MINUTES_PER_DAY)]
"""``00:00`` to ``24:00``."""
ClockTime = Annotated[str, _time(clock.LATEST)]
"""``00:00`` to ``28:00``: a day's clock may run past midnight."""
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=2000)]
ActivityMinutes = Annotated[int, Field(ge=10, le=600)]
Days = Annotated[
    Literal["all", "weekdays", "weekends"]
    | Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)],
    BeforeValidator(_days),
]
"""Days of the week: ``all``, ``weekdays``, ``weekends``, or a list such as ``[sat, sun]``."""


def weekdays_of(days: Days | None) -> frozenset[int]:
    """Return the weekdays (0 is Monday) that days of the week name; None is every day."""
    if days is None or isinstance(days, str):
        return frozenset({"weekdays": range(5), "weekends": range(5, 7)}.get(days or "all", range(7)))
    return frozenset(_DAY_IDS.index(day) for day in days)


class PersonaPart(BaseModel):
    """Base of all parts of a persona: immutable, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
