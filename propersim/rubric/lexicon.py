"""The compiler's lexicon of phrases.

It has phrases for activities, topics, tones, subjects and parts of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from propersim.core import safe_yaml
from propersim.reading.classifier import stem
from propersim.rubric.sentences import Token, tokens
from propersim.rubric.word_sets import word_set

_SKIPPED_WORDS = frozenset(["a", "an", "the", "my", "your", "our", "his", "her", "their", "this", "that", "i'm", "i", "am", "some", "any"])


class Hit(NamedTuple):
    """A phrase found in a sentence.

    Attributes:
        names: the catalogue names that it stands for.
        start: its first token.
        end: the token after its last.
    """

    names: tuple[str, ...]
    start: int
    end: int


@cache
def raw() -> dict[str, Any]:
    """Return the content of the lexicon file, by section."""
    content: dict[str, Any] = safe_yaml.load(files("propersim.rubric").joinpath("data/lexicon.yaml").read_text(encoding="utf-8"))
    return content


@cache
def _phrases(section: str) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Return a section's phrases by their first stem, longest first.

    Each comes with the names that it stands for.
    """
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for names, listed in raw()[section].items():
        means = () if names == "none" else tuple(names.split())
        for entry in listed.split(","):
            key = tuple(_stem(token.word) for token in tokens(entry.strip()) if token.word not in _SKIPPED_WORDS)
            phrases.setdefault(key[0], []).append((key, means))
    for entries in phrases.values():
        entries.sort(key=lambda pair: -len(pair[0]))
    return phrases


@cache
def _stem(word: str) -> str:
    return stem(word)


def find(section: str, words: Sequence[Token], start: int = 0, end: int | None = None) -> list[Hit]:
    """Find the phrases of a section in a sentence.

    Args:
        section: a section of the lexicon, such as ``activities`` or ``topics``.
        words: the tokens of the sentence.
        start: the first token to search.
        end: the token after the last to search; None: to the end.

    Returns:
        The phrases in order, none overlapping another.
    """
    hits = [hit for hit in _find_all(section, words, start, end) if hit.names]
    return _without_eating(words, _places_only(words, hits)) if section == "activities" else hits


def known_words(section: str, words: Sequence[Token]) -> set[int]:
    """Return the tokens of a sentence that belong to phrases of a section.

    Phrases that stand for nothing count too.

    Args:
        section: a section of the lexicon.
        words: the tokens of the sentence.
    """
    return {n for hit in _find_all(section, words, 0, None) for n in range(hit.start, hit.end)}


def _find_all(section: str, words: Sequence[Token], start: int, end: int | None) -> list[Hit]:
    """Return the phrases of a section, also those without a name."""
    phrases = _phrases(section)
    places = [n for n in range(start, len(words) if end is None else min(end, len(words))) if words[n].word not in _SKIPPED_WORDS]
    stems = [_stem(words[n].word) for n in places]
    hits: list[Hit] = []
    at = 0
    while at < len(places):
        step = 1
        for key, names in phrases.get(stems[at], ()):
            if tuple(stems[at : at + len(key)]) == key:
                step = len(key)
                hits.append(Hit(names, places[at], places[at + step - 1] + 1))
                break
        at += step
    return hits


def _places_only(words: Sequence[Token], hits: Sequence[Hit]) -> list[Hit]:
    """Return the activities without an "outside" that stands before hours: "outside 9:00-17:00"."""

    def before_hours(hit: Hit) -> bool:
        following = [t.word for t in words[hit.end : hit.end + 2] if t.word not in ("of", "the")]
        return (
            words[hit.start].word == "outside" and bool(following) and (following[0][0].isdigit() or following[0] in ("hours", "working"))
        )

    return [hit for hit in hits if not before_hours(hit)]


@cache
def plain_words() -> frozenset[str]:
    """Return the words that change no rule, wherever they stand."""
    return frozenset(raw()["plain"].split())


_MEALS = frozenset(["breakfast", "lunch", "dinner", "snack", "family_meal"])


def _without_eating(words: Sequence[Token], hits: Sequence[Hit]) -> list[Hit]:
    """Return the activities without an "eat" that a named meal follows."""
    kept = []
    for n, hit in enumerate(hits):
        following = hits[n + 1] if n + 1 < len(hits) else None
        if hit.names == ("meal",) and following and set(following.names) <= _MEALS:
            gap = {t.word for t in words[hit.end : following.start]}
            if _stem(words[hit.start].word) == _stem("eat") and following.start - hit.end <= 3 and not gap & {",", "and", "or"}:
                continue
        kept.append(hit)
    return kept


def names(hits: Sequence[Hit]) -> list[str]:
    """Return the names that the hits stand for, each once, in order."""
    return list(dict.fromkeys(name for hit in hits for name in hit.names))


_NOT_DURING = word_set("after before between until till done finished finish finishing leaving past")
_BACK = frozenset(
    ["back", "home", "return", "returning", "returned", "come", "coming", "break", "breaks", "away", "rest", "off", "recover"]
)
_OVER = frozenset(["over", "done", "finished", "ends", "ended"])


def is_outside(words: Sequence[Token], hit: Hit) -> bool:
    """Return whether an activity is named for what comes before or after it.

    Examples: "after lunch", "when work is over".
    """
    for n in range(hit.start - 1, max(-1, hit.start - 5), -1):
        if words[n].word in (",", "or", "and", ";", "when", "while", "during"):
            break
        if words[n].word in _NOT_DURING and not (words[n].word == "after" and words[n - 1 : n] and words[n - 1].word.startswith("look")):
            return True
    near = hit.start - 1
    while near > 0 and words[near].word in ("a", "an", "the", "my", "our"):
        near -= 1
    if near > 0 and (words[near].word == "about" or (words[near].word == "from" and words[near - 1].word in _BACK)):
        return True  # "when I think about dinner", "when I come back from a walk"
    # "When I'm about to order takeout for lunch" is not during lunch.
    for n in range(hit.start - 2, max(-1, hit.start - 9), -1):
        if words[n].word in (",", "or", "and"):
            break
        if words[n].word == "about" and words[n + 1].word == "to":
            return True
    following = [t.word for t in words[hit.end : hit.end + 2]]
    return bool(following[1:] and following[0] in ("is", "are") and following[1] in _OVER)
