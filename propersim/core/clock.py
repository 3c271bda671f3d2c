"""Days, timesteps and times of day.

Time is counted in minutes. A *day* is one waking period, named by the date of waking;
its clock may run past midnight, up to 28:00 (minute 1680).
"""

from __future__ import annotations

import re

MINUTES_PER_DAY = 1440
LATEST = 28 * 60
"""The last minute that a day's clock may show (28:00 = 04:00 of the next date)."""

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_TIME = re.compile(r"^(\d{2}):([0-5]\d)$")


def parse_time(text: str, *, latest: int = MINUTES_PER_DAY) -> int:
    """Return the minute of a zero-padded ``HH:MM``.

    Args:
        text: for example ``"07:05"``.
        latest: the last minute allowed (1440 allows 24:00, 1680 allows 28:00).

    Raises:
        ValueError: not of that form, or later than ``latest``.
    """
    match = _TIME.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time; write HH:MM with two digits each, such as 07:30")
    minute = int(match[1]) * 60 + int(match[2])
    if minute > latest:
        raise ValueError(f"{text!r} is later than {format_time(latest)}")
    return minute


def format_time(minute: float, *, seconds: bool = False, wrap: bool = False) -> str:
    """Return ``HH:MM`` (or ``HH:MM:SS``) of a minute; ``wrap`` shows 25:10 as 01:10."""
    total = round(minute * 60)
    if wrap:
        total %= MINUTES_PER_DAY * 60
    hours, rest = divmod(total, 3600)
    if seconds:
        return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours:02d}:{rest // 60:02d}"


def format_minutes(minutes: float) -> str:
    """Return a duration as people say it: ``45 min``, ``1 h 05``."""
    whole = round(minutes)
    if whole < 60:
        return f"{whole} min"
    return f"{whole // 60} h {whole % 60:02d}"


def weekday(day: int) -> int:
    """Return the weekday of day 1, 2, …: 0 is Monday; day 1 is a Monday."""
    return (day - 1) % 7


def weekday_name(day: int) -> str:
    """Return ``Mon`` … ``Sun`` of day 1, 2, …."""
    return WEEKDAYS[weekday(day)]


def in_window(minute: float, start: int, end: int) -> bool:
    """Whether a minute lies in the half-open window [start, end), which may wrap over midnight.

    A clock past midnight (25:30) counts as the hour it is (01:30). ``end`` may be 24:00.
    """
    now = minute % MINUTES_PER_DAY
    if start < end:
        return start <= now < end
    return now >= start or now < end


_UNTIL = re.compile(r"^\s*day\s+(\d+)(?:\s+(\d{2}:\d{2}))?\s*$", re.IGNORECASE)


def parse_moment(text: str) -> tuple[int, int | None]:
    """Return (day, minute or None) of ``day 3 08:30`` or ``day 3``.

    Raises:
        ValueError: not of that form.
    """
    match = _UNTIL.match(text)
    if match is None or int(match[1]) < 1:
        raise ValueError(f"{text!r} is not a moment; write 'day 3 08:30' or 'day 3'")
    return int(match[1]), parse_time(match[2], latest=LATEST) if match[2] else None


AWAKE_FOR_RATES = 16
"""Hours of waking over which a rate per hour counts as a rate per day."""


def shortest_gap(max_per_day: float) -> float:
    """Return the shortest comfortable time between two recommendations, in minutes.

    Args:
        max_per_day: recommendations a waking day at most.
    """
    return 0.75 * (AWAKE_FOR_RATES * 60) / max_per_day


def longest_gap(min_per_day: float) -> float:
    """Return the longest comfortable time between two satisfying recommendations, in minutes.

    Args:
        min_per_day: recommendations a waking day at least.
    """
    return 1.5 * (AWAKE_FOR_RATES * 60) / min_per_day
