"""Convert and format days, weekdays and times of day.

Time is counted in minutes. A *day* is one waking period, from waking to falling asleep, and counts as the date of waking: its clock may
run past midnight, up to 28:00 (minute 1680).
"""

from __future__ import annotations

import re
from collections.abc import Collection

MINUTES_PER_DAY = 1440
LATEST = 28 * 60
"""Last minute of a day's clock (28:00 = 04:00 of the next date)."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FULL_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_TIME = re.compile(r"^(\d{2}):([0-5]\d)$")


def parse_time(text: str, *, latest: int = MINUTES_PER_DAY) -> int:
    """Parse a zero-padded ``HH:MM`` into minutes.

    Args:
        text: a time, for example ``"07:05"``.
        latest: last minute allowed (1440 allows 24:00, 1680 allows 28:00).

    Raises:
        ValueError: the text is not of that form, or later than ``latest``.
    """
    match = _TIME.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time; write HH:MM with two digits each, such as 07:30")
    minute = int(match[1]) * 60 + int(match[2])
    if minute > latest:
        raise ValueError(f"{text!r} is later than {format_time(latest)}")
    return minute


def format_time(minute: float, *, seconds: bool = False, wrap: bool = False) -> str:
    """Format a minute of the day's clock as ``HH:MM``.

    Args:
        minute: minutes since midnight of the date of waking.
        seconds: append the seconds, ``HH:MM:SS``.
        wrap: show a time past midnight as on a wall clock: 25:10 as 01:10.
    """
    total = round(minute * 60)
    if wrap:
        total %= MINUTES_PER_DAY * 60
    hours, rest = divmod(total, 3600)
    if seconds:
        return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours:02d}:{rest // 60:02d}"


def format_minutes(minutes: float) -> str:
    """Format a duration in minutes as ``45 min`` or ``1 h 05``."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60:02d}"


def minutes_of_run(day: int, minute: float) -> float:
    """Return the minutes since the midnight before a run.

    Args:
        day: day of the run, from 1.
        minute: minute of that day's clock.
    """
    return (day - 1) * MINUTES_PER_DAY + minute


def format_ago(minutes: float) -> str:
    """Format a time that has passed in whole units: ``45 minutes``, ``3 hours`` or ``2 days``."""
    of, unit = (1, "minute") if minutes < 59.5 else (60, "hour") if minutes < 36 * 60 else (MINUTES_PER_DAY, "day")
    count = max(1, round(minutes / of))
    return f"{count} {unit}{'' if count == 1 else 's'}"


def weekday(day: int) -> int:
    """Return the weekday of a day of a run, 0 for Monday; day 1 is a Monday."""
    return (day - 1) % 7


def weekday_name(day: int) -> str:
    """Return the weekday of a day of a run as ``Mon`` … ``Sun``; day 1 is a Monday."""
    return WEEKDAYS[weekday(day)]


def name_weekdays(weekdays: Collection[int]) -> str:
    """Return weekdays (0 is Monday) in short, such as ``weekends`` or ``Mon–Thu, Sat``."""
    found = sorted(set(weekdays))
    for name, days in (("every day", range(7)), ("weekdays", range(5)), ("weekends", range(5, 7))):
        if found == list(days):
            return name
    runs: list[list[int]] = []
    for day in found:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{WEEKDAYS[run[0]]}–{WEEKDAYS[run[-1]]}" if len(run) > 2 else ", ".join(WEEKDAYS[day] for day in run) for run in runs)


def in_window(minute: float, start: int, end: int) -> bool:
    """Return whether a time lies in the half-open window [start, end).

    Args:
        minute: minute of the day's clock; a time past midnight (25:30) counts as its wall-clock time (01:30).
        start: first minute of the window.
        end: minute after the window, at most 1440; an end at or before ``start`` means that the window wraps over midnight.
    """
    now = minute % MINUTES_PER_DAY
    if start < end:
        return start <= now < end
    return now >= start or now < end


def parse_hand_time(text: str) -> int:
    """Parse a time of a day's clock that a person typed, ``8:30`` or ``08:30``, into minutes.

    Raises:
        ValueError: the text is not of that form, or later than a day's clock goes.
    """
    return parse_time(f"0{text}" if text[1:2] == ":" else text, latest=LATEST)


_DAY_AND_TIME = re.compile(r"^\s*day\s+(\d{1,9})(?:\s+(\d{1,2}:\d{2}))?\s*$", re.IGNORECASE)


def parse_moment(text: str) -> tuple[int, int | None]:
    """Parse ``day 3 08:30`` or ``day 3 8:30`` into (3, 510), and ``day 3`` into (3, None).

    Raises:
        ValueError: the text is not of that form.
    """
    match = _DAY_AND_TIME.match(text)
    if match is None or int(match[1]) < 1:
        raise ValueError(f"{text!r} is not a moment; write 'day 3 08:30' or 'day 3'")
    return int(match[1]), parse_hand_time(match[2]) if match[2] else None


WAKING_HOURS = 16
"""Waking hours of a day, by which a rate per hour is converted into a rate per day."""


def shortest_gap(max_per_day: float) -> float:
    """Return the shortest comfortable time between two recommendations (G_min), in minutes.

    Args:
        max_per_day: most recommendations per day.
    """
    return 0.75 * (WAKING_HOURS * 60) / max_per_day


def longest_gap(min_per_day: float) -> float:
    """Return the longest comfortable gap between satisfying recommendations (G_max), in minutes.

    Args:
        min_per_day: fewest recommendations per day.
    """
    return 1.5 * (WAKING_HOURS * 60) / min_per_day
