"""Make HomeLM's tokenizer: one token per field of the prompt, byte-level BPE for text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from propersim.models.homelm_field_tokens import BOS, EOS, PAD


class PlainTokenizer:
    """HomeLM's tokenizer without transformers.

    It has the methods of transformers' tokenizers that codecs and the inspector use.

    Args:
        folder: folder of the model.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        """Return the token ids of a text, under ``input_ids``."""
        return {"input_ids": self._tokenizer.encode(text, add_special_tokens=add_special_tokens).ids}

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool, clean_up_tokenization_spaces: bool = False) -> str:
        """Return the text of tokens.

        Args:
            ids: token ids.
            skip_special_tokens: whether tokens that are not text are left out.
            clean_up_tokenization_spaces: has no effect; spaces are never cleaned up.
        """
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=skip_special_tokens))

    def convert_tokens_to_ids(self, token: str) -> int | None:
        """Return the id of a token."""
        found: int | None = self._tokenizer.token_to_id(token)
        return found

    def get_vocab(self) -> dict[str, int]:
        """Return the ids of all tokens."""
        return dict(self._tokenizer.get_vocab())


def with_fields(folder: Path, old: Sequence[str], fields: Sequence[str]) -> Any:
    """Return a tokenizer with the text tokens of another one, and other tokens for fields.

    Args:
        folder: folder of the other tokenizer.
        old: its tokens that are not text.
        fields: tokens that are not text; they get the lowest ids, in their order. The text tokens follow in the order of the other one.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    fast: Any = PreTrainedTokenizerFast
    known = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    text = [token for token, _ in sorted(known["vocab"].items(), key=lambda row: row[1]) if token not in set(old)]
    raw = Tokenizer(models.BPE({token: i for i, token in enumerate((*fields, *text))}, [tuple(pair) for pair in known["merges"]]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    raw.decoder = decoders.ByteLevel()
    raw.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in fields])
    for i, token in enumerate(fields):
        if raw.token_to_id(token) != i:
            raise AssertionError(f"{token} has id {raw.token_to_id(token)}, not {i}")
    return fast(
        tokenizer_object=raw,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        clean_up_tokenization_spaces=False,
        padding_side="right",
        model_max_length=160,
    )
