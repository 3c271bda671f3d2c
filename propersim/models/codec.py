"""Codecs turn a state into a prompt and tokens into an answer.

Here is the protocol; ``homelm_codec.py`` and ``text_codec.py`` have those of the two kinds of model.

Every answer follows a schema. The prompt ends just before the decision. The decision is one of two token sequences with different first
tokens; a suggestion follows the one for speaking, up to its end. Silence has a single form: in prompts, training data and parsing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from propersim.memory.state import AssistantState


class Codec(Protocol):
    """Encodes prompts and decodes answers of one model.

    Attributes:
        speak: tokens of the decision to speak, up to the start of the suggestion.
        silent: tokens of the decision to stay silent; its first token differs from that of ``speak``.
        closing: tokens that training appends to a suggestion, the end token included.
        over: tokens that training appends to silence in a whole answer, the end token included.
        banned: tokens that a suggestion may not contain.
        longest: maximum tokens of a suggestion; one that has not ended by then is malformed.
        tokens_needed: tokens of a prompt and its answer together: (where nothing is remembered, where most is).
    """

    speak: tuple[int, ...]
    silent: tuple[int, ...]
    closing: tuple[int, ...]
    over: tuple[int, ...]
    banned: tuple[int, ...]
    longest: int
    tokens_needed: tuple[int, int]

    def prompt(self, state: AssistantState) -> list[int]:
        """Return the token ids of a state's prompt, which ends just before the decision."""
        ...

    def ends(self, prompt: Sequence[int]) -> tuple[int, ...]:
        """Return the ends of the parts with which the next prompts probably begin too.

        They count tokens from the beginning.

        Their keys and values are kept. There are none where keeping them costs more than it saves.
        """
        ...

    def about(self, topic: str, tone: str) -> tuple[int, ...]:
        """Return the tokens after ``speak`` that give the topic and tone of the suggestion.

        There are none where the model cannot be given them.
        """
        ...

    def ended(self, ids: Sequence[int]) -> bool:
        """Return whether the tokens after ``speak`` form a complete suggestion."""
        ...

    def text(self, ids: Sequence[int]) -> str | None:
        """Return the suggestion in the tokens after ``speak``; None if it is malformed."""
        ...

    def tokens(self, text: str) -> list[int]:
        """Return the token ids of a suggestion, without ``speak`` and ``closing``."""
        ...
