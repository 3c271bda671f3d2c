"""Embed texts with a model at an endpoint.

:class:`~propersim.memory.embedder.CachingEmbedder` avoids repeated requests.
"""

from __future__ import annotations

import numpy as np

from propersim.core.errors import InputError
from propersim.llm_client import ModelClient, Unusable
from propersim.llm_client.url import normal
from propersim.memory.embedder import Vector


def endpoint_of(embedder: str) -> tuple[str, str]:
    """Split an embedder option ``URL#MODEL`` into the normalised URL and the model.

    Raises:
        InputError: the option is not of that form.
    """
    url, _, model = embedder.partition("#")
    if not model.strip():
        raise InputError("--embedder: the model is missing", "write it as URL#MODEL")
    return normal(url), model.strip()


def endpoint_name(embedder: str) -> str:
    """Return the name under which the vectors of an embedder option ``URL#MODEL`` are stored."""
    return "endpoint-" + "#".join(endpoint_of(embedder))


class EndpointEmbedder:
    """Embeds with a model at an endpoint.

    The length of its vectors is known from the first one on.

    Args:
        embedder: the option, ``URL#MODEL``.
        model_client: sends the requests; None sends none, so that only stored vectors can be used.
    """

    dimensions = 0

    def __init__(self, embedder: str, model_client: ModelClient | None) -> None:
        self.name = endpoint_name(embedder)
        self._model_client = model_client

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,), float32.

        Raises:
            Outage: the endpoint cannot answer now.
            InputError: the endpoint cannot give a vector, or there is no endpoint to ask.
        """
        if self._model_client is None:
            raise InputError(
                "this run's embeddings come from an endpoint, which is not asked again: only texts that the run embedded can be searched",
                "search for the user's current activity instead",
            )
        vector = np.asarray(self._model_client.embed(text), dtype=np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            raise Unusable(f"{self._model_client.model} returned no usable vector for a text", "choose another model for --embedder")
        return vector / np.float32(length)
