"""LoRA adapters: made, put on, taken off, and kept as safetensors."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import torch

from propersim.core.errors import InputError
from propersim.models.presets import Teaching

LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The projections that an adapter changes in a layer: all of them (paper, appendix)."""


def wears_adapter(model: Any) -> bool:
    """Return whether a model has an adapter on."""
    return hasattr(model, "peft_config")


def base_of(model: Any) -> Any:
    """Return the model of transformers itself, whose layers hold the adapter where there is one."""
    return model.get_base_model() if wears_adapter(model) else model


def _own(model: Any) -> dict[str, torch.nn.Parameter]:
    """Return the adapter's matrices by name."""
    return {name: parameter for name, parameter in model.named_parameters() if "lora_" in name}


def with_new_adapter(model: Any, teaching: Teaching, seed: int) -> Any:
    """Return a model with an adapter that changes nothing yet; an adapter that is there already stays.

    Args:
        model: the model, in 4-bit or not.
        teaching: rank, layers, scale and dropout.
        seed: of the adapter's beginning.
    """
    from peft import LoraConfig, get_peft_model

    if wears_adapter(model):
        return model
    torch.manual_seed(seed)
    count = base_of(model).config.num_hidden_layers
    config = LoraConfig(
        layers_to_transform=list(range(max(0, count - teaching.layers), count)) if teaching.layers else None,
        r=teaching.rank,
        lora_alpha=teaching.alpha,
        lora_dropout=teaching.dropout,
        target_modules=list(LAYERS),
        bias="none",
        task_type="CAUSAL_LM",
    )
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return in_float32(get_peft_model(model, config))


def in_float32(model: Any) -> Any:
    """Hold the adapter in float32: in bfloat16 small steps round away."""
    for parameter in _own(model).values():
        parameter.data = parameter.data.to(torch.float32)
    return model


def put_on(model: Any, path: Path, teaching: Teaching) -> Any:
    """Return a model with the adapter of a file.

    Raises:
        InputError: the file is missing, or is no adapter for this model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: the adapter cannot be read ({error})", "restore the file; the run cannot go on without it") from error
    model = with_new_adapter(model, teaching, 0)
    own = _own(model)
    wrong = set(own) ^ set(tensors) or {name for name in own if own[name].shape != tensors[name].shape}
    if wrong:
        raise InputError(f"{path}: is an adapter of another model ({len(wrong)} tensors differ, as {min(wrong)})")
    for name, parameter in own.items():
        parameter.data = tensors[name].to(parameter.device, torch.float32)
    return model


def take_off(model: Any) -> Any:
    """Return the model without any adapter."""
    return model.unload() if wears_adapter(model) else model


def save(model: Any, path: Path) -> str:
    """Write a model's adapter to a file, aside and then renamed; returns the file's sha256."""
    from safetensors.torch import save as as_bytes

    data = as_bytes({name: parameter.detach().cpu().contiguous() for name, parameter in _own(model).items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return hashlib.sha256(data).hexdigest()
