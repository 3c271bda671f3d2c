"""The base class of assistants that are language models, local or at an endpoint: it keeps their memory."""

from __future__ import annotations

from propersim.core.interfaces import Kept
from propersim.core.records import Embedding, Step
from propersim.memory.memory import Memory

TRIES = 2
"""Attempts at a suggestion: a malformed one is generated once more."""


class Remembering:
    """Base of assistants with a memory; implements :class:`~propersim.core.interfaces.Rememberer`.

    Args:
        memory: the assistant's memory.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def see(self, step: Step) -> None:
        """Add a completed step to the memory."""
        self._memory.see(step)

    def recollect(self, kept: Kept) -> None:
        """Use stored vectors instead of computing them again."""
        self._memory.vectors.recollect(kept)

    def embeddings(self) -> list[Embedding]:
        """Return the vectors computed since the last call, to be stored."""
        return self._memory.vectors.take_new()
