"""Refuse a configuration that asks for what its architecture does not compute.

transformers keeps keys of ``config.json`` that an architecture does not know, without a word. Where such a key changes the forward pass
(it comes from a relative of LLaMA), the model would run and be another model.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from propersim.core.text import clean

_FULL, _SLIDING = "full_attention", "sliding_attention"
_LAYERED: Final = ("qwen2", "qwen3", "smollm3")
"""Architectures whose layers may have different kinds of attention."""
_ONES: Final = frozenset({
    "partial_rotary_factor", "rotary_pct", "rotary_percent", "rope_pct", "rope_percent", "rope_ratio",
    "logits_scaling", "logit_scale", "logits_scale", "lm_head_multiplier", "output_multiplier_scale", "mup_width_scale",
    "embedding_multiplier", "embedding_multiplier_scale", "embed_scale", "embedding_scale", "scale_emb",
    "residual_multiplier", "residual_scale", "key_multiplier", "attention_in_multiplier", "attention_out_multiplier",
    "num_experts", "num_local_experts", "n_routed_experts", "attn_temperature",
})  # fmt: skip
"""Factors and counts, of which 1 changes nothing."""
_OFF: Final = frozenset({
    "alibi", "use_alibi", "parallel_attn", "parallel_residual", "use_parallel_residual", "rope_interleaved",
    "rope_interleave", "rope_traditional", "use_mrope", "use_dynamic_ntk", "use_logn_attn", "use_qk_norm", "qk_norm", "qk_layernorm",
    "clip_qkv", "attn_logit_softcapping", "attention_logit_softcapping", "final_logit_softcapping", "logit_softcapping", "logit_soft_cap",
    "use_bidirectional_attention", "bidirectional", "is_encoder_decoder", "add_cross_attention", "is_prefix_lm",
    "attention_chunk_size", "attn_temperature_tuning", "attention_sinks", "num_attention_sinks", "scale_embedding", "normalize_embedding",
    "layernorm_zero_centered", "layernorm_1p", "apply_layernorm_1p", "norm_after", "post_norm", "use_post_norm",
    "pruned_heads", "per_layer_config", "block_configs", "learned_positions", "use_attention_sinks", "use_gated_attention",
    "attn_output_gate", "attention_gate", "nope_layer_interval", "prefix_length", "num_kv_shared_layers", "hidden_size_per_layer_input",
})  # fmt: skip
"""Switches, and keys that change nothing where they are null, false, 0 or empty."""
_OWN: Final[Mapping[str, frozenset[str]]] = {"qwen3": frozenset({"use_qk_norm", "qk_norm", "qk_layernorm"})}
"""Keys that are always on in an architecture."""


def ignored_keys(config: Mapping[str, Any]) -> list[str]:
    """Return the keys, with their values, that ask for what the architecture does not compute.

    Args:
        config: the configuration; its sizes are valid.
    """
    found = [(name, config[name]) for name in config if not _is_neutral(name, config)]
    found += [(f"rope {name}", value) for name, value in _in_rope(config)]
    found += _contradictions(config)
    return [f"{clean(name, limit=60)} {_shown(value)}" for name, value in found]


def _is_neutral(name: str, config: Mapping[str, Any]) -> bool:
    """Return whether a key's value changes nothing, or is what the architecture does anyway."""
    kind, value = str(config["model_type"]), config[name]
    own = _SPECIAL.get(name)
    if own is not None:
        return value is None or own(config)
    if name in _ONES:
        return value is None or value == 1 or (value == 0 and name.startswith(("num_", "n_")))
    if name in _OFF:
        return not value or name in _OWN.get(kind, ())
    return True


def _in_rope(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield keys and values of the rotary embedding that no architecture follows."""
    for name in ("rope_parameters", "rope_scaling"):
        rope = config.get(name)
        if not isinstance(rope, Mapping):
            continue
        if rope.get("partial_rotary_factor") not in (None, 1):
            yield "partial_rotary_factor", rope["partial_rotary_factor"]
        kind = rope.get("rope_type", rope.get("type")) or "default"
        if kind == "default" and rope.get("factor") not in (None, 1):
            # transformers scales nothing without a type.
            yield "factor without rope_type", rope["factor"]
        if {"type", "rope_type"} <= set(rope) and rope["type"] != rope["rope_type"]:
            yield "type beside rope_type", rope["type"]
        # Nested by kind of layer, as in Gemma 3: none of the architectures reads that.
        yield from ((kind, value) for kind, value in rope.items() if isinstance(value, Mapping))


def _contradictions(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield keys of the rotary embedding that another key contradicts.

    transformers silently prefers one of the two.
    """
    given = [rope for name in ("rope_parameters", "rope_scaling") if isinstance(rope := config.get(name), Mapping) and rope]
    bases = [rope["rope_theta"] for rope in given if rope.get("rope_theta") is not None]
    base = config.get("rope_theta")
    if base is not None and any(base != other for other in bases):
        yield "rope_theta", base
    if len(given) > 1:
        # Older and newer versions of transformers read one of the two.
        wanted, found = ({name: value for name, value in rope.items() if name not in ("rope_theta", "type", "rope_type")} for rope in given)
        kinds = [rope.get("rope_type", rope.get("type", "default")) for rope in given]
        if kinds[0] != kinds[1] or any(found[name] != wanted[name] for name in set(found) & set(wanted)):
            yield "rope_scaling", config["rope_scaling"]


def _window(config: Mapping[str, Any]) -> int | None:
    """Return the window of attention in tokens; None where it reaches over all positions."""
    window = config.get("sliding_window")
    if not isinstance(window, int) or config.get("use_sliding_window") is False:
        return None
    return None if _reaches(window, config) else window


def _reaches(window: int, config: Mapping[str, Any]) -> bool:
    """Return whether a window of attention has room for all positions."""
    positions = config.get("max_position_embeddings")
    return isinstance(positions, int) and window >= positions


def _sliding_window(config: Mapping[str, Any]) -> bool:
    # LLaMA has no window.
    return config["model_type"] != "llama" or _window(config) is None


def _use_sliding_window(config: Mapping[str, Any]) -> bool:
    # Mistral uses its window, whatever this says.
    window = config.get("sliding_window")
    reaches = window is None or (isinstance(window, int) and _reaches(window, config))
    return config["model_type"] != "mistral" or bool(config["use_sliding_window"]) or reaches


def _layer_types(config: Mapping[str, Any]) -> bool:
    types = config["layer_types"]
    if not isinstance(types, Sequence) or isinstance(types, str) or not set(map(str, types)) <= {_FULL, _SLIDING}:
        return False
    if config["model_type"] in _LAYERED:
        on = isinstance(config.get("sliding_window"), int) and config.get("use_sliding_window") is True
        return len(types) == config["num_hidden_layers"] and (on or _SLIDING not in types)
    windowed = config["model_type"] == "mistral" and _window(config) is not None
    reaches = not windowed and _window(config) is None and config.get("sliding_window") is not None
    return reaches or set(types) <= {_SLIDING if windowed else _FULL}


def _no_rope_layers(config: Mapping[str, Any]) -> bool:
    layers = config["no_rope_layers"]
    return config["model_type"] == "smollm3" or not layers or (isinstance(layers, list) and all(one == 1 for one in layers))


def _head_width(config: Mapping[str, Any]) -> float:
    return float(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])


def _close(value: object, wanted: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isclose(value, wanted, rel_tol=1e-3)


_SPECIAL: Final = {
    "layer_types": _layer_types,
    "sliding_window": _sliding_window,
    "use_sliding_window": _use_sliding_window,
    "no_rope_layers": _no_rope_layers,
    "is_causal": lambda config: bool(config["is_causal"]),
    "rotary_dim": lambda config: _close(config["rotary_dim"], _head_width(config)),
    "attention_multiplier": lambda config: _close(config["attention_multiplier"], _head_width(config) ** -0.5),
    "query_pre_attn_scalar": lambda config: _close(config["query_pre_attn_scalar"], _head_width(config)),
    "scale_depth": lambda config: _close(config["scale_depth"], config["num_hidden_layers"] ** 0.5),
    "dim_model_base": lambda config: _close(config["dim_model_base"], config["hidden_size"]),
    "hidden_activation": lambda config: config["hidden_activation"] == config.get("hidden_act", "silu"),
    "position_embedding_type": lambda config: config["position_embedding_type"] in ("rope", "rotary"),
    "rms_norm_offset": lambda config: not config["rms_norm_offset"],
}
"""Keys whose neutral value depends on the others: a function that returns whether it is neutral."""


def _shown(value: object) -> str:
    try:
        return clean(json.dumps(value, ensure_ascii=False), limit=60)
    except (TypeError, ValueError, RecursionError):
        return clean(str(type(value).__name__), limit=60)
