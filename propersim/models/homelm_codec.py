"""The codecs of HomeLM: one token per field of the state, then a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.core.text import well_formed
from propersim.memory.state import AssistantState
from propersim.models import homelm_evidence_tokens as evidence_tokens
from propersim.models import homelm_field_tokens as field_tokens
from propersim.models.homelm_evidence_tokens import ABOUT
from propersim.models.homelm_field_tokens import ANSWER, EOS, SILENT, SPEAK


class EagerCodec:
    """The codec of ``homelm-eager``.

    Its prompts hold the day so far and similar moments, but no evidence.

    An answer is ``<speak>``, a sentence and ``<eos>``, or ``<silent>`` and ``<eos>``.

    Args:
        tokenizer: the model's tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._read(tokenizer, len(field_tokens.field_tokens()), field_tokens.LONGEST)

    def _read(self, tokenizer: Any, fields: int, prompt: int) -> None:
        """Read the special tokens of a tokenizer.

        Args:
            tokenizer: the model's tokenizer.
            fields: number of tokens that are not text.
            prompt: most tokens of a prompt.
        """
        self._tokenizer = tokenizer
        speak, silent, end = (int(tokenizer.convert_tokens_to_ids(token)) for token in (SPEAK, SILENT, EOS))
        self.speak: tuple[int, ...] = (speak,)
        self.silent: tuple[int, ...] = (silent,)
        self.closing: tuple[int, ...] = (end,)
        self.over: tuple[int, ...] = (end,)
        self.banned: tuple[int, ...] = tuple(i for i in range(fields) if i != end)
        self.longest: int = ANSWER
        most = prompt + len(self.speak) + ANSWER
        self.tokens_needed: tuple[int, int] = (most, most)

    def prompt(self, state: AssistantState) -> list[int]:
        """Return the token ids of a state's prompt."""
        return field_tokens.encode(state)

    def ends(self, prompt: Sequence[int]) -> tuple[int, ...]:
        """Return no ends: the fields change from step to step."""
        return ()

    def about(self, topic: str, tone: str) -> tuple[int, ...]:
        """Return no tokens: this model cannot be given a topic."""
        return ()

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


class HomeLMCodec(EagerCodec):
    """The codec of ``homelm``.

    Its prompts hold evidence, and a topic and a tone can be given to the model.

    Args:
        tokenizer: the model's tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        # Topic and tone of a suggestion may stand before it.
        self._read(tokenizer, len(evidence_tokens.field_tokens()), evidence_tokens.LENGTH + 3)

    def prompt(self, state: AssistantState) -> list[int]:
        """Return the token ids of a state's prompt."""
        return evidence_tokens.encode(state)

    def about(self, topic: str, tone: str) -> tuple[int, ...]:
        """Return the tokens that give a suggestion's topic and tone."""
        return tuple(evidence_tokens.about(topic, tone))


def homelm_codec(tokenizer: Any) -> EagerCodec:
    """Return the codec that goes with a tokenizer of HomeLM."""
    return HomeLMCodec(tokenizer) if ABOUT in tokenizer.get_vocab() else EagerCodec(tokenizer)
