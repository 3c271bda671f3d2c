"""Embeddings by a model at an endpoint; kept ones are never asked for again (see :class:`~propersim.memory.embedder.KeptEmbedder`)."""

from __future__ import annotations

import numpy as np

from propersim.core.errors import InputError
from propersim.llm_client import Asker, Unusable
from propersim.llm_client.url import normal
from propersim.memory.embedder import Vector


def endpoint_of(embedder: str) -> tuple[str, str]:
    """Return address and model of an embedder given as ``URL#MODEL``.

    Raises:
        InputError: it is not that.
    """
    url, _, model = embedder.partition("#")
    if not model.strip():
        raise InputError("--embedder: it is not said which model the endpoint is to be asked for", "give it as URL#MODEL")
    return normal(url), model.strip()


def endpoint_name(embedder: str) -> str:
    """Return the name that the vectors of such an embedder are kept by."""
    return "endpoint-" + "#".join(endpoint_of(embedder))


class EndpointEmbedder:
    """A model at an endpoint. How long its vectors are is known with the first one.

    Args:
        embedder: as given, ``URL#MODEL``.
        asker: who asks it; None asks nobody: only what is kept can be had.
    """

    dimensions = 0

    def __init__(self, embedder: str, asker: Asker | None) -> None:
        self.name = endpoint_name(embedder)
        self._asker = asker

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text.

        Raises:
            Outage: it cannot be had now.
            InputError: it can never be had.
        """
        if self._asker is None:
            raise InputError(
                "vectors of this run come from an endpoint, which is not asked again: only what the run itself looked for can be searched",
                "look at what the moment itself reminds it of",
            )
        vector = np.asarray(self._asker.embed(text), dtype=np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            raise Unusable(f"{self._asker.model} gives no vector for a text", "choose another model for --embedder")
        return vector / np.float32(length)
