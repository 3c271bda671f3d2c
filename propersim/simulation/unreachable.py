"""Find the rules of a rubric that can never hold in the persona's days."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from propersim.core import clock
from propersim.persona.fields import Days, weekdays_of
from propersim.persona.model import Like, Persona, Window
from propersim.user.possible_times import Stretch, possible_times, waking_time
from propersim.user.rules import DayRules, Rules
from propersim.world.catalogue import all_activities
from propersim.world.floor_plan import World, built_in_world
from propersim.world.setting import settings

_GRID = 5

Moments = dict[tuple[int, str], set[int]]
"""For each weekday and activity, the minutes of the day's clock, in steps of 5."""


def unreachable_rules(persona: Persona, world: World | None = None) -> list[str]:
    """Return a line for each rule that can never hold, whatever the day's plan is.

    Empty without any.

    Args:
        persona: the persona.
        world: its floor plan; None: the built-in one of the persona's setting.
    """
    moments = _moments(possible_times(persona, world or built_in_world(persona.world)))
    rules = Rules(persona)
    receptive = _receptive(moments, rules)
    lines = [line for window in persona.rubric.timing.windows if (line := _window_line(persona, window, moments, rules))]
    welcome = False
    for like in persona.rubric.preference.likes:
        line = _like_line(persona, like, moments, receptive)
        welcome = welcome or not line
        lines += [line] if line else []
    if not welcome:
        lines.append("preference and timing: nothing can ever please: no topic is liked at a time at which recommendations may come")
    return lines + list(_rate_lines(persona, rules, receptive))


def _moments(possible: dict[str, list[Stretch]]) -> Moments:
    found: Moments = {}
    for name, stretches in possible.items():
        minutes = [(one.weekdays, set(range(one.start // _GRID * _GRID, one.end, _GRID))) for one in stretches]
        found |= {(day, name): set().union(*(held for weekdays, held in minutes if day in weekdays)) for day in range(7)}
    # A rubric may name activities of other settings, which never come.
    return {**{(day, name): set() for day in range(7) for name in all_activities()}, **found}


def _receptive(moments: Moments, rules: Rules) -> Moments:
    """Return the moments at which recommendations may come."""
    found: Moments = {}
    for weekdays, theirs in rules.groups:
        for name in all_activities():
            lived = set().union(*(moments[day, name] for day in weekdays))
            welcome = {m for m in lived if theirs.receptive(name, m)} if lived and not rules.never(name) else set()
            found |= {(day, name): moments[day, name] & welcome for day in weekdays}
    return found


def _window_line(persona: Persona, window: Window, moments: Moments, rules: Rules) -> str:
    """Return why a window is never lived; "" if it may be."""
    names = _activities(window.during)
    days = weekdays_of(window.days)
    times = None if window.start is None or window.end is None else (clock.parse_time(window.start), clock.parse_time(window.end))
    allowed = _minutes(times)
    held = {(day, name): moments[day, name] & allowed for day in days for name in names}
    if any(minutes and not rules.never(name) for (_, name), minutes in held.items()):
        return ""
    what = f"timing.windows: {_window_name(window)} never comes: "
    if not any(moments[day, name] for day in days for name in names):
        return what + f"the routine never has {_spoken(window.during)}"
    awake = waking_time(persona)
    if times is not None and not allowed & set(range(awake.start // _GRID * _GRID, awake.end, _GRID)):
        words, life = settings()[persona.world].day, persona.lifestyle
        return what + f"the person {words.absent} then ({words.hours} {life.wake} to {life.sleep})"
    if any(held.values()):
        return what + "never_during excludes every activity then"
    return what + f"the routine never has {_spoken(window.during)} at that time"


def _like_line(persona: Persona, like: Like, moments: Moments, receptive: Moments) -> str:
    """Return why a liked topic is never welcome; "" if it may be."""
    names = _activities(None if "any" in like.during else like.during)
    days = weekdays_of(like.days)
    times = tuple(clock.parse_time(time) for time in like.between) if like.between else None
    places = [(day, name) for day in days for name in names]
    allowed = _minutes((times[0], times[1]) if times else None)
    if any(receptive[place] & allowed for place in places):
        return ""
    when = f" during {', '.join(like.during)}" + (f" between {' and '.join(like.between)}" if like.between else "") + _on(like.days)
    what = f"preference.likes: {', '.join(like.topics)}{when} is never welcome: "
    if not any(moments[place] for place in places):
        return what + f"the routine never has {_spoken(like.during)}"
    if not any(moments[place] & allowed for place in places):
        return what + f"the person {settings()[persona.world].day.absent} or does something else at that time"
    return what + "recommendations may never come then (timing)"


def _rate_lines(persona: Persona, rules: Rules, receptive: Moments) -> Iterator[str]:
    """Yield the rates that the windows of their days leave no room for."""
    frequency = persona.rubric.frequency
    for entry in frequency.on_days:
        days = weekdays_of(entry.days)
        name = f"frequency.on_days{_on(entry.days)}: at least {entry.min_per_day:g} cannot be reached: "
        room = max(_room(rules.on_weekday(day), receptive, day) for day in days)
        if room == 0:
            yield name + "there is no window on these days"
        elif room < math.floor(entry.min_per_day):
            yield name + f"the windows leave room for {room}, {entry.gap_min:g} minutes apart"
    left = set(range(7)).difference(*(weekdays_of(entry.days) for entry in frequency.on_days))
    room = max((_room(rules.on_weekday(day), receptive, day) for day in left), default=0)
    if 0 < room < math.floor(frequency.min_per_day):
        yield (
            f"frequency: at least {frequency.min_per_day:g} a day cannot be reached: the windows leave room for {room}, "
            f"{frequency.gap_min:g} minutes apart"
        )


def _room(rules: DayRules, receptive: Moments, day: int) -> int:
    """Return how many recommendations fit into the receptive time of a weekday."""
    minutes = sorted({m for (weekday, _), times in receptive.items() if weekday == day for m in times})
    room, free_from = 0, -math.inf
    for minute in minutes:
        if minute + _GRID > free_from:
            room += 1
            free_from = max(minute, free_from if free_from > minute else minute) + rules.frequency.gap_min
    return room


def _minutes(times: tuple[int, int] | None) -> set[int]:
    """Return the minutes of the day's clock in a window of time, in steps of 5.

    All of them for None.
    """
    return {m for m in range(0, clock.LATEST + 4 * 60, _GRID) if times is None or clock.in_window(m, *times)}


def _activities(during: Sequence[str] | None) -> list[str]:
    return [name for name, activity in all_activities().items() if during is None or any(activity.is_a(one) for one in during)]


def _window_name(window: Window) -> str:
    hours = f"{window.start} to {window.end}" if window.start else ""
    during = f"during {', '.join(window.during)}" if window.during else ""
    return " ".join(part for part in (hours, during) if part) + _on(window.days)


def _on(days: Days | None) -> str:
    return "" if days is None else f" on {days if isinstance(days, str) else ', '.join(days)}"


def _spoken(names: Iterable[str] | None) -> str:
    return " or ".join(names) if names else "any activity"
