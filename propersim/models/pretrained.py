"""Forward passes of a pretrained LLaMA for training.

Only the asked positions, and no gradients below the adapter.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import torch

from propersim.models.adapters import base_of, has_lora
from propersim.models.decoder import padded
from propersim.models.llama_decoder import LlamaDecoder, matrix_type


def first_trained(model: Any) -> int:
    """Return the number of the first layer that an adapter changes.

    Of a model without an adapter it is the number of its layers.
    """
    layers = base_of(model).model.layers
    changed = (i for i, layer in enumerate(layers) if has_lora(layer))
    return next(changed, len(layers))


WIDTH: Final = 16
"""Rows are padded to a multiple of so many tokens."""


def mixes_precision(model: Any) -> bool:
    """Return whether a model on the CPU has matrices in bfloat16, and the rest in float32.

    It has them after :func:`dequantise`.
    """
    types = {parameter.dtype for parameter in base_of(model).parameters() if parameter.device.type == "cpu"}
    return {torch.bfloat16, torch.float32} <= types


@contextlib.contextmanager
def mixed_precision(model: Any) -> Iterator[None]:
    """Compute the matrix products of a model in bfloat16, where it mixes precision."""
    if not mixes_precision(model):
        yield
        return
    with torch.autocast("cpu", torch.bfloat16):
        yield


def dequantise(model: Any) -> Any:
    """Unpack a model's 4-bit matrices, in place.

    They get the type that this machine multiplies fastest.

    On the CPU a 4-bit matrix is unpacked for every product; training and prompts of many tokens take several times as long.

    Args:
        model: a model of transformers, without an adapter.
    """
    from propersim.models.decoder import weight_of

    dtype = matrix_type(model)
    for name, module in list(model.named_modules()):
        if type(module).__name__ == "Linear4bit":
            linear = torch.nn.Linear(module.in_features, module.out_features, bias=module.bias is not None, device="meta")
            linear.weight = torch.nn.Parameter(weight_of(module).to(dtype), requires_grad=False)
            if module.bias is not None:
                linear.bias = torch.nn.Parameter(module.bias.data.to(dtype), requires_grad=False)
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, linear)
    model.config.__dict__.pop("quantization_config", None)
    for attribute in ("is_quantized", "is_loaded_in_4bit", "hf_quantizer", "quantization_method"):
        if hasattr(model, attribute):
            delattr(model, attribute) if attribute in vars(model) else None
    return model


def unpack_on_cpu(model: Any) -> None:
    """Unpack a model's 4-bit matrices, in place, where that is faster.

    That is where :class:`LlamaDecoder` runs it on a machine that multiplies bfloat16 fast.
    """
    if LlamaDecoder.fits(model) and matrix_type(model) is not torch.float32:
        dequantise(model)


def logits_of(model: Any, states: torch.Tensor, tokens: Sequence[int] | None = None) -> torch.Tensor:
    """Return logits in float32, shape (states, tokens).

    In bfloat16 those of similar prompts would be rounded to the same value.

    Args:
        model: a model of transformers, with or without an adapter.
        states: last hidden states, after the last norm, shape (states, width).
        tokens: token ids; None is the whole vocabulary.
    """
    head = base_of(model).lm_head
    weight = head.weight if tokens is None else head.weight[list(tokens)]
    with torch.autocast(states.device.type, enabled=False):
        logits = torch.nn.functional.linear(states.float(), weight.float())
        bias = getattr(head, "bias", None)
        return logits if bias is None else logits + (bias if tokens is None else bias[list(tokens)]).float()


def forward_states(model: Any, rows: Sequence[Sequence[int]], places: Sequence[Sequence[int]], shared: int) -> torch.Tensor:
    """Return a LLaMA's last hidden states, after the last norm, at some places of each row.

    Args:
        model: a model of transformers, with or without an adapter.
        rows: token ids of each row.
        places: the places that are asked of each row, none of them before the last shared token.
        shared: number of tokens, at least one, with which all rows begin; they are computed once.

    Returns:
        Shape (places, width), row by row.
    """
    base = base_of(model)
    embed, count, first = base.model.embed_tokens, len(base.model.layers), first_trained(model)
    ids, _ = padded([row[shared:] for row in rows])
    # Few different widths: the kernels of each are made anew, and kept.
    ids = torch.nn.functional.pad(ids, (0, -ids.shape[1] % WIDTH))
    begin, ids = (tensor.to(embed.weight.device) for tensor in (torch.tensor([list(rows[0][:shared])]), ids))
    kept = _Shared()
    with torch.no_grad():
        hidden, beside = embed(begin), embed(ids)
        for number in range(first):
            hidden, beside = _layer(base, number, hidden, kept), _layer(base, number, beside, kept)
    for number in range(first, count):
        hidden, beside = _layer(base, number, hidden, kept), _layer(base, number, beside, kept)
    row, column = torch.tensor([(k, place - shared) for k, asked in enumerate(places) for place in asked]).T
    states = beside[row, column.clamp(min=0)]
    # The last shared token is asked where a row's first own token is to be predicted.
    states = torch.where((column < 0)[:, None].to(states.device), hidden[0, -1], states)
    result: torch.Tensor = base.model.norm(states)
    return result


class _Shared:
    """Keys and values of the shared tokens of each layer.

    In the place of a cache of transformers.
    """

    def __init__(self) -> None:
        self._of: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def update(self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep the shared tokens' keys and values, or return them with those of the rows."""
        if layer not in self._of:
            self._of[layer] = keys, values
            return keys, values
        before_keys, before_values = (one.expand(len(keys), -1, -1, -1) for one in self._of[layer])
        return torch.cat([before_keys, keys], 2), torch.cat([before_values, values], 2)

    def length(self, layer: int) -> int:
        """Return the number of shared tokens that are kept of a layer."""
        return self._of[layer][0].shape[2] if layer in self._of else 0


def _layer(base: Any, number: int, hidden: torch.Tensor, kept: _Shared) -> torch.Tensor:
    """Return hidden states behind a layer, shape (rows, tokens, width).

    The shared tokens come first.
    """
    start, count = kept.length(number), hidden.shape[1]
    places = torch.arange(start, start + count, device=hidden.device)[None]
    # Rows are padded on the right, where causal attention ignores it.
    ahead = torch.ones(count, start + count, dtype=torch.bool, device=hidden.device).triu(start + 1)
    mask = torch.zeros(ahead.shape, dtype=hidden.dtype, device=hidden.device).masked_fill(ahead, torch.finfo(hidden.dtype).min)[None, None]
    states: torch.Tensor = base.model.layers[number](
        hidden,
        attention_mask=mask,
        position_ids=places,
        past_key_values=kept,
        position_embeddings=base.model.rotary_emb(hidden, position_ids=places),
    )
    return states
