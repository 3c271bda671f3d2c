"""What has its time on a day: the habits of the weekday and the daily plan; and within which bounds the user may sleep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from propersim.core import clock
from propersim.core.records import Action
from propersim.persona.model import Persona

ON_TIME: Final = 15
"""Minutes before or after its time at which something still counts as done then."""
ABOUT: Final = 120
"""Minutes by which getting up and going to bed may differ from the usual, at most."""
GRID: Final = 15
LONGEST_DAY, SHORTEST_DAY = 20 * 60, 10 * 60
"""Minutes awake: the night that follows has four hours at least."""


@dataclass(frozen=True)
class Duty:
    """Something that has its time.

    Attributes:
        text: in the persona's words.
        activity: of the catalogue.
        minutes: how long.
        start: when it may begin, minute of the day's clock.
        end: when it must be over.
        stated: whether it has a stated time, not a window.
        required: whether it is of the daily plan.
    """

    text: str
    activity: str
    minutes: int
    start: int
    end: int
    stated: bool
    required: bool

    @property
    def when(self) -> str:
        """Its time in words."""
        one, other = (clock.format_time(at, wrap=True) for at in (self.start, self.end))
        return f"from {one} to {other}" if self.stated else f"between {one} and {other}"

    def done(self, actions: Iterable[Action]) -> float:
        """Return how many of its minutes have been done in its time."""
        low, high = self.start - ON_TIME, self.end + ON_TIME
        mine = (one for one in actions if one.activity == self.activity)
        return min(self.minutes, sum(max(0.0, min(one.end, high) - max(one.start, low)) for one in mine))


def duties_of(persona: Persona, day: int) -> tuple[Duty, ...]:
    """Return what has its time on a day, in order."""
    found = []
    for habit in persona.lifestyle.habits:
        if habit.on(clock.weekday(day)):
            at = _minute(habit.at)
            found.append(Duty(habit.text, habit.activity, habit.minutes, at, at + habit.minutes, True, False))
    for need in persona.daily_plan:
        if need.at is not None:
            at = _minute(need.at)
            found.append(Duty(need.text, need.activity, need.minutes, at, at + need.minutes, True, True))
        elif need.between is not None:
            start, end = map(_minute, need.between)
            found.append(Duty(need.text, need.activity, need.minutes, start, end, False, True))
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.text)))


@dataclass(frozen=True)
class Bounds:
    """When the user may get up and go to bed, minutes of the day's clock: any two of them make a day of 10 to 20 hours.

    Attributes:
        wakes: choices, in order.
        beds: likewise.
        wake: the usual.
        bed: likewise.
    """

    wakes: tuple[int, ...]
    beds: tuple[int, ...]
    wake: int
    bed: int


def bounds_of(persona: Persona, duties: Iterable[Duty]) -> Bounds:
    """Return when a persona may get up and go to bed: near the usual, and where that is possible so that no duty is slept through."""
    wake, bed = _minute(persona.lifestyle.wake), _minute(persona.lifestyle.sleep)
    longer = _on_grid(min(ABOUT, max(0, LONGEST_DAY - (bed - wake)) // 2))
    shorter = _on_grid(min(ABOUT, max(0, bed - wake - SHORTEST_DAY) // 2))
    wakes = tuple(at for at in range(wake - longer, wake + shorter + 1, GRID) if at >= 0)
    beds = tuple(at for at in range(bed - shorter, bed + longer + 1, GRID) if at <= clock.LATEST)
    duties = list(duties)
    first = min((one.end - one.minutes for one in duties), default=clock.LATEST)
    last = max((one.start + one.minutes for one in duties), default=0)
    return Bounds(tuple(at for at in wakes if at <= first) or wakes[:1], tuple(at for at in beds if at >= last) or beds[-1:], wake, bed)


def _minute(text: str) -> int:
    return clock.parse_time(text, latest=clock.LATEST)


def _on_grid(minutes: int) -> int:
    return minutes // GRID * GRID
