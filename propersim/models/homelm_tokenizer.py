"""Make HomeLM's tokenizer: one token per field of the prompt, byte-level BPE for text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from propersim.models.homelm_field_tokens import BOS, EOS, PAD


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
