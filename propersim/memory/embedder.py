"""Embeddings of texts: what an embedder is, one that needs no model and no network, and keeping what was computed."""

from __future__ import annotations

import itertools
import re
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt

from propersim.core.errors import InputError
from propersim.core.interfaces import Kept
from propersim.core.records import Embedding

Vector = npt.NDArray[np.float32]

AT_HAND = 20_000
"""So many vectors are held in memory at most."""

_WORD = re.compile(r"[^\W_]+")


class Embedder(Protocol):
    """Turns texts into vectors; the same text into the same bits, in any run and at any time.

    Attributes:
        name: by which its vectors are kept; another name for whatever gives other vectors.
        dimensions: their length; 0 where that is known with the first of them only.
    """

    name: str
    dimensions: int

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,), float32."""
        ...


class KeptEmbedder:
    """An embedder that computes no vector that is kept already, and hands over the others to be kept.

    Args:
        embedder: what computes them.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._kept: Kept | None = None
        self._at_hand: dict[str, Vector] = {}
        self._fresh: dict[str, Vector] = {}

    def recollect(self, kept: Kept) -> None:
        """Take vectors from there, where they are."""
        self._kept = kept

    def fresh(self) -> list[Embedding]:
        """Return the vectors that were computed since the last call."""
        found = [Embedding(self.name, text, vector.astype("<f4").tobytes()) for text, vector in self._fresh.items()]
        self._fresh = {}
        return found

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,)."""
        vector = self._at_hand.get(text)
        if vector is None:
            vector = self._fresh.get(text)
            if vector is None:
                vector = self._recalled(text)
            if vector is None:
                vector = self._embedder.embed(text)
                self._check(vector)
                self._fresh[text] = vector
            self.dimensions = len(vector)
            if len(self._at_hand) >= AT_HAND:
                self._at_hand.clear()
            self._at_hand[text] = vector
        return vector

    def _check(self, vector: Vector) -> None:
        """Raise InputError for a vector that cannot be compared with those of before."""
        if self.dimensions and len(vector) != self.dimensions:
            raise InputError(
                f"{self.name}: gives vectors of {len(vector)} numbers, and gave some of {self.dimensions}", "it is another model by now"
            )

    def _recalled(self, text: str) -> Vector | None:
        data = self._kept(self.name, text) if self._kept is not None else None
        # One of another length was not this embedder's: it is computed instead.
        return (
            np.frombuffer(data, dtype="<f4").astype(np.float32) if data and len(data) == 4 * (self.dimensions or len(data) // 4) else None
        )


class HashingEmbedder:
    """Signed feature hashing of words, word pairs and letter triples; equal texts give equal bits on every machine.

    Args:
        dimensions: length of the vectors.
    """

    name = "hashing"

    def __init__(self, dimensions: int = 256) -> None:
        self.dimensions = dimensions

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,); a text without words gives the first axis."""
        words = _WORD.findall(text.lower())[:200]
        vector = np.zeros(self.dimensions, dtype=np.float32)
        features = [(f"w{word}", 1.0) for word in words]
        features += [(f"p{one} {two}", 0.5) for one, two in itertools.pairwise(words)]
        features += [(f"t{padded[i : i + 3]}", 0.3) for word in words for padded in (f"^{word}$",) for i in range(len(padded) - 2)]
        for feature, weight in features:
            place = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
            vector[place % self.dimensions] += weight if place >> 63 else -weight
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0] = 1.0
            return vector
        vector /= length
        return vector
