"""Tell whether a text names a time of the day or wishes any time."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric import lexicon
from propersim.rubric.constructions import is_timed
from propersim.rubric.scope import clauses
from propersim.rubric.sentences import Token, tokens

_ANY_TIME = (
    "any time",
    "anytime",
    "at any hour",
    "whenever you like",
    "all day",
    "at all hours",
    "at all times",
    "any hour",
    "around the clock",
    "whole day",
    "entire day",
)


def any_time_words(sentence: str) -> list[Token]:
    """Return the words of a statement that wishes recommendations at any time.

    Empty if there is no such statement.
    """
    read = clauses(tokens(sentence), names_time)
    conditions = any(clause.condition for clause in read)
    for clause in read:
        spoken = " ".join(t.word for t in clause.words)
        stated = any(phrase in spoken for phrase in _ANY_TIME) or (
            conditions and clause.words and clause.words[0].word in ("whenever", "when")
        )
        if clause.kind == "statement" and not clause.doubt and stated and not lexicon.find("activities", clause.words):
            return list(clause.words)
    return []


def names_time(words: Sequence[Token]) -> bool:
    """Return whether some words name a time of the day."""
    spoken = " ".join(t.word for t in words)
    return is_timed(words) or any(phrase in spoken for phrase in _ANY_TIME)
