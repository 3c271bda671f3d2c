"""Fuzzy matching of what a person types, with Textual's own matcher.

A word of a filter matches a text that contains it. Only a word that no text contains is matched fuzzily: its letters occur in this
order in one word of the text, which begins with the same letter (``rslnd`` is found in *Rosalind*). So a filter that is typed exactly
finds nothing else. Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from textual.fuzzy import Matcher

Key = TypeVar("Key", bound=Hashable)

MOST_PATHS = 2000
"""Most ways of finding a query's letters in a text that are compared; Textual compares all, which takes minutes on a few dozen letters."""
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=64)
def _matcher(query: str) -> Matcher:
    return Matcher(query)


def match(query: str, text: str) -> tuple[float, Sequence[int]]:
    """Return the score of a fuzzy match (0 is none), and the offsets of the matching letters.

    Args:
        query: the letters to find, in any case.
        text: the text, in any case.
    """
    search = _matcher(query).fuzzy_search
    low, plain = query.lower(), text.lower()
    if not low or len(plain) != len(text) or len(low) > len(plain):
        return 0.0, ()
    if low in plain or _paths(low, plain) <= MOST_PATHS:
        return search.match(low, plain)
    offsets: list[int] = []
    for letter in low:
        at = plain.find(letter, offsets[-1] + 1 if offsets else 0)
        if at < 0:
            return 0.0, ()
        offsets.append(at)
    return search.score(plain, offsets), offsets


def _paths(query: str, text: str) -> int:
    """Return in how many ways the beginnings of a query can be found in a text, in all."""
    ways = [1] + [0] * len(query)
    for letter in text:
        for place in range(len(query), 0, -1):
            if query[place - 1] == letter:
                ways[place] += ways[place - 1]
    return sum(ways[1:])


def words_of(text: str) -> list[tuple[int, str]]:
    """Return the words of a text, in lower case, each with its offset."""
    return [(found.start(), found[0].lower()) for found in _WORD.finditer(text)]


def _in_word(word: str, token: str) -> Sequence[int]:
    """Return the offsets of a typed word in a word of a text; none if it does not match.

    Both have to begin with the same letter.
    """
    if word[:1] != token[:1] or len(word) < 2:
        return ()
    return match(word, token)[1]


class Filter:
    """Filter or search for texts, as typed.

    Args:
        typed: words separated by blanks; a text has to match all of them.
    """

    def __init__(self, typed: str = "") -> None:
        self.words = tuple(typed.lower().split())
        self._fuzzy: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.words)

    def select(self, texts: Mapping[Key, str]) -> set[Key]:
        """Return the keys of the texts that match.

        Args:
            texts: the texts, in lower case.
        """
        chosen = set(texts)
        fuzzy = set()
        for word in self.words:
            found = {key for key, text in texts.items() if word in text}
            if not found:
                fuzzy.add(word)
                tokens = {token for text in texts.values() for _, token in words_of(text)}
                near = {token for token in tokens if _in_word(word, token)}
                found = {key for key, text in texts.items() if any(token in near for _, token in words_of(text))} if near else set()
            chosen &= found
        self._fuzzy = frozenset(fuzzy)
        return chosen

    def offsets(self, text: str) -> list[int]:
        """Return the offsets of the letters of a text that match, as of the last :meth:`select`.

        Args:
            text: a text as it is drawn, in any case.
        """
        low = text.lower()
        if not self.words or len(low) != len(text):
            return []
        found: set[int] = set()
        for word in self.words:
            if word in self._fuzzy:
                for start, token in words_of(text):
                    found.update(start + offset for offset in _in_word(word, token))
                continue
            at = low.find(word)
            while at >= 0:
                found.update(range(at, at + len(word)))
                at = low.find(word, at + len(word))
        return sorted(found)


def spans(offsets: Sequence[int]) -> list[tuple[int, int]]:
    """Return offsets as spans of (start, end), end exclusive.

    Args:
        offsets: offsets in ascending order.
    """
    joined: list[tuple[int, int]] = []
    for offset in offsets:
        if joined and joined[-1][1] == offset:
            joined[-1] = joined[-1][0], offset + 1
        else:
            joined.append((offset, offset + 1))
    return joined
