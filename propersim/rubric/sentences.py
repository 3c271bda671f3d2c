"""Split texts into sentences, and sentences into tokens and clauses.

Each function makes one pass over at most ``LIMIT`` characters, so that no text can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from propersim.core.text import clean

LIMIT = 2000
"""Maximum length of a text, in characters; the same as that of a rubric's text."""

# A full stop does not end a sentence if a lower-case letter follows ("10 a.m. and", "e.g. tea").
_END = re.compile(r"(?<=[.!?])[\"'”)]?\s+(?![a-z–—-])")
_TOKEN = re.compile(
    r"\d{1,2}[:.h]\d{2}(?!\d)|\d+|[ap]\.\s?m\.?(?![a-z])|[a-z]+(?:['-][a-z]+)*|[;:,.()!?–—-]",
)
_PLAIN = str.maketrans({"’": "'", "‘": "'", "‑": "-", "‐": "-"})
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|approx|etc|Mr|Mrs|Ms|Dr)\.\s*$")

ClauseKind = Literal["statement", "refusal", "reason"]


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


class Clause(NamedTuple):
    """A part of a sentence.

    Attributes:
        kind: ``statement`` and ``refusal`` are rules; a ``reason`` only explains one.
        start: its first token.
        end: the token after its last.
    """

    kind: ClauseKind
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


_REFUSAL_PHRASES: tuple[tuple[str, ...], ...] = tuple(
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
_REASON_PHRASES: tuple[tuple[str, ...], ...] = tuple(
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
_STATEMENT_WORDS = {";", "otherwise", "instead", "however"}


def clauses(words: Sequence[Token]) -> list[Clause]:
    """Return the clauses of a sentence, in order; together they cover all of its tokens.

    A refusal or a reason lasts until ";", "but" or "otherwise". A reason that begins with ", which" or "where" ends at the next comma.
    """
    if not words:
        return []
    result: list[Clause] = []
    kind: ClauseKind = "statement"
    begin, in_relative_clause = 0, False

    def close(at: int) -> None:
        nonlocal begin
        if at > begin:
            result.append(Clause(kind, begin, at))
        begin = at

    at = 0
    while at < len(words):
        word = words[at].word
        next_kind: ClauseKind | None = None
        size = 1
        if (
            word in _STATEMENT_WORDS
            or (word == "but" and kind != "statement" and not _phrase_length(words, at, _REFUSAL_PHRASES))
            or (kind == "reason" and word == ":")
            or (in_relative_clause and word == ",")
        ):
            next_kind, in_relative_clause = "statement", False
        elif (
            (size := _phrase_length(words, at, _REASON_PHRASES))
            and kind != "refusal"
            and (word != "which" or (at > 0 and words[at - 1].word == ","))
        ):
            next_kind, in_relative_clause = "reason", word in ("which", "where")
        elif (size := _phrase_length(words, at, _REASON_PHRASES)) and word in ("because", "as", "where", "since"):
            next_kind, in_relative_clause = "reason", False
        elif kind == "refusal" and word == "so" and words[at - 1].word == ",":
            next_kind = "statement"
        elif kind == "statement" and (size := _phrase_length(words, at, _REFUSAL_PHRASES)):
            next_kind = "refusal"
        if next_kind is not None and next_kind != kind:
            close(at)
            kind = next_kind
        at += max(size, 1)
    close(len(words))
    return result


def _phrase_length(words: Sequence[Token], at: int, phrases: tuple[tuple[str, ...], ...]) -> int:
    """Return the number of tokens of the longest phrase that begins at a token, or 0."""
    longest = 0
    for phrase in phrases:
        if (
            len(phrase) > longest
            and words[at].word == phrase[0]
            and all(at + n < len(words) and words[at + n].word == word for n, word in enumerate(phrase))
        ):
            longest = len(phrase)
    return longest
