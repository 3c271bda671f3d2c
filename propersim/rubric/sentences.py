"""Split texts into sentences, and sentences into tokens.

Each function makes one pass over at most ``LIMIT`` characters, so that no text can make it slow.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from propersim.core.text import clean

LIMIT = 2000
"""Maximum length of a text, in characters; the same as that of a rubric's text."""

# A full stop does not end a sentence if a lower-case letter follows ("10 a.m. and", "e.g. tea"); a semicolon always ends one.
_END = re.compile(r"(?<=[.!?])[\"'”)]?\s+(?![a-z–—-])|\s*;\s*")
_TOKEN = re.compile(
    r"\d{1,2}[:.h]\d{2}(?!\d)|\d+|[ap]\.\s?m\.?(?![a-z])|[a-z]+(?:['-][a-z]+)*|[;:,.()!?/+–—-]",
)
_PLAIN = str.maketrans({"’": "'", "‘": "'", "‑": "-", "‐": "-"})
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|approx|etc|Mr|Mrs|Ms|Dr|(?<!\d )(?:[Mm]in|[Mm]ax))\.\s*$")


class Token(NamedTuple):
    """A word, number or punctuation mark.

    Attributes:
        word: the word in lower case.
        start: its first character in the sentence.
        end: the character after its last.
    """

    word: str
    start: int
    end: int


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, cleaned; none is empty."""
    result: list[str] = []
    for part in _END.split(clean(text, limit=LIMIT).translate(_PLAIN)):
        if result and _ABBREVIATED.search(result[-1][-8:]):
            result[-1] += " " + part
        elif part.strip():
            result.append(part)
    return result


def tokens(sentence: str) -> list[Token]:
    """Return the tokens of a sentence."""
    # Lower case that is longer than the letter would shift the positions.
    low = "".join(lower if len(lower := ch.lower()) == 1 else ch for ch in sentence)
    result = []
    for match in _TOKEN.finditer(low):
        word = match[0]
        if word[0] in "ap" and "." in word:
            word = word[0] + "m"
        result.append(Token(word, match.start(), match.end()))
    return result
