"""Find common words that change a rule by degree, which no reader follows.

They are comparisons ("mornings suit me better than evenings"), shares ("most days", "once a week"), quantities ("enough", "fewer") and
units ("twice a day per topic"). Each word is plain by itself, so ``coverage`` would not doubt a rule beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric.counts import parse_count
from propersim.rubric.negators import Phrases, phrase_length, phrases
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

_NOW_AND_THEN = phrases(
    """sometimes, occasionally, now and then, now and again, from time to time, at times, every so often, every now and then, once in a
    while, on occasion, on occasions, once in a blue moon, if ever"""
)
_SHARES = word_set("most some many certain few several")
_SHARED = word_set("day days morning mornings afternoon afternoons evening evenings night nights week weeks weekend weekends")
_LONG_PERIODS = word_set("week weeks weekly month months monthly year years")
_QUIET = word_set("quiet calm rest space pause pauses time")
_QUIET_WISHES = word_set("want need like prefer love enjoy value keep wish have treasure protect")
_DETERMINERS = word_set("my some a the it its of all complete")
_AFTER_QUIET = word_set(", . ! ; in at on from during and then so before after between until till but when while")
_COMPARED_BEFORE = word_set("other rather later earlier sooner longer no not")
_HAD = word_set("have has had got get know hear heard")
_UNITS = word_set("per each every")
_RATE_UNITS = word_set("day hour hours day's time minutes other two three four five six half 24 waking one single couple few")

_TABLES: dict[str, Phrases] = {
    "timing": _NOW_AND_THEN | phrases("less, fewer, least, keep away, stay away, keep quiet, be quiet, keep out"),
    "preference": phrases("less, fewer"),
    "frequency": phrases("a lot, overkill, not at all"),
    "communication": {},
}
_AS_A_BOUND = phrases("less than, fewer than, more or less, nothing less, no less, no fewer, not less, at least")
_RECEIVING = word_set("hear get receive see listen have learn talk chat read find know")
_RECEIVED = word_set(
    """told asked reminded nudged given sent contacted reached interrupted disturbed inspired surprised notified pinged prompted offered
    able available open in"""
)
_MAY_BOTHER = word_set("don't not never doesn't won't you to may can please and just only cannot can't wouldn't")
_NEVER_TOO = word_set("can't cannot couldn't won't nothing never")


def words_of_degree(dimension: str, words: Sequence[Token]) -> list[str]:
    """Return the phrases of a sentence that change a rule by degree.

    Args:
        dimension: the dimension whose text the sentence stands in.
        words: its tokens.
    """
    found = []
    for at in range(len(words)):
        size = phrase_length(words, at, _TABLES[dimension])
        if size and not phrase_length(words, at, _AS_A_BOUND) and not phrase_length(words, at - 1, _AS_A_BOUND) > 1:
            found.append(" ".join(t.word for t in words[at : at + size]))
        elif _is_degree(dimension, words, at):
            found.append(words[at].word)
    return found


def _is_degree(dimension: str, words: Sequence[Token], at: int) -> bool:
    """Return whether a token changes a rule by degree, in its place.

    Args:
        dimension: the dimension whose text the sentence stands in.
        words: its tokens.
        at: the token.
    """
    word, before, after = words[at].word, word_at(words, at - 1), word_at(words, at + 1)
    if dimension == "frequency":
        return word in _UNITS and after not in _RATE_UNITS and parse_count(words, at + 1) is None and after not in _SHARED
    if word in ("bother", "bothers"):
        return after == "me" and before.isalpha() and before not in _MAY_BOTHER
    if word == "than":
        compared = {word_at(words, n) for n in (at - 1, at - 2)}
        return not compared & _COMPARED_BEFORE
    if dimension == "communication" and word in ("too", "enough"):
        # "You cannot be too direct" refuses nothing.
        start = at - 2 if word == "too" else at - 4
        spoken = {t.word for t in words[max(0, start) : at]}
        return bool(spoken & _NEVER_TOO) and bool(spoken & {"be", "is", "are"})
    if word == "enough":
        return dimension == "preference" and (before in _HAD or after == "of" or word_at(words, at - 2) in _HAD)
    if dimension != "timing":
        return False
    if word in ("later", "earlier", "sooner"):
        return before not in ("no", "not", "or", "any") and after != "than"
    if word == "to" and before in _QUIET_WISHES:
        return after not in _RECEIVING and not (after == "be" and word_at(words, at + 2) in _RECEIVED)
    if word in _SHARES:
        return after in _SHARED or (after == "of" and bool({word_at(words, n) for n in (at + 2, at + 3)} & _SHARED))
    if word in _LONG_PERIODS:
        return before in ("a", "per", "each", "every", "/") and parse_count_before(words, at - 1)
    if word in _QUIET - {"time"}:
        start = at - 1
        while word_at(words, start) in _DETERMINERS:
            start -= 1
        return word_at(words, start) in _QUIET_WISHES and (after in _AFTER_QUIET or not after)
    return False


def parse_count_before(words: Sequence[Token], at: int) -> bool:
    """Return whether a count stands right before a token.

    Examples: "twice a week", "two times per week".

    Args:
        words: the tokens of the sentence.
        at: the token: the "a" of "twice a week".
    """
    last = at - (word_at(words, at - 1) in ("time", "times"))
    return any((many := parse_count(words, n)) is not None and many.end in (last, at) for n in range(max(0, at - 4), at))
