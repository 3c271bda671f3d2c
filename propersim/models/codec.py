"""How a state becomes a prompt, and tokens an answer: one contract for every model, and HomeLM's fields.

An answer is by schema. The prompt ends just before the decision; the decision is one of two rows of tokens that differ in
their first; a suggestion follows the one for speech, up to its end. Silence has one well-formed shape everywhere: in
prompts, in what is trained on, in what is parsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from propersim.core.text import well_formed
from propersim.memory.state import State
from propersim.models.homelm_field_tokens import ANSWER, EOS, SILENT, SPEAK, encode, field_tokens


class Codec(Protocol):
    """Prompts and answers of one model, in its tokens.

    Attributes:
        speak: tokens of the decision to speak, up to where the suggestion begins.
        silent: tokens of the decision to be silent; another first token than ``speak`` has.
        closing: tokens that close a suggestion, the end of the text included; what training adds to it.
        over: tokens that follow silence in a whole answer, likewise.
        banned: tokens that no suggestion may hold.
        longest: tokens after which a suggestion that has not ended is malformed.
    """

    speak: tuple[int, ...]
    silent: tuple[int, ...]
    closing: tuple[int, ...]
    over: tuple[int, ...]
    banned: tuple[int, ...]
    longest: int

    def prompt(self, state: State) -> list[int]:
        """Return the prompt of a state, ending just before the decision."""
        ...

    def ended(self, ids: Sequence[int]) -> bool:
        """Whether the tokens after ``speak`` are a whole suggestion."""
        ...

    def text(self, ids: Sequence[int]) -> str | None:
        """Return the suggestion in the tokens after ``speak``, closing ones included; None where it is malformed."""
        ...

    def tokens(self, text: str) -> list[int]:
        """Return a suggestion's tokens, without ``speak`` and ``closing``."""
        ...


class FieldCodec:
    """HomeLM's: every field one token, ``<speak>`` or ``<silent>``, a sentence, ``<eos>``."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        speak, silent, end = (int(tokenizer.convert_tokens_to_ids(token)) for token in (SPEAK, SILENT, EOS))
        self.speak: tuple[int, ...] = (speak,)
        self.silent: tuple[int, ...] = (silent,)
        self.closing: tuple[int, ...] = (end,)
        self.over: tuple[int, ...] = (end,)
        self.banned: tuple[int, ...] = tuple(i for i in range(len(field_tokens())) if i != end)
        self.longest: int = ANSWER

    def prompt(self, state: State) -> list[int]:
        """Return the prompt of a state, at most 96 tokens."""
        return encode(state)

    def ended(self, ids: Sequence[int]) -> bool:
        """Whether there is an end."""
        return bool(ids) and ids[-1] == self.closing[0]

    def text(self, ids: Sequence[int]) -> str | None:
        """Return the sentence; None where it has no end, or is none."""
        if not self.ended(ids):
            return None
        text = str(self._tokenizer.decode(list(ids[:-1]), skip_special_tokens=False)).strip()
        return text if well_formed(text) else None

    def tokens(self, text: str) -> list[int]:
        """Return a sentence's tokens."""
        found: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return found
