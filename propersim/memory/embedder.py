"""Embeddings of texts: ``hashing``, which needs no model and no network."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]

_WORD = re.compile(r"[^\W_]+")


class HashingEmbedder:
    """Signed feature hashing of words, word pairs and letter triples; equal texts give equal bits on every machine.

    Args:
        dimensions: length of the vectors.
    """

    name = "hashing"

    def __init__(self, dimensions: int = 256) -> None:
        self.dimensions = dimensions
        self._embed = lru_cache(maxsize=20_000)(self._fresh)

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,); a text without words gives the first axis."""
        return self._embed(text)

    def _fresh(self, text: str) -> Vector:
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
        vector.setflags(write=False)
        return vector
