"""A grammar of rates in a sentence, such as "twice every 2 to 3 hours".

Another example is "no more than once every two hours".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from propersim.core.clock import WAKING_HOURS
from propersim.rubric.counts import ADVERBS, UNIT_MINUTES, NumberRange, parse_count, parse_duration, parse_number
from propersim.rubric.numbers import whole, word_at
from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

Bound = Literal["is", "most", "least", "unclear"]
"""Whether a range is the wish itself, or only its upper or lower limit; ``unclear``.

Example: "more than five a day" may wish or refuse it.
"""


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


_PERIOD_WORDS = {"a", "an", "per", "each", "every", "in", "throughout", "through", "over", "during", "for", "across"}
_DETERMINERS = {"the", "a", "each", "any", "every", "my", "one", "of", "whole", "single"}
_UPPER_LIMITS = (
    ("no", "more", "than"),
    ("no", "more", "often", "than"),
    ("not", "more", "often", "than"),
    ("never", "more", "often", "than"),
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
    *((noun, verb) for noun in ("limit", "maximum", "max", "most", "ceiling", "cap") for verb in ("is", "being")),
    *((noun, "would", "be") for noun in ("limit", "maximum", "most")),
    *((noun,) for noun in ("limit's", "maximum's", "max's")),
    *((verb, *tail) for verb in ("take", "handle", "manage", "bear", "tolerate", "stand", "cope") for tail in ((), ("with",))),
)
_COMPARISONS = (
    *((word, than) for word in ("more", "fewer", "less") for than in ("than", "then")),
    ("above",),
    ("over",),
    ("under",),
    ("below",),
)
_NEGATIONS = {"no", "not", "never", "don't", "doesn't", "won't", "wouldn't", "shouldn't", "cannot", "can't", "nothing", "without", "avoid"}
_LOWER_LIMITS = (
    ("no", "fewer", "than"),
    ("no", "less", "than"),
    ("not", "less", "than"),
    ("at", "least"),
    ("minimum", "of"),
    ("minimum",),
    ("min",),
    *((noun, verb) for noun in ("minimum", "min", "least") for verb in ("is", "being")),
    ("lower", "limit"),
    ("never", "fewer", "than"),
    ("not", "fewer", "than"),
)
_ENDS_UPPER = ("maximum", "limit", "upper limit", "most", "max", "ceiling", "cap")
_LIMITS_BEFORE: tuple[tuple[Bound, tuple[tuple[str, ...], ...]], ...] = (("least", _LOWER_LIMITS), ("most", _UPPER_LIMITS))
_LIMITS_AFTER: tuple[tuple[Bound, tuple[str, ...]], ...] = (
    ("most", ("or less", "or fewer", "at most", "at the most", "at the very most", "maximum", "max", "tops")),
    ("most", tuple(f"{verb} {word} {end}" for verb in ("is", "would be") for word in ("the", "my", "an") for end in _ENDS_UPPER)),
    ("least", tuple(f"{verb} {word} {end}" for verb in ("is", "would be") for word in ("the", "my", "a") for end in ("minimum", "least"))),
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
    if word_at(words, after) == "week" and "the" not in [t.word for t in words[at:after]] and word_at(words, after + 1) != "days":
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
        found = _with_tolerance(words, found)
        yield found
        at = max(found.end, at + 1)


def _tolerance(words: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Return by how many a count may differ, and the token after that.

    Examples: "give or take one", "plus or minus 1".
    """
    at += word_at(words, at) in (",", "(", "–", "—")
    for phrase in (("give", "or", "take"), ("plus", "or", "minus"), ("plus", "minus"), ("+", "/", "-"), ("more", "or", "less")):
        if tuple(word_at(words, at + n) for n in range(len(phrase))) == phrase:
            number = parse_number(words, at + len(phrase))
            return (number.low, number.end) if number is not None else None
    return None


def _with_tolerance(words: Sequence[Token], found: RateStatement) -> RateStatement:
    by = _tolerance(words, found.end)
    if by is None or found.kind != "day" or found.bound != "is" or by[0] >= found.low:
        return found
    return found._replace(low=found.low - by[0], high=found.high + by[0], end=by[1])


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
        found = parse_duration(words, at + 1 + 2 * ((word_at(words, at + 1), word_at(words, at + 2)) == ("the", "same")))
        if found is not None:
            return RateStatement("gap", found.high, found.high, "least", at, found.end)
    found = parse_duration(words, at)
    if found is not None and not (found.low < 10):
        tail = " ".join(t.word for t in words[found.end : found.end + 3])
        limited = count_bound(words, at, found.end + 1) == "most"
        spacing = word_at(words, found.end) in _SPACING_WORDS and whole(word_at(words, found.end + 1)) in (None, 1)
        if spacing or tail.startswith(("from one to", "in between", "of quiet between", "gap between")):
            side: Bound = "unclear" if limited else "least" if found.low == found.high else "is"
            return RateStatement("gap", found.low, found.high, side, at, found.end + 1, found.sure)
    return None


_OWN_DOINGS = word_set("read drink eat walk smoke write run work sleep cook make play watch see drive teach swim type")
"""Verbs after "I" of which a count tells what the person does, and not what is wished.

Example: "I read four books a day".
"""


def _counted_rate(words: Sequence[Token], at: int) -> RateStatement | None:
    """Return a count with its period, a bare limit, or a count at a part of the day.

    Examples, in this order: "five a day", "at most five", "once before bed".
    """
    many = parse_count(words, at)
    if many is None:
        return None
    if word_at(words, at - 2) == "i" and word_at(words, at - 1) in _OWN_DOINGS:
        return None
    if word_at(words, at - 1) in ("every", "each", "another") or word_at(words, many.end) in UNIT_MINUTES:
        return None
    # A noun may stand between the count and the period: "five suggestions a day".
    for ahead in range(many.end, min(many.end + 7, len(words))):
        word = words[ahead].word
        if word in (".", ";", ":", "!", "?", "spaced", "spread", "separated") or (whole(word) is not None and ahead > many.end):
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
    if _tolerance(words, many.end) and count_bound(words, at, many.end) == "is":
        return RateStatement("day", many.low, many.high, "is", at, many.end, many.sure)
    at_part = word_at(words, many.end) == "at" and word_at(words, many.end + 1) in PARTS_OF_DAY
    if word_at(words, many.end) in (",", "at") and not at_part and count_bound(words, at, many.end) == "is":
        return None
    tail = count_bound(words, at, many.end)
    following = list(
        itertools.takewhile(lambda word: word not in ",.;" and whole(word) is None, (t.word for t in words[many.end : many.end + 8]))
    )
    if "per" in following[:2]:
        return None  # "two per topic"
    limited_part = following[: next((n for n, word in enumerate(following) if word in PARTS_OF_DAY), 0)]
    if tail != "is" and {"in", "at", "before", "after", "over"} & set(limited_part):
        return RateStatement("once", many.low, many.high, "unclear", at, many.end)  # "at most one of them in the evening"
    if tail != "is" and not any(word in UNIT_MINUTES or word in ("day", "within") for word in following):
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
