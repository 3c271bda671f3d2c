"""Decoders run a model token by token.

Here are the protocol, and the decoder that runs any model through transformers.

``llama_decoder.py`` has a faster one for LLaMAs on the CPU.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Protocol

import torch

from propersim.models.adapters import base_of


class Decoder(Protocol):
    """Computes the logits after prompts and after tokens that follow them."""

    def prefill(self, ids: Sequence[int], ends: Sequence[int] = ()) -> tuple[torch.Tensor, Any]:
        """Return the logits after a prompt, shape (vocabulary,), and its cache of keys and values.

        The prompt's parts up to the last of ``ends`` are kept for the next prompt: those that begin it, too, are not computed again.
        Each part is computed by itself, so that the result does not depend on what was kept.

        Args:
            ids: token ids of the prompt.
            ends: ends of the parts that are kept, in tokens from the beginning, in ascending order; the last one before the prompt's end.
        """
        ...

    def fork(self, cache: Any, rows: int) -> Any:
        """Return a cache with that many copies of a one-row cache, which is not changed."""
        ...

    def extend(self, cache: Any, ids: torch.Tensor) -> torch.Tensor:
        """Append tokens to a cache; return the logits after the last, shape (rows, vocabulary).

        ``ids`` has the shape (rows, count).
        """
        ...

    def follow(self, cache: Any, ids: torch.Tensor) -> torch.Tensor:
        """Append tokens; return the logits after each, shape (rows, count, vocabulary).

        ``ids`` has the shape (rows, count).
        """
        ...

    def read(self, prompts: Sequence[Sequence[int]], shared: int = 0) -> torch.Tensor:
        """Return the logits after each prompt of a batch, shape (prompts, vocabulary).

        Padding stands at the end, where causal attention ignores it.

        Args:
            prompts: token ids of the prompts.
            shared: number of tokens with which all prompts begin, less than the shortest has; they may be computed once.
        """
        ...


class PlainDecoder:
    """Runs any causal model through transformers, on any device.

    Logits after a prompt are computed in float32 from the last hidden state: in bfloat16 those of most prompts would be rounded to the same
    few values. Those of an answer's tokens have the model's own precision.

    Args:
        model: the model, with or without an adapter.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._parts: list[tuple[int, ...]] = []
        self._kept: Any = None

    @torch.inference_mode()
    def prefill(self, ids: Sequence[int], ends: Sequence[int] = ()) -> tuple[torch.Tensor, Any]:
        """Return the logits after a prompt, shape (vocabulary,), and its cache.

        See :meth:`Decoder.prefill`.
        """
        from transformers import DynamicCache

        parts = parts_of(ids, ends)
        same = common_parts(parts, self._parts)
        if self._kept is None or same < len(self._parts):
            # Not all caches can be shortened; those of models with a sliding window cannot.
            self._kept, self._parts, same = DynamicCache(config=self._model.config), [], 0
        for part in parts[same:]:
            self._states(torch.tensor([part]), self._kept)
            self._parts.append(part)
        cache = self.fork(self._kept, 1)
        return self._logits(self._states(torch.tensor([list(ids[ends[-1] if ends else 0 :])]), cache)[:, -1])[0], cache

    @torch.inference_mode()
    def fork(self, cache: Any, rows: int) -> Any:
        """Return a cache with that many copies of a one-row cache."""
        from copy import deepcopy

        copied = deepcopy(cache)
        if rows > 1:
            copied.batch_repeat_interleave(rows)
        return copied

    @torch.inference_mode()
    def extend(self, cache: Any, ids: torch.Tensor) -> torch.Tensor:
        """Append tokens; return the logits after the last, shape (rows, vocabulary)."""
        out = self._model(ids.to(self._model.device), past_key_values=cache, use_cache=True, logits_to_keep=1)
        logits: torch.Tensor = out.logits[:, -1].float().cpu()
        return logits

    @torch.inference_mode()
    def follow(self, cache: Any, ids: torch.Tensor) -> torch.Tensor:
        """Append tokens; return the logits after each, shape (rows, count, vocabulary)."""
        logits: torch.Tensor = self._model(ids.to(self._model.device), past_key_values=cache, use_cache=True).logits.float().cpu()
        return logits

    @torch.inference_mode()
    def read(self, prompts: Sequence[Sequence[int]], shared: int = 0) -> torch.Tensor:
        """Return the logits after each prompt of a batch.

        See :meth:`Decoder.read`. All tokens are computed.
        """
        ids, last = padded(prompts)
        states = self._states(ids)
        return self._logits(states[torch.arange(len(ids)), last.to(states.device)])

    def _states(self, ids: torch.Tensor, cache: Any = None) -> torch.Tensor:
        """Return the last hidden states, after the last norm, shape (rows, count, width).

        A cache takes the tokens in.
        """
        use = {"past_key_values": cache, "use_cache": cache is not None}
        states: torch.Tensor = base_of(self._model).model(ids.to(self._model.device), **use).last_hidden_state
        return states

    def _logits(self, states: torch.Tensor) -> torch.Tensor:
        """Return the logits after hidden states in float32 on the CPU, shape (states, vocabulary)."""
        from propersim.models.pretrained import logits_of

        return logits_of(self._model, states).cpu()


def parts_of(ids: Sequence[int], ends: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the parts of a prompt up to the last of their ends, without what follows it."""
    return [tuple(ids[start:end]) for start, end in itertools.pairwise((0, *ends))]


def common_parts(parts: Sequence[tuple[int, ...]], kept: Sequence[tuple[int, ...]]) -> int:
    """Return how many parts of a prompt are the same as those of another, from the beginning."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(parts, kept, strict=False)))


def padded(prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return prompts padded on the right, and the index of each prompt's last token."""
    width = max(map(len, prompts))
    return torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in prompts]), torch.tensor([len(ids) - 1 for ids in prompts])


def weight_of(linear: Any) -> torch.Tensor:
    """Return a linear layer's weight in float32, shape (out, in).

    4-bit weights are dequantised, and active LoRA adapters are added.
    """
    base = getattr(linear, "base_layer", linear)
    weight = base.weight
    if getattr(weight, "quant_state", None) is not None:
        import bitsandbytes.functional as bnb

        weight = bnb.dequantize_4bit(weight.data, weight.quant_state)
    result: torch.Tensor = weight.detach().to(torch.float32)
    if base is not linear and not linear.disable_adapters:
        for name in linear.active_adapters:
            if name in linear.lora_A:
                result = result + linear.get_delta_weight(name).detach().to(torch.float32)
    return result.contiguous()
