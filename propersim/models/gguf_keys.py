"""Find the keys of a GGUF file that would be ignored and change the computation.

The keys of an architecture (``llama.…``) are followed, checked elsewhere or known to change nothing; any other key is reported unless its
value says "not given". The list holds what llama.cpp's converters write for the architectures that are supported.
"""

from __future__ import annotations

from typing import Final

from propersim.core.text import clean
from propersim.models.gguf_header import GgufHead

WINDOW: Final = "attention.sliding_window"
EPSILON: Final = "attention.layer_norm_rms_epsilon"
SIZES: Final = (
    "embedding_length",
    "block_count",
    "feed_forward_length",
    "context_length",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
)
"""Keys of sizes, of which some files hold one for each layer."""
_CHECKED: Final = frozenset({*SIZES, WINDOW, EPSILON, "expert_count"})
"""Keys that are followed, or whose value is checked by name."""
_WHOLE: Final = (*SIZES, WINDOW, "expert_count", "rope.dimension_count")
"""Keys whose value is a whole number."""
_HARMLESS: Final = frozenset({"vocab_size", "tensor_data_layout", "expert_used_count"})
"""Keys that change nothing: the size of the tokenizer, a note of old converters, and a number for experts, which no such model has."""
_ROPE: Final = "rope."
"""Keys of the rotation, which :mod:`propersim.models.gguf_rope` judges."""
_CAUSAL: Final = "attention.causal"


def unknown_keys(head: GgufHead) -> list[str]:
    """Return the keys of the architecture, sorted, that are neither followed nor harmless.

    A value of 0, false or nothing is how a converter writes "not given", but for :data:`_CAUSAL`, which is true where nothing is given.

    Args:
        head: the header of a GGUF file.
    """
    prefix = f"{head.architecture}."
    own = {key.removeprefix(prefix): value for key, value in head.metadata.items() if key.startswith(prefix)}
    return sorted(
        clean(prefix + key, limit=80)
        for key, value in own.items()
        if key not in _CHECKED | _HARMLESS and not key.startswith(_ROPE) and (value is not True if key == _CAUSAL else bool(value))
    )


def misread_numbers(head: GgufHead) -> list[str]:
    """Return the keys of whole numbers that hold something else, with their values.

    They would be taken as missing.

    Args:
        head: the header of a GGUF file.
    """
    found = {f"{head.architecture}.{key}": head.metadata.get(f"{head.architecture}.{key}") for key in _WHOLE}
    return [
        f"{key} is {clean(repr(value), limit=60)}"
        for key, value in found.items()
        if value is not None and (isinstance(value, bool) or not isinstance(value, int))
    ]
