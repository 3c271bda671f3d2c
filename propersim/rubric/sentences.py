"""Texts into sentences, sentences into words and clauses. Everything is one pass over at most ``LIMIT`` characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from propersim.core.text import clean

LIMIT = 2000
"""Longest text looked at, in characters: that of a rubric's text."""

# A full stop ends a sentence unless a small letter follows ("10 a.m. and", "e.g. tea").
_END = re.compile(r"(?<=[.!?])[\"'”)]?\s+(?![a-z–—-])")
_TOKEN = re.compile(
    r"\d{1,2}[:.h]\d{2}(?!\d)|\d+|[ap]\.\s?m\.?(?![a-z])|[a-z]+(?:['-][a-z]+)*|[;:,.()!?–—-]",
)
_PLAIN = str.maketrans({"’": "'", "‘": "'", "‑": "-", "‐": "-"})
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|approx|etc|Mr|Mrs|Ms|Dr)\.\s*$")

ClauseKind = Literal["statement", "refusal", "reason"]


class Token(NamedTuple):
    """A word, number or mark in lower case, and where it stands in the sentence."""

    word: str
    start: int
    end: int


class Clause(NamedTuple):
    """Tokens ``start`` to ``end`` of a sentence: a statement, a refusal, or a reason that is not a rule by itself."""

    kind: ClauseKind
    start: int
    end: int


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, cleaned, none of them empty."""
    found: list[str] = []
    for part in _END.split(clean(text, limit=LIMIT).translate(_PLAIN)):
        if found and _ABBREVIATED.search(found[-1][-8:]):
            found[-1] += " " + part
        elif part.strip():
            found.append(part)
    return found


def tokens(sentence: str) -> list[Token]:
    """Return the tokens of a sentence; places are characters of the sentence as it is given."""
    low = "".join(lower if len(lower := ch.lower()) == 1 else ch for ch in sentence)
    found = []
    for match in _TOKEN.finditer(low):
        word = match[0]
        if word[0] in "ap" and "." in word:
            word = word[0] + "m"
        found.append(Token(word, match.start(), match.end()))
    return found


_NEVER: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in [
        "never",
        "rather not",
        "avoid",
        "avoids",
        "avoiding",
        "not while",
        "not when",
        "not during",
        "not in",
        "not at",
        "not on",
        "not before",
        "not after",
        "not until",
        "not be interrupted",
        "not be disturbed",
        "not interrupt",
        "not disturb",
        "not disrupt",
        "except",
        "but not",
        "other than",
        "apart from",
        "spare me",
        "keep me away",
        "do not",
        "does not",
        "don't",
        "doesn't",
        "must not",
        "should not",
        "shouldn't",
        "cannot stand",
        "can't stand",
        "not want",
        "not enjoy",
        "not like",
        "dislike",
        "hate",
        "off limits",
        "not a word",
        "no talk",
        "not interested",
        "sensitive to",
        "uncomfortable with",
        "wouldn't",
        "would not",
        "won't",
        "will not",
        "less keen on",
        "stay away from",
        "steer clear",
        "no need for",
        "not interfere",
        "please skip",
        "leave out",
    ]
)
_ASIDE: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in [
        "so that",
        "so they",
        "so it",
        "so i",
        "so you",
        "because",
        "without",
        "since",
        "as interruptions",
        "as this",
        "as it",
        "as i'm",
        "as that",
        "allows",
        "allow",
        "allowing",
        "ensures",
        "ensuring",
        "which",
        "where i",
        "unless",
        "especially when i'm not",
        "particularly when i'm not",
        "especially when i am not",
        "particularly when i am not",
        "to plan",
        "even when",
        "even while",
        "even at",
        "even if",
    ]
)
_BACK = {";", "otherwise", "instead", "however"}


def clauses(words: Sequence[Token]) -> list[Clause]:
    """Return the clauses of a sentence, in order, together all of its tokens.

    A refusal lasts to the end of its part (";", "but", "otherwise"), a reason likewise; a reason put in between commas
    after "which" or "where" ends at the next comma.
    """
    if not words:
        return []
    found: list[Clause] = []
    kind: ClauseKind = "statement"
    begin, relative = 0, False

    def close(at: int) -> None:
        nonlocal begin
        if at > begin:
            found.append(Clause(kind, begin, at))
        begin = at

    at = 0
    while at < len(words):
        word = words[at].word
        next_kind: ClauseKind | None = None
        size = 1
        if (
            word in _BACK
            or (word == "but" and kind != "statement" and not _is(words, at, _NEVER))
            or (kind == "reason" and word == ":")
            or (relative and word == ",")
        ):
            next_kind, relative = "statement", False
        elif (size := _is(words, at, _ASIDE)) and kind != "refusal" and (word != "which" or (at > 0 and words[at - 1].word == ",")):
            next_kind, relative = "reason", word in ("which", "where")
        elif (size := _is(words, at, _ASIDE)) and word in ("because", "as", "where", "since"):
            next_kind, relative = "reason", False
        elif kind == "refusal" and word == "so" and words[at - 1].word == ",":
            next_kind = "statement"
        elif kind == "statement" and (size := _is(words, at, _NEVER)):
            next_kind = "refusal"
        if next_kind is not None and next_kind != kind:
            close(at)
            kind = next_kind
        at += max(size, 1)
    close(len(words))
    return found


def _is(words: Sequence[Token], at: int, phrases: tuple[tuple[str, ...], ...]) -> int:
    """Return how many tokens the longest of the phrases that stands here has, or 0."""
    longest = 0
    for phrase in phrases:
        if (
            len(phrase) > longest
            and words[at].word == phrase[0]
            and all(at + n < len(words) and words[at + n].word == word for n, word in enumerate(phrase))
        ):
            longest = len(phrase)
    return longest
