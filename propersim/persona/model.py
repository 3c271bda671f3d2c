"""The model of a persona: who the user is, and the rubric that the user rates by.

A persona is one YAML file. Its rubric is in :mod:`propersim.persona.rubric_rules`. Paper, section 3: Big Five and attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from propersim.core import clock
from propersim.persona.fields import (
    ActivityId,
    ActivityMinutes,
    ClockTime,
    Days,
    LongText,
    PersonaPart,
    SettingId,
    ShortText,
    TimeOfDay,
    TraitLevel,
    weekdays_of,
)
from propersim.persona.rubric_rules import (
    Communication,
    DayRate,
    Frequency,
    Like,
    Preference,
    Rate,
    Rubric,
    Satiation,
    Timing,
    Variety,
    Window,
)
from propersim.world.catalogue import HOME
from propersim.world.setting import settings

if TYPE_CHECKING:
    from propersim.rubric import CompiledRubric

__all__ = [
    "TRAITS",
    "BigFive",
    "Communication",
    "DayRate",
    "Frequency",
    "Habit",
    "Interest",
    "Interjections",
    "Lifestyle",
    "Like",
    "Persona",
    "Preference",
    "Rate",
    "Requirement",
    "Rubric",
    "Satiation",
    "Timing",
    "Variety",
    "Window",
]

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")


class BigFive(PersonaPart):
    """The five traits, each high or low (paper, section 3.1)."""

    openness: TraitLevel
    conscientiousness: TraitLevel
    extraversion: TraitLevel
    agreeableness: TraitLevel
    neuroticism: TraitLevel

    @property
    def short(self) -> str:
        """The traits in short, such as ``O+ C- E- A+ N-``."""
        return " ".join(f"{trait[0].upper()}{'+' if getattr(self, trait) == 'high' else '-'}" for trait in TRAITS)


class Interest(PersonaPart):
    """An interest, and the activities in which the persona pursues it."""

    text: ShortText
    activities: Annotated[tuple[ActivityId, ...], Field(min_length=1)]


class Habit(PersonaPart):
    """Something that the persona does at a stated time on some days."""

    text: ShortText
    activity: ActivityId
    at: ClockTime
    minutes: ActivityMinutes
    days: Days = "all"

    def applies_on(self, weekday: int) -> bool:
        """Return whether the habit applies on a weekday (0 is Monday)."""
        return weekday in weekdays_of(self.days)


class Lifestyle(PersonaPart):
    """When the persona gets up and goes to bed, and its habits.

    Attributes:
        text: the course of the day in words.
        wake: when the day begins: waking, or in the office arrival.
        sleep: when it ends: falling asleep, or in the office leaving.
        habits: what the persona does at stated times.
    """

    text: LongText
    wake: TimeOfDay
    sleep: ClockTime
    habits: tuple[Habit, ...] = ()


class Requirement(PersonaPart):
    """Something that the persona does every day, at a stated time or within a window."""

    text: ShortText
    activity: ActivityId
    minutes: ActivityMinutes
    at: ClockTime | None = None
    between: tuple[ClockTime, ClockTime] | None = None

    @model_validator(mode="after")
    def _when(self) -> Self:
        if (self.at is None) == (self.between is None):
            raise ValueError("give either at or between, not both")
        if self.between is not None:
            start, end = (clock.parse_time(t, latest=clock.LATEST) for t in self.between)
            if end - start < self.minutes:
                raise ValueError(f"{self.minutes} minutes do not fit between {self.between[0]} and {self.between[1]}")
        return self


class Interjections(PersonaPart):
    """Interjections in the persona's own words, put before the reason of a rating."""

    pleased: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    put_off: Annotated[tuple[ShortText, ...], Field(min_length=1)]


@dataclass(frozen=True)
class _Origin:
    """Where a rubric comes from. It is no part of what the persona is: all are equal.

    Attributes:
        compiled: the compiled texts; None where the rules were given.
    """

    compiled: CompiledRubric | None = field(default=None, compare=False)


class Persona(PersonaPart):
    """A persona: traits, attributes and rubric (paper, section 3)."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    name: ShortText
    age: Annotated[int, Field(ge=16, le=110)]
    pronouns: Literal["she", "he", "they"]
    occupation: ShortText
    household: ShortText
    culture: ShortText
    # Left out of the JSON at home, so that hashes of such personas stay what they were.
    world: Annotated[SettingId, Field(exclude_if=lambda setting: setting == HOME)] = HOME
    big_five: BigFive
    background: LongText
    interests: Annotated[tuple[Interest, ...], Field(min_length=1)]
    lifestyle: Lifestyle
    daily_plan: Annotated[tuple[Requirement, ...], Field(min_length=1)]
    goals: Annotated[tuple[ShortText, ...], Field(min_length=1)]
    voice: Interjections
    rubric: Rubric

    _origin: _Origin = PrivateAttr(default_factory=_Origin)

    @property
    def compiled(self) -> CompiledRubric | None:
        """The findings in the rubric's words, if its rules were compiled from them; else None.

        The persona of a stored run has None: its rules are stored.
        """
        return self._origin.compiled

    @field_validator("lifestyle")
    @classmethod
    def _awake(cls, life: Lifestyle, info: ValidationInfo) -> Lifestyle:
        """Check how long a day is."""
        setting = settings()[info.data.get("world", HOME)]
        (least, most), awake = setting.awake, clock.parse_time(life.sleep, latest=clock.LATEST) - clock.parse_time(life.wake)
        if not least * 60 <= awake <= most * 60:
            raise ValueError(
                f"{setting.day.hours} from {life.wake} to {life.sleep}: that is {awake / 60:.1f} hours, expected {least} to {most} "
                "(for 01:30 after midnight write 25:30)"
            )
        return life

    def with_compiled(self, compiled: CompiledRubric) -> Persona:
        """Return the same persona, which says that its rules were compiled from words."""
        persona = self.model_copy()
        persona._origin = _Origin(compiled)
        return persona

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split()[0]

    @property
    def conditional(self) -> bool:
        """Whether the likes depend on activity, time or day of the week.

        They do if they differ in topics and do not all hold at any time and on any day.
        """
        likes = self.rubric.preference.likes
        return len({frozenset(like.topics) for like in likes}) > 1 and any(
            like.during != ("any",) or like.between or len(weekdays_of(like.days)) < 7 for like in likes
        )

    @property
    def changes_on(self) -> int:
        """Day of the run from which on :meth:`on_day` is another persona; 0 is never."""
        return 0

    def has_changed(self, day: int) -> bool:
        """Return whether it is another persona on a day of the run than before the run."""
        return 0 < self.changes_on <= day

    @property
    def own_fields(self) -> dict[str, Any]:
        """The fields of a persona by name, without what says how it changes during a run."""
        return {name: getattr(self, name) for name in Persona.model_fields}

    def on_day(self, day: int) -> Persona:
        """Return the persona as it is on a day of the run.

        It is another one only where its rubric changes (``--drift``), or where the user moves (``--move``).
        """
        return self

    def high(self, trait: str) -> bool:
        """Return whether a trait of the Big Five is high."""
        return bool(getattr(self.big_five, trait) == "high")
