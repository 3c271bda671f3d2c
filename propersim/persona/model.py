"""Personas: who the user is, and the rubric that the user rates by.

A persona is one YAML file. The rubric stands in it twice, side by side: ``text`` is what a language model
reads, the other keys are the rules that the offline judge applies. Paper, section 3: Big Five and attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from propersim.core import clock
from propersim.core.clock import AWAKE_FOR_RATES, longest_gap, shortest_gap
from propersim.core.text import did_you_mean
from propersim.world import catalogue

TraitLevel = Literal["high", "low"]
TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")


def _one_of(kind: str, known: Callable[[], Collection[str]]) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, str) and value not in known():
            raise ValueError(f"{value!r} is no {kind}{did_you_mean(value, known())}")
        return value

    return BeforeValidator(check)


def _time(latest: int) -> BeforeValidator:
    def check(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError(f'{value!r} is not a time; write it in quotes, such as "07:30"')
        clock.parse_time(value, latest=latest)
        return value

    return BeforeValidator(check)


TopicId = Annotated[str, _one_of("topic", catalogue.topics)]
ToneId = Annotated[str, _one_of("tone", catalogue.tones)]
ActivityId = Annotated[str, _one_of("activity", catalogue.activities)]
DuringId = Annotated[str, _one_of("activity or activity tag", catalogue.activity_names)]
SubjectId = Annotated[str, _one_of("subject", lambda: catalogue.SUBJECTS)]
TimeOfDay = Annotated[str, _time(clock.MINUTES_PER_DAY)]
ClockTime = Annotated[str, _time(clock.LATEST)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=2000)]
ActivityMinutes = Annotated[int, Field(ge=10, le=600)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class BigFive(_Model):
    """The five traits, each high or low (paper, section 3.1)."""

    openness: TraitLevel
    conscientiousness: TraitLevel
    extraversion: TraitLevel
    agreeableness: TraitLevel
    neuroticism: TraitLevel

    @property
    def short(self) -> str:
        """The traits in five signs, such as ``O+ C- E- A+ N-``."""
        return " ".join(f"{trait[0].upper()}{'+' if getattr(self, trait) == 'high' else '-'}" for trait in TRAITS)


class Interest(_Model):
    """Something that the persona likes to do, and the activities that it shows in."""

    text: ShortText
    activities: Annotated[tuple[ActivityId, ...], Field(min_length=1)]


HabitDays = (
    Literal["all", "weekdays", "weekends"]
    | Annotated[tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)]
)


class Habit(_Model):
    """What is done at a stated time on some days."""

    text: ShortText
    activity: ActivityId
    at: ClockTime
    minutes: ActivityMinutes
    days: HabitDays = "all"

    def on(self, weekday: int) -> bool:
        """Whether it is a habit of this weekday (0 is Monday)."""
        if isinstance(self.days, str):
            return {"all": True, "weekdays": weekday < 5, "weekends": weekday >= 5}[self.days]
        return clock.WEEKDAYS[weekday].lower() in self.days


class Lifestyle(_Model):
    """When the persona rises and sleeps, and what has its time."""

    text: LongText
    wake: TimeOfDay
    sleep: ClockTime
    habits: tuple[Habit, ...] = ()

    @model_validator(mode="after")
    def _awake(self) -> Self:
        awake = clock.parse_time(self.sleep, latest=clock.LATEST) - clock.parse_time(self.wake)
        if not 12 * 60 <= awake <= 20 * 60:
            raise ValueError(
                f"awake from {self.wake} to {self.sleep}: that is {awake / 60:.1f} hours, expected 12 to 20 "
                "(after midnight write 25:30 for half past one)"
            )
        return self


class Requirement(_Model):
    """Something that is done every day: at a stated time, or anywhere within a window."""

    text: ShortText
    activity: ActivityId
    minutes: ActivityMinutes
    at: ClockTime | None = None
    between: tuple[ClockTime, ClockTime] | None = None

    @model_validator(mode="after")
    def _when(self) -> Self:
        if (self.at is None) == (self.between is None):
            raise ValueError("give either at or between")
        if self.between is not None:
            start, end = (clock.parse_time(t, latest=clock.LATEST) for t in self.between)
            if end - start < self.minutes:
                raise ValueError(f"{self.minutes} minutes do not fit between {self.between[0]} and {self.between[1]}")
        return self


class Interjections(_Model):
    """Interjections in the persona's own way of speaking, put before a reason."""

    pleased: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    put_off: Annotated[tuple[ShortText, ...], Field(min_length=1)]


class Like(_Model):
    """Topics that are welcome during some activities (ids, tags or ``any``) and, where given, at some time of day."""

    topics: Annotated[tuple[TopicId, ...], Field(min_length=1)]
    during: tuple[DuringId, ...] = ("any",)
    between: tuple[TimeOfDay, TimeOfDay] | None = None

    @field_validator("during", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class Preference(_Model):
    """Which topics are welcome, and which never are."""

    text: LongText
    likes: Annotated[tuple[Like, ...], Field(min_length=1)]
    dislikes: tuple[TopicId, ...] = ()

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        both = {topic for like in self.likes for topic in like.topics} & set(self.dislikes)
        if both:
            raise ValueError(f"liked and disliked at once: {', '.join(sorted(both))}")
        return self


class Window(_Model):
    """When suggestions may come: a time of day, some activities, or both at once."""

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
            raise ValueError("start and end belong together")
        if self.start is None and not self.during:
            raise ValueError('give start and end, or during, or both; for any time write start: "00:00", end: "24:00"')
        if self.start is not None and self.start == self.end:
            raise ValueError('start and end are the same; for any time write "00:00" to "24:00"')
        return self


class Timing(_Model):
    """Windows (alternatives) in which suggestions may come, and what must never be interrupted."""

    text: LongText
    windows: Annotated[tuple[Window, ...], Field(min_length=1)]
    never_during: tuple[DuringId, ...] = ()


class Frequency(_Model):
    """How many suggestions a waking day (of 16 hours) should bring; the YAML may say it per hour."""

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
            raw[f"{bound}_per_day"] = rate * AWAKE_FOR_RATES
        return raw

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_per_day > self.max_per_day:
            raise ValueError(f"min_per_day {self.min_per_day:g} is more than max_per_day {self.max_per_day:g}")
        if self.gap_min >= self.gap_max:
            raise ValueError(f"the shortest comfortable gap ({self.gap_min:g} min) is not below the longest ({self.gap_max:g} min)")
        return self

    @property
    def gap_min(self) -> float:
        """G_min: shortest comfortable gap in minutes."""
        return self.min_gap if self.min_gap is not None else shortest_gap(self.max_per_day)

    @property
    def gap_max(self) -> float:
        """G_max: longest comfortable gap in minutes, before the day's windows are considered."""
        return self.max_gap if self.max_gap is not None else longest_gap(self.min_per_day)


class Communication(_Model):
    """Tones that are welcome, tones that grate, subjects that are off limits."""

    text: LongText
    tones: Annotated[tuple[ToneId, ...], Field(min_length=1)]
    avoid: tuple[ToneId, ...] = ()
    boundaries: tuple[SubjectId, ...] = ()

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        both = set(self.tones) & set(self.avoid)
        if both:
            raise ValueError(f"welcome and to be avoided at once: {', '.join(sorted(both))}")
        return self


class Rubric(_Model):
    """The four dimensions by which this persona rates, each as text and as rules."""

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


class Persona(_Model):
    """A user: traits, attributes and rubric."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    name: ShortText
    age: Annotated[int, Field(ge=16, le=110)]
    pronouns: Literal["she", "he", "they"]
    occupation: ShortText
    household: ShortText
    culture: ShortText
    big_five: BigFive
    background: LongText
    interests: Annotated[tuple[Interest, ...], Field(min_length=1)]
    lifestyle: Lifestyle
    daily_plan: Annotated[tuple[Requirement, ...], Field(min_length=1)]
    goals: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    voice: Interjections
    rubric: Rubric

    @property
    def first_name(self) -> str:
        """The name to call the persona by."""
        return self.name.split()[0]

    @property
    def conditional(self) -> bool:
        """Whether the wishes depend on activity or hour: clauses that differ in topics and are not all for any time."""
        likes = self.rubric.preference.likes
        return len({frozenset(like.topics) for like in likes}) > 1 and any(like.during != ("any",) or like.between for like in likes)

    def high(self, trait: str) -> bool:
        """Whether a trait of the Big Five is high."""
        return bool(getattr(self.big_five, trait) == "high")
