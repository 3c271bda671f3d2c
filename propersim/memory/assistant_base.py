"""The base class of assistants that are language models, local or at an endpoint.

It keeps their memory.
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.feedback import Feedback
from propersim.core.interfaces import VectorLookup
from propersim.core.records import Embedding
from propersim.memory.memory import Memory

SUGGESTION_ATTEMPTS = 2
"""Attempts at a suggestion: a malformed one is generated once more."""


class MemoryAssistant:
    """Base of assistants with a memory.

    Implements :class:`~propersim.core.interfaces.EmbeddingAssistant`.

    Args:
        memory: the assistant's memory.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def observe(self, feedback: Feedback) -> None:
        """Add a completed step to the memory."""
        self._memory.observe(feedback)

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Add the ratings that are revealed when the user falls asleep."""
        self._memory.reveal(feedback)

    def use_stored_vectors(self, kept: VectorLookup) -> None:
        """Use stored vectors instead of computing them again."""
        self._memory.vectors.use_stored_vectors(kept)

    def take_new_vectors(self) -> list[Embedding]:
        """Return the vectors computed since the last call, to be stored."""
        return self._memory.vectors.take_new()
