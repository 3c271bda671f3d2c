"""HomeLM's 4-bit weights as a file, so that a run begins without transformers.

Importing transformers, peft and bitsandbytes takes several seconds. A run's first steps need none of them: the file ``model.nf4`` beside
``model.safetensors`` has the 4-bit weights, and torch alone unpacks them, to the same bits. A night, which trains, loads the whole model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch

from propersim.models.llama_decoder import LayerMatrices, LlamaWeights

FILE: Final = "model.nf4"
"""Name of the file, in safetensors' format; its metadata has the sha256 of the weights that it was made of."""
_BLOCK: Final = 64
"""Weights that share one scale."""
_BLOCKS: Final = 256
"""Scales that share one scale."""
_NF4: Final = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334),
    *(-0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
    *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)
"""The sixteen values of a weight, as parts of its block's scale (QLoRA, arXiv 2305.14314, appendix E)."""


def pack(folder: Path) -> None:
    """Write the packed weights of a model into its folder.

    Args:
        folder: folder of a small LLaMA in one safetensors file.
    """
    import bitsandbytes.functional as bnb
    from safetensors.torch import load_file, save_file

    packed: dict[str, torch.Tensor] = {}
    for name, weight in load_file(folder / "model.safetensors").items():
        if "_proj." not in name:
            continue
        ids, state = bnb.quantize_4bit(weight.float(), compress_statistics=True, quant_type="nf4")
        packed |= {
            name: ids.flatten(),
            f"{name}.scales": state.absmax,
            f"{name}.scale": state.state2.absmax,
            f"{name}.offset": state.offset.reshape(1),
            f"{name}.shape": torch.tensor(weight.shape),
        }
    save_file({name: tensor.contiguous() for name, tensor in packed.items()}, folder / FILE, metadata={"weights": _sha256(folder)})


def unpacked(packed: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    """Return a packed weight in float32, to the bits that bitsandbytes returns.

    Args:
        packed: the tensors of the file.
        name: name of the weight.
    """
    ids, steps = packed[name].int(), _scale_steps()
    weights = torch.tensor(_NF4)[torch.stack([ids >> 4, ids & 15], 1).flatten().long()].view(-1, _BLOCK)
    scales = steps[packed[f"{name}.scales"].long()]
    scales = scales * packed[f"{name}.scale"].repeat_interleave(_BLOCKS)[: len(scales)] + packed[f"{name}.offset"]
    result: torch.Tensor = (weights * scales[:, None]).reshape(tuple(packed[f"{name}.shape"].tolist()))
    return result


def _scale_steps() -> torch.Tensor:
    """Return the 256 values of a scale: bitsandbytes' dynamic map of 8 bits (arXiv 1511.04561)."""
    values = [0.0, 1.0]
    for exponent in range(7):
        bounds = torch.linspace(0.1, 1, 2**exponent + 1)
        means = (bounds[:-1] + bounds[1:]) / 2
        values += (10 ** (exponent - 6) * means).tolist() + (-(10 ** (exponent - 6)) * means).tolist()
    return torch.tensor(sorted(values))


def small_weights(folder: Path, quantize: str) -> LlamaWeights | None:
    """Return the weights of a small LLaMA for its decoder, without transformers.

    Args:
        folder: folder of the model.
        quantize: ``nf4`` or ``none``.

    Returns:
        The weights; None where a file is missing or damaged, or the packed weights are of other weights.
    """
    from safetensors import SafetensorError

    try:
        return _read(folder, quantize)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
        # Loading the whole model says what is wrong.
        return None


def _read(folder: Path, quantize: str) -> LlamaWeights | None:
    from safetensors import safe_open
    from safetensors.torch import load_file

    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    packed: dict[str, torch.Tensor] = {}
    if quantize == "nf4":
        with safe_open(folder / FILE, "pt") as file:
            if (file.metadata() or {}).get("weights") != _sha256(folder):
                return None
        packed = load_file(folder / FILE)
    plain = load_file(folder / "model.safetensors")

    def weight(name: str) -> torch.Tensor:
        return unpacked(packed, name) if name in packed else plain[name].float()

    def together(layer: str, names: Sequence[str]) -> torch.Tensor:
        return torch.cat([weight(f"{layer}.{name}.weight") for name in names])

    layers = []
    for number in range(config["num_hidden_layers"]):
        at = f"model.layers.{number}"
        layers.append(
            LayerMatrices(
                before=weight(f"{at}.input_layernorm.weight"),
                qkv=together(at, ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")),
                out=weight(f"{at}.self_attn.o_proj.weight"),
                after=weight(f"{at}.post_attention_layernorm.weight"),
                gate_up=together(at, ("mlp.gate_proj", "mlp.up_proj")),
                down=weight(f"{at}.mlp.down_proj.weight"),
            )
        )
    embedding, size = weight("model.embed_tokens.weight"), int(config["head_dim"])
    return LlamaWeights(
        heads=config["num_attention_heads"],
        kv=config["num_key_value_heads"],
        size=size,
        eps=float(config["rms_norm_eps"]),
        positions=int(config["max_position_embeddings"]),
        embedding=embedding,
        head=weight("lm_head.weight") if "lm_head.weight" in plain else embedding,
        norm=weight("model.norm.weight"),
        layers=layers,
        frequencies=1.0 / (config["rope_parameters"]["rope_theta"] ** (torch.arange(0, size, 2, dtype=torch.int64).float() / size)),
    )


def _sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
