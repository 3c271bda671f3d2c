"""A grammar of clock times: points such as "half past eight in the evening", and ranges of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from propersim.rubric.numbers import whole, word_at
from propersim.rubric.sentences import Token

DAY = 1440
HalfOfDay = Literal["am", "pm", ""]


class WrittenTime(NamedTuple):
    """A time as it was written.

    Attributes:
        hour: 0 to 24. minute: 0 to 59.
        half: half of the day where it says so.
        sure: whether it is a time of 24 hours by its form ("08:30", "17:00", "noon").
        clock: whether it is a time at all by its form; a bare "nine" may be nine of anything.
    """

    hour: int
    minute: int
    half: HalfOfDay
    sure: bool
    clock: bool

    def candidates(self, half: HalfOfDay = "") -> list[int]:
        """Return the minutes of the day that it can mean; ``half`` settles it where it does not say itself."""
        said = self.half or half
        minute = self.hour * 60 + self.minute
        if self.sure or not 1 <= self.hour <= 12:
            return [minute]
        morning = (self.hour % 12) * 60 + self.minute
        if said:
            return [morning + (720 if said == "pm" else 0)]
        return [morning, morning + 720]


_NAMED = {"noon": (12, 0), "midday": (12, 0), "midnight": (24, 0)}


def parse_clock_time(words: Sequence[Token], at: int) -> tuple[WrittenTime, int] | None:
    """Return the time that is written at a place, and the place after it."""
    word = word_at(words, at)
    if word in _NAMED:
        return WrittenTime(*_NAMED[word], "", True, True), at + 1
    spoken = _spoken(words, at)
    if spoken is not None:
        hour, minute, at = spoken
        if hour in (0, 24):
            return WrittenTime(0 if hour == 24 and minute else hour, minute, "", True, True), at
        half, at = _half(words, at, hour)
        return WrittenTime(hour, minute, half, False, True), at
    if len(word) > 3 and word[0].isdigit() and not word.isdecimal():
        left, right = word.replace(".", ":").replace("h", ":").split(":")
        hour, minute = int(left), int(right)
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            return None
        half, end = _half(words, at + 1, hour)
        sure = (not half and (len(left) == 2 and (left[0] == "0" or hour > 12))) or hour > 12 or hour == 0
        return WrittenTime(hour, minute, half, sure, True), end
    number = whole(word)
    if number is None or number > 24:
        return None
    at += 1
    minute = 0
    if word.isalpha() and word_at(words, at) in ("thirty", "fifteen", "forty-five"):
        minute, at = whole(words[at].word) or 0, at + 1
    oclock = word_at(words, at) == "o'clock"
    half, at = _half(words, at + oclock, number)
    return WrittenTime(number, minute, half, number > 12 or number == 0, oclock or bool(half) or bool(minute)), at


def _spoken(words: Sequence[Token], at: int) -> tuple[int, int, int] | None:
    """Return (hour, minute, place after) of "half past eight", "a quarter to nine", "ten past eleven"."""
    at += word_at(words, at) == "a"
    parts = {"half": 30, "quarter": 15}
    minutes = parts.get(word_at(words, at)) or whole(word_at(words, at))
    way_at = at + 1 + (word_at(words, at + 1) == "minutes")
    way = word_at(words, way_at)
    if minutes is None or way not in ("past", "to", "after") or (way != "past" and word_at(words, at) != "quarter") or not 0 < minutes < 60:
        return None
    named = _NAMED.get(word_at(words, way_at + 1))
    hour = named[0] if named else whole(word_at(words, way_at + 1))
    if hour is None or hour > 24:
        return None
    end = way_at + 2 + (word_at(words, way_at + 2) == "o'clock")
    return (hour, minutes, end) if way != "to" else ((hour - 1) % 24 or 12 if hour <= 12 else hour - 1, 60 - minutes, end)


def _half(words: Sequence[Token], at: int, hour: int) -> tuple[HalfOfDay, int]:
    """Return the half of the day that is said after an hour ("pm", "in the evening"), and the place after it."""
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
    """From one minute of the day to another (past midnight where the second is not later), and whether that is sure."""

    start: int
    end: int
    sure: bool


def resolve_range(first: WrittenTime, last: WrittenTime, hint: HalfOfDay = "") -> TimeRange | None:
    """Return the range from one point to another: where a half of the day is left open, the shorter range is meant.

    Args:
        first: where it begins.
        last: where it ends.
        hint: the half of the day that stands before the range ("in the evening, from eight to ten").
    """
    begins, ends = first.candidates(), last.candidates()
    sure = len(begins) == 1 or len(ends) == 1
    if sure and _minutes(first) and not last.half and first.hour <= 12:
        begins = [first.hour * 60 + first.minute]
    if not sure:
        if _minutes(first) or _minutes(last):
            # Digits of a clock without a half of the day are of 24 hours, "6:45 to 8:00", unless a half stands before them.
            begins, sure = first.candidates(hint if hint == "pm" else "am") if first.hour < 12 else [first.hour * 60 + first.minute], True
        elif hint:
            begins, sure = first.candidates(hint), True
        else:
            begins = [m for m in begins if 6 * 60 <= m < 18 * 60] or begins
    options = [(((e - b) % DAY) or DAY, b, e) for b in begins for e in ends if (e - b) % DAY]
    if not options:
        return None
    _, start, end = min(options)
    return TimeRange(start % DAY, end or DAY, sure)


def _minutes(of: WrittenTime) -> bool:
    return of.clock and not of.half


def resolve_single(of: WrittenTime, hint: HalfOfDay = "") -> tuple[int, bool]:
    """Return the minute that a single point means, and whether that is sure: by day where nothing says which half."""
    found = of.candidates(hint)
    if len(found) == 1:
        return found[0], True
    if of.hour == 12:
        return 720, of.clock
    return (found[0] if of.hour >= 6 else found[1]), False
