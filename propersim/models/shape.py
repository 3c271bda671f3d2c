"""Sizes of a LLaMA-type model, from its configuration, and its parameter counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec

ARCHITECTURES: Final = ("llama", "mistral", "qwen2", "qwen3", "smollm3")
"""Supported architectures: causal models whose layers consist of q, k, v, o, gate, up and down projections."""


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sizes of a model.

    Attributes:
        hidden: width of the residual stream.
        inner: width of the feed-forward layers.
        layers: number of layers.
        heads: number of attention heads.
        kv_heads: number of key and value heads.
        head: width of a head.
        vocabulary: rows of the embedding.
        tied: whether the output layer is the embedding.
    """

    hidden: int
    inner: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    tied: bool

    @property
    def linears(self) -> tuple[tuple[int, int], ...]:
        """(in, out) of the seven projections of a layer."""
        query, key = self.heads * self.head, self.kv_heads * self.head
        attention = ((self.hidden, query), (self.hidden, key), (self.hidden, key), (query, self.hidden))
        return (*attention, (self.hidden, self.inner), (self.hidden, self.inner), (self.inner, self.hidden))

    @property
    def linear(self) -> int:
        """Parameters of all projections, which are the ones that 4-bit quantization packs."""
        return self.layers * sum(a * b for a, b in self.linears)

    @property
    def other(self) -> int:
        """All other parameters: embedding, output layer, norms."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2) + (2 * self.layers + 1) * self.hidden

    @property
    def parameters(self) -> int:
        """Number of parameters, without biases and norms of heads, which some architectures have."""
        return self.linear + self.other

    def lora(self, rank: int, layers: int = 0) -> int:
        """Return the number of LoRA parameters on all projections of ``layers`` layers (0: all)."""
        return min(layers or self.layers, self.layers) * sum(rank * (a + b) for a, b in self.linears)


def shape_of(config: Mapping[str, Any]) -> Shape:
    """Return the sizes in a ``config.json``.

    Raises:
        KeyError: a required size is missing.
        ValueError: a size is not a whole number above 0.
    """
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    sizes = {
        "hidden": hidden,
        "inner": config["intermediate_size"],
        "layers": config["num_hidden_layers"],
        "heads": heads,
        "kv_heads": config.get("num_key_value_heads") or heads,
        "vocabulary": config["vocab_size"],
    }
    if any(isinstance(value, bool) or not isinstance(value, int) or value < 1 for value in sizes.values()):
        raise ValueError(f"sizes must be whole numbers above 0: {sizes}")
    _check_numbers(config)
    return Shape(**sizes, head=int(config.get("head_dim") or hidden // heads), tied=bool(config.get("tie_word_embeddings", False)))


def _check_numbers(config: Mapping[str, Any]) -> None:
    """Check the numbers of a ``config.json`` that attention and norms need.

    Raises:
        ValueError: a number is not finite, or out of range; the message names it.
    """
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    rope = rope if isinstance(rope, Mapping) else {}
    above_zero = {name: config.get(name) for name in ("rms_norm_eps", "rope_theta", "head_dim", "num_key_value_heads")}
    above_zero |= {f"rope {name}": rope.get(name) for name in ("factor", "rope_theta")}
    for name, value in above_zero.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"{name} must be a number above 0, not {value!r}")
    window = config.get("sliding_window")
    if window is not None and (isinstance(window, bool) or not isinstance(window, int) or window < 2):
        raise ValueError(f"sliding_window must be a whole number of at least 2, not {window!r}")
