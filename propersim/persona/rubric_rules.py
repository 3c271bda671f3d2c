"""The rubric of a persona: four dimensions, each as text and as rules.

They are preference, timing, frequency and communication.

A language model reads ``text``; the offline judge applies the other keys.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from propersim.core.clock import WAKING_HOURS, longest_gap, shortest_gap
from propersim.persona.fields import DuringId, LongText, PersonaPart, SubjectId, TimeOfDay, ToneId, TopicId
from propersim.world import catalogue


class Like(PersonaPart):
    """Topics that are welcome during some activities and, optionally, at some time of day.

    Activities are ids, tags or ``any``; ``between`` limits the time of day.
    """

    topics: Annotated[tuple[TopicId, ...], Field(min_length=1)]
    during: tuple[DuringId, ...] = ("any",)
    between: tuple[TimeOfDay, TimeOfDay] | None = None

    @field_validator("during", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class Preference(PersonaPart):
    """The topics that are welcome, and those that never are."""

    text: LongText
    likes: Annotated[tuple[Like, ...], Field(min_length=1)]
    dislikes: tuple[TopicId, ...] = ()

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        both = {topic for like in self.likes for topic in like.topics} & set(self.dislikes)
        if both:
            raise ValueError(f"liked and disliked at the same time: {', '.join(sorted(both))}")
        return self


class Window(PersonaPart):
    """When recommendations may come: a time of day, some activities, or both together."""

    start: TimeOfDay | None = None
    end: TimeOfDay | None = None
    during: tuple[DuringId, ...] | None = None

    @field_validator("during", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("give both start and end, or neither")
        if self.start is None and not self.during:
            raise ValueError('give start and end, or during, or both; for any time write start: "00:00", end: "24:00"')
        if self.start is not None and self.start == self.end:
            raise ValueError('start and end are the same; for any time write "00:00" to "24:00"')
        return self


class Timing(PersonaPart):
    """The windows in which recommendations may come, and the activities never to interrupt.

    Any one of the windows suffices.
    """

    text: LongText
    windows: Annotated[tuple[Window, ...], Field(min_length=1)]
    never_during: tuple[DuringId, ...] = ()


class Frequency(PersonaPart):
    """How many recommendations a waking day of 16 hours should bring, and how far apart.

    A persona file may give ``min_per_hour`` and ``max_per_hour`` instead of the numbers per day.

    Attributes:
        text: the wish in words.
        min_per_day: fewest recommendations wanted a day.
        max_per_day: most recommendations wanted a day.
        min_gap: shortest comfortable gap in minutes; None: derived from ``max_per_day``.
        max_gap: longest comfortable gap in minutes; None: derived from ``min_per_day``.
    """

    text: LongText
    min_per_day: Annotated[float, Field(gt=0, le=384)]
    max_per_day: Annotated[float, Field(gt=0, le=384)]
    min_gap: Annotated[float, Field(gt=0, le=960)] | None = None
    max_gap: Annotated[float, Field(gt=0, le=1680)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _per_hour(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        raw = dict(value)
        for bound in ("min", "max"):
            rate = raw.pop(f"{bound}_per_hour", None)
            if rate is None:
                continue
            if f"{bound}_per_day" in raw:
                raise ValueError(f"give {bound}_per_day or {bound}_per_hour, not both")
            if isinstance(rate, bool) or not isinstance(rate, int | float):
                raise ValueError(f"{bound}_per_hour must be a number, not {rate!r}")
            raw[f"{bound}_per_day"] = rate * WAKING_HOURS
        return raw

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_per_day > self.max_per_day:
            raise ValueError(f"min_per_day {self.min_per_day:g} is greater than max_per_day {self.max_per_day:g}")
        if self.gap_min >= self.gap_max:
            raise ValueError(f"the shortest comfortable gap ({self.gap_min:g} min) is not shorter than the longest ({self.gap_max:g} min)")
        return self

    @property
    def gap_min(self) -> float:
        """Shortest comfortable gap in minutes (G_min)."""
        return self.min_gap if self.min_gap is not None else shortest_gap(self.max_per_day)

    @property
    def gap_max(self) -> float:
        """Longest comfortable gap in minutes (G_max), not counting time outside the day's windows."""
        return self.max_gap if self.max_gap is not None else longest_gap(self.min_per_day)


class Communication(PersonaPart):
    """The tones that are welcome, the tones to avoid, and the subjects that are off limits."""

    text: LongText
    tones: Annotated[tuple[ToneId, ...], Field(min_length=1)]
    avoid: tuple[ToneId, ...] = ()
    boundaries: tuple[SubjectId, ...] = ()

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        both = set(self.tones) & set(self.avoid)
        if both:
            raise ValueError(f"welcome and to be avoided at the same time: {', '.join(sorted(both))}")
        return self


class Rubric(PersonaPart):
    """The four dimensions that this persona rates by, as text and rules (paper, section 3)."""

    preference: Preference
    timing: Timing
    frequency: Frequency
    communication: Communication

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        limits = set(self.communication.boundaries)
        for topic in sorted({t for like in self.preference.likes for t in like.topics}):
            crossed = limits & catalogue.topics()[topic].subjects
            if crossed:
                raise ValueError(f"topic {topic} is liked, but touches {', '.join(sorted(crossed))}, which is off limits")
        return self
