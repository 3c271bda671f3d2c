"""Find directives, offers and suggestions in a sentence that are not negated."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.reading.word_classes import (
    ANY_BREAK,
    AUXILIARIES,
    BREAK,
    FINITE,
    JOIN,
    MODALS,
    NARRATORS,
    NEGATORS,
    PRONOUNS,
    QUESTIONS,
    STRONG_BREAK,
    SUBORDINATE,
    Sentence,
    words_and_patterns,
)


def _skip_openers(words: Sequence[str], at: int) -> int:
    """Return the place of the first word that is no opener."""
    data = words_and_patterns()
    moved = True
    while moved and at < len(words):
        moved = False
        if words[at] in BREAK:
            at, moved = at + 1, True
            continue
        for size in range(min(data.longest, len(words) - at), 0, -1):
            if tuple(words[at : at + size]) in data.openers and at + size < len(words):
                at, moved = at + size, True
                break
    return at


def _directive(sentence: Sentence, start: int) -> bool:
    """Return whether a clause that begins at a word is a directive to the user.

    A verb may also be an opener ("go and rest", "go to bed").
    """
    end = _skip_openers(sentence.words, start)
    return any(_commands(sentence, at) for at in range(start, min(end + 1, len(sentence.words))))


def _commands(sentence: Sentence, at: int) -> bool:
    data, words = words_and_patterns(), sentence.words
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    head = word.split("-")[-1] if "-" in word else word
    if head not in data.verbs or after in FINITE or after in PRONOUNS or (word in AUXILIARIES and (sentence.end == "?" or after == "not")):
        return False
    if data.courtesies.match(sentence.text, sentence.at[at]) or data.assignment.match(sentence.text, sentence.at[at]):
        return False
    return not (word in data.wishes and after in ("me", "us"))


def _signs(sentence: Sentence, first_only: int | None) -> bool:
    data, words = words_and_patterns(), sentence.words
    signs, heads = data.signs, data.heads
    negated, head = False, _skip_openers(words, 0)
    for at, word in enumerate(words):
        if word in BREAK or word == "but":
            negated = False
            head = _skip_openers(words, at + 1)
            continue
        if word in JOIN or word in SUBORDINATE:
            head = max(head, _skip_openers(words, at + 1))
        if (
            not negated
            and word in signs
            and (first_only is None or at == first_only)
            and (at <= head or word not in heads)
            and (match := signs[word].match(sentence.text, sentence.at[at])) is not None
            and not data.negated_after.match(sentence.text, match.end())
        ):
            return True
        negated = negated or word in NEGATORS
    return False


def _to_others(words: Sequence[str]) -> bool:
    """Return whether a sentence addresses others ("players, put your cards on the table")."""
    data = words_and_patterns()
    words = words[1:] if words[0] in ("dear", "attention", "all", "ok", "now", "hello", "please") else words
    if len(words) < 3 or words[1] not in ",:":
        return False
    first = words[0]
    plural = (
        len(first) > 4 and first.endswith("s") and not first.endswith("ss") and first not in data.not_people and first not in data.verbs
    )
    return first in data.others or (plural and words[2] in data.verbs)


def signs_of(sentence: Sentence) -> str:
    """Return how a sentence recommends: by a ``sign``, as a ``directive``, or not ("")."""
    words = sentence.words
    first = _skip_openers(words, 0)
    asks = sentence.end == "?" and first < len(words) and words[first] in QUESTIONS
    if _signs(sentence, first if asks else None):
        return "sign"
    if asks or _to_others(words):
        return ""
    if _directive(sentence, 0):
        return "directive"
    breaks = STRONG_BREAK if words[0] in NARRATORS else ANY_BREAK
    negated, turned = False, "instead" in words or "rather" in words
    for at, word in enumerate(words[:-1]):
        negated = (negated and word not in BREAK and word not in ("but", "so")) or word in NEGATORS
        if word in JOIN and ((negated and not turned) or (word == "and" and words[at + 1] in words_and_patterns().same_in_past)):
            # "Don't mix the juice and watch it": the negation holds for both verbs.
            continue
        if word in breaks and _directive(sentence, at + 1 + (word == ":" and words[at + 1] == "you")):
            return "directive"
    return ""


def does_good(sentence: Sentence) -> bool:
    """Return whether a thing might do good ("a walk might lift your spirits")."""
    data, words = words_and_patterns(), sentence.words
    start = 0
    for at, word in enumerate(words):
        if word in BREAK or word in JOIN:
            start = at + 1
        elif word in MODALS and at > start and data.benefit.match(sentence.text, sentence.at[at] + len(word) + 1):
            subject = set(words[start:at])
            if not subject & data.people and not subject & PRONOUNS and not subject & NEGATORS:
                return True
    return False
