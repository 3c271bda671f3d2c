"""Find the times at which a persona's routine may have an activity, without planning days.

The times are upper bounds: the routine never has an activity outside them, but may not have it each day within them.
"""

from __future__ import annotations

from typing import NamedTuple

from propersim.core import clock
from propersim.persona.fields import weekdays_of
from propersim.persona.model import Persona, Requirement
from propersim.user.routine import GRID, SHORTEST, essentials
from propersim.user.traits import traits_of
from propersim.world.catalogue import HOME, activities
from propersim.world.floor_plan import World
from propersim.world.setting import settings

_EVERY_DAY = frozenset(range(7))


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
    early, _ = _waking(persona)
    _, late = _sleeping(persona)
    return Stretch(early, late, _EVERY_DAY)


def possible_times(persona: Persona, world: World) -> dict[str, list[Stretch]]:
    """Return for each activity of the world's setting when the routine may have it.

    An empty list if never.

    Args:
        persona: the persona.
        world: its floor plan; an activity without a place is never planned.
    """
    awake, gap, traits = waking_time(persona), _gap(persona), traits_of(persona)
    known = activities(world.setting)
    found: dict[str, list[Stretch]] = {name: [] for name in known}

    def add(name: str, start: int, end: int, weekdays: frozenset[int] = _EVERY_DAY) -> None:
        # Time that is too short for an action goes to the block before it, or, at waking, to the one after it.
        start = awake.start if start - gap <= awake.start else start
        if name not in found:
            # An activity of another setting, which the routine refuses.
            return
        found[name].append(Stretch(max(start, awake.start), min(end + gap, awake.end), weekdays))

    for habit in persona.lifestyle.habits:
        add(habit.activity, _at(habit.at), _at(habit.at) + habit.minutes + max(traits.lateness), frozenset(weekdays_of(habit.days)))
    for need in persona.daily_plan:
        start = _beginning(need)
        end = _at(need.between[1]) if need.between else start + need.minutes + max(traits.lateness)
        add(need.activity, start, end)
    for name, start, end in _essentials(persona, world.setting):
        add(name, start, end)
    interests = {name for interest in persona.interests for name in interest.activities}
    for name, activity in known.items():
        if activity.ordinary or name in interests:
            shortest, longest = activity.minutes[0], max(activity.minutes[0], round(activity.minutes[1] * traits.restless))
            # One that would leave less than an action lasts until the next.
            last = activity.hours[1] * 60 - shortest
            add(name, activity.hours[0] * 60, last + longest + GRID + SHORTEST)
    placed = {name for name, activity in known.items() if any(world.find(place) is not None for place in activity.at)}
    return {name: [one for one in stretches if one.start < one.end and name in placed] for name, stretches in found.items()}


def _waking(persona: Persona) -> tuple[int, int]:
    """Return the earliest and the latest minute of waking."""
    life, traits = persona.lifestyle, traits_of(persona)
    stated = _at(life.wake) // GRID * GRID
    firsts = [_at(habit.at) for habit in life.habits]
    firsts += map(_beginning, persona.daily_plan)
    return max(0, min(stated + min(traits.wake_shift), stated, *firsts)), stated + max(traits.wake_shift) + max(traits.lie_in)


def _sleeping(persona: Persona) -> tuple[int, int]:
    """Return the earliest and the latest minute of falling asleep."""
    shifts, stated = traits_of(persona).wake_shift, _at(persona.lifestyle.sleep) // GRID * GRID
    most = _waking(persona)[0] + clock.MINUTES_PER_DAY - 4 * 60
    return min(stated + min(shifts), most), min(stated + max(0, *shifts), clock.LATEST)


def _beginning(need: Requirement) -> int:
    """Return the first minute at which a daily requirement may begin."""
    return _at(need.between[0] if need.between else need.at or "00:00")


def _gap(persona: Persona) -> int:
    """Return the longest time, in minutes, by which a block is extended to the next one."""
    minutes = [minute for habit in persona.lifestyle.habits for minute in (_at(habit.at), habit.minutes)]
    minutes += [minute for need in persona.daily_plan for minute in (_at(need.at or "00:00"), need.minutes)]
    return SHORTEST - GRID if all(minute % GRID == 0 for minute in minutes) else SHORTEST - 1


def _essentials(persona: Persona, setting: str) -> list[tuple[str, int, int]]:
    """Return the activities that every day may have.

    Meals, washing, and rest where nothing else fits.
    """
    (early, late), (first, last) = _waking(persona), _sleeping(persona)
    needs = zip(essentials(early, first, setting), essentials(late, last, setting), strict=True)
    return [
        *((one.activity, one.earliest, other.latest) for one, other in needs),
        (settings()[setting].opening, early, late + 15),
        *([("cook", 17 * 60 + 30 - 75, 21 * 60 + 30)] if setting == HOME else []),
        *((name, early, last) for name in settings()[setting].rest),
    ]


def _at(text: str) -> int:
    return clock.parse_time(text, latest=clock.LATEST)
