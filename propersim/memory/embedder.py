"""Embed texts: the interface, an embedder without a model, and a cache of vectors."""

from __future__ import annotations

import itertools
import re
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt

from propersim.core.errors import InputError
from propersim.core.interfaces import VectorLookup
from propersim.core.records import Embedding
from propersim.core.text import clean

Vector = npt.NDArray[np.float32]

MAX_IN_MEMORY = 20_000
"""Most vectors that a cache holds in memory."""

_WORD = re.compile(r"[^\W_]+")


class Embedder(Protocol):
    """Turns texts into vectors; the same text always gives the same bits.

    Attributes:
        name: name under which its vectors are stored; embedders that give different vectors need different names.
        dimensions: length of the vectors; 0 where it is unknown until the first one.
    """

    name: str
    dimensions: int

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,), float32."""
        ...


class CachingEmbedder:
    """An embedder that looks vectors up before it computes them.

    It returns the computed ones to be stored.

    Args:
        embedder: computes the vectors that are not stored.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._lookup: VectorLookup | None = None
        self._in_memory: dict[str, Vector] = {}
        self._new: dict[str, Vector] = {}

    def use_stored_vectors(self, kept: VectorLookup) -> None:
        """Look vectors up in a store before computing them."""
        self._lookup = kept

    def take_new(self) -> list[Embedding]:
        """Return the vectors computed since the last call."""
        new = [Embedding(self.name, text, vector.astype("<f4").tobytes()) for text, vector in self._new.items()]
        self._new = {}
        return new

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,), float32.

        Raises:
            InputError: the embedder returned a vector of another length than before.
        """
        vector = self._in_memory.get(text)
        if vector is None:
            vector = self._new.get(text)
            if vector is None:
                vector = self._stored(text)
            if vector is None:
                vector = self._embedder.embed(text)
                self._check(vector)
                self._new[text] = vector
            self.dimensions = len(vector)
            if len(self._in_memory) >= MAX_IN_MEMORY:
                self._in_memory.clear()
            self._in_memory[text] = vector
        return vector

    def _check(self, vector: Vector) -> None:
        """Raise InputError where a vector is none, or cannot be compared with earlier ones."""
        if not (
            isinstance(vector, np.ndarray) and vector.ndim == 1 and np.issubdtype(vector.dtype, np.floating) and np.isfinite(vector).all()
        ):
            raise InputError(
                f"{self.name}: returned no vector of finite numbers, but {clean(repr(vector), 80)}", "repair or replace the embedder"
            )
        if self.dimensions and len(vector) != self.dimensions:
            raise InputError(
                f"{self.name}: returned a vector of {len(vector)} numbers; earlier ones have {self.dimensions}",
                "the endpoint serves another model under this name now",
            )

    def _stored(self, text: str) -> Vector | None:
        data = self._lookup(self.name, text) if self._lookup is not None else None
        # A stored vector of another length comes from another model and is computed anew.
        return (
            np.frombuffer(data, dtype="<f4").astype(np.float32) if data and len(data) == 4 * (self.dimensions or len(data) // 4) else None
        )


class HashingEmbedder:
    """Embeds by signed feature hashing of words, word pairs and letter triples.

    It gives the same bits on every machine.

    Args:
        dimensions: length of the vectors.
    """

    name = "hashing"

    def __init__(self, dimensions: int = 256) -> None:
        self.dimensions = dimensions

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,), float32.

        A text without words gives the first axis.
        """
        words = _WORD.findall(text.lower())[:200]
        vector = np.zeros(self.dimensions, dtype=np.float32)
        features = [(f"w{word}", 1.0) for word in words]
        features += [(f"p{one} {two}", 0.5) for one, two in itertools.pairwise(words)]
        features += [(f"t{padded[i : i + 3]}", 0.3) for word in words for padded in (f"^{word}$",) for i in range(len(padded) - 2)]
        for feature, weight in features:
            digest = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
            vector[digest % self.dimensions] += weight if digest >> 63 else -weight
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0] = 1.0
            return vector
        vector /= length
        return vector
