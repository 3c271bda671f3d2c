"""Read negations of something bad: they refuse nothing.

"Evenings are no problem" and "there is never a bad moment" allow; "don't forget the evening" and "I hate to be ignored" wish. A negation of
trouble that stands in one phrase is read as no refusal; other words that may turn a refusal round make it doubtful.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile

from propersim.rubric.negators import phrase_length, phrases
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

TURNED_ROUND = "a refusal of something unwelcome: it is not clear what is wished"

_NOUNS = word_set(
    """problem problems trouble troubles bother issue issues nuisance burden harm hardship taboo secret annoyance disturbance imposition
    inconvenience objection objections qualms difficulty difficulties complaint complaints shame hassle"""
)
_ADJECTIVES = word_set(
    """inconvenient unwelcome unavailable unwilling unsuitable unpleasant unacceptable disagreeable bad wrong terrible awkward troublesome
    bothersome annoying disturbing forbidden averse opposed banned prohibited"""
)
_PHRASES = phrases("off limits, out of the question, off the table")
_NOTHING_PHRASES = phrases("nothing against, nothing wrong, nothing bad, nothing is wrong, nothing to hide")
_VERBS = phrases("do not object, don't object, would not object, wouldn't object, do not oppose, don't oppose")
_COPULAS = word_set("is are am be was were i'm it's that's there's they're")
_CONTRACTED = word_set("isn't aren't wasn't weren't")
_HAVING = word_set("have has had i've")
_NEGATORS = word_set("not never hardly rarely seldom scarcely barely")
_BETWEEN = word_set("a an the any really ever at all such too so very particularly much of that")
_TIMES = word_set("time times moment moments hour hours day days morning mornings afternoon afternoons evening evenings night nights")

_TURNING = (
    _NOUNS
    | (_ADJECTIVES - {"disturbing"})
    | word_set(
        """forget forgets forgetting miss misses missing wait hesitate worry afraid shy ignore ignored ignoring neglect neglected abandoned
        lonely silence silent complain sorry reason busy asleep tired occupied unready uninterested refuse refuses object resist deny true
        untrue fail fails wrongly
        spared"""
    )
)
_KEEPING = word_set("keeps stops prevents hinders keep stop prevent hinder kept stopped prevented hindered")
_PREPOSITIONS = word_set("in at on before after between from until till during while when around past at please then , .")


def untroubled_length(words: Sequence[Token], at: int) -> int:
    """Return the number of tokens of a negation of trouble that begins at a token, or 0.

    Examples: "are no problem", "have nothing against", "is never a bad".

    Args:
        words: the tokens of the sentence.
        at: the token.
    """
    if size := phrase_length(words, at, _VERBS) or phrase_length(words, at, _NOTHING_PHRASES):
        return size
    word = word_at(words, at)
    copula, having, contracted = word in _COPULAS, word in _HAVING, word in _CONTRACTED
    place = at + (copula or having or contracted)
    if (copula or having) and phrase_length(words, place, _NOTHING_PHRASES):
        return 1 + phrase_length(words, place, _NOTHING_PHRASES)
    negator = word_at(words, place)
    if not contracted:
        if negator != "no" and not (copula and negator in _NEGATORS):
            return 0
        place += 1
    if negator != "no" or contracted:
        while word_at(words, place) in _BETWEEN and place < at + 6:
            place += 1
        if size := phrase_length(words, place, _PHRASES):
            return place + size - at
    bad = word_at(words, place)
    if bad in _NOUNS:
        return place + 1 - at
    if bad in _ADJECTIVES and (negator != "no" or word_at(words, place + 1) in _TIMES):
        return place + 1 - at
    return 0


def is_untroubled(words: Sequence[Token]) -> bool:
    """Return whether some words say that something is no trouble."""
    return any(untroubled_length(words, at) for at in range(len(words)))


def turned_round(words: Sequence[Token]) -> str:
    """Return why a refusal may wish what it names; "" if it has no word that turns it round.

    Examples: "never miss a Sunday evening", "do not leave me alone", "nothing keeps me from listening".

    Args:
        words: the tokens of the refusal, with its negator.
    """
    said = [t.word for t in words if t.word not in (",", ";", ".", "please")]
    # "Never when I am busy" names a state that is refused.
    said = said[: next((n for n, word in enumerate(said) if n and word in ("when", "while", "whenever", "if", "because")), len(said))]
    if not said:
        return ""
    plain = said[0] in ("leave", "keep") or "unless" in said
    # "Do not bother me" refuses.
    thought = {word for word, after in pairwise(said) if word in ("think", "mean", "say", "imagine", "suppose") and after in ("that", "i")}
    head = list(takewhile(lambda word: word not in (",", "and"), (t.word for t in words)))
    if thought or ("alone" in head and not plain):
        return TURNED_ROUND
    bothering = {word for word, after in pairwise(said) if word in ("bother", "trouble") and after in ("me", "us")}
    if (set(said) - bothering) & (_TURNING - ({"true"} if plain else set())):
        return TURNED_ROUND
    if ("as", "if") in set(pairwise(said)) or ("never", "disturb") in set(pairwise(said[1:])):
        return TURNED_ROUND
    if ("say", "no") in set(pairwise(said)):
        return TURNED_ROUND
    if set(said) & _KEEPING and "from" in said and set(said) & {"nothing", "nobody", "no"}:
        return TURNED_ROUND
    if said[0] == "nothing" and len(said) > 1 and said[1] not in _PREPOSITIONS and said[-1] in _TIMES | {"am", "pm"} and "is" in said:
        return TURNED_ROUND
    if "no" in said:
        following = said[said.index("no") + 1 :]
        if following and following[0] in _TIMES and set(following[1:3]) & {"is", "are"}:
            return TURNED_ROUND  # "no evening is too busy"
    return ""
