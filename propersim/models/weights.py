"""Check that a model's weights come from its files, and hold numbers that weights can be.

transformers fills in missing weights with random numbers and ignores left-over ones; both only in a log. A model that is partly random
would run, and give other records each time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch

from propersim.core.errors import InputError
from propersim.core.text import counted
from propersim.models.mismatch import Mismatch, Size, listed
from propersim.models.weight_index import weight_files

_PACKED: Final = (".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", ".bitsandbytes__nf4", ".bitsandbytes__fp4")
"""Endings of the tensors that bitsandbytes stores beside a packed weight."""
_FLOATS: Final = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_COUNTED: Final = ("position_ids", "token_type_ids")
"""Endings of the tensors of whole numbers that old checkpoints hold, and that are no weights."""
_MOST: Final = 65504
"""Largest absolute value of a weight, which is that of float16."""


def reported(info: Mapping[str, Any]) -> Mismatch:
    """Return what ``from_pretrained(output_loading_info=True)`` reports.

    transformers itself leaves out what is harmless: an output layer tied to the embedding, and stored rotary frequencies.
    """
    return Mismatch(
        tuple(info.get("missing_keys", ())),
        tuple(info.get("unexpected_keys", ())),
        {name: (tuple(found), tuple(wanted)) for name, found, wanted in info.get("mismatched_keys", ())},
        tuple(map(str, info.get("error_msgs", ()))),
    )


def packed_sizes(model: Any) -> Mismatch:
    """Return the 4-bit weights of a model whose shape is not that of their layer.

    transformers does not compare them.
    """
    sizes: dict[str, tuple[Size, Size]] = {}
    for name, module in model.named_modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        if state is not None and tuple(state.shape) != (module.out_features, module.in_features):
            sizes[f"{name}.weight"] = tuple(state.shape), (module.out_features, module.in_features)
    return Mismatch(sizes=sizes)


def compared(folder: Path) -> Mismatch:
    """Compare the tensors in a folder's weight files with those that its config.json asks for.

    This explains a failure of transformers that names no tensor. Nothing is loaded; packed weights have no shape to compare.

    Args:
        folder: a model's folder.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = _stored(folder)
    packed = {name.removesuffix(".absmax") for name in found if name.endswith(".absmax")}
    found = {name: shape for name, shape in found.items() if not name.endswith((*_PACKED, "rotary_emb.inv_freq"))}
    tied = {name for pair in (getattr(model, "all_tied_weights_keys", None) or {}).items() for name in pair}
    missing = set(wanted) - set(found)
    if not tied <= missing:
        missing -= tied
    common = (set(wanted) & set(found)) - packed
    return Mismatch(
        tuple(missing),
        tuple(set(found) - set(wanted)),
        {name: (found[name], wanted[name]) for name in common if found[name] != wanted[name]},
    )


def refuse_mismatch(wrong: Mismatch, name: str) -> None:
    """Raise InputError where a model's tensors and those of its files differ.

    Args:
        wrong: the differences.
        name: name of the model in the message.
    """
    if wrong:
        raise InputError(
            f"{name}: cannot be loaded: its weights are not those that its config.json asks for: {wrong}",
            "give the folder of a whole model: download it again, or save it anew with save_pretrained, adapters merged",
        )


def check_values(folder: Path, name: str) -> None:
    """Check that a folder's weight files hold numbers that weights can be.

    They are floating-point numbers of 16 bits or more, beside bitsandbytes' packed ones; none is NaN, infinite or beyond float16.

    Args:
        folder: a model's folder.
        name: name of the model in the message.

    Raises:
        InputError: a tensor holds others; the message names it.
    """
    from safetensors import safe_open

    wrong: list[str] = []
    large: list[str] = []
    types: list[str] = []
    kept = _packed_names(folder)
    for file in weight_files(folder):
        with safe_open(str(file), "pt") as weights:
            for key in weights.keys():  # noqa: SIM118
                tensor = weights.get_tensor(key)
                packed = key in kept or key.endswith(_PACKED)
                if not packed and tensor.dtype not in _FLOATS and not key.endswith(_COUNTED):
                    types.append(f"{key} is {str(tensor.dtype).removeprefix('torch.')}")
                    continue
                largest = _largest(tensor)
                if not math.isfinite(largest):
                    wrong.append(key)
                elif largest > _MOST and not packed:
                    large.append(f"{key} has {largest:.3g}")
    if types:
        raise InputError(
            f"{name}: {counted(len(types), 'tensor')} not of floating-point numbers of 16 bits or more ({listed(types)})",
            "quantized weights need the quantization_config that says how to read them: give the unquantized model, or one in "
            "bitsandbytes' 4-bit",
        )
    refuse_infinite(wrong, name)
    if large:
        raise InputError(
            f"{name}: weights beyond {_MOST:,} in {counted(len(large), 'tensor')} ({listed(large)})",
            "no model that was trained has such weights: give another checkpoint",
        )


def refuse_infinite(tensors: Iterable[str], name: str) -> None:
    """Raise InputError where there are tensors with values that are not finite.

    Args:
        tensors: their names.
        name: name of the model in the message.
    """
    wrong = list(tensors)
    if wrong:
        raise InputError(
            f"{name}: NaN or infinity in {counted(len(wrong), 'tensor')} ({listed(wrong)})",
            "its training diverged, or the file is damaged: download it again, or give another checkpoint",
        )


def is_finite(tensor: torch.Tensor) -> bool:
    """Return whether a tensor has no NaN and no infinity."""
    return math.isfinite(_largest(tensor))


def _largest(tensor: torch.Tensor) -> float:
    """Return the largest absolute value of a tensor of floating-point numbers.

    It is NaN where one of them is, and 0 of an empty tensor or one of other numbers.
    """
    if not tensor.is_floating_point() or not tensor.numel():
        return 0.0
    # One pass over the values without a copy; NaN is passed on. Floats of 8 bits have no minimum.
    values = tensor.detach()
    least, most = map(float, torch.aminmax(values if values.element_size() > 1 else values.float()))
    return max(-least, most)


def _packed_names(folder: Path) -> frozenset[str]:
    """Return the names of the weights that bitsandbytes has packed."""
    return frozenset(name.removesuffix(".absmax") for name in _stored(folder) if name.endswith(".absmax"))


def _stored(folder: Path) -> dict[str, Size]:
    from safetensors import safe_open

    shapes: dict[str, Size] = {}
    for file in weight_files(folder):
        with safe_open(str(file), "pt") as weights:
            shapes |= {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118
    return shapes
