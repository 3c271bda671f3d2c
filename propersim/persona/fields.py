"""Field types of personas: ids of the catalogues, times and bounded texts.

Each is checked when a persona is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from propersim.core import clock
from propersim.core.text import did_you_mean
from propersim.world import catalogue


def _known_id(kind: str, known: Callable[[], Collection[str]]) -> BeforeValidator:
    """Return a validator that accepts only known ids, and suggests the nearest one."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in known():
            raise ValueError(f"{value!r} is not a known {kind}{did_you_mean(value, known())}")
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


TraitLevel = Literal["high", "low"]
TopicId = Annotated[str, _known_id("topic", catalogue.topics)]
ToneId = Annotated[str, _known_id("tone", catalogue.tones)]
ActivityId = Annotated[str, _known_id("activity", catalogue.activities)]
DuringId = Annotated[str, _known_id("activity or activity tag", catalogue.activity_names)]
SubjectId = Annotated[str, _known_id("subject", lambda: catalogue.SUBJECTS)]
TimeOfDay = Annotated[str, _time(clock.MINUTES_PER_DAY)]
"""``00:00`` to ``24:00``."""
ClockTime = Annotated[str, _time(clock.LATEST)]
"""``00:00`` to ``28:00``: a day's clock may run past midnight."""
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=2000)]
ActivityMinutes = Annotated[int, Field(ge=10, le=600)]


class PersonaPart(BaseModel):
    """Base of all parts of a persona: immutable, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
