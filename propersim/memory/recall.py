"""Find similar past (action, recommendation) pairs (paper, section 4.1).

All distinct pairs are compared, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from propersim.memory.embedder import Embedder
from propersim.memory.state import Past

NEAREST = 32
"""Number of nearest pairs that are ranked."""
FIRST = 256
"""Number of vectors for which room is made at first."""
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
        self._vectors: npt.NDArray[np.float32] = np.empty((0, 0), dtype=np.float32)

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
        number = self._number_of[(activity, text)] = len(self._pairs)
        self._pairs.append(_Pair(activity, topic, text, remembered_score, at, 1))
        if number >= len(self._vectors):
            # The length of some embedders' vectors is unknown before the first one.
            grown = np.empty((max(FIRST, 2 * number), len(vector)), dtype=np.float32)
            if number:
                grown[:number] = self._vectors[:number]
            self._vectors = grown
        self._vectors[number] = vector

    def rate(self, activity: str, text: str, score: int | None) -> None:
        """Set the score of the last occurrence of a pair, which was not revealed when it was added.

        Args:
            activity: id of the activity.
            text: the recommendation; "" for silence.
            score: its score, 0–4; None where the rating is incomplete.
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
        if not self._pairs:
            return ()
        cosines = self._cosines(phrase)
        nearest = np.argpartition(-cosines, NEAREST - 1)[:NEAREST] if len(cosines) > NEAREST else np.arange(len(cosines))
        ranked = []
        for number in nearest.tolist():
            pair, cosine = self._pairs[number], float(cosines[number])
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

        Args:
            text: free text.
            count: most pairs to return.
        """
        if not self._pairs:
            return []
        cosines = self._cosines(text)
        order = np.argsort(-cosines, kind="stable")[:count].tolist()
        return [
            Match(pair.activity, pair.topic, pair.text, pair.score, pair.last, pair.count, round(float(cosines[number]), 4))
            for number in order
            for pair in (self._pairs[number],)
        ]

    def _cosines(self, text: str) -> npt.NDArray[np.float32]:
        """Return the cosines of a text to all pairs, shape (pairs,); embedders give unit vectors."""
        return self._vectors[: len(self._pairs)] @ self._embedder.embed(text)
