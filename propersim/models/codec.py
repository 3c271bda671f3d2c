"""Codecs turn a state into a prompt and tokens into an answer.

Here are the protocol and HomeLM's codec.

Every answer follows a schema. The prompt ends just before the decision. The decision is one of two token sequences with different first
tokens; a suggestion follows the one for speaking, up to its end. Silence has a single form: in prompts, training data and parsing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from propersim.core.text import well_formed
from propersim.memory.state import AssistantState
from propersim.models.homelm_field_tokens import ANSWER, EOS, LONGEST, SILENT, SPEAK, encode, field_tokens


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

    def ended(self, ids: Sequence[int]) -> bool:
        """Return whether the tokens after ``speak`` form a complete suggestion."""
        ...

    def text(self, ids: Sequence[int]) -> str | None:
        """Return the suggestion in the tokens after ``speak``; None if it is malformed."""
        ...

    def tokens(self, text: str) -> list[int]:
        """Return the token ids of a suggestion, without ``speak`` and ``closing``."""
        ...


class FieldCodec:
    """HomeLM's codec, with one token per field of the state.

    An answer is ``<speak>``, a sentence and ``<eos>``, or ``<silent>`` and ``<eos>``.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        speak, silent, end = (int(tokenizer.convert_tokens_to_ids(token)) for token in (SPEAK, SILENT, EOS))
        self.speak: tuple[int, ...] = (speak,)
        self.silent: tuple[int, ...] = (silent,)
        self.closing: tuple[int, ...] = (end,)
        self.over: tuple[int, ...] = (end,)
        self.banned: tuple[int, ...] = tuple(i for i in range(len(field_tokens())) if i != end)
        self.longest: int = ANSWER
        most = LONGEST + len(self.speak) + ANSWER
        self.tokens_needed: tuple[int, int] = (most, most)

    def prompt(self, state: AssistantState) -> list[int]:
        """Return the token ids of a state's prompt, at most 96."""
        return encode(state)

    def ended(self, ids: Sequence[int]) -> bool:
        """Return whether the last token is the end token."""
        return bool(ids) and ids[-1] == self.closing[0]

    def text(self, ids: Sequence[int]) -> str | None:
        """Return the sentence; None if it has no end token or is not well-formed."""
        if not self.ended(ids):
            return None
        text = str(self._tokenizer.decode(list(ids[:-1]), skip_special_tokens=False)).strip()
        return text if well_formed(text) else None

    def tokens(self, text: str) -> list[int]:
        """Return the token ids of a sentence."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids
