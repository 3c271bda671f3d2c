"""Recall of similar past moments: distinct (action, recommendation) pairs, found by hnswlib (paper, section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass

import hnswlib
import numpy as np

from propersim.memory.embedder import Embedder
from propersim.memory.state import Past

NEAREST = 32
"""How many nearest pairs are ranked."""
KEPT = 5
"""How many the assistant sees."""
SILENCES = 2
"""At most so many of them are silences."""
RECENCY_WEIGHT = 0.1
RECENCY_BASE = 0.995
"""Rank = cosine + 0.1 × 0.995^hours since it last happened: the more recent, the higher."""


@dataclass(slots=True)
class _Pair:
    activity: str
    topic: str | None
    text: str
    score: int | None
    last: float
    count: int


@dataclass(frozen=True, slots=True)
class Match:
    """A remembered pair, as it is like a text.

    Attributes:
        activity: id of what the user was doing.
        topic: of the recommendation; None is silence.
        text: the recommendation; "" is silence.
        score: its rating when it came last, 0–4; None where scores are not kept.
        last: when it came last, in minutes since the beginning of the run.
        count: how often it came.
        similarity: cosine to the text.
    """

    activity: str
    topic: str | None
    text: str
    score: int | None
    last: float
    count: int
    similarity: float


class Recall:
    """An index of what happened before, across days.

    Its order of insertion follows from the records alone, so that a resumed run finds the same.

    Args:
        embedder: what turns a moment into a vector.
        scores: whether ratings are kept (memory level ``ars``).
    """

    def __init__(self, embedder: Embedder, *, scores: bool) -> None:
        self._embedder = embedder
        self._scores = scores
        self._pairs: list[_Pair] = []
        self._known: dict[tuple[str, str], int] = {}
        self._index: hnswlib.Index | None = None

    def __len__(self) -> int:
        """Return how many distinct pairs are remembered."""
        return len(self._pairs)

    def add(self, activity: str, phrase: str, topic: str | None, text: str, score: int, at: float) -> None:
        """Remember that something was said (or, with "", nothing) during an action.

        Args:
            activity: id of what the user was doing.
            phrase: the same in words.
            topic: of the recommendation.
            text: the recommendation; "" is silence.
            score: its rating, 0–4.
            at: when, in minutes since the beginning of the run.
        """
        number = self._known.get((activity, text))
        kept = score if self._scores else None
        if number is not None:
            pair = self._pairs[number]
            pair.last, pair.score = at, kept
            pair.count += 1
            return
        vector = self._embedder.embed(f"{phrase}. {text or 'no recommendation'}")
        if self._index is None:
            # Some embedders tell how long their vectors are with the first one.
            self._index = _index(len(vector))
        number = self._known[(activity, text)] = len(self._pairs)
        self._pairs.append(_Pair(activity, topic, text, kept, at, 1))
        if number >= self._index.get_max_elements():
            self._index.resize_index(2 * self._index.get_max_elements())
        self._index.add_items(vector, number, num_threads=1)

    def similar(self, phrase: str, at: float) -> tuple[Past, ...]:
        """Return the five past pairs most like a moment, best first: by cosine and recency, at most two silences.

        Args:
            phrase: what the user is doing, in words.
            at: now, in minutes since the beginning of the run.
        """
        if self._index is None:
            return ()
        labels, distances = self._index.knn_query(self._embedder.embed(phrase), k=min(NEAREST, len(self._pairs)), num_threads=1)
        ranked = []
        for number, distance in zip(labels[0].tolist(), distances[0].tolist(), strict=True):
            pair, cosine = self._pairs[number], 1.0 - distance
            hours = (at - pair.last) / 60
            ranked.append((-(cosine + RECENCY_WEIGHT * RECENCY_BASE**hours), number, cosine, pair))
        ranked.sort(key=lambda one: one[:2])
        found: list[Past] = []
        silences = 0
        for _, _, cosine, pair in ranked:
            if not pair.text:
                if silences == SILENCES:
                    continue
                silences += 1
            found.append(Past(pair.activity, pair.topic, pair.text, pair.score, at - pair.last, round(cosine, 4)))
            if len(found) == KEPT:
                break
        return tuple(found)

    def matching(self, text: str, count: int) -> list[Match]:
        """Return the pairs most like a text by meaning alone, best first; all are compared, so that nothing near is missed.

        Args:
            text: free text.
            count: at most so many.
        """
        if self._index is None:
            return []
        vectors = np.asarray(self._index.get_items(range(len(self._pairs)), return_type="numpy"), dtype=np.float32)
        cosines = vectors @ self._embedder.embed(text)
        order = np.argsort(-cosines, kind="stable")[:count].tolist()
        return [
            Match(one.activity, one.topic, one.text, one.score, one.last, one.count, round(float(cosines[i]), 4))
            for i in order
            for one in (self._pairs[i],)
        ]


def _index(dimensions: int) -> hnswlib.Index:
    index = hnswlib.Index(space="cosine", dim=dimensions)
    index.init_index(max_elements=1024, ef_construction=100, M=16, random_seed=7)
    index.set_num_threads(1)
    index.set_ef(2 * NEAREST)
    return index
