"""Rotary embeddings of a GGUF file as transformers' ``rope_parameters``.

transformers reads the base frequency of a GGUF file and nothing else, so that a model with a scaled rotation would compute something else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from propersim.core.errors import InputError
from propersim.models.gguf_header import GgufHead

ROPE_FACTORS: Final = "rope_freqs.weight"
"""Tensor with a divisor for each frequency; llama.cpp stores LLaMA 3's scaling like that."""

_BASE: Final = 10000.0
"""llama.cpp's base frequency where a file has none."""
_PLAIN: Final = ("dimension_count", "freq_base", "scale_linear")
_SCALING: Final = ("type", "factor", "original_context_length", "attn_factor", "finetuned", "yarn_beta_fast", "yarn_beta_slow")
_HINT: Final = "give a file without it, or the model as safetensors"


def check_rope(path: Path, head: GgufHead, size: int) -> None:
    """Check that the rotation of a GGUF file can be computed.

    Args:
        path: the file.
        head: its header.
        size: width of a head.

    Raises:
        InputError: it cannot; the message names the key or tensor.
    """
    rope_parameters(path, head)
    if ROPE_FACTORS in head.shapes and head.shapes[ROPE_FACTORS] != (size // 2,):
        found = "×".join(map(str, head.shapes[ROPE_FACTORS]))
        raise InputError(f"{path}: {ROPE_FACTORS} has {found} numbers instead of {size // 2}", _HINT)


def rope_parameters(path: Path, head: GgufHead, factors: Sequence[float] | None = None) -> dict[str, Any]:
    """Return the rotation of a GGUF file as transformers' ``rope_parameters``.

    Args:
        path: the file.
        head: its header.
        factors: values of :data:`ROPE_FACTORS`; None where they are not read yet.

    Raises:
        InputError: its kind of scaling, or a value of it, is not supported.
    """
    prefix = f"{head.architecture}.rope."
    keys = {key.removeprefix(prefix): value for key, value in head.metadata.items() if key.startswith(prefix)}
    known = {*_PLAIN, *(f"scaling.{name}" for name in _SCALING)}
    ignored = sorted(key for key, value in keys.items() if key not in known and value)
    if ignored:
        raise InputError(f"{path}: the rotation of its positions cannot be followed ({', '.join(prefix + key for key in ignored)})", _HINT)
    if keys.get("freq_base") == 0:
        # Unlike a factor of 0, llama.cpp takes a base of 0 at its word.
        raise InputError(f"{path}: rope.freq_base is {keys['freq_base']!r}, not a number above 0", "download the file again")
    base, factor = _number(path, keys, "freq_base", _BASE), _number(path, keys, "scaling.factor", _number(path, keys, "scale_linear", 1.0))
    # As in llama.cpp: without a type a factor is linear, and with the type none it does not count.
    kind = str(keys.get("scaling.type", "linear"))
    if kind not in ("none", "linear", "yarn"):
        raise InputError(
            f"{path}: the rotation of its positions is scaled by {kind!r} ({prefix}scaling.type), which is not supported", _HINT
        )
    scaled = factor != 1.0 and kind != "none"
    if ROPE_FACTORS in head.shapes:
        if scaled or kind == "yarn":
            raise InputError(f"{path}: has both {ROPE_FACTORS} and {prefix}scaling.factor, which is not supported", _HINT)
        return _divided(path, base, factors, head.number("context_length"))
    if kind == "yarn":
        return _yarn(path, keys, base, factor, head.number("context_length"))
    return {"rope_type": "linear", "rope_theta": base, "factor": factor} if scaled else {"rope_type": "default", "rope_theta": base}


def _yarn(path: Path, keys: dict[str, Any], base: float, factor: float, context: int) -> dict[str, Any]:
    original = _number(path, keys, "scaling.original_context_length", float(context))
    # llama.cpp multiplies its own magnitude with the file's.
    magnitude = (0.1 * math.log(factor) + 1.0 if factor > 1 else 1.0) * _number(path, keys, "scaling.attn_factor", 1.0)
    return {
        "rope_type": "yarn",
        "rope_theta": base,
        "factor": factor,
        "original_max_position_embeddings": int(original),
        "attention_factor": magnitude,
        "beta_fast": _number(path, keys, "scaling.yarn_beta_fast", 32.0),
        "beta_slow": _number(path, keys, "scaling.yarn_beta_slow", 1.0),
    }


def _divided(path: Path, base: float, factors: Sequence[float] | None, context: int) -> dict[str, Any]:
    """Return a rotation whose frequencies are divided by one factor each.

    That is transformers' ``longrope`` with the same factors for short and long prompts.
    """
    values = [float(value) for value in factors or ()]
    if any(not math.isfinite(value) or value <= 0 for value in values):
        raise InputError(f"{path}: {ROPE_FACTORS} holds numbers that are not above 0", "download the file again")
    return {
        "rope_type": "longrope",
        "rope_theta": base,
        "short_factor": values,
        "long_factor": values,
        "factor": 1.0,
        "attention_factor": 1.0,
        "original_max_position_embeddings": context,
    }


def _number(path: Path, keys: dict[str, Any], name: str, default: float) -> float:
    """Return a number above 0 by its key.

    The default is returned where it is missing, or 0, which is how llama.cpp writes "not given".
    """
    value = keys.get(name) or default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        raise InputError(f"{path}: rope.{name} is {value!r}, not a number above 0", "download the file again")
    return float(value)
