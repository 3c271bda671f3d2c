"""A grammar of rates in a sentence, such as "twice every 2 to 3 hours".

Another example is "no more than once every two hours".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from propersim.core.clock import WAKING_HOURS
from propersim.rubric.numbers import whole, word_at
from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

Bound = Literal["is", "most", "least", "unclear"]
"""Whether a range is the wish itself, or only its upper or lower limit; ``unclear``.

Example: "more than five a day" may wish or refuse it.
"""


class NumberRange(NamedTuple):
    """A number or range of numbers in a sentence.

    Attributes:
        low: the smallest value. high: the largest.
        end: the token after it.
        sure: whether the words leave no doubt ("a few" does).
    """

    low: float
    high: float
    end: int
    sure: bool = True


class RateStatement(NamedTuple):
    """One statement about how often.

    Attributes:
        kind: ``day``: a count per day; ``hours``: a count per some hours; ``gap``: a spacing; ``once``: a count at one of several moments.
        low: the smallest value, per day for ``day`` and ``hours``, in minutes for ``gap``. high: the largest.
        bound: whether this is the range itself, or only its upper or lower limit.
        start: the first token. end: the token after the last.
        sure: whether the words leave no doubt.
        ordinal: n of "an nth time"; 0 if it is not counted so.
    """

    kind: Literal["day", "hours", "gap", "once"]
    low: float
    high: float
    bound: Bound
    start: int
    end: int
    sure: bool = True
    ordinal: int = 0


ADVERBS = {"once": 1, "twice": 2, "thrice": 3}
_VAGUE_NUMBERS = {"few": (2, 4), "several": (3, 5), "handful": (3, 5), "couple": (2, 2)}
_RANGE_WORDS = {"or", "to", "-", "–", "—"}
_PERIOD_WORDS = {"a", "an", "per", "each", "every", "in", "throughout", "through", "over", "during", "for", "across"}
_DETERMINERS = {"the", "a", "each", "any", "every", "my", "one", "of", "whole", "single"}
_UNIT_MINUTES = {"hour": 60, "hours": 60, "hr": 60, "hrs": 60, "minute": 1, "minutes": 1, "min": 1, "mins": 1}
_UPPER_LIMITS = (
    ("no", "more", "than"),
    ("not", "more", "than"),
    ("at", "most"),
    ("up", "to"),
    ("maximum", "of"),
    ("max",),
    ("maximum",),
    ("upper", "limit"),
    ("never", "more", "than"),
    ("at", "the", "most"),
    ("at", "the", "very", "most"),
    ("limit", "of"),
)
_COMPARISONS = (("more", "than"), ("fewer", "than"), ("less", "than"), ("above",), ("over",), ("under",), ("below",))
_NEGATIONS = {"no", "not", "never", "don't", "doesn't", "won't", "wouldn't", "shouldn't", "cannot", "can't", "nothing", "without", "avoid"}
_LOWER_LIMITS = (
    ("no", "fewer", "than"),
    ("no", "less", "than"),
    ("not", "less", "than"),
    ("at", "least"),
    ("minimum", "of"),
    ("minimum",),
    ("min",),
    ("lower", "limit"),
    ("never", "fewer", "than"),
    ("not", "fewer", "than"),
)
_LIMITS_BEFORE: tuple[tuple[Bound, tuple[tuple[str, ...], ...]], ...] = (("least", _LOWER_LIMITS), ("most", _UPPER_LIMITS))
_LIMITS_AFTER: tuple[tuple[Bound, tuple[str, ...]], ...] = (
    ("most", ("at most", "at the most", "at the very most", "maximum", "max", "tops")),
    ("least", ("+", "or more", "and more", "at least", "at the least", "minimum", "is the least")),
)
_SPACING_WORDS = {"between", "apart", "distance"}
PARTS_OF_DAY = {
    "morning",
    "mornings",
    "afternoon",
    "afternoons",
    "evening",
    "evenings",
    "bed",
    "bedtime",
    "night",
    "noon",
    "midday",
    "lunch",
    "breakfast",
    "dinner",
    "waking",
    "mid-morning",
    "mid-afternoon",
}


def _number(words: Sequence[Token], at: int) -> NumberRange | None:
    """Return one number, or the range that a vague word such as "a few" stands for."""
    word = word_at(words, at)
    if word == "half" and word_at(words, at + 1) in ("a", "an") and word_at(words, at + 2) == "dozen":
        return NumberRange(6, 6, at + 3)
    if word in ("a", "an") and word_at(words, at + 1) == "dozen":
        return NumberRange(12, 12, at + 2)
    if word in ADVERBS:
        return NumberRange(ADVERBS[word], ADVERBS[word], at + 1)
    vague = at + (word in ("a", "an", "just", "only"))
    if word_at(words, vague) in _VAGUE_NUMBERS:
        low, high = _VAGUE_NUMBERS[word_at(words, vague)]
        return NumberRange(low, high, vague + 1 + (word_at(words, vague + 1) == "of"), low == high)
    number = whole(word)
    if number is None or number > 400:
        return None
    return NumberRange(number, number, at + 1)


def parse_count(words: Sequence[Token], at: int) -> NumberRange | None:
    """Return the number or range of numbers at a token, or None.

    Examples: "three", "two or three", "between five and seven".
    """
    between = word_at(words, at) == "between"
    first = _number(words, at + between)
    if first is None:
        return None
    if word_at(words, first.end) in (_RANGE_WORDS | {"and"} if between else _RANGE_WORDS):
        last = _number(words, first.end + 1)
        if last is not None and last.high >= first.low:
            return NumberRange(first.low, last.high, last.end, first.sure and last.sure)
    return first


def parse_duration(words: Sequence[Token], at: int) -> NumberRange | None:
    """Return the duration at a token in minutes, or None.

    Examples: "two hours", "3 to 4 hours", "an hour and a half", "hour".
    """
    low = high = 1.0
    sure = True
    start = at
    if word_at(words, at) == "half":
        at += 1 + (word_at(words, at + 1) in ("an", "a"))
        return NumberRange(30, 30, at + 1) if word_at(words, at) == "hour" else None
    if word_at(words, at) == "other" and word_at(words, at + 1) == "hour":
        return NumberRange(120, 120, at + 2)
    found = parse_count(words, at)
    if found is not None:
        low, high, at, sure = found
    elif word_at(words, at) in ("an", "a", "one", "single"):
        at += 1
    extra = 0.0
    if found is not None and [word_at(words, at + n) for n in range(3)] == ["and", "a", "half"]:
        extra, at = 0.5, at + 3
    unit = _UNIT_MINUTES.get(word_at(words, at))
    if unit is None or (found is None and at == start and word_at(words, at) not in ("hour",)):
        return None
    at += 1
    if found is None and [word_at(words, at + n) for n in range(3)] == ["and", "a", "half"]:
        extra, at = 0.5, at + 3
    return NumberRange((low + extra) * unit, (high + extra) * unit, at, sure)


def _period(words: Sequence[Token], at: int) -> tuple[str, NumberRange] | None:
    """Return the period that a count refers to: ("day", number of days) or ("hours", minutes)."""
    word = word_at(words, at)
    if word in ("daily", "hourly"):
        return ("day", NumberRange(1, 1, at + 1)) if word == "daily" else ("hours", NumberRange(60, 60, at + 1))
    if word == "/":
        unit = word_at(words, at + 1)
        if unit in ("day", "d", "week"):
            return "day", NumberRange(7 if unit == "week" else 1, 7 if unit == "week" else 1, at + 2)
        return ("hours", NumberRange(60, 60, at + 2)) if unit in ("hour", "hr", "h") else None
    if word not in _PERIOD_WORDS:
        return None
    after = at + 1
    if word == "every" or word == "each" or word in ("a", "an", "per", "in", "over", "for", "during", "across"):
        found = parse_duration(words, after)
        if found is not None:
            return "hours", found
    while word_at(words, after) in _DETERMINERS and after < at + 4:
        after += 1
    if word_at(words, after) in ("day", "days", "daytime"):
        return "day", NumberRange(1, 1, after + 1)
    if word_at(words, after) == "week":
        return "day", NumberRange(7, 7, after + 1)
    if after > at + 1:
        found = parse_duration(words, after)
        if found is not None:
            return "hours", found
    return None


def count_bound(words: Sequence[Token], start: int, end: int) -> Bound:
    """Return whether a count is an upper limit, a lower limit or neither.

    The words before and after it decide.

    Args:
        words: the tokens of the sentence.
        start: the first token of the count.
        end: the token after its last.
    """
    at = start - (word_at(words, start - 1) in ("about", "just", "around", "only", ".", ":"))
    for bound, phrases in _LIMITS_BEFORE:
        if any(tuple(t.word for t in words[max(0, at - len(phrase)) : at]) == phrase for phrase in phrases):
            return bound
    for phrase in _COMPARISONS:
        if tuple(t.word for t in words[max(0, at - len(phrase)) : at]) == phrase:
            negated = bool({t.word for t in words[max(0, at - 8) : at - len(phrase)]} & _NEGATIONS)
            return ("most" if phrase[0] in ("more", "above", "over") else "least") if negated else "unclear"
    following = " ".join(t.word for t in words[end : end + 6])
    for bound, beginnings in _LIMITS_AFTER:
        if following.startswith(beginnings):
            return bound
    return "is"


def rate_statements(words: Sequence[Token]) -> Iterator[RateStatement]:
    """Yield the statements of a sentence about how often recommendations should come."""
    at = 0
    while at < len(words):
        found = _spacing(words, at) or _another(words, at) or _counted_rate(words, at) or _plain_rate(words, at)
        if found is None:
            at += 1
            continue
        yield found
        at = max(found.end, at + 1)


def _spacing(words: Sequence[Token], at: int) -> RateStatement | None:
    """Return the spacing stated at a token.

    Examples: "spaced out every 3 to 4 hours", "two hours from one to the next", "never two within two hours".
    """
    if word_at(words, at) in ("spaced", "spread", "spacing", "separated"):
        for ahead in range(at + 1, min(at + 6, len(words))):
            found = parse_duration(words, ahead)
            if found is not None and word_at(words, ahead) not in ("hour",):
                bound: Bound = "least" if count_bound(words, ahead, found.end) == "least" else "is"
                return RateStatement("gap", found.low, found.high, bound, at, found.end, found.sure)
    if word_at(words, at) == "within" and any(t.word in ("never", "no", "not", "don't") for t in words[max(0, at - 6) : at]):
        found = parse_duration(words, at + 1)
        if found is not None:
            return RateStatement("gap", found.high, found.high, "least", at, found.end)
    found = parse_duration(words, at)
    if found is not None and not (found.low < 10):
        tail = " ".join(t.word for t in words[found.end : found.end + 3])
        if word_at(words, found.end) in _SPACING_WORDS or tail.startswith(("from one to", "in between", "of quiet between", "gap between")):
            return RateStatement("gap", found.low, found.high, "least" if found.low == found.high else "is", at, found.end + 1, found.sure)
    return None


_OWN_DOINGS = word_set("read drink eat walk smoke write run work sleep cook make play watch see drive teach swim type")
"""Verbs after "I" of which a count tells what the person does, and not what is wished: "I read four books a day"."""


def _counted_rate(words: Sequence[Token], at: int) -> RateStatement | None:
    """Return a count with its period, a bare limit, or a count at a part of the day.

    Examples, in this order: "five a day", "at most five", "once before bed".
    """
    many = parse_count(words, at)
    if many is None:
        return None
    if word_at(words, at - 2) == "i" and word_at(words, at - 1) in _OWN_DOINGS:
        return None
    if word_at(words, at - 1) in ("every", "each", "another") or word_at(words, many.end) in _UNIT_MINUTES:
        return None
    # A noun may stand between the count and the period: "five suggestions a day".
    for ahead in range(many.end, min(many.end + 7, len(words))):
        word = words[ahead].word
        if word in ".;:!?" or (whole(word) is not None and ahead > many.end):
            break
        over = _period(words, ahead)
        if over is None and word in ("once", "twice", "and", "but", "rather", "instead", "not", "than"):
            break
        if over is None:
            continue
        kind, period = over
        bound = count_bound(words, at, many.end)
        if bound == "is":
            bound = count_bound(words, at, period.end)
        sure = many.sure and period.sure
        if kind == "day":
            return RateStatement("day", many.low / period.low, many.high / period.low, bound, at, period.end, sure)
        per_day = WAKING_HOURS * 60
        return RateStatement("hours", many.low * per_day / period.high, many.high * per_day / period.low, bound, at, period.end, sure)
    at_part = word_at(words, many.end) == "at" and word_at(words, many.end + 1) in PARTS_OF_DAY
    if word_at(words, many.end) in (",", "at") and not at_part and count_bound(words, at, many.end) == "is":
        return None
    tail = count_bound(words, at, many.end)
    following = list(
        itertools.takewhile(lambda word: word not in ",.;" and whole(word) is None, (t.word for t in words[many.end : many.end + 8]))
    )
    if tail != "is" and not any(word in _UNIT_MINUTES or word in ("day", "within") for word in following):
        return RateStatement("day", many.low, many.high, tail, at, many.end, many.sure)
    near = [t.word for t in words[many.end : many.end + (6 if words[at].word in ADVERBS else 4)]]
    if (words[at].word in ADVERBS or {"in", "at", "before", "after"} & set(near)) and set(near) & PARTS_OF_DAY and "o'clock" not in near:
        end = next(n for n in range(many.end, len(words)) if words[n].word in PARTS_OF_DAY)
        return RateStatement("once", many.low, many.high, "is", at, end + 1)
    return None


_ORDINALS = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "last": 0, "final": 0}


def _another(words: Sequence[Token], at: int) -> RateStatement | None:
    """Return one more at a part of the day.

    Examples: "another before bed", "a third time in the evening", "again at noon", "one more at night".
    """
    word, after = words[at].word, word_at(words, at + 1)
    ordinal, end = 0, at
    if (
        word in ("a", "the")
        and after in _ORDINALS
        and word_at(words, at + 2) in ("time", "one", "suggestion", "recommendation", "tip", "in", "at")
    ):
        ordinal, end = _ORDINALS[after], at + 2 + (word_at(words, at + 2) not in ("in", "at"))
    elif word in ("another", "again"):
        end = at + 1 + (after in ("one", "time"))
    elif word == "one" and after in ("more", "last", "final"):
        end = at + 2
    if end == at:
        return None
    part = next((n for n in range(end, min(end + 5, len(words))) if words[n].word in PARTS_OF_DAY), None)
    if part is None or any(words[n].word in ",;." for n in range(end, part)):
        return None
    return RateStatement("once", 1, 1, "is", at, part + 1, ordinal=ordinal)


def _plain_rate(words: Sequence[Token], at: int) -> RateStatement | None:
    """Return a rate without a count: "every two hours", "every 90 minutes", "hourly"."""
    if word_at(words, at) not in ("every", "each", "hourly"):
        return None
    found = NumberRange(60, 60, at + 1) if words[at].word == "hourly" else parse_duration(words, at + 1)
    if found is None:
        return None
    per_day = WAKING_HOURS * 60
    return RateStatement("hours", per_day / found.high, per_day / found.low, count_bound(words, at, found.end), at, found.end, found.sure)
