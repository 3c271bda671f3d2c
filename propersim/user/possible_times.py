"""Find the times at which a persona's routine may have an activity, without planning days.

The times are upper bounds: the routine never has an activity outside them, but may not have it each day within them.
"""

from __future__ import annotations

from typing import NamedTuple

from propersim.core import clock
from propersim.persona.fields import weekdays_of
from propersim.persona.model import Persona
from propersim.user.routine import ON_TIME
from propersim.world.catalogue import activities
from propersim.world.floor_plan import World

_EVERY_DAY = frozenset(range(7))
_SHIFT = 60
"""Most minutes by which waking and falling asleep may differ from the stated times."""


class Stretch(NamedTuple):
    """A stretch of the day's clock on some weekdays.

    Attributes:
        start: first minute.
        end: minute after the last; above 1440 past midnight.
        weekdays: 0 is Monday.
    """

    start: int
    end: int
    weekdays: frozenset[int]


def waking_time(persona: Persona) -> Stretch:
    """Return the widest waking time that the routine may plan."""
    life = persona.lifestyle
    wake, sleep = clock.parse_time(life.wake), _at(life.sleep)
    last = max([sleep, *(_at(r.between[1]) for r in persona.daily_plan if r.between)])
    return Stretch(max(0, wake - _SHIFT), min(last + _SHIFT, clock.LATEST), _EVERY_DAY)


def possible_times(persona: Persona, world: World) -> dict[str, list[Stretch]]:
    """Return for each activity of the catalogue when the routine may have it.

    An empty list if never.

    Args:
        persona: the persona.
        world: its floor plan; an activity without a place is never planned.
    """
    awake = waking_time(persona)
    found: dict[str, list[Stretch]] = {name: [] for name in activities()}
    for habit in persona.lifestyle.habits:
        start = _at(habit.at)
        found[habit.activity].append(Stretch(start, start + habit.minutes + ON_TIME, weekdays_of(habit.days)))
    for need in persona.daily_plan:
        start, end = (_at(need.between[0]), _at(need.between[1])) if need.between else (_at(need.at or "00:00"), 0)
        found[need.activity].append(Stretch(start, (end or start + need.minutes) + ON_TIME, _EVERY_DAY))
    for name, start, end in _essentials(awake):
        found[name].append(Stretch(max(start, awake.start), min(end, awake.end), _EVERY_DAY))
    interests = {name for interest in persona.interests for name in interest.activities}
    for name, activity in activities().items():
        if activity.ordinary or name in interests:
            start, end = activity.hours[0] * 60, activity.hours[1] * 60 + activity.minutes[1]
            found[name].append(Stretch(max(start, awake.start), min(end, awake.end), _EVERY_DAY))
    placed = {name for name, activity in activities().items() if any(world.find(place) is not None for place in activity.at)}
    return {name: [one for one in stretches if one.start < one.end and name in placed] for name, stretches in found.items()}


def _essentials(awake: Stretch) -> list[tuple[str, int, int]]:
    """Return the activities that every day may have.

    Meals, washing, and rest where nothing else fits.
    """
    wake, sleep = awake.start, awake.end
    return [
        ("wake_up", wake, wake + 2 * _SHIFT + 60),
        ("wash", wake, wake + 2 * _SHIFT + 75),
        ("breakfast", wake, wake + 2 * _SHIFT + 150),
        ("lunch", 11 * 60 + 30, 15 * 60 + 45),
        ("cook", 16 * 60, 21 * 60 + 30),
        ("dinner", 17 * 60, 22 * 60),
        ("evening_wash", sleep - 2 * _SHIFT - 60, sleep),
        ("sofa_rest", wake, sleep),
        ("other", wake, sleep),
    ]


def _at(text: str) -> int:
    return clock.parse_time(text, latest=clock.LATEST)
