"""Find windows that no clock time gives.

They are parts of the day, and times relative to waking and bedtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from propersim.core import clock
from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric import lexicon
from propersim.rubric.clock_times import HalfOfDay, TimeWindow, parse_clock_time, resolve_single
from propersim.rubric.findings import WakingHours
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token

NEAR_SLEEP = 60
"""Minutes that "before bed" covers before bedtime, and "after waking" after getting up."""

_BED_WORDS = {"bed", "bedtime", "sleep", "sleeping"}
_WAKE_WORDS = {"wake", "waking", "woken", "up", "wakeup", "rise", "rising"}
_WORDS_AFTER_TIME = frozenset(
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


def waking_window(words: Sequence[Token], at: int, hours: WakingHours) -> TimeWindow | None:
    """Return a window relative to waking or bedtime.

    Examples: "before bed", "after I wake up at 7", "first thing".

    Args:
        words: the tokens of the sentence.
        at: the token where it begins.
        hours: when the person gets up and goes to bed.
    """
    word = words[at].word
    near = [word_at(words, n) for n in range(at + 1, at + 6)]
    if word == "before" or (word == "at" and near[0] == "bedtime"):
        for n, after in enumerate(near[:4]):
            if after in _BED_WORDS:
                sleep = hours.sleep % MINUTES_PER_DAY or MINUTES_PER_DAY
                return TimeWindow((hours.sleep - NEAR_SLEEP) % MINUTES_PER_DAY, sleep, at, at + 2 + n, vagueness=1)
            if after in (",", ".", ";", "and", "or"):
                break
    if (word == "after" and (set(near[:3]) & (_WAKE_WORDS - {"up"}) or near[:2] == ["getting", "up"])) or (
        word == "first" and near[0] == "thing"
    ):
        end = at + 2 + next((n for n, after in enumerate(near[:3]) if after in _WAKE_WORDS), 0)
        end += word_at(words, end) == "up"
        wake = hours.wake
        if word_at(words, end) in ("at", "around"):
            parsed = parse_clock_time(words, end + 1)
            if parsed is not None:
                wake, end = resolve_single(parsed[0], "am")[0], parsed[1]
        return TimeWindow(wake, wake + NEAR_SLEEP, at, end, vagueness=1)
    return None


@cache
def _parts_of_day() -> dict[tuple[str, ...], tuple[int, int, HalfOfDay]]:
    """Return the start, end and half of the day of each part of the day, by its words."""
    return {tuple(name.split()): (clock.parse_time(a), clock.parse_time(b), half) for name, (a, b, half) in lexicon.raw()["parts"].items()}


def part_of_day_window(words: Sequence[Token], at: int) -> tuple[TimeWindow | None, int, HalfOfDay] | None:
    """Return the part of the day named at a token.

    The result has its window, the token after it, and its half of the day. There is no window if the part only describes something: "in the
    morning" is a time; "my morning routine" is not.
    """
    for size in (3, 2, 1):
        known = _parts_of_day().get(tuple(t.word for t in words[at : at + size])) if at + size <= len(words) else None
        if known is None:
            continue
        begin, finish, half = known
        end = at + size
        before = {word_at(words, at - 1), word_at(words, at - 2)}
        placed = bool(before & {"in", "during", "at", "every", "all", "the", "each", "of", "or", "and", ""}) or words[
            at + size - 1
        ].word.endswith("s")
        free = word_at(words, end) in _WORDS_AFTER_TIME or end >= len(words)
        return (TimeWindow(begin, finish, at, end, vagueness=2) if placed and free else None), end, half
    return None
