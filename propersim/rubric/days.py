"""Find days of the week in a sentence.

Examples: "on Saturdays", "Mon-Fri", "weekday evenings", "at weekends".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from propersim.core import clock
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token

IDS = tuple(name.lower() for name in clock.WEEKDAYS)
ALL_DAYS = frozenset(IDS)
WEEKDAYS = frozenset(IDS[:5])
WEEKENDS = frozenset(IDS[5:])

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_WORDS = frozenset([*_NAMES, *(name + "s" for name in _NAMES)])
"""The days of the week in full, also in the plural."""
_FULL = {name: IDS[n] for n, name in enumerate(_NAMES)} | {name + "s": IDS[n] for n, name in enumerate(_NAMES)}
_SHORT = {name: name for name in IDS} | {"tues": "tue", "weds": "wed", "thurs": "thu"}
_GROUPS = {"weekday": WEEKDAYS, "weekdays": WEEKDAYS, "workday": WEEKDAYS, "workdays": WEEKDAYS, "weekend": WEEKENDS, "weekends": WEEKENDS}
_WORKING = {
    ("working", "days"),
    ("working", "day"),
    ("work", "days"),
    ("business", "days"),
    ("school", "days"),
    ("week", "days"),
    ("during", "the", "week"),
    ("in", "the", "week"),
    ("through", "the", "week"),
}
_RANGE = {"to", "through", "until", "till", "-", "–", "—", "thru"}
_JOINS = {",", "and", "or", "&", "/", "as", "well"}
_LEADS = {"on", "at", "during", "every", "each", "over", "in", "the", "all", "only", "my"}
_VAGUE = {
    ("days", "off"),
    ("day", "off"),
    ("free", "days"),
    ("bank", "holidays"),
    ("public", "holidays"),
    ("holidays",),
    ("workless", "days"),
}
_REST = (
    ("all", "other", "days"),
    ("all", "the", "other", "days"),
    ("any", "other", "day"),
    ("all", "the", "others"),
    ("all", "others"),
    ("the", "others"),
    ("else",),
    ("other", "days"),
    ("remaining", "days"),
    ("rest", "of", "the", "week"),
    ("other", "weekdays"),
    ("otherwise",),
)
_EVERY = (("every", "day"), ("each", "day"), ("any", "day"), ("daily",), ("seven", "days", "a", "week"), ("7", "days", "a", "week"))
_ALL = (("every", "day"), ("seven", "days"), ("same", "each", "day"), ("each", "day"), ("all", "week"), ("any", "day"), ("7", "days"))


class DaySpan(NamedTuple):
    """Days named in a sentence.

    Attributes:
        days: their ids; None if they cannot be known ("on my days off").
        start: the first token, with the preposition.
        end: the token after the last.
    """

    days: frozenset[str] | None
    start: int
    end: int


def find_days(words: Sequence[Token], named: Collection[str] = (), every: bool = False) -> list[DaySpan]:
    """Return the days that a sentence names, in order.

    "weekends included" and "weekend or not" name none. "On other days" and "otherwise" name the days that were not named before; an
    "otherwise" after no days names none.

    Args:
        words: the tokens.
        named: the days that the text named before.
        every: whether "every day" and "daily" count beside other days: "Saturday mornings, and every day from 7 to 9".
    """
    spans: list[DaySpan] = []
    at = 0
    while at < len(words):
        before = frozenset(named).union(*(span.days for span in spans if span.days is not None))
        found: tuple[frozenset[str] | None, int] | None = (
            _rest(words, at, before) or _range(words, at) or _list(words, at) or _vague(words, at) or (_every(words, at) if every else None)
        )
        if found is None:
            at += 1
            continue
        days, end = found
        start = at
        while word_at(words, start - 1) in _LEADS:
            start -= 1
        if not _is_passed(words, start, end):
            spans.append(DaySpan(days, start, end))
        at = end
    return _without_lone_every(words, spans) if every else spans


def spelled(days: Collection[str] | None) -> str | list[str] | None:
    """Return days as a persona file spells them; None for every day."""
    if days is None or frozenset(days) == ALL_DAYS:
        return None
    if frozenset(days) in (WEEKDAYS, WEEKENDS):
        return "weekdays" if frozenset(days) == WEEKDAYS else "weekends"
    return [day for day in IDS if day in days]


def days_of(rule: dict[str, Any]) -> frozenset[str]:
    """Return the days on which a window or like holds."""
    days = rule.get("days")
    if days is None or isinstance(days, str):
        return {"weekdays": WEEKDAYS, "weekends": WEEKENDS}.get(days or "", ALL_DAYS)
    return frozenset(days)


def with_days(rule: dict[str, Any], days: Collection[str] | None) -> dict[str, Any]:
    """Return a window or like that holds on some days."""
    value = spelled(days)
    return {**{key: one for key, one in rule.items() if key != "days"}, **({"days": value} if value is not None else {})}


def _one(words: Sequence[Token], at: int) -> tuple[frozenset[str], int] | None:
    """Return a day or a group of days at a token, and the token after it."""
    word = word_at(words, at)
    for phrase in _WORKING:
        if tuple(word_at(words, at + n) for n in range(len(phrase))) == phrase:
            return WEEKDAYS, at + len(phrase)
    if word in _GROUPS:
        return _GROUPS[word], at + 1
    if word in _FULL:
        return frozenset([_FULL[word]]), at + 1
    if word in _SHORT:
        end = at + 1 + (word_at(words, at + 1) == "." and at + 2 < len(words))
        # "Sat" and "sun" are also other words: days only beside another day, or after "on".
        beside = {word_at(words, n) for n in (at - 2, end + 1)} & (set(_SHORT) | set(_FULL))
        if beside or word_at(words, at - 1) in ("on", "every", "each") or at == 0:
            return frozenset([_SHORT[word]]), end
    return None


def _between(first: str, last: str) -> frozenset[str]:
    one, two = IDS.index(first), IDS.index(last)
    return frozenset(IDS[n % 7] for n in range(one, (two if two >= one else two + 7) + 1))


def _range(words: Sequence[Token], at: int) -> tuple[frozenset[str], int] | None:
    word = word_at(words, at)
    if "-" in word:
        first, _, last = word.partition("-")
        names = {**_SHORT, **_FULL}
        return (_between(names[first], names[last]), at + 1) if first in names and last in names else None
    one = _one(words, at)
    if one is None or len(one[0]) != 1 or word_at(words, one[1]) not in _RANGE:
        return None
    two = _one(words, one[1] + 1)
    if two is None or len(two[0]) != 1:
        return None
    return _between(next(iter(one[0])), next(iter(two[0]))), two[1]


def _list(words: Sequence[Token], at: int) -> tuple[frozenset[str], int] | None:
    """Return the days of a list: "Mondays, Wednesdays and Fridays"."""
    one = _one(words, at)
    if one is None:
        return None
    days, end = one
    while True:
        after = end
        while word_at(words, after) in _JOINS | {"on", "at"} and after < end + 4:
            after += 1
        more = _one(words, after) if after > end else None
        # "Weekdays, weekends" is one list; "Monday to Friday and Saturday" is not read as a range here.
        if more is None or _range(words, after) or _part_follows(words, end, after, more[1]):
            return days, end
        days, end = days | more[0], more[1]


def _part_follows(words: Sequence[Token], end: int, after: int, next_end: int) -> bool:
    """Return whether the next day has a time of its own: "on weekdays, Sunday mornings"."""
    parts = {"morning", "mornings", "afternoon", "afternoons", "evening", "evenings", "night", "nights", "only"}
    return word_at(words, end) == "," and word_at(words, next_end) in parts and word_at(words, after - 1) not in ("and", "or")


def _rest(words: Sequence[Token], at: int, named: frozenset[str]) -> tuple[frozenset[str] | None, int] | None:
    """Return the days that were not named before, as in "on other days", and the token after."""
    for phrase in _REST:
        if tuple(word_at(words, at + n) for n in range(len(phrase))) == phrase:
            if phrase in (("otherwise",), ("else",), ("the", "others")) and not named:
                return None
            if phrase == ("else",) and word_at(words, at - 1) not in ("", ",", "or"):
                return None
            whole = WEEKDAYS if phrase == ("other", "weekdays") else ALL_DAYS
            return (whole - named or None) if named else None, at + len(phrase)
    return None


def _every(words: Sequence[Token], at: int) -> tuple[frozenset[str], int] | None:
    for phrase in _EVERY:
        if tuple(word_at(words, at + n) for n in range(len(phrase))) == phrase:
            return ALL_DAYS, at + len(phrase)
    return None


def _without_lone_every(words: Sequence[Token], spans: Sequence[DaySpan]) -> list[DaySpan]:
    """Return the spans without an "every day" that stands alone or is narrowed by the next.

    Example: "every day from Monday to Friday".
    """
    if all(span.days == ALL_DAYS for span in spans):
        return []
    kept = []
    for n, span in enumerate(spans):
        following = spans[n + 1].start if n + 1 < len(spans) else len(words) + 9
        if span.days != ALL_DAYS or following - span.end > 1 or word_at(words, span.end) == ",":
            kept.append(span)
    return kept


def _vague(words: Sequence[Token], at: int) -> tuple[None, int] | None:
    if word_at(words, at - 1) not in _LEADS:
        return None
    for phrase in _VAGUE:
        if tuple(word_at(words, at + n) for n in range(len(phrase))) == phrase:
            return None, at + len(phrase)
    return None


def _is_passed(words: Sequence[Token], start: int, end: int) -> bool:
    """Return whether days are named only to say that all are alike."""
    after = [word_at(words, end + n) for n in range(3)]
    before = [word_at(words, start - n) for n in (3, 2, 1)]
    said = [t.word for t in words]
    if after[0] in ("included", "too", "as") and (after[0] != "as" or after[1] in ("on", "at", "as")) and after[0] != "too":
        return True
    if after[:2] == ["or", "not"] or (before[-1] in ("including", "even", "also") and _names_all(said)):
        return True
    return _names_all(said) and ("same" in said or "included" in said or "alike" in said)


def _names_all(said: Sequence[str]) -> bool:
    return "same" in said or any(tuple(said[n : n + len(phrase)]) == phrase for phrase in _ALL for n in range(len(said)))
