"""Numbers in a sentence, as digits or words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from propersim.rubric.sentences import Token

WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90, "twenty-five": 25, "twenty-four": 24}


def whole(word: str) -> int | None:
    """Return the whole number that a word or up to three digits stand for, or None."""
    if word.isdecimal() and word.isascii():
        return int(word) if len(word) <= 3 else None
    return WORDS.get(word)


_DECIMAL = re.compile(r"\d{1,3}\.\d")
_ODD = re.compile(r"-\d.*|\d+(?:[.,]\d+)+|\d+e[+-]?\d+|\d*[¼½¾⅓⅔]|\d+/\d+")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")


def number(word: str) -> float | None:
    """Return the number that a word stands for, with at most one decimal place, or None."""
    return float(word) if _DECIMAL.fullmatch(word) else whole(word)


def is_odd_number(word: str) -> bool:
    """Return whether a word is a number that is not read: "-3", "1e3", "2,5", "½"."""
    return bool(_ODD.fullmatch(word)) and not _TIME.fullmatch(word) and number(word) is None


def word_at(words: Sequence[Token], at: int) -> str:
    """Return the word of a token, or "" beyond either end of the sentence."""
    return words[at].word if 0 <= at < len(words) else ""
