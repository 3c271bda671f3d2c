"""Clock times in a sentence, and the ranges and windows that they give.

A single time is, for example, "half past eight in the evening".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from propersim.core import clock
from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.numbers import whole, word_at
from propersim.rubric.sentences import Token

HalfOfDay = Literal["am", "pm", ""]
"""Half of the day; "" if it is not stated."""


class WrittenTime(NamedTuple):
    """A time as it was written.

    Attributes:
        hour: 0 to 24.
        minute: 0 to 59.
        half: the half of the day, if stated.
        is_24_hour: whether its form shows that it is on the 24-hour clock ("08:30", "17:00", "noon").
        is_clock: whether its form shows that it is a time at all; a bare "nine" may be a count.
        in_words: whether it is written in words ("half past six"), which are never on the 24-hour clock.
    """

    hour: int
    minute: int
    half: HalfOfDay
    is_24_hour: bool
    is_clock: bool
    in_words: bool = False

    def candidates(self, half: HalfOfDay = "") -> list[int]:
        """Return the minutes of the day that it can mean.

        Args:
            half: the half of the day to assume if none is stated.
        """
        half = self.half or half
        minute = self.hour * 60 + self.minute
        if self.is_24_hour or not 1 <= self.hour <= 12:
            return [minute]
        morning = (self.hour % 12) * 60 + self.minute
        if half:
            return [morning + (720 if half == "pm" else 0)]
        return [morning, morning + 720]


_DIGITS = re.compile(r"\d{1,2}[:.h]\d{2}")
NAMED_TIMES = {"noon": (12, 0), "midday": (12, 0), "midnight": (24, 0)}


def parse_clock_time(words: Sequence[Token], at: int) -> tuple[WrittenTime, int] | None:
    """Return the time written at a token, and the token after it; None if there is no time."""
    word = word_at(words, at)
    if word in NAMED_TIMES:
        return WrittenTime(*NAMED_TIMES[word], "", True, True), at + 1
    spoken = _spoken_time(words, at)
    if spoken is not None:
        hour, minute, at = spoken
        if hour in (0, 24):
            return WrittenTime(0 if hour == 24 and minute else hour, minute, "", True, True), at
        half, at = _half_after(words, at, hour)
        return WrittenTime(hour, minute, half, False, True, in_words=True), at
    if _DIGITS.fullmatch(word):
        left, right = word.replace(".", ":").replace("h", ":").split(":")
        hour, minute = int(left), int(right)
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return None
        half, end = _half_after(words, at + 1, hour)
        is_24_hour = (not half and (len(left) == 2 and (left[0] == "0" or hour > 12))) or hour > 12 or hour == 0
        return WrittenTime(hour, minute, half, is_24_hour, True), end
    number = whole(word)
    if number is None or number > 24:
        return None
    at += 1
    minute = 0
    if word.isalpha() and word_at(words, at) in ("thirty", "fifteen", "forty-five"):
        minute, at = whole(words[at].word) or 0, at + 1
    oclock = word_at(words, at) == "o'clock"
    half, at = _half_after(words, at + oclock, number)
    return WrittenTime(number, minute, half, number > 12 or number == 0, oclock or bool(half) or bool(minute)), at


def _spoken_time(words: Sequence[Token], at: int) -> tuple[int, int, int] | None:
    """Return (hour, minute, token after) of a time in words.

    Examples: "half past eight", "a quarter to nine", "ten past eleven".
    """
    at += word_at(words, at) == "a"
    parts = {"half": 30, "quarter": 15}
    minutes = parts.get(word_at(words, at)) or whole(word_at(words, at))
    direction_at = at + 1 + (word_at(words, at + 1) == "minutes")
    direction = word_at(words, direction_at)
    if minutes is None or direction not in ("past", "to", "after") or not 0 < minutes < 60:
        return None
    if direction != "past" and word_at(words, at) != "quarter":
        return None
    named = NAMED_TIMES.get(word_at(words, direction_at + 1))
    hour = named[0] if named else whole(word_at(words, direction_at + 1))
    if hour is None or hour > 24:
        return None
    end = direction_at + 2 + (word_at(words, direction_at + 2) == "o'clock")
    return (hour, minutes, end) if direction != "to" else ((hour - 1) % 24 or 12 if hour <= 12 else hour - 1, 60 - minutes, end)


def _half_after(words: Sequence[Token], at: int, hour: int) -> tuple[HalfOfDay, int]:
    """Return the half of the day stated after an hour, and the token after it.

    Examples: "pm", "in the evening".
    """
    word = word_at(words, at)
    if word in ("am", "pm"):
        return ("am" if word == "am" else "pm") if hour <= 12 else "", at + 1
    if word in ("in", "at"):
        after = at + 1 + (word_at(words, at + 1) == "the")
        part = word_at(words, after)
        if part == "morning":
            return "am" if hour <= 12 else "", after + 1
        if part in ("afternoon", "evening", "midday"):
            return "pm" if hour <= 12 else "", after + 1
        if part == "night":
            return ("pm" if 6 <= hour < 12 else "am") if hour <= 12 else "", after + 1
    return "", at


class TimeRange(NamedTuple):
    """A range of minutes of the day.

    Attributes:
        start: the first minute.
        end: the minute after the last; past midnight if it is not later than ``start``.
        sure: whether the words leave no doubt.
    """

    start: int
    end: int
    sure: bool


class TimeWindow(NamedTuple):
    """A window of time found in a sentence.

    Attributes:
        begin: first minute of the day.
        finish: minute after the last; past midnight if it is not later than ``begin``.
        start: the first token.
        end: the token after the last.
        sure: whether the words leave no doubt.
        vagueness: 0 for clock times, 1 for times relative to waking and bedtime, 2 for parts of the day. Of two windows that stand
            together, the more precise one is meant.
    """

    begin: int
    finish: int
    start: int
    end: int
    sure: bool = True
    vagueness: int = 0

    @property
    def times(self) -> dict[str, str]:
        """``start`` and ``end`` as in a persona file."""
        return {"start": clock.format_time(self.begin), "end": clock.format_time(self.finish)}


def resolve_range(first: WrittenTime, last: WrittenTime, half_before: HalfOfDay = "") -> TimeRange | None:
    """Return the range from one time to another.

    Where the half of the day is open, it is the shortest possible range.

    Args:
        first: where it begins.
        last: where it ends.
        half_before: the half of the day stated before the range ("in the evening, from eight to ten").

    Returns:
        The range; None if both times are the same.
    """
    starts, ends = first.candidates(), last.candidates()
    written = not (first.half or last.half or first.in_words or last.in_words)
    if written and max(first.hour, last.hour) > 12:  # "between 7 and 22" is on the 24-hour clock
        starts, ends = [first.hour * 60 + first.minute], [last.hour * 60 + last.minute]
    sure = len(starts) == 1 or len(ends) == 1
    if sure and _without_half(first) and not last.half and first.hour <= 12:
        starts = [first.hour * 60 + first.minute]
    if not sure:
        if (_without_half(first) or _without_half(last)) and not (first.in_words or last.in_words):
            # Clock digits without am or pm, "6:45 to 8:00", are on the 24-hour clock unless "pm" was stated before them.
            starts = first.candidates(half_before if half_before == "pm" else "am") if first.hour < 12 else [first.hour * 60 + first.minute]
            sure = True
        elif half_before:
            starts, sure = first.candidates(half_before), True
        else:
            starts = [m for m in starts if 6 * 60 <= m < 18 * 60] or starts
    options = [
        (((end - start) % MINUTES_PER_DAY) or MINUTES_PER_DAY, start, end)
        for start in starts
        for end in ends
        if (end - start) % MINUTES_PER_DAY
    ]
    if not options:
        return None
    _, start, end = min(options)
    return TimeRange(start % MINUTES_PER_DAY, end or MINUTES_PER_DAY, sure)


def _without_half(time: WrittenTime) -> bool:
    return time.is_clock and not time.half


def resolve_single(time: WrittenTime, half_before: HalfOfDay = "") -> tuple[int, bool]:
    """Return the minute of the day that a single time means, and whether that is sure.

    If the half of the day is open, the time is taken to lie between 06:00 and 18:00.

    Args:
        time: the time as written.
        half_before: the half of the day stated before it.
    """
    candidates = time.candidates(half_before)
    if len(candidates) == 1:
        return candidates[0], True
    if time.hour == 12:
        return 720, time.is_clock
    return (candidates[0] if time.hour >= 6 else candidates[1]), False
