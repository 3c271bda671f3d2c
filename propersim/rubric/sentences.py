"""Split texts into sentences, and sentences into tokens.

Each function makes one pass over at most ``LIMIT`` characters, so that no text can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from propersim.core.text import clean
from propersim.rubric.word_sets import word_set

LIMIT = 2000
"""Maximum length of a text, in characters; the same as that of a rubric's text."""

# A full stop does not end a sentence if a lower-case letter follows ("10 a.m. and", "e.g. tea"); a semicolon always ends one.
_END = re.compile(r"(?<=[.!?])[\"'”)]?\s+(?![a-z–—-])|\s*;\s*")
_TOKEN = re.compile(
    r"\d{1,2}[:.h]\d{2}(?!\d)|(?<![\w:.,)/+–—-])(?<!\d\s)(?<!m\s)-\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)+|\d+e[+-]?\d+|\d*[¼½¾⅓⅔]|\d+/\d+|\d+|[ap]\.\s?m\.?(?![a-z])|[a-z]+(?:['-][a-z]+)*|[;:,.()!?/+–—-]",
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
    """Return the tokens of a sentence.

    A "save" that means "except" is read as that word.
    """
    # Lower case that is longer than the letter would shift the positions.
    low = "".join(lower if len(lower := ch.lower()) == 1 else ch for ch in sentence)
    result = []
    for match in _TOKEN.finditer(low):
        word = match[0]
        if word[0] in "ap" and "." in word:
            word = word[0] + "m"
        result.append(Token(word, match.start(), match.end()))
    return [_read_save(result, at) if token.word == "save" else token for at, token in enumerate(result)]


_SUBJECTS = word_set(
    """to i i'd i'll we we'd you you'd he she they it can can't could will would should must may might cannot and or help helps please do
    don't not also always never let's who that which how"""
)
"""Words after which "save" is the verb."""
_SAVED = word_set("me us you him them money time energy cash water up it some more")
_ALL = word_set("any anything all every everything everyone always whenever anytime whatever")
_CIRCUMSTANCES = word_set("for on in at during when while between before after if perhaps maybe only where")


def _read_save(words: Sequence[Token], at: int) -> Token:
    """Return a "save" as the word that it stands for: "except", "spare", or itself."""
    before = words[at - 1].word if at else ""
    if at + 1 < len(words) and words[at + 1].word in ("me", "us") and (not before.isalnum() or before in ("and", "please", "but")):
        return words[at]._replace(word="spare")
    return words[at]._replace(word="except") if _is_exception(words, at) else words[at]


def _is_exception(words: Sequence[Token], at: int) -> bool:
    """Return whether a token is the "save" that means "except": "everything save sport"."""
    before = words[at - 1].word if at else ""
    after = words[at + 1].word if at + 1 < len(words) else ""
    if before in _SUBJECTS or not after.isalpha():
        return False
    if not before.isalnum():
        return after in _CIRCUMSTANCES
    return after not in _SAVED or bool({t.word for t in words[max(0, at - 3) : at]} & _ALL)
