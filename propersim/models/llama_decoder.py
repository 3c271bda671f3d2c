"""Runs a LLaMA on the CPU, and keeps the beginnings of prompts.

It is faster than transformers.

At a few million parameters, transformers spends nearly all of a token's time in Python; at some hundred millions, in reading a prompt whose
beginning has not changed. :class:`LlamaDecoder` uses the same weights (4-bit ones dequantised once, the adapter merged into them).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Generic, TypeVar
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as f

from propersim.models.adapters import base_of, has_lora
from propersim.models.byte_matrix import MOST_ROWS, WIDTH, ByteMatrix
from propersim.models.decoder import common_parts, padded, parts_of, weight_of
from propersim.models.estimate import LARGEST

SMALL: Final = 20_000_000
"""Most parameters of a model whose single tokens are computed in numpy."""


def matrix_type(model: Any) -> torch.dtype:
    """Return the type in which this machine multiplies a model's matrices fastest.

    That is bfloat16 where the processor has instructions for it; small models stay in float32.
    """
    capabilities = torch.cpu.get_capabilities()
    fast = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if fast and _count(model.config) > SMALL else torch.float32


def _count(config: Any) -> int:
    """Return roughly how many parameters a LLaMA has, from its sizes.

    Packed 4-bit weights have fewer elements than parameters.
    """
    width = config.hidden_size
    return int(config.num_hidden_layers * width * (4 * width + 3 * config.intermediate_size) + config.vocab_size * width)


@dataclass
class _Cache:
    """Keys and values of each layer, shape (rows, heads, room, size).

    The first ``length`` positions count.
    """

    keys: list[torch.Tensor]
    values: list[torch.Tensor]
    length: int


Matrix = TypeVar("Matrix", torch.Tensor, ByteMatrix)


@dataclass(frozen=True)
class LayerWeights(Generic[Matrix]):
    """Weights of a layer.

    Attributes:
        before: weights of the norm before the attention.
        qkv: weights of queries, keys and values, one below the other.
        out: weights of the attention's output.
        after: weights of the norm after the attention.
        gate_up: weights of the two inner projections, one below the other.
        down: weights of the last projection.
    """

    before: torch.Tensor
    qkv: Matrix
    out: Matrix
    after: torch.Tensor
    gate_up: Matrix
    down: Matrix


class LayerMatrices(LayerWeights[torch.Tensor]):
    """Weights of a layer as tensors, and in the forms in which single tokens are computed."""

    @cached_property
    def in_bytes(self) -> LayerWeights[ByteMatrix]:
        """The layer with its matrices in 8-bit integers."""
        byte = ByteMatrix.of
        return LayerWeights(self.before, byte(self.qkv), byte(self.out), self.after, byte(self.gate_up), byte(self.down))

    @cached_property
    def arrays(self) -> tuple[npt.NDArray[np.float32], ...]:
        """The weights in the order of the attributes as numpy arrays, with the matrices transposed."""
        weights = (self.before, self.qkv, self.out, self.after, self.gate_up, self.down)
        return tuple((weight.t().contiguous() if weight.dim() == 2 else weight).numpy() for weight in weights)


@dataclass(eq=False)
class BaseWeights:
    """Weights of a base model that its decoders share, because no adapter changes them.

    Attributes:
        layers: layers that some decoder uses without an adapter, by number.
        head: the output matrix in 8-bit integers; None before a decoder uses it.
        lock: held while one of them is made.
    """

    layers: WeakValueDictionary[int, LayerMatrices] = field(default_factory=WeakValueDictionary)
    head: ByteMatrix | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class LlamaWeights:
    """Weights and sizes of a LLaMA, in float32.

    The matrices of the layers may be in bfloat16.

    Attributes:
        heads: heads of queries.
        kv: heads of keys and values.
        size: width of a head.
        eps: epsilon of the norms.
        positions: the longest position.
        embedding: shape (vocabulary, width).
        head: the output matrix, same shape.
        norm: weights of the last norm.
        layers: the layers.
        frequencies: frequencies of the rotary positions, shape (size / 2,).
        base: what decoders of the same base model share.
    """

    heads: int
    kv: int
    size: int
    eps: float
    positions: int
    embedding: torch.Tensor
    head: torch.Tensor
    norm: torch.Tensor
    layers: list[LayerMatrices]
    frequencies: torch.Tensor
    base: BaseWeights = field(default_factory=BaseWeights)

    @property
    def parameters(self) -> int:
        """Number of weights, norms aside."""
        layers = sum(weight.numel() for layer in self.layers for weight in (layer.qkv, layer.out, layer.gate_up, layer.down))
        return layers + self.embedding.numel()

    @classmethod
    @torch.inference_mode()
    def of(cls, model: Any, dtype: torch.dtype = torch.float32, shared: BaseWeights | None = None) -> LlamaWeights:
        """Return a copy of the weights of a ``LlamaForCausalLM``.

        It may be in 4-bit, and have a LoRA adapter.

        Args:
            model: the model.
            dtype: type of the layers' matrices.
            shared: what decoders of the same base model share: layers without an adapter are taken from there; None shares nothing.
        """
        shared = shared or BaseWeights()

        def matrix(*linears: Any) -> torch.Tensor:
            return torch.cat([weight_of(linear) for linear in linears]).to(dtype)

        def copied(layer: Any) -> LayerMatrices:
            a, m = layer.self_attn, layer.mlp
            return LayerMatrices(
                layer.input_layernorm.weight.float(),
                matrix(a.q_proj, a.k_proj, a.v_proj),
                matrix(a.o_proj),
                layer.post_attention_layernorm.weight.float(),
                matrix(m.gate_proj, m.up_proj),
                matrix(m.down_proj),
            )

        base = base_of(model)
        config = base.config
        layers = []
        with shared.lock:
            for number, layer in enumerate(base.model.layers):
                if has_lora(layer):
                    layers.append(copied(layer))
                    continue
                found = shared.layers.get(number)
                if found is None:
                    found = shared.layers[number] = copied(layer)
                layers.append(found)
        return cls(
            heads=config.num_attention_heads,
            kv=config.num_key_value_heads,
            size=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
            eps=float(config.rms_norm_eps),
            positions=int(config.max_position_embeddings),
            embedding=base.model.embed_tokens.weight.float(),
            head=weight_of(base.lm_head),
            norm=base.model.norm.weight.float(),
            layers=layers,
            frequencies=base.model.rotary_emb.inv_freq.float().cpu(),
            base=shared,
        )


@dataclass
class _Kept:
    """The beginning of the last prompt: its parts, and their keys and values."""

    parts: list[tuple[int, ...]]
    cache: _Cache


def _product(x: torch.Tensor, matrix: torch.Tensor | ByteMatrix) -> torch.Tensor:
    """Return the product of states and a matrix, in float32."""
    if isinstance(matrix, ByteMatrix):
        return matrix.product(x)
    return f.linear(x.to(matrix.dtype), matrix).float()


class LlamaDecoder:
    """Runs a LLaMA on the CPU, with the beginnings of prompts kept from step to step.

    The matrices are those of the weights, in float32 or bfloat16; all else is computed in float32, the logits too. Where the matrices are
    in bfloat16, the tokens of an answer are computed one at a time from 8-bit ones.

    Args:
        weights: the model's weights.
        room: tokens of a prompt and its answer for which space is reserved; longer ones make space as they come.
    """

    def __init__(self, weights: LlamaWeights, room: int = 160) -> None:
        with torch.inference_mode():
            self._read(weights, room)

    def _read(self, weights: LlamaWeights, room: int) -> None:
        self._heads, self._kv, self._size, self._eps = weights.heads, weights.kv, weights.size, weights.eps
        self._room = room
        self._embedding, self._head, self._norm = weights.embedding, weights.head.contiguous(), weights.norm
        self._layers = weights.layers
        # For single tokens of small models the same weights as numpy arrays: their matrix products cost a fraction of those in torch.
        self._small: list[tuple[npt.NDArray[np.float32], ...]] = []
        if weights.parameters <= SMALL and weights.layers[0].qkv.dtype is torch.float32:
            self._small = [layer.arrays for layer in self._layers]
            self._small_head = self._head.t().contiguous().numpy()
        # For single tokens of larger models the same weights as bytes.
        bytes_ = self._layers[0].qkv.dtype is torch.bfloat16 and not any(
            matrix.shape[1] % WIDTH for matrix in (self._head, self._layers[0].out, self._layers[0].down)
        )
        self._byte_layers: list[LayerWeights[ByteMatrix]] = []
        self._byte_head: ByteMatrix | None = None
        if bytes_:
            with weights.base.lock:
                self._byte_layers = [layer.in_bytes for layer in self._layers]
                self._byte_head = weights.base.head = weights.base.head or ByteMatrix.of(self._head)
        self._frequencies = weights.frequencies
        self._turn(room)
        self._kept = _Kept([], self._empty(1))

    def _turn(self, places: int) -> None:
        """Compute the rotation of that many positions."""
        angles = torch.arange(places, dtype=torch.float32)[:, None] * self._frequencies[None, :]
        self._cos, self._sin = torch.cat([angles.cos()] * 2, 1), torch.cat([angles.sin()] * 2, 1)

    @staticmethod
    def fits(model: Any) -> bool:
        """Return whether this decoder can run a model.

        A plain LLaMA of at most :data:`LARGEST` parameters on the CPU.
        """
        config = model.config
        rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
        plain = config.model_type == "llama" and rope == "default" and not config.attention_bias and not getattr(config, "mlp_bias", False)
        return bool(plain and config.hidden_act == "silu" and _count(config) <= LARGEST and next(model.parameters()).device.type == "cpu")

    @torch.inference_mode()
    def prefill(self, ids: Sequence[int], ends: Sequence[int] = ()) -> tuple[torch.Tensor, _Cache]:
        """Return the logits after a prompt, shape (vocabulary,), and its cache.

        See :meth:`propersim.models.decoder.Decoder.prefill`.
        """
        if not ends:
            cache = self._empty(1)
            return self._logits(self._states(cache, torch.tensor([list(ids)]))[:, -1])[0], cache
        # A copy, because the next prompt writes where this one ends.
        cache = self.fork(self._keep(ids, ends), 1)
        return self._logits(self._states(cache, torch.tensor([list(ids[cache.length :])]))[:, -1])[0], cache

    def _keep(self, ids: Sequence[int], ends: Sequence[int]) -> _Cache:
        """Return the cache of the parts of a prompt that are kept.

        It is valid until the next call.
        """
        parts = parts_of(ids, ends)
        kept = self._kept
        same = common_parts(parts, kept.parts)
        kept.parts, kept.cache.length = parts[:same], ends[same - 1] if same else 0
        for part in parts[same:]:
            self._states(kept.cache, torch.tensor([part]))
            kept.parts.append(part)
        return kept.cache

    def _empty(self, rows: int) -> _Cache:
        shape = (rows, self._kv, self._room, self._size)
        return _Cache([torch.zeros(shape) for _ in self._layers], [torch.zeros(shape) for _ in self._layers], 0)

    def _reserve(self, cache: _Cache, end: int) -> None:
        """Make space for ``end`` tokens in a cache."""
        if end > len(self._cos):
            self._turn(max(end, 2 * len(self._cos)))
        more = end - cache.keys[0].shape[2]
        if more > 0:
            # Some more than is asked for, so that the next tokens find space.
            wider = (0, 0, 0, more + self._room)
            cache.keys, cache.values = [f.pad(keys, wider) for keys in cache.keys], [f.pad(values, wider) for values in cache.values]

    @torch.inference_mode()
    def fork(self, cache: _Cache, rows: int) -> _Cache:
        """Return a cache with that many copies of a one-row cache."""
        return _Cache([k.repeat(rows, 1, 1, 1) for k in cache.keys], [v.repeat(rows, 1, 1, 1) for v in cache.values], cache.length)

    @torch.inference_mode()
    def extend(self, cache: _Cache, ids: torch.Tensor) -> torch.Tensor:
        """Append tokens; return the logits after the last, shape (rows, vocabulary)."""
        if ids.shape[1] == 1 and self._small:
            return torch.from_numpy(self._one(cache, ids[:, 0].numpy()))
        if ids.shape[1] == 1 and self._byte_head is not None and len(ids) <= MOST_ROWS:
            return self._logits(self._states(cache, ids, layers=self._byte_layers)[:, -1], self._byte_head)
        return self._logits(self._states(cache, ids)[:, -1])

    @torch.inference_mode()
    def follow(self, cache: _Cache, ids: torch.Tensor) -> torch.Tensor:
        """Append tokens; return the logits after each, shape (rows, count, vocabulary)."""
        return self._logits(self._states(cache, ids))

    @torch.inference_mode()
    def read(self, prompts: Sequence[Sequence[int]], shared: int = 0) -> torch.Tensor:
        """Return the logits after each prompt of a batch.

        See :meth:`propersim.models.decoder.Decoder.read`.
        """
        ids, last = padded([prompt[shared:] for prompt in prompts])
        cache = self.fork(self._keep(prompts[0], (shared,)), len(ids)) if shared else self._empty(len(ids))
        return self._logits(self._states(cache, ids, last)[:, 0])

    def _logits(self, x: torch.Tensor, head: ByteMatrix | None = None) -> torch.Tensor:
        return _product(f.rms_norm(x, (x.shape[-1],), self._norm, self._eps), self._head if head is None else head)

    def _states(
        self,
        cache: _Cache,
        ids: torch.Tensor,
        only: torch.Tensor | None = None,
        layers: Sequence[LayerWeights[torch.Tensor] | LayerWeights[ByteMatrix]] = (),
    ) -> torch.Tensor:
        """Append tokens; return the hidden states of the last layer, shape (rows, count, width).

        Args:
            cache: the cache of the tokens before.
            ids: the tokens, shape (rows, count).
            only: a column of the new tokens for each row; the last layer is computed there alone, and the shape is (rows, 1, width).
            layers: the layers; where there are none, those of the weights.
        """
        layers = layers or self._layers
        rows, count = ids.shape
        start, end = cache.length, cache.length + count
        self._reserve(cache, end)
        heads, kv, size = self._heads, self._kv, self._size
        cos, sin = self._cos[start:end], self._sin[start:end]
        first = start == 0 and count > 1
        # A new token attends to the whole cache, and to the new tokens up to itself.
        mask = torch.ones(count, end, dtype=torch.bool).tril(start) if start and count > 1 else None
        x: torch.Tensor = self._embedding[ids]
        width = x.shape[-1]
        for layer, keys, values in zip(layers, cache.keys, cache.values, strict=True):
            mixed = _product(f.rms_norm(x, (width,), layer.before, self._eps), layer.qkv).view(rows, count, heads + 2 * kv, size)
            turned = mixed[:, :, : heads + kv].transpose(1, 2)
            half = torch.cat([-turned[..., size // 2 :], turned[..., : size // 2]], -1)
            turned = turned * cos + half * sin
            keys[:, :, start:end] = turned[:, heads:]
            values[:, :, start:end] = mixed[:, :, heads + kv :].transpose(1, 2)
            asking = turned[:, :heads]
            if only is not None and layer is layers[-1]:
                each = torch.arange(rows)
                x, asking, first = x[each, only][:, None], asking[each, :, only][:, :, None], False
                mask = (torch.arange(end) <= start + only[:, None])[:, None, None]
            seen = f.scaled_dot_product_attention(
                asking, keys[:, :, :end], values[:, :, :end], attn_mask=mask, is_causal=first, enable_gqa=heads != kv
            )
            x = x + _product(seen.transpose(1, 2).reshape(rows, -1, heads * size), layer.out)
            gate, up = _product(f.rms_norm(x, (width,), layer.after, self._eps), layer.gate_up).chunk(2, -1)
            x = x + _product(f.silu(gate) * up, layer.down)
        cache.length = end
        return x

    def _one(self, cache: _Cache, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Append one token to each row, in numpy; return the logits, shape (rows, vocabulary)."""
        at, end, rows = cache.length, cache.length + 1, len(ids)
        self._reserve(cache, end)
        heads, kv, size = self._heads, self._kv, self._size
        cos, sin = self._cos[at].numpy(), self._sin[at].numpy()
        x = self._embedding.numpy()[ids]
        scale = size**-0.5
        for (before, qkv, out, after, gate_up, down), keys_, values_ in zip(self._small, cache.keys, cache.values, strict=True):
            keys, values = keys_.numpy(), values_.numpy()
            mixed = (self._normed(x, before) @ qkv).reshape(rows, heads + 2 * kv, size)
            turned = mixed[:, : heads + kv]
            half = np.concatenate([-turned[..., size // 2 :], turned[..., : size // 2]], -1)
            turned = turned * cos + half * sin
            keys[:, :, at] = turned[:, heads:]
            values[:, :, at] = mixed[:, heads + kv :]
            asked = turned[:, :heads].reshape(rows, kv, heads // kv, size)
            scores = (asked @ keys[:, :, :end].transpose(0, 1, 3, 2)) * scale
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            seen = (scores / scores.sum(-1, keepdims=True)) @ values[:, :, :end]
            x = x + seen.reshape(rows, heads * size) @ out
            both = self._normed(x, after) @ gate_up
            gate, up = both[:, : both.shape[1] // 2], both[:, both.shape[1] // 2 :]
            x = x + (gate / (1 + np.exp(-gate)) * up) @ down
        cache.length = end
        last = self._normed(x, self._norm.numpy())
        # Row by row: the product of a vector and the output matrix is faster than that of two matrices.
        return np.stack([row @ self._small_head for row in last])

    def _normed(self, x: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        mean = np.einsum("ij,ij->i", x, x) / x.shape[1]
        normed: npt.NDArray[np.float32] = x * (1 / np.sqrt(mean + np.float32(self._eps)))[:, None] * weight
        return normed
