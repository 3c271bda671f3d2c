"""Build HomeLM's tokenizer: one token per field of the prompt, byte-level BPE for text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from propersim.models.homelm_field_tokens import BOS, EOS, PAD

ENTRIES: Final = 4608
"""Size of the vocabulary; a multiple of 64."""


def build_tokenizer(texts: Iterable[str], fields: Sequence[str]) -> Any:
    """Return a ``PreTrainedTokenizerFast`` trained on sentences.

    Args:
        texts: the sentences.
        fields: tokens that are not text; they have the lowest ids, in their order.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    fast: Any = PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=ENTRIES,
        min_frequency=2,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in fields],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
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
