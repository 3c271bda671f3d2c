"""LoRA adapters: add one to a model, save it as safetensors, load it, remove it.

A file holds PEFT's state dict. Its tensors are stored under the names that the parameters have in the model
(``…lora_A.default.weight``), which contain the adapter's name. Files were always written so: the same adapter has the same bytes, and
the same sha256, in every version. Files with PEFT's own names (``…lora_A.weight``) are loaded too.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import torch

from propersim.core.errors import InputError
from propersim.models.presets import Teaching
from propersim.models.shared_model import TORCH_GLOBALS
from propersim.models.weights import is_finite, refuse_infinite

LAYERS: Final = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The projections of a layer that an adapter changes: all of them (paper, appendix)."""
_NAME: Final = "default"
"""PEFT's name for a model's first adapter."""


def has_adapter(model: Any) -> bool:
    """Return whether a model has an adapter."""
    return hasattr(model, "peft_config")


def has_lora(layer: Any) -> bool:
    """Return whether an adapter changes a layer of a model."""
    return any("lora_" in name for name, _ in layer.named_parameters())


def base_of(model: Any) -> Any:
    """Return the transformers model inside a model with an adapter.

    A model without an adapter is returned as it is.
    """
    return model.get_base_model() if has_adapter(model) else model


def add_adapter(model: Any, teaching: Teaching, seed: int) -> Any:
    """Return a model with a new adapter that changes nothing yet.

    A model that has an adapter is returned as it is.

    Args:
        model: the model, in 4-bit or not.
        teaching: rank, layers, scale and dropout of the adapter.
        seed: seed of the adapter's initial values.
    """
    from peft import LoraConfig, get_peft_model

    if has_adapter(model):
        return model
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
    with TORCH_GLOBALS:
        torch.manual_seed(seed)
        return in_float32(get_peft_model(model, config))


def in_float32(model: Any) -> Any:
    """Convert the adapter to float32, in place, and return the model.

    In bfloat16 small optimiser steps are rounded away.
    """
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = parameter.data.to(torch.float32)
    return model


def load_adapter(model: Any, path: Path, teaching: Teaching) -> Any:
    """Return a model with the adapter of a file.

    Args:
        model: the model, with or without an adapter.
        path: the adapter's file.
        teaching: rank, layers, scale and dropout of the adapter.

    Raises:
        InputError: the file is missing, its adapter does not fit the model, or holds values that are not finite.
    """
    from peft import set_peft_model_state_dict

    tensors = read_adapter(path)
    model = add_adapter(model, teaching, 0)
    expected = _state_dict(model)
    wrong = set(expected) ^ set(tensors) or {name for name in expected if expected[name].shape != tensors[name].shape}
    if wrong:
        raise InputError(f"{path}: is an adapter of another model ({len(wrong)} tensors differ, for example {min(wrong)})")
    set_peft_model_state_dict(model, tensors)
    return in_float32(model)


def read_adapter(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of an adapter's file by PEFT's names.

    Raises:
        InputError: the file is missing or damaged, or holds values that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = {_peft_name(name): tensor for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: the adapter cannot be read ({error})", "restore the file; the run cannot go on without it") from error
    refuse_infinite((name for name, tensor in tensors.items() if not is_finite(tensor)), str(path))
    return tensors


@contextlib.contextmanager
def another_adapter(model: Any, path: Path | None) -> Iterator[None]:
    """Let a model have the adapter of another file for a while, or none.

    Args:
        model: a model with an adapter.
        path: the other adapter's file, of the same shape; None switches the adapter off.
    """
    if path is None:
        with model.disable_adapter():
            yield
        return
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    own = {name: tensor.clone() for name, tensor in _state_dict(model).items()}
    set_peft_model_state_dict(model, {_peft_name(name): tensor.float() for name, tensor in load_file(path).items()})
    try:
        yield
    finally:
        set_peft_model_state_dict(model, own)


def remove_adapter(model: Any) -> Any:
    """Return the model without its adapter."""
    return model.unload() if has_adapter(model) else model


def save_adapter(model: Any, path: Path) -> str:
    """Write a model's adapter to a file, atomically, and return the file's sha256."""
    return write_tensors(adapter_tensors(model), path)


def adapter_tensors(model: Any) -> dict[str, torch.Tensor]:
    """Return the tensors of a model's adapter by their stored names."""
    return {_stored_name(name): tensor.detach().cpu().contiguous() for name, tensor in _state_dict(model).items()}


def write_tensors(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str] | None = None) -> str:
    """Write tensors to a safetensors file, atomically, and return the file's sha256.

    Args:
        tensors: tensors by name.
        path: the file; its folder is made where missing.
        metadata: texts to be stored with them.
    """
    from safetensors.torch import save

    data = save(tensors, metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return hashlib.sha256(data).hexdigest()


def _state_dict(model: Any) -> dict[str, torch.Tensor]:
    """Return the adapter's tensors by PEFT's names, which lack the adapter's name."""
    from peft import get_peft_model_state_dict

    # "auto" would look for the base model on the hub, to compare vocabularies.
    tensors: dict[str, torch.Tensor] = get_peft_model_state_dict(model, save_embedding_layers=False)
    return tensors


def _stored_name(name: str) -> str:
    """Return the stored name of a tensor: ``x.lora_A.default.weight`` for ``x.lora_A.weight``."""
    return f"{name.removesuffix('.weight')}.{_NAME}.weight"


def _peft_name(name: str) -> str:
    """Return PEFT's name of a stored tensor, which may be the stored name itself."""
    return f"{name.removesuffix(f'.{_NAME}.weight')}.weight" if name.endswith(f".{_NAME}.weight") else name
