"""Collect the duties of a day, and the bounds of waking and going to bed.

Duties are the habits of the weekday and the daily plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from propersim.core import clock
from propersim.core.records import Action
from propersim.persona.model import Persona

ON_TIME: Final = 15
"""Minutes before or after its time within which a duty still counts as done."""
ABOUT: Final = 120
"""Most minutes by which getting up and going to bed may differ from the usual times."""
GRID: Final = 15
"""Minutes between the choices of times."""
LONGEST_DAY, SHORTEST_DAY = 20 * 60, 10 * 60
"""Most and fewest minutes awake: the following night has at least four hours."""


@dataclass(frozen=True)
class Duty:
    """A habit or requirement of a day.

    Attributes:
        text: description in the persona's words.
        activity: id of the activity.
        minutes: its length.
        start: first minute at which it may begin, on the day's clock.
        end: minute by which it must end.
        stated: whether it has a stated time rather than a window.
        required: whether it belongs to the daily plan.
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
        """The time in words."""
        start, end = (clock.format_time(at, wrap=True) for at in (self.start, self.end))
        return f"from {start} to {end}" if self.stated else f"between {start} and {end}"

    def done(self, actions: Iterable[Action]) -> float:
        """Return the minutes of the duty that the actions do within its time."""
        low, high = self.start - ON_TIME, self.end + ON_TIME
        same = (action for action in actions if action.activity == self.activity)
        return min(self.minutes, sum(max(0.0, min(action.end, high) - max(action.start, low)) for action in same))


def duties_of(persona: Persona, day: int) -> tuple[Duty, ...]:
    """Return the duties of a day, in order of their start."""
    duties = []
    for habit in persona.lifestyle.habits:
        if habit.applies_on(clock.weekday(day)):
            at = _minute(habit.at)
            duties.append(Duty(habit.text, habit.activity, habit.minutes, at, at + habit.minutes, True, False))
    for need in persona.daily_plan:
        if need.at is not None:
            at = _minute(need.at)
            duties.append(Duty(need.text, need.activity, need.minutes, at, at + need.minutes, True, True))
        elif need.between is not None:
            start, end = map(_minute, need.between)
            duties.append(Duty(need.text, need.activity, need.minutes, start, end, False, True))
    return tuple(sorted(duties, key=lambda duty: (duty.start, duty.end, duty.text)))


@dataclass(frozen=True)
class Bounds:
    """Choices of getting up and going to bed, in minutes of the day's clock.

    Any two of them give a day of 10 to 20 hours.

    Attributes:
        wakes: times of getting up, ascending.
        beds: times of going to bed, ascending.
        wake: usual time of getting up.
        bed: usual time of going to bed.
    """

    wakes: tuple[int, ...]
    beds: tuple[int, ...]
    wake: int
    bed: int


def bounds_of(persona: Persona, duties: Iterable[Duty]) -> Bounds:
    """Return the times at which a persona may get up and go to bed.

    They are near the usual ones, and the persona is awake for all duties where possible.
    """
    wake, bed = _minute(persona.lifestyle.wake), _minute(persona.lifestyle.sleep)
    longer = _on_grid(min(ABOUT, max(0, LONGEST_DAY - (bed - wake)) // 2))
    shorter = _on_grid(min(ABOUT, max(0, bed - wake - SHORTEST_DAY) // 2))
    wakes = tuple(at for at in range(wake - longer, wake + shorter + 1, GRID) if at >= 0)
    beds = tuple(at for at in range(bed - shorter, bed + longer + 1, GRID) if at <= clock.LATEST)
    duties = list(duties)
    first = min((duty.end - duty.minutes for duty in duties), default=clock.LATEST)
    last = max((duty.start + duty.minutes for duty in duties), default=0)
    return Bounds(tuple(at for at in wakes if at <= first) or wakes[:1], tuple(at for at in beds if at >= last) or beds[-1:], wake, bed)


def _minute(text: str) -> int:
    return clock.parse_time(text, latest=clock.LATEST)


def _on_grid(minutes: int) -> int:
    return minutes // GRID * GRID
