"""Find windows of time in a sentence.

They are ranges, "around", "after", "before", parts of the day, and times relative to waking and bedtime.
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.clock_times import (
    NAMED_TIMES,
    HalfOfDay,
    TimeRange,
    TimeWindow,
    WrittenTime,
    parse_clock_time,
    resolve_range,
    resolve_single,
)
from propersim.rubric.findings import WakingHours
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.vague_windows import part_of_day_window, waking_window

AROUND = 30
"""Minutes before and after a time that "around" covers."""

NEAR = 90
"""Minutes by which a clock time may lie outside the part of the day that is named beside it."""
_OTHER_DAYS = {"otherwise", "day", "days", "daily", "weekdays", "weekends"}
_RANGE_WORDS = {"to", "until", "till", "through", "–", "—", "-", "til"}
_AROUND = {"around", "about", "roughly", "approximately", "circa", "near", "towards"}
_AFTER = {"after", "past", "from", "beyond"}
_BEFORE = {"before", "until", "till", "by"}


def find_time_windows(words: Sequence[Token], hours: WakingHours, start: int = 0, end: int | None = None) -> list[TimeWindow]:
    """Find the windows of time in a sentence.

    Args:
        words: the tokens of the sentence.
        hours: when the person gets up and goes to bed.
        start: the first token to search.
        end: the token after the last to search; None: to the end.

    Returns:
        The windows in order, without vague ones that a more precise window beside them replaces.
    """
    scanned = list(words[: len(words) if end is None else end])
    result: list[TimeWindow] = []
    at = start
    half_stated: tuple[int, HalfOfDay] = (-9, "")
    in_list = False  # a "between … and …" has just ended; it holds for the next pair of times too
    while at < len(scanned):
        part = part_of_day_window(scanned, at)
        if part is not None:
            half_stated = (part[1], part[2])
        if result and result[-1].end < at <= result[-1].end + 2:
            in_list = in_list or scanned[result[-1].start].word == "between"
        elif result and at > result[-1].end:
            in_list = False
        half_before = half_stated[1] if at - half_stated[0] <= 3 else ""
        if half_before and any(t.word in _OTHER_DAYS for t in scanned[half_stated[0] : at]):
            half_before = ""  # "on Sundays in the afternoon, otherwise from 9:00 to 11:00"
        window = _clock_window(scanned, at, hours, half_before, in_list) or waking_window(scanned, at, hours)
        if window is None and result and scanned[at].word in ("and", "or", ",") and at == result[-1].end:
            window = _repeated_window(scanned, at, result[-1])
        if window is None and part is not None:
            if part[0] is not None:
                result.append(part[0])
            at = part[1]
            continue
        if window is not None:
            result.append(window)
        at = window.end if window is not None else at + 1
    return _without_renamed(_bounded(result, scanned), scanned)


def _bounded(windows: Sequence[TimeWindow], words: Sequence[Token]) -> list[TimeWindow]:
    """Return the windows, with "after" and "before" that bound one window joined.

    "After 9 am but before noon" is 09:00 to 12:00; "before 8 am and after 8 pm" are two.
    """
    result: list[TimeWindow] = []
    for window in windows:
        last = result[-1] if result else None
        sides = {words[one.start].word in _AFTER: one for one in (last, window) if one and words[one.start].word in _AFTER | _BEFORE}
        between = {t.word for t in words[last.end : window.start]} if last else set()
        if last and len(sides) == 2 and between & {"and", "but"} and between <= {"and", "but", ",", "still", "also", "not"}:
            first, until = sides[True], sides[False]
            if first.begin < until.finish and not (first.vagueness or until.vagueness):
                sure = last.sure and window.sure and "not" not in between
                result[-1] = TimeWindow(first.begin, until.finish, last.start, window.end, sure)
                continue
        result.append(window)
    return result


def _without_renamed(windows: Sequence[TimeWindow], words: Sequence[Token]) -> list[TimeWindow]:
    """Return the windows without those that a more precise window beside them names again.

    "In the early afternoon, around 3pm" is 14:30 to 15:30. Where a list may be meant ("mornings, around noon and evenings"), both are
    unsure.
    """
    kept: list[TimeWindow] = []
    unsure: set[TimeWindow] = set()
    for n, window in enumerate(windows):
        precise = next((other for other in windows[max(0, n - 1) : n + 2] if _names_again(window, other, words)), None)
        if precise is None:
            kept.append(window)
        elif not _contains(window, precise) and _in_list(window, precise, words):
            kept.append(window)
            unsure |= {window, precise}
    return [window._replace(sure=False) if window in unsure else window for window in kept]


_JOINED = {"or", ";", "also", "and", "again", "then", "besides", "plus"}


def _names_again(window: TimeWindow, other: TimeWindow, words: Sequence[Token]) -> bool:
    """Return whether a more precise window beside a vague one says what it means.

    Example: "in the evening, between 8 and 10".
    """
    if other.vagueness >= window.vagueness:
        return False
    between = words[min(other.end, window.end) : max(other.start, window.start)]
    if len(between) > 6 or any(t.word in _JOINED for t in between):
        return False
    return _overlap(other, window._replace(begin=window.begin - NEAR, finish=window.finish + NEAR))


def _in_list(window: TimeWindow, other: TimeWindow, words: Sequence[Token]) -> bool:
    """Return whether two windows may be entries of a list: "mornings, around noon and evenings"."""
    return word_at(words, max(window.end, other.end)) in ("and", "or")


def _pieces(w: TimeWindow) -> list[tuple[int, int]]:
    return [(w.begin, w.finish)] if w.begin < w.finish else [(w.begin, MINUTES_PER_DAY), (0, w.finish)]


def _overlap(one: TimeWindow, two: TimeWindow) -> bool:
    return any(a < d and c < b for a, b in _pieces(one) for c, d in _pieces(two))


def _contains(outer: TimeWindow, inner: TimeWindow) -> bool:
    return all(any(a <= c and d <= b for a, b in _pieces(outer)) for c, d in _pieces(inner))


def _from_range(times: TimeRange, start: int, end: int) -> TimeWindow:
    return TimeWindow(times.start, times.end, start, end, times.sure)


def _around(minute: int, start: int, end: int, sure: bool) -> TimeWindow:
    return TimeWindow((minute - AROUND) % MINUTES_PER_DAY, (minute + AROUND) % MINUTES_PER_DAY or MINUTES_PER_DAY, start, end, sure)


def _clock_window(words: Sequence[Token], at: int, hours: WakingHours, half_before: HalfOfDay, in_list: bool) -> TimeWindow | None:
    """Return the window that clock times at a token give.

    Args:
        words: the tokens of the sentence.
        at: the token.
        hours: when the person gets up and goes to bed.
        half_before: the half of the day stated before it.
        in_list: whether a "between … and …" has just ended, so that "and" may join the next two times too.
    """
    word = word_at(words, at)
    if word in ("between", "from"):
        pair = _two_times(words, at + 1, _RANGE_WORDS | {"and"} if word == "between" else _RANGE_WORDS)
        if pair is not None and not _is_unit(words, pair[2]):
            times = resolve_range(pair[0], pair[1], half_before)
            if times is not None:
                return _from_range(times, at, pair[2])
    direct = _two_times(words, at, _RANGE_WORDS | {"and"} if in_list else _RANGE_WORDS)
    if direct is not None and any(time.is_clock for time in direct[:2]) and not _is_unit(words, direct[2]):
        times = resolve_range(direct[0], direct[1], half_before)
        if times is not None:
            return _from_range(times, at, direct[2])
    if word in _AROUND | _AFTER | _BEFORE | {"at"}:
        return _single_time_window(words, at, hours, half_before)
    return None


def _single_time_window(words: Sequence[Token], at: int, hours: WakingHours, half_before: HalfOfDay) -> TimeWindow | None:
    """Return the window that one time gives with the word before it: around, after, before, at."""
    word, after = words[at].word, at + 1
    while word_at(words, after) in _AROUND | {"at"} and after < at + 3:
        after += 1
    parsed = parse_clock_time(words, after)
    if word in ("until", "till") and _begins_elsewhere(words, at):
        return None
    if parsed is None or _is_unit(words, parsed[1]) or word_at(words, at - 1) in ("hour", "hours", "minutes", "half"):
        return None
    time, end = parsed
    if (
        not time.is_clock
        and word not in ("after", "before", "at", "until", "till", "by")
        and word_at(words, at + 1) != "at"
        and not _ends_phrase(words, end)
    ):
        return None
    minute, sure = resolve_single(time, half_before)
    sure = sure or (time.is_clock and not time.half and time.minute > 0)
    if word in _AROUND or word_at(words, after - 1) in _AROUND:
        return _around(minute, at, end, sure)
    if word == "at":
        # "Woken at seven" is not a wish: a single time is read as "around" and flagged.
        return _around(minute, at, end, False)
    if word in _AFTER:
        if word == "from" and word_at(words, end) not in ("on", "onward", "onwards", "") and word_at(words, end) not in ",.;":
            sure = False
        sleep = hours.sleep % MINUTES_PER_DAY or MINUTES_PER_DAY
        end += word_at(words, end) in ("on", "onward", "onwards")
        return TimeWindow(minute % MINUTES_PER_DAY, sleep, at, end, sure) if minute % MINUTES_PER_DAY != sleep % MINUTES_PER_DAY else None
    if hours.wake < minute:
        return TimeWindow(hours.wake, minute, at, end, sure)
    # "Before seven" of someone who gets up at seven: the two hours before, flagged.
    return TimeWindow((minute - 120) % MINUTES_PER_DAY, minute or MINUTES_PER_DAY, at, end, False)


def _begins_elsewhere(words: Sequence[Token], at: int) -> bool:
    """Return whether "until" ends a time that begins with something unknown.

    Example: "from then until five".
    """
    for n in range(at - 1, max(-1, at - 7), -1):
        if words[n].word in (",", ";", ".", "and", "or"):
            return False
        if words[n].word == "from":
            return parse_clock_time(words, n + 1) is None
    return False


def _repeated_window(words: Sequence[Token], at: int, last: TimeWindow) -> TimeWindow | None:
    """Return the window of "and 3pm" after "at 9am" or "around 9am"."""
    parsed = parse_clock_time(words, at + 1)
    if words[last.start].word not in _AROUND | {"at"} or parsed is None or not parsed[0].is_clock:
        return None
    if words[at].word == "," and words[at + 1].word in NAMED_TIMES and word_at(words, parsed[1]) not in ("and", "or", ","):
        return None  # "around 1:30pm, midday" names one time twice
    minute, sure = resolve_single(parsed[0])
    return _around(minute, at, parsed[1], last.sure and sure)


def _ends_phrase(words: Sequence[Token], at: int) -> bool:
    return word_at(words, at) in ("", ",", ".", ";", "!", "?", ")", "or", "and", "when", "while")


def _two_times(words: Sequence[Token], at: int, joins: set[str]) -> tuple[WrittenTime, WrittenTime, int] | None:
    """Return two times that one of the joining words connects, and the token after them."""
    first = parse_clock_time(words, at)
    if first is None:
        return None
    join = first[1] + (word_at(words, first[1]) == ",")
    if word_at(words, join) not in joins:
        return None
    last = parse_clock_time(words, join + 1)
    return None if last is None else (first[0], last[0], last[1])


def _is_unit(words: Sequence[Token], at: int) -> bool:
    """Return whether a token makes the number before it a count or a duration.

    Examples: "three times", "two hours".
    """
    return word_at(words, at) in {
        "times",
        "time",
        "hours",
        "hour",
        "minutes",
        "minute",
        "mins",
        "suggestions",
        "recommendations",
        "days",
        "a",
        "an",
        "per",
        "each",
        "every",
        "things",
        "%",
    }
