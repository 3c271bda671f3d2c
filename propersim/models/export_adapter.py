"""Write a trained adapter as a folder of PEFT, or merged into its base model."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import torch

from propersim.core.config import CPU
from propersim.core.errors import InputError
from propersim.models.adapters import LAYERS, load_adapter, read_adapter, write_tensors
from propersim.models.estimate import check_fits
from propersim.models.loading import load, quiet_libraries
from propersim.models.presets import Teaching
from propersim.models.pretrained import dequantise
from propersim.models.sources import Source
from propersim.models.starters import adapter_shape

_PLACE: Final = re.compile(r"base_model\.model\.(.*\.layers\.(\d+)\..*)\.lora_A\.weight")
_OS_ERROR: Final = re.compile(r"os error (\d+)")
DTYPES: Final = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
"""Data types of exported weights, by name."""


def changed_weights(path: Path) -> list[str]:
    """Return the names in transformers of the weights that an adapter changes, sorted.

    Raises:
        InputError: the file is damaged.
    """
    return sorted(f"{match[1]}.weight" for name in read_adapter(path) if (match := _PLACE.fullmatch(name)))


def fitted(path: Path, teaching: Teaching) -> Teaching:
    """Return a run's settings with the rank, layers and scale of an adapter's file.

    They differ where the run began with a starter adapter, which runs of earlier versions do not record.

    Args:
        path: the adapter's file.
        teaching: settings of the run.

    Raises:
        InputError: the file is damaged, or holds no adapter of a LLaMA.
    """
    found = {name: len(tensor) for name, tensor in read_adapter(path).items() if _PLACE.fullmatch(name)}
    ranks, layers = set(found.values()), _layers(found)
    if len(ranks) != 1:
        raise InputError(f"{path}: holds no adapter of a LLaMA", "restore the file from a copy")
    rank = ranks.pop()
    if rank == teaching.rank:
        return teaching
    return msgspec.structs.replace(teaching, **adapter_shape(rank, len(layers)))


def _layers(names: Iterable[str]) -> list[int]:
    """Return the numbers of the layers that an adapter changes, sorted."""
    return sorted({int(match[2]) for name in names if (match := _PLACE.fullmatch(name))})


def write_peft(path: Path, folder: Path, base: str, teaching: Teaching) -> None:
    """Write an adapter as a folder that ``peft.PeftModel.from_pretrained`` opens.

    The base model is not loaded.

    Args:
        path: the adapter's file.
        folder: the folder, which exists.
        base: name of the base model, for ``base_model_name_or_path``.
        teaching: settings of the run.

    Raises:
        InputError: the file is damaged, or holds no adapter of a LLaMA.
    """
    quiet_libraries()
    from peft import LoraConfig

    teaching, tensors = fitted(path, teaching), read_adapter(path)
    config = LoraConfig(
        base_model_name_or_path=base,
        layers_to_transform=_layers(tensors),
        r=teaching.rank,
        lora_alpha=teaching.alpha,
        lora_dropout=teaching.dropout,
        target_modules=list(LAYERS),
        bias="none",
        task_type="CAUSAL_LM",
        inference_mode=True,
    )
    # PEFT makes a set of it, which would be written in another order each time.
    config.target_modules = sorted(LAYERS)
    config.save_pretrained(str(folder))
    whole = {name: tensor.float().contiguous() for name, tensor in tensors.items()}
    write_tensors(whole, folder / "adapter_model.safetensors", {"format": "pt"})


def load_merged(source: Source, path: Path, teaching: Teaching, *, evidence: bool = False) -> tuple[Any, Any]:
    """Return a base model in full precision with an adapter merged into it, and its tokenizer.

    Weights that are stored in 4-bit only are unpacked. It is loaded on the CPU, in float32.

    Args:
        source: the base model.
        path: the adapter's file.
        teaching: settings of the run.
        evidence: whether prompts of the run hold the moment and what the ratings say of it alone.

    Raises:
        InputError: the base cannot be loaded, there is too little memory, or the adapter does not fit it.
    """
    quantize = "nf4" if source.quantized else "none"
    try:
        check_fits(source, quantize, CPU)
    except InputError as error:
        # Its own hint is to quantize.
        raise InputError(error.message, "use a machine with more memory, or `--form peft`, which loads no model") from error
    parts = load(source, quantize, evidence=evidence, device=CPU)
    model = (dequantise(parts.model) if source.quantized else parts.model).float()
    merged: Any = load_adapter(model, path, fitted(path, teaching)).merge_and_unload()
    return merged.eval(), parts.tokenizer


def write_merged(model: Any, tokenizer: Any, folder: Path, dtype: str) -> None:
    """Write a model as a folder that ``AutoModelForCausalLM.from_pretrained`` loads.

    Args:
        model: the model, which is converted in place.
        tokenizer: its tokenizer.
        folder: the folder, which exists.
        dtype: one of :data:`DTYPES`.

    Raises:
        OSError: the disk is full, or the like.
    """
    with _disk_errors():
        # The original format of weights that were unpacked would be 4-bit; these architectures have no other.
        model.to(DTYPES[dtype]).save_pretrained(folder, save_original_format=False)
        tokenizer.save_pretrained(folder)


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn errors of safetensors that are the operating system's into OSErrors."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        found = _OS_ERROR.search(str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1]))) from error
