"""Find similar past (action, recommendation) pairs with an index (paper, section 4.1).

The index is hnswlib's.
"""

from __future__ import annotations

from dataclasses import dataclass

import hnswlib
import numpy as np

from propersim.memory.embedder import Embedder
from propersim.memory.state import Past

NEAREST = 32
"""Number of nearest pairs that are ranked."""
MEMORIES = 5
"""Most pairs in the state."""
MAX_SILENCES = 2
"""Most silences among them."""
RECENCY_WEIGHT = 0.1
RECENCY_BASE = 0.995
"""Rank = cosine + 0.1 × 0.995^(hours since the pair last occurred), so that recent pairs rank higher."""


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
    """A remembered pair and its similarity to a text.

    Attributes:
        activity: id of the user's activity.
        topic: topic of the recommendation; None for silence.
        text: the recommendation; "" for silence.
        score: score of its last occurrence, 0–4; None where the memory level has no scores.
        last: time of its last occurrence, in minutes since the beginning of the run.
        count: number of occurrences.
        similarity: cosine to the text.
    """

    activity: str
    topic: str | None
    text: str
    score: int | None
    last: float
    count: int
    similarity: float


class RecallIndex:
    """An index of the distinct (action, recommendation) pairs of all past steps.

    Pairs are inserted in the order of the step records, so that a resumed run finds the same pairs.

    Args:
        embedder: embeds the pairs and the queries.
        scores: whether scores are remembered (memory level ``ars``).
    """

    def __init__(self, embedder: Embedder, *, scores: bool) -> None:
        self._embedder = embedder
        self._scores = scores
        self._pairs: list[_Pair] = []
        self._number_of: dict[tuple[str, str], int] = {}
        self._index: hnswlib.Index | None = None

    def __len__(self) -> int:
        """Return the number of distinct pairs."""
        return len(self._pairs)

    def add(self, activity: str, phrase: str, topic: str | None, text: str, score: int | None, at: float) -> None:
        """Add an occurrence of a recommendation, or of silence, during an activity.

        Args:
            activity: id of the activity.
            phrase: the activity in words.
            topic: topic of the recommendation; None for silence.
            text: the recommendation; "" for silence.
            score: its score, 0–4; None where it is not revealed.
            at: time, in minutes since the beginning of the run.
        """
        number = self._number_of.get((activity, text))
        remembered_score = score if self._scores else None
        if number is not None:
            pair = self._pairs[number]
            pair.last, pair.score = at, remembered_score
            pair.count += 1
            return
        vector = self._embedder.embed(f"{phrase}. {text or 'no recommendation'}")
        if self._index is None:
            # The length of some embedders' vectors is unknown before the first one.
            self._index = _new_index(len(vector))
        number = self._number_of[(activity, text)] = len(self._pairs)
        self._pairs.append(_Pair(activity, topic, text, remembered_score, at, 1))
        if number >= self._index.get_max_elements():
            self._index.resize_index(2 * self._index.get_max_elements())
        self._index.add_items(vector, number, num_threads=1)

    def rate(self, activity: str, text: str, score: int) -> None:
        """Set the score of the last occurrence of a pair, which was not revealed when it was added.

        Args:
            activity: id of the activity.
            text: the recommendation; "" for silence.
            score: its score, 0–4.
        """
        if self._scores:
            self._pairs[self._number_of[(activity, text)]].score = score

    def similar(self, phrase: str, at: float) -> tuple[Past, ...]:
        """Return the five past pairs that rank highest by cosine and recency, best first.

        At most two of them are silences.

        Args:
            phrase: the user's activity in words.
            at: current time, in minutes since the beginning of the run.
        """
        if self._index is None:
            return ()
        labels, distances = self._index.knn_query(self._embedder.embed(phrase), k=min(NEAREST, len(self._pairs)), num_threads=1)
        ranked = []
        for number, distance in zip(labels[0].tolist(), distances[0].tolist(), strict=True):
            pair, cosine = self._pairs[number], 1.0 - distance
            hours = (at - pair.last) / 60
            ranked.append((-(cosine + RECENCY_WEIGHT * RECENCY_BASE**hours), number, cosine, pair))
        ranked.sort(key=lambda entry: entry[:2])
        memories: list[Past] = []
        silences = 0
        for _, _, cosine, pair in ranked:
            if not pair.text:
                if silences == MAX_SILENCES:
                    continue
                silences += 1
            memories.append(Past(pair.activity, pair.topic, pair.text, pair.score, at - pair.last, round(cosine, 4)))
            if len(memories) == MEMORIES:
                break
        return tuple(memories)

    def matching(self, text: str, count: int) -> list[Match]:
        """Return the pairs most similar to a text by cosine alone, best first.

        All pairs are compared, exactly.

        Args:
            text: free text.
            count: most pairs to return.
        """
        if self._index is None:
            return []
        vectors = np.asarray(self._index.get_items(range(len(self._pairs)), return_type="numpy"), dtype=np.float32)
        cosines = vectors @ self._embedder.embed(text)
        order = np.argsort(-cosines, kind="stable")[:count].tolist()
        return [
            Match(pair.activity, pair.topic, pair.text, pair.score, pair.last, pair.count, round(float(cosines[number]), 4))
            for number in order
            for pair in (self._pairs[number],)
        ]


def _new_index(dimensions: int) -> hnswlib.Index:
    index = hnswlib.Index(space="cosine", dim=dimensions)
    index.init_index(max_elements=1024, ef_construction=100, M=16, random_seed=7)
    index.set_num_threads(1)
    index.set_ef(2 * NEAREST)
    return index
