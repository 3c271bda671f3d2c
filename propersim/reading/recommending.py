"""Decide whether a text recommends something to the user at all.

A recommendation is a directive ("bake a loaf"), an offer ("shall I put on some jazz?") or a suggestion ("you might like a walk") that is
not negated, is meant for the user and not for others, and is one coherent text.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Final

import numpy as np

from propersim.reading.coherence import form_is_none, makes_no_sense
from propersim.reading.signs import does_good, signs_of
from propersim.reading.word_classes import Sentence, sentences, words_and_patterns
from propersim.world.data import data_bytes

_LEAST_WITHOUT_SIGN: Final = 0.5
"""Least score of a text without a sign of a recommendation."""

_LEAST_ORDER: Final = -0.62
"""Least :func:`order` of a text; about 1 of 125 sentences that people wrote is below it, and five of six that were shuffled."""

_LEAST_ORDER_WITHOUT_END: Final = -0.3
"""The same for a text without a full stop or another mark at its end."""

_SHORT: Final = 5
"""Words of a text whose order says too little."""

WEIGHTS: Final = "recommending.npz"
"""Name of the data file with the trained weights."""


def recommends(text: str, words: Sequence[str], topics_of: Callable[[str], frozenset[str]] | None = None) -> bool:
    """Return whether a text recommends something to the user.

    Args:
        text: the text as it was said.
        words: its words and punctuation marks, in lower case.
        topics_of: returns the topics that a word alone suggests; without it the objects of verbs are not checked.
    """
    if not words or form_is_none(text, words) or (topics_of is not None and makes_no_sense(words, topics_of)):
        return False
    parts = sentences(words)
    least = _LEAST_ORDER if not words[-1][0].isalnum() else _LEAST_ORDER_WITHOUT_END
    if not parts or (len(words) > _SHORT and order(parts) < least):
        return False
    signs = [signs_of(part) for part in parts]
    return any(signs) or any(does_good(part) for part in parts) or score(words, parts, signs) > _LEAST_WITHOUT_SIGN


@lru_cache(maxsize=65_536)
def _shape(word: str) -> str:
    if word[0].isdigit():
        return "~1"
    for ending in ("ing", "ed", "ly", "s"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return f"~{ending}"
    return "~v" if word in words_and_patterns().verbs else "~"


def shapes(words: Sequence[str], kept: frozenset[str]) -> list[str]:
    """Return the words that are known by themselves as they are, and of others their shape."""
    return [word if word in kept or not word[0].isalnum() else _shape(word) for word in words]


def pairs_of(sentence: Sentence, kept: frozenset[str]) -> list[tuple[str, str]]:
    """Return the neighbouring words of a sentence, its beginning and its end included."""
    known = shapes(sentence.words, kept)
    return list(zip(["^", *known], [*known, "$"], strict=True))


def order(parts: Sequence[Sentence]) -> float:
    """Return how well the words stand in order.

    This is the mean over neighbouring words of how much more often they are seen together than by chance (logarithm).

    It is below 0 where the words might as well stand in any other order.
    """
    data = _weights()
    total, count = 0.0, 0
    for part in parts:
        before = "^"
        for word in [*shapes(part.words, data.kept), "$"]:
            weight = data.pairs.get(f"{before} {word}")
            total += data.unseen.get(before, 0.0) if weight is None else weight
            before = word
        count += len(part.words) + 1
    return total / max(1, count)


def features(words: Sequence[str], parts: Sequence[Sentence], signs: Sequence[str], kept: frozenset[str]) -> list[str]:
    """Return the features of a text for the weights.

    Args:
        words: its words and punctuation marks, in lower case.
        parts: its sentences.
        signs: how each sentence recommends something (:func:`signs_of`).
        kept: words that are known by themselves; others count by their shape.
    """
    known = shapes(words, kept)
    row = [*known, *[f"{a} {b}" for a, b in zip(["^", *known], [*known, "$"], strict=True)]]
    row += [mark for mark, found in (("SIGN", "sign" in signs), ("DIRECTIVE", "directive" in signs), ("PART", "" in signs)) if found]
    if not any(signs):
        row.append("NEITHER")
    if any(does_good(part) for part in parts):
        row.append("THING")
    return row


class _Weights:
    """The trained weights of ``recommending.npz``."""

    def __init__(self) -> None:
        with np.load(io.BytesIO(data_bytes(WEIGHTS)), allow_pickle=False) as data:

            def table(keys: str, values: str) -> dict[str, float]:
                return dict(zip(bytes(data[keys]).decode().split("\n"), data[values].astype(float).tolist(), strict=True))

            self.weights, self.pairs, self.unseen = table("keys", "weights"), table("pairs", "order"), table("lefts", "unseen")
            self.kept = frozenset(bytes(data["kept"]).decode().split("\n"))
            self.bias = float(data["bias"][0])


@cache
def _weights() -> _Weights:
    return _Weights()


def score(words: Sequence[str], parts: Sequence[Sentence], signs: Sequence[str]) -> float:
    """Return the score of a text that is not none by its form.

    Args:
        words: its words and punctuation marks, in lower case.
        parts: its sentences.
        signs: how each sentence recommends something (:func:`signs_of`).
    """
    data = _weights()
    return data.bias + sum([data.weights.get(feature, 0.0) for feature in set(features(words, parts, signs, data.kept))])
