"""What assistants that are language models have in common, wherever the model is: a memory."""

from __future__ import annotations

from propersim.core.interfaces import Kept
from propersim.core.records import Embedding, Step
from propersim.memory.memory import Memory

TRIES = 2
"""A malformed suggestion is asked for again at most once."""


class Remembering:
    """Base of assistants with a memory; a :class:`~propersim.core.interfaces.Rememberer`.

    Args:
        memory: what it remembers.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def see(self, step: Step) -> None:
        """Remember what happened."""
        self._memory.see(step)

    def recollect(self, kept: Kept) -> None:
        """Take vectors from there, where they are, instead of computing them."""
        self._memory.vectors.recollect(kept)

    def embeddings(self) -> list[Embedding]:
        """Return the vectors that were computed since the last call."""
        return self._memory.vectors.fresh()
