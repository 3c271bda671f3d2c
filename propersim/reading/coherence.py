"""Find texts that are no sentence by their form, or make no sense."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from propersim.reading.word_classes import (
    ADJECTIVE_ENDINGS,
    AFTER_NOUNS,
    ARTICLES,
    BEFORE_GERUND,
    BEFORE_VERB,
    DETERMINERS,
    FINITE,
    MODALS,
    PARTICLES,
    PRONOUNS,
    TIMES,
    words_and_patterns,
)

_CHEERS: Final = 6
"""Different words in a text that make three times the same word a cheer ("go go go")."""


def _repeats(words: Sequence[str]) -> bool:
    """Return whether a word stands three times in a row, or a sequence of words twice."""
    plain = [word for word in words if word[0].isalnum()]
    if len(plain) >= 8 and len(set(plain)) < 0.5 * len(plain):
        return True
    if len(set(plain)) == len(plain):
        return False
    cheers = len(set(plain)) >= _CHEERS
    for size in range(1, len(words) // 2 + 1):
        times = 3 if size == 1 else 2
        run = 0
        for at in range(len(words) - size):
            run = run + 1 if words[at] == words[at + size] and words[at][0].isalnum() else 0
            if run >= size * (times - 1) and not (cheers and size == 1):
                return True
    return False


def _cut_off(text: str, words: Sequence[str]) -> bool:
    """Return whether a text ends in the middle of a sentence.

    A bare suggestion of the catalogue, which begins with a small letter, may end in "on" or "for a while".
    """
    data = words_and_patterns()
    last = next((word for word in reversed(words) if word[0].isalnum()), "")
    if last in data.always_dangling:
        return True
    if words[-1][0].isalnum() and not text[:1].islower():
        before = words[-2] if len(words) > 1 else ""
        verb = last[:-3] if last.endswith("ing") else last
        waits = (verb in data.objects or verb + "e" in data.objects) and (
            before in BEFORE_VERB or (last != verb and before in BEFORE_GERUND)
        )
        describes = last in data.adjectives or (len(last) > 5 and last.endswith(ADJECTIVE_ENDINGS))
        return last in data.dangling or waits or (describes and not DETERMINERS.isdisjoint(words[-4:-1]))
    return words[-1] in ",:;(" and len(words) > 1


def _quoted(text: str, words: Sequence[str]) -> bool:
    return any(mark in text for mark in '"“”') and not words_and_patterns().said.isdisjoint(words)


def _titled(text: str, words: Sequence[str]) -> bool:
    """Return whether a text has capitals throughout and no full stop, like a headline."""
    long = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
    plain = [word for word in words if word[0].isalpha()]
    return (
        len(plain) > 1
        and bool(long)
        and text.lstrip()[:1].isupper()
        and words[-1][0].isalnum()
        and all(word[0].isupper() for word in long)
        and not {"you", "your"} & set(plain)
        and (len(long) > 1 or len(plain) > 2)
    )


def _salad(words: Sequence[str]) -> bool:
    """Return whether two words stand together that no sentence has in this order."""
    impossible = words_and_patterns().impossible
    if any(after in impossible[word] for word, after in pairwise(words) if word in impossible):
        return True
    return any(words[at] in MODALS and words[at - 1] in PRONOUNS and words[at + 1] in ARTICLES for at in range(1, len(words) - 1))


def makes_no_sense(words: Sequence[str], topics_of: Callable[[str], frozenset[str]]) -> bool:
    """Return whether a verb has an object that it cannot have ("drink the history").

    The same holds for a time that is used as a thing ("a cup of Tuesday").

    Args:
        words: words and punctuation marks, in lower case.
        topics_of: returns the topics that a word alone suggests.
    """
    data = words_and_patterns()
    for at, word in enumerate(words):
        after = words[at + 1] if at + 1 < len(words) else ""
        allowed, start = data.objects_of.get((word,)), at + 1
        if allowed is None:
            allowed, start = data.objects_of.get((word, after)), at + 2
        before = words[at - 1] if at else ","
        if allowed is not None and (start == at + 2 or before in data.before_verbs or not before[0].isalnum()):
            named = _object(words, start)
            known = frozenset(topic for noun in named for topic in topics_of(noun))
            if named and (named[-1] in TIMES or (known and not known & allowed)):
                return True
        if word == "of" and at and words[at - 1] not in data.measures and not words[at - 1][0].isdigit():
            named = _object(words, at + 1)
            if named and named[-1] in TIMES and after not in DETERMINERS and not after[:1].isdigit():
                return True
        if (
            word in ("into", "with", "under", "on") and after == "yesterday" and (at + 2 == len(words) or not words[at + 2][0].isalnum())
        ) or (word in ("listen", "listening") and after in ("a", "the", "some", "your")):
            return True
    return False


def _object(words: Sequence[str], start: int) -> list[str]:
    """Return the nouns and adjectives of the noun group that begins at a word, if any."""
    data, found = words_and_patterns(), list[str]()
    if start >= len(words) or (words[start] in PARTICLES and words[start] not in DETERMINERS):
        return []
    for word in words[start : start + 5]:
        if not word[0].isalnum() or word in PARTICLES or word in PRONOUNS or word in FINITE or (found and word in AFTER_NOUNS):
            break
        if word not in DETERMINERS and word not in data.no_objects:
            found.append(word)
    return [] if found and found[-1] in data.portions else found


def form_is_none(text: str, words: Sequence[str]) -> bool:
    """Return whether a text is cut off, repeats itself, is told, a headline or code."""
    if not words or not any(word[0].isalpha() for word in words):
        return True
    return (
        words_and_patterns().none.search(text) is not None
        or _repeats(words)
        or _cut_off(text, words)
        or _quoted(text, words)
        or _titled(text, words)
        or _salad(words)
    )
