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
from propersim.rubric.word_sets import word_set

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


_WORDS_AFTER_PART = _WORDS_AFTER_TIME | word_set(
    """is are was suit suits work works fit fits would will can may seem seems only please too also again instead mostly best alone for
    just except rather unless not feel feels appeal appeals usually mainly both that which though either say ideally preferably
    please once"""
)
_TIME_NOUNS = frozenset(["hours", "hour", "time", "times", "slot", "slots", "window", "windows", "period", "spell", "stretch"])
_DETERMINERS = word_set(
    """a an the my your our each every all both those these this that quiet calm slow lazy late whole entire free weekday weekend
    weekdays weekends monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun working your any most"""
)
_TIME_ROLES = word_set(
    """, ; : ( – — - in during at on throughout over through or and as like is are prefer prefers love want enjoy say especially
    ideally preferably only mostly mainly usually either both still then best be times time moments hours spells again also instance
    example namely including particularly always but great good fine yes please rather welcome reach me not no never but except
    avoid skip without unless neither nor outside excluding suggestions recommendations tips"""
) | {""}
"""Words before a part of the day at which it is a time of recommendations.

"" is the beginning.
"""
_OTHER_ROLES = frozenset(
    ["for", "of", "before", "after", "until", "till", "by", "to", "about", "with", "from", "into", "plan", "start", "end"]
)

_REFUSED_ROLES = {(one, "from") for one in ("apart", "aside", "away", "clear")} | {
    ("except", "for"),
    ("exception", "of"),
    ("outside", "of"),
    ("clear", "of"),
    ("other", "than"),
    ("", "avoid"),
    ("", "skip"),
}
"""Words before a part of the day that refuse it as a time."""


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


def ends_at_bedtime(window: TimeWindow, hours: WakingHours) -> bool:
    """Return whether a window is the time before bed."""
    return window.vagueness == 1 and window.finish % MINUTES_PER_DAY == hours.sleep % MINUTES_PER_DAY


@cache
def _parts_of_day() -> dict[tuple[str, ...], tuple[int, int, HalfOfDay]]:
    """Return the start, end and half of the day of each part of the day, by its words."""
    return {tuple(name.split()): (clock.parse_time(a), clock.parse_time(b), half) for name, (a, b, half) in lexicon.raw()["parts"].items()}


def part_of_day_window(words: Sequence[Token], at: int) -> tuple[TimeWindow | None, int, HalfOfDay] | None:
    """Return the part of the day named at a token.

    The result has its window, the token after it, and its half of the day. There is no window if the part only describes something: "in the
    morning" is a time; "my morning routine" is not.
    """
    for size in (4, 3, 2, 1):
        named = tuple(t.word for t in words[at : at + size])
        known = (
            (_parts_of_day().get(named) or _parts_of_day().get((*named[:-1], _singular(named[-1])))) if at + size <= len(words) else None
        )
        if known is None:
            continue
        begin, finish, half = known
        end = at + size
        placed = _is_placed(words, at, plural=named[-1].endswith("s"))
        described = word_at(words, end) not in _WORDS_AFTER_PART and end < len(words) and not named[-1].endswith("s")
        if word_at(words, end) in _TIME_NOUNS:
            end, described = end + 1, False
        described = described and not (begins_with_part(words, at) and _names_topic(words, end))
        return (TimeWindow(begin, finish, at, end, vagueness=2) if placed and not described else None), end, half
    return None


_COMPOUNDS = word_set(
    "news paper show tea coffee meal walk run exercise workout yoga journal reading read drink sport stretch sleep trip hike work"
)
"""Topics that a part of the day may only describe: "in the evening news"."""


def begins_with_part(words: Sequence[Token], at: int) -> bool:
    """Return whether a part of the day begins something, after "in the".

    Example: "…, in the evening films".
    """
    start = at - 1
    while word_at(words, start) in ("the", "my", "early", "late"):
        start -= 1
    if word_at(words, start) not in ("in", "during") or start == at - 1:
        return False
    return word_at(words, start - 1) in ("", ",", ";", ":", "and", "but", "–", "—", "(", ".")


def _names_topic(words: Sequence[Token], at: int) -> bool:
    return word_at(words, at) not in _COMPOUNDS and any(
        hit.start == at for hit in lexicon.find("topics", words, at, min(at + 3, len(words)))
    )


def unplaced_parts(words: Sequence[Token], used: set[int]) -> list[tuple[int, int]]:
    """Return the parts of the day that are named in a statement, but not as a time to come.

    Examples: "before I settle for the night", "I plan the afternoon". "My morning routine" only describes.

    Args:
        words: the tokens of the statement.
        used: the tokens that were read.
    """
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        part = part_of_day_window(words, at)
        if part is None:
            at += 1
            continue
        stands_alone = part[1] >= len(words) or word_at(words, part[1]) in _WORDS_AFTER_PART
        if part[0] is None and stands_alone and not set(range(at, part[1])) & used:
            found.append((at, part[1]))
        at = part[1]
    return found


def unplaced_times(words: Sequence[Token], used: set[int]) -> list[tuple[int, int]]:
    """Return each "noon" and "midnight" of a statement that is in no window.

    Example: "morning, noon and night".

    Args:
        words: the tokens of the statement.
        used: the tokens that were read.
    """
    return [(n, n + 1) for n, t in enumerate(words) if t.word in ("noon", "midnight") and n not in used and _stands_alone(words, n)]


def _stands_alone(words: Sequence[Token], at: int) -> bool:
    ends = {"", ",", ".", ";", "!", "and", "or", "/"}
    return word_at(words, at - 1) in ends and word_at(words, at + 1) in ends


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") else word


def _is_placed(words: Sequence[Token], at: int, plural: bool) -> bool:
    """Return whether the words before a part of the day make it a time to come."""
    before, each = at - 1, False
    while word_at(words, before) in _DETERMINERS:
        each = each or word_at(words, before) in ("each", "every", "all")
        before -= 1
    word = word_at(words, before)
    if (word_at(words, before - 1), word) in _REFUSED_ROLES:
        return True
    if word in ("and", "or", ",") and before > 0 and word_at(words, before - 1) in _OTHER_ROLES:
        return False
    return each or word in _TIME_ROLES or (plural and word not in _OTHER_ROLES)
