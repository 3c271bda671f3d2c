"""The rubric of a persona: four dimensions, each as text and as rules.

They are preference, timing, frequency and communication. An optional clause, variety, says how liking falls where the same comes again.

A language model reads ``text``; the offline judge applies the other keys.
"""

from __future__ import annotations

from math import log2
from statistics import fmean
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from propersim.core.clock import WAKING_HOURS, WEEKDAYS, longest_gap, name_weekdays, shortest_gap
from propersim.persona.fields import Days, DuringId, LongText, PersonaPart, SubjectId, TimeOfDay, ToneId, TopicId, weekdays_of
from propersim.world import catalogue

# Rules without days are written as before there were days: unfinished runs compare what they stored.
_SomeDays = Annotated[Days | None, Field(exclude_if=lambda days: days is None)]
"""Days of the week on which a rule holds; None is every day."""


class Like(PersonaPart):
    """Topics that are welcome during some activities and, optionally, at some time of day.

    Activities are ids, tags or ``any``; ``between`` limits the time of day, ``days`` the days of the week.
    """

    topics: Annotated[tuple[TopicId, ...], Field(min_length=1)]
    during: tuple[DuringId, ...] = ("any",)
    between: tuple[TimeOfDay, TimeOfDay] | None = None
    days: _SomeDays = None

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
    """When recommendations may come: a time of day, some activities, or both together.

    ``days`` limits either of them to some days of the week.
    """

    start: TimeOfDay | None = None
    end: TimeOfDay | None = None
    during: tuple[DuringId, ...] | None = None
    days: _SomeDays = None

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


class Rate(PersonaPart):
    """How many recommendations a waking day of 16 hours should bring, and how far apart.

    A persona file may give ``min_per_hour`` and ``max_per_hour`` instead of the numbers per day.

    Attributes:
        min_per_day: fewest recommendations wanted a day.
        max_per_day: most recommendations wanted a day.
        min_gap: shortest comfortable gap in minutes; None: derived from ``max_per_day``.
        max_gap: longest comfortable gap in minutes; None: derived from ``min_per_day``.
    """

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


class _OfDays(PersonaPart):
    days: Days


class _InWords(PersonaPart):
    text: LongText


# The first fields of a class are those of its last base: a file that is written begins with days, and with text.
class DayRate(Rate, _OfDays):
    """The rate of some days of the week.

    Gaps that are not given are derived from its own numbers.

    Attributes:
        days: days of the week on which it holds.
    """


class Frequency(Rate, _InWords):
    """How many recommendations a day should bring, in words and as rates.

    Attributes:
        text: the wish in words.
        on_days: rates that replace the main one, numbers and gaps, on some days of the week.
    """

    on_days: Annotated[tuple[DayRate, ...], Field(exclude_if=lambda entries: not entries)] = ()

    @model_validator(mode="after")
    def _one_rate_a_day(self) -> Self:
        seen: set[int] = set()
        for entry in self.on_days:
            twice = seen & weekdays_of(entry.days)
            if twice:
                raise ValueError(f"on_days: {', '.join(WEEKDAYS[day].lower() for day in sorted(twice))} is named in two entries")
            seen |= weekdays_of(entry.days)
        return self

    @property
    def per_day(self) -> tuple[float, float]:
        """Fewest and most recommendations wanted a day, as the mean over a week."""
        if not self.on_days:
            return self.min_per_day, self.max_per_day
        week = [self.on(weekday) for weekday in range(7)]
        return fmean(rate.min_per_day for rate in week), fmean(rate.max_per_day for rate in week)

    @property
    def band(self) -> str:
        """The numbers wanted a day in short, such as ``4–6`` or ``4–6, Sun: 1–2``."""
        others = [f", {name_weekdays(weekdays_of(entry.days))}: {entry.min_per_day:g}–{entry.max_per_day:g}" for entry in self.on_days]
        return f"{self.min_per_day:g}–{self.max_per_day:g}{''.join(others)}"

    def on(self, weekday: int) -> Rate:
        """Return the rate of a weekday (0 is Monday)."""
        return next((entry for entry in self.on_days if weekday in weekdays_of(entry.days)), self)


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


class Satiation(PersonaPart):
    """How soon the user has enough of one thing, and for how long.

    Each time that it is shown adds ``fills`` to its satiation, and half of that is gone after each ``half_life``. It is welcome while its
    satiation is below 1: liking is 1 − satiation, as in rebounding bandits (Leqi and others, NeurIPS 2021).

    Attributes:
        fills: what one time adds; from 1 on, once is enough for ``half_life`` × log₂(``fills``) hours.
        half_life: hours of the clock, also asleep, in which satiation halves.
    """

    fills: Annotated[float, Field(gt=0, le=16)]
    half_life: Annotated[float, Field(ge=0.25, le=336)]

    @property
    def hours_of_one(self) -> float:
        """Hours for which one time is enough; 0 where it is not."""
        return self.half_life * log2(self.fills) if self.fills > 1 else 0.0


_SomeSatiation = Annotated[Satiation | None, Field(exclude_if=lambda rule: rule is None)]


class Variety(_InWords):
    """The clause of variety: of what the user has enough after hearing it, under preference.

    Attributes:
        text: the wish in words.
        topic: the satiation of each topic; None: the same topic may come again at any time.
        suggestion: the satiation of each suggestion, told by its words; None: the same words may come again at any time.
    """

    topic: _SomeSatiation = None
    suggestion: _SomeSatiation = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.topic is None and self.suggestion is None:
            raise ValueError("give topic or suggestion, or both, such as topic: {fills: 1.5, half_life: 8}")
        return self


class Rubric(PersonaPart):
    """The four dimensions that this persona rates by, as text and rules (paper, section 3).

    ``variety`` is optional; without it, liking does not depend on what was shown before.
    """

    preference: Preference
    timing: Timing
    frequency: Frequency
    communication: Communication
    # Rubrics without it are written as before there was one: runs, personas and hashes stay the same.
    variety: Annotated[Variety | None, Field(exclude_if=lambda clause: clause is None)] = None

    def words(self, dimension: str) -> str:
        """Return the text of a dimension as a person who rates reads it.

        The clause of variety stands with preference, because it counts there.
        """
        text: str = getattr(self, dimension).text
        return f"{text} {self.variety.text}" if dimension == "preference" and self.variety is not None else text

    @model_validator(mode="after")
    def _sayable(self) -> Self:
        limits = set(self.communication.boundaries)
        for topic in sorted({t for like in self.preference.likes for t in like.topics}):
            crossed = limits & catalogue.topics()[topic].subjects
            if crossed:
                raise ValueError(f"topic {topic} is liked, but touches {', '.join(sorted(crossed))}, which is off limits")
        return self
