"""Tell whether a text names a time of the day or wishes any time."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric import lexicon
from propersim.rubric.constructions import is_timed
from propersim.rubric.days import find_days
from propersim.rubric.numbers import word_at
from propersim.rubric.scope import clauses
from propersim.rubric.sentences import Token, tokens
from propersim.rubric.word_sets import word_set

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


_LIMITS = word_set("after before between from until till past by up since during while in on at within")


def is_limited(words: Sequence[Token], end: int) -> bool:
    """Return whether the words after "any time" limit it.

    Examples: "any time after ten", "all day until six".

    Args:
        words: the tokens.
        end: the token after "any time".
    """
    following = tuple(word_at(words, end + n) for n in range(3))
    if following[:2] == ("at", "all") or following[1:] in (("the", "day"), ("my", "day"), ("waking", "hours")):
        return False
    return following[0] in _LIMITS and not find_days(words[end : end + 3])


def _is_any_time(words: Sequence[Token]) -> bool:
    """Return whether some words name any time without a limit."""
    for at in range(len(words)):
        for phrase in _ANY_TIME:
            said = phrase.split()
            if [word_at(words, at + n) for n in range(len(said))] == said and not is_limited(words, at + len(said)):
                return True
    return False


def any_time_words(sentence: str) -> list[Token]:
    """Return the words of a statement that wishes recommendations at any time.

    Empty if there is no such statement.
    """
    read = clauses(tokens(sentence), names_time)
    # "When I am not eating, in the evening" is the evening.
    stated_words = [t for clause in read if clause.kind == "statement" for t in clause.words]
    conditions = any(clause.condition for clause in read) and not find_days(stated_words) and not is_timed(stated_words)
    for clause in read:
        stated = _is_any_time(clause.words) or (conditions and clause.words and clause.words[0].word in ("whenever", "when"))
        if clause.kind == "statement" and not clause.doubt and stated and not lexicon.find("activities", clause.words):
            return list(clause.words)
    return []


def names_time(words: Sequence[Token]) -> bool:
    """Return whether some words name a time of the day."""
    spoken = " ".join(t.word for t in words)
    return is_timed(words) or any(phrase in spoken for phrase in _ANY_TIME)
