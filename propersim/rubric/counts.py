"""Read counts and durations in a sentence: "two or three", "a few", "an hour and a half"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.rubric.numbers import number, word_at
from propersim.rubric.sentences import Token

ADVERBS = {"once": 1, "twice": 2, "thrice": 3}
_VAGUE_NUMBERS = {"few": (2, 4), "several": (3, 5), "handful": (3, 5), "couple": (2, 2)}
_RANGE_WORDS = {"or", "to", "-", "–", "—"}
UNIT_MINUTES = {"hour": 60, "hours": 60, "hr": 60, "hrs": 60, "minute": 1, "minutes": 1, "min": 1, "mins": 1}


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


def parse_number(words: Sequence[Token], at: int) -> NumberRange | None:
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
    value = number(word)
    if value is None or value > 400:
        return None
    return NumberRange(value, value, at + 1)


def parse_count(words: Sequence[Token], at: int) -> NumberRange | None:
    """Return the number or range of numbers at a token, or None.

    Examples: "three", "two or three", "between five and seven".
    """
    between = word_at(words, at) == "between"
    first = parse_number(words, at + between)
    if first is None:
        return None
    if word_at(words, first.end) in (_RANGE_WORDS | {"and"} if between else _RANGE_WORDS):
        last = parse_number(words, first.end + 1)
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
    unit = UNIT_MINUTES.get(word_at(words, at))
    if unit is None or (found is None and at == start and word_at(words, at) not in ("hour",)):
        return None
    at += 1
    if found is None and [word_at(words, at + n) for n in range(3)] == ["and", "a", "half"]:
        extra, at = 0.5, at + 3
    return NumberRange((low + extra) * unit, (high + extra) * unit, at, sure)
