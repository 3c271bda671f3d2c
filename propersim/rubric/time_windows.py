"""Windows of time in a sentence: ranges, "around", "after", "before", parts of the day, and what hangs on rising and sleeping."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from propersim.core import clock
from propersim.rubric import lexicon
from propersim.rubric.clock_times import DAY, HalfOfDay, TimeRange, WrittenTime, parse_clock_time, resolve_range, resolve_single
from propersim.rubric.findings import WakingHours
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token

AROUND = 30
"""Minutes before and after a time that "around" means."""

NEAR_SLEEP = 60
"""Minutes before bedtime, or after rising, that "before bed" and "after waking" mean."""


class TimeWindow(NamedTuple):
    """Minutes of the day, half open; the tokens it stands at; whether that is sure.

    ``blur`` is 0 for times of a clock, 1 for what hangs on rising or sleeping, 2 for parts of the day: the more precise one is meant
    where two stand together.
    """

    begin: int
    finish: int
    start: int
    end: int
    sure: bool = True
    blur: int = 0

    @property
    def times(self) -> dict[str, str]:
        """Start and end as a persona's file has them."""
        return {"start": clock.format_time(self.begin), "end": clock.format_time(self.finish)}


_TO = {"to", "until", "till", "through", "–", "—", "-", "til"}
_AROUND = {"around", "about", "roughly", "approximately", "circa", "near", "towards"}
_AFTER = {"after", "past", "from", "beyond"}
_BEFORE = {"before", "until", "till", "by"}
_PARTS_AFTER = frozenset(
    [
        "or",
        "and",
        "but",
        "when",
        "while",
        "if",
        "as",
        "after",
        "before",
        "ideally",
        "especially",
        "around",
        "between",
        "from",
        "so",
        "then",
        "because",
        "with",
        "at",
        "on",
        "i",
        "you",
        "to",
        "without",
        ",",
        ";",
        ".",
        ":",
        "!",
        "?",
        "–",
        "—",
        ")",
        "(",
    ]
)


def find_time_windows(words: Sequence[Token], life: WakingHours, start: int = 0, end: int | None = None) -> list[TimeWindow]:
    """Return the windows of time within some tokens, in order, without parts of the day that a clock time beside them makes precise."""
    scanned = list(words[: len(words) if end is None else end])
    found: list[TimeWindow] = []
    at = start
    hint: tuple[int, HalfOfDay] = (-9, "")
    listed = False
    while at < len(scanned):
        part = _part(scanned, at)
        if part is not None:
            hint = (part[1], part[2])
        if found and found[-1].end < at <= found[-1].end + 2:
            listed = listed or scanned[found[-1].start].word == "between"
        elif found and at > found[-1].end:
            listed = False
        one = _clock(scanned, at, life, hint[1] if at - hint[0] <= 3 else "", listed) or _event(scanned, at, life)
        if one is None and found and scanned[at].word in ("and", "or", ",") and at == found[-1].end:
            one = _again(scanned, at, found[-1])
        if one is None and part is not None:
            if part[0] is not None:
                found.append(part[0])
            at = part[1]
            continue
        if one is not None:
            found.append(one)
        at = one.end if one is not None else at + 1
    return [w for n, w in enumerate(found) if not (w.blur and any(_refines(other, w, scanned) for other in found[max(0, n - 1) : n + 2]))]


def _refines(other: TimeWindow, part: TimeWindow, words: Sequence[Token]) -> bool:
    if other.blur >= part.blur:
        return False
    between = words[min(other.end, part.end) : max(other.start, part.start)]
    if len(between) > 6 or any(t.word in ("or", ";", "also") for t in between):
        return False
    return _overlap(other, part)


def _overlap(one: TimeWindow, two: TimeWindow) -> bool:
    def pieces(w: TimeWindow) -> list[tuple[int, int]]:
        return [(w.begin, w.finish)] if w.begin < w.finish else [(w.begin, DAY), (0, w.finish)]

    return any(a < d and c < b for a, b in pieces(one) for c, d in pieces(two))


def _window(found: TimeRange, start: int, end: int) -> TimeWindow:
    return TimeWindow(found.start, found.end, start, end, found.sure)


def _clock(words: Sequence[Token], at: int, life: WakingHours, hint: HalfOfDay, listed: bool) -> TimeWindow | None:
    """Return the window of a clock here; ``listed`` where a "between … and …" has just ended, which holds for the next pair too."""
    word = word_at(words, at)
    if word in ("between", "from"):
        pair = _pair(words, at + 1, _TO | {"and"} if word == "between" else _TO)
        if pair is not None and not _counted(words, pair[2]):
            found = resolve_range(pair[0], pair[1], hint)
            if found is not None:
                return _window(found, at, pair[2])
    direct = _pair(words, at, _TO | {"and"} if listed else _TO)
    if direct is not None and any(p.clock for p in direct[:2]) and not _counted(words, direct[2]):
        found = resolve_range(direct[0], direct[1], hint)
        if found is not None:
            return _window(found, at, direct[2])
    if word in _AROUND | _AFTER | _BEFORE | {"at"}:
        return _open(words, at, life, hint)
    return None


def _open(words: Sequence[Token], at: int, life: WakingHours, hint: HalfOfDay) -> TimeWindow | None:
    """Return the window of one point with a word before it: around, after, before, at."""
    word, after = words[at].word, at + 1
    while word_at(words, after) in _AROUND | {"at"} and after < at + 3:
        after += 1
    read = parse_clock_time(words, after)
    if read is None or _counted(words, read[1]) or word_at(words, at - 1) in ("hour", "hours", "minutes", "half"):
        return None
    of, end = read
    if (
        not of.clock
        and word not in ("after", "before", "at", "until", "till", "by")
        and word_at(words, at + 1) != "at"
        and not _ends(words, end)
    ):
        return None
    minute, sure = resolve_single(of, hint)
    sure = sure or (of.clock and not of.half and of.minute > 0)
    if word in _AROUND or word_at(words, after - 1) in _AROUND:
        return TimeWindow((minute - AROUND) % DAY, (minute + AROUND) % DAY or DAY, at, end, (sure and of.clock) or sure)
    if word == "at":
        # "Woken at seven" is no wish; a single time is taken as "around", and flagged.
        return TimeWindow((minute - AROUND) % DAY, (minute + AROUND) % DAY or DAY, at, end, False)
    if word in _AFTER:
        if word == "from" and word_at(words, end) not in ("on", "onward", "onwards", "") and word_at(words, end) not in ",.;":
            sure = False
        sleep = life.sleep % DAY or DAY
        end += word_at(words, end) in ("on", "onward", "onwards")
        return TimeWindow(minute % DAY, sleep, at, end, sure) if minute % DAY != sleep % DAY else None
    # "Before seven" of one who rises at seven: the two hours before, flagged.
    return (
        TimeWindow(life.wake, minute, at, end, sure)
        if life.wake < minute
        else TimeWindow((minute - 120) % DAY, minute or DAY, at, end, False)
    )


def _again(words: Sequence[Token], at: int, last: TimeWindow) -> TimeWindow | None:
    """Return the window of "and 3pm" after "at 9am" or "around 9am"."""
    read = parse_clock_time(words, at + 1)
    if words[last.start].word not in _AROUND | {"at"} or read is None or not read[0].clock:
        return None
    minute, sure = resolve_single(read[0])
    return TimeWindow((minute - AROUND) % DAY, (minute + AROUND) % DAY or DAY, at, read[1], last.sure and sure)


def _ends(words: Sequence[Token], at: int) -> bool:
    return word_at(words, at) in ("", ",", ".", ";", "!", "?", ")", "or", "and", "when", "while")


def _pair(words: Sequence[Token], at: int, joins: set[str]) -> tuple[WrittenTime, WrittenTime, int] | None:
    first = parse_clock_time(words, at)
    if first is None:
        return None
    join = first[1] + (word_at(words, first[1]) == ",")
    if word_at(words, join) not in joins:
        return None
    last = parse_clock_time(words, join + 1)
    return None if last is None else (first[0], last[0], last[1])


def _counted(words: Sequence[Token], at: int) -> bool:
    """Whether what stands here makes a number before it a count or a length ("three times", "two hours")."""
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


_BED = {"bed", "bedtime", "sleep", "sleeping"}
_RISEN = {"wake", "waking", "woken", "up", "wakeup", "rise", "rising"}


def _event(words: Sequence[Token], at: int, life: WakingHours) -> TimeWindow | None:
    """Return the window of "before bed", "after I wake up at 7", "first thing"."""
    word = words[at].word
    near = [word_at(words, n) for n in range(at + 1, at + 6)]
    if word == "before" or (word == "at" and near[0] == "bedtime"):
        for n, after in enumerate(near[:4]):
            if after in _BED:
                sleep = life.sleep % DAY or DAY
                return TimeWindow((life.sleep - NEAR_SLEEP) % DAY, sleep, at, at + 2 + n, blur=1)
            if after in (",", ".", ";", "and", "or"):
                break
    if (word == "after" and (set(near[:3]) & (_RISEN - {"up"}) or near[:2] == ["getting", "up"])) or (
        word == "first" and near[0] == "thing"
    ):
        end = at + 2 + next((n for n, after in enumerate(near[:3]) if after in _RISEN), 0)
        end += word_at(words, end) == "up"
        wake = life.wake
        if word_at(words, end) in ("at", "around"):
            said = parse_clock_time(words, end + 1)
            if said is not None:
                wake, end = resolve_single(said[0], "am")[0], said[1]
        return TimeWindow(wake, wake + NEAR_SLEEP, at, end, blur=1)
    return None


@cache
def _parts() -> dict[tuple[str, ...], tuple[int, int, HalfOfDay]]:
    return {tuple(name.split()): (clock.parse_time(a), clock.parse_time(b), half) for name, (a, b, half) in lexicon.raw()["parts"].items()}


def _part(words: Sequence[Token], at: int) -> tuple[TimeWindow | None, int, HalfOfDay] | None:
    """Return the part of the day that is named here, the place after it and its half; no window where it only describes a thing.

    "In the morning" is a time; "my morning routine" and "evening recommendations" are not.
    """
    for size in (3, 2, 1):
        known = _parts().get(tuple(t.word for t in words[at : at + size])) if at + size <= len(words) else None
        if known is None:
            continue
        begin, finish, half = known
        end = at + size
        before = {word_at(words, at - 1), word_at(words, at - 2)}
        placed = bool(before & {"in", "during", "at", "every", "all", "the", "each", "of", "or", "and", ""}) or words[
            at + size - 1
        ].word.endswith("s")
        free = word_at(words, end) in _PARTS_AFTER or end >= len(words)
        return (TimeWindow(begin, finish, at, end, blur=2) if placed and free else None), end, half
    return None
