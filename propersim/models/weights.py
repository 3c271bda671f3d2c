"""Check that all weights of a model come from its files, and are finite.

transformers fills in missing weights with random numbers and ignores left-over ones; both only in a log. A model that is partly random
would run, and give other records each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch

from propersim.core.errors import InputError
from propersim.core.text import counted
from propersim.models.mismatch import Mismatch, Size, listed
from propersim.models.sources import weight_files

_PACKED: Final = (".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", ".bitsandbytes__nf4", ".bitsandbytes__fp4")
"""Endings of the tensors that bitsandbytes stores beside a packed weight."""


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


def check_finite(folder: Path, name: str) -> None:
    """Check that a folder's weight files hold no NaN and no infinity.

    Args:
        folder: a model's folder.
        name: name of the model in the message.

    Raises:
        InputError: a tensor does; the message names it.
    """
    from safetensors import safe_open

    wrong = []
    for file in weight_files(folder):
        with safe_open(str(file), "pt") as weights:
            wrong += [key for key in weights.keys() if not is_finite(weights.get_tensor(key))]  # noqa: SIM118
    refuse_infinite(wrong, name)


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
    if not tensor.is_floating_point() or not tensor.numel():
        return True
    # Two passes over the values without a copy; NaN is passed on by both. Floats of 8 bits have no minimum.
    least, most = torch.aminmax(tensor if tensor.element_size() > 1 else tensor.float())
    return bool(torch.isfinite(least) and torch.isfinite(most))


def _stored(folder: Path) -> dict[str, Size]:
    from safetensors import safe_open

    shapes: dict[str, Size] = {}
    for file in weight_files(folder):
        with safe_open(str(file), "pt") as weights:
            shapes |= {name: tuple(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118
    return shapes
