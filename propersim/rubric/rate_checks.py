"""Find what the grammar of rates leaves unread, and counts that are only refused."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from propersim.rubric.counts import ADVERBS
from propersim.rubric.numbers import is_odd_number, number, word_at
from propersim.rubric.rates import PARTS_OF_DAY, RateStatement
from propersim.rubric.sentences import Token

_TOO_MANY = {"too", "not", "never", "annoying", "isn't", "overwhelming", "stressful"}


def unread_moments(words: Sequence[Token], statements: Sequence[RateStatement]) -> list[int]:
    """Return the parts of the day beside counted moments that no count goes with.

    Example: the evening of "once in the morning and in the evening".

    Args:
        words: the tokens of the sentence.
        statements: what was read of it.
    """
    if not any(one.kind == "once" for one in statements):
        return []
    return [n for n, t in enumerate(words) if t.word in PARTS_OF_DAY and not any(one.start <= n < one.end for one in statements)]


def unread_numbers(words: Sequence[Token], statements: Sequence[RateStatement]) -> list[int]:
    """Return the numbers of a sentence that are in no statement."""
    counts = [
        n for n, t in enumerate(words) if _counts(words, n) and (number(t.word) is not None or is_odd_number(t.word) or t.word in ADVERBS)
    ]
    return [
        n
        for n in counts
        if not any(one.start <= n < one.end for one in statements)
        and word_at(words, n - 1) not in ("not", "nor")
        and word_at(words, n + 1) != "within"
    ]


def _counts(words: Sequence[Token], at: int) -> bool:
    """Return whether a token is not the "one" of "the next one", which counts nothing.

    "One would do" counts.
    """
    return words[at].word != "one" or word_at(words, at + 1) in ("would", "will", "is", "does", "suffices")


def is_refused(words: Sequence[Token], one: RateStatement) -> bool:
    """Return whether a count is only named to refuse it.

    Examples: "not every hour", "rather than ten a day", "ten a day is too much".
    """
    following = [t.word for t in words[one.end : one.end + 6]]
    said_of = list(itertools.takewhile(lambda word: word not in ",.;", following))
    if said_of[:1] and said_of[0] in ("is", "are", "would", "feels", "feel", "isn't") and set(said_of) & _TOO_MANY:
        return True
    before = [word_at(words, n) for n in (one.start - 2, one.start - 1)]
    return (
        one.bound == "is"
        and one.kind != "gap"
        and (before[1] in ("not", "never", "than") or before in (["rather", "than"], ["instead", "of"]))
    )
