"""Check the tensors and keys of a GGUF file against its architecture.

transformers drops tensors and keys of a GGUF file that it does not know, and fills in missing tensors with random numbers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from propersim.core.errors import InputError
from propersim.core.text import clean
from propersim.models.gguf_header import GgufArray, GgufHead
from propersim.models.gguf_keys import EPSILON, SIZES, WINDOW, misread_numbers, unknown_keys
from propersim.models.gguf_rope import ROPE_FACTORS, check_rope
from propersim.models.mismatch import Mismatch
from propersim.models.shape import Shape, shape_of

GGUF_ARCHITECTURES: Final = ("llama", "qwen2", "qwen3")
"""The members of :data:`propersim.models.shape.ARCHITECTURES` that can be loaded from GGUF; Mistral's models are stored as ``llama``."""

_SPLIT: Final = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_HARMLESS: Final = re.compile(r"blk\.\d+\.attn_rot_embd(\.weight)?")
"""Rotary frequencies as old converters stored them: llama.cpp skips them as well."""
LAYER: Final = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""Names of a layer's modules in GGUF, with those of transformers."""


def check_gguf(path: Path, head: GgufHead) -> Shape:
    """Check the header of a GGUF file, and return the model's sizes.

    Args:
        path: the file.
        head: its header.

    Raises:
        InputError: the file is one part of several, is of another architecture, lacks tensors, or holds something that would be ignored.
    """
    _check_split(path, head)
    if head.metadata.get("general.type", "model") != "model":
        raise InputError(
            f"{path}: is of the type {clean(str(head.metadata['general.type']), 40)!r}, not a model", "give the file of a whole model"
        )
    if head.architecture not in GGUF_ARCHITECTURES or head.number("expert_count"):
        what = f"{head.architecture} with experts" if head.number("expert_count") else repr(head.architecture)
        raise InputError(
            f"{path}: its architecture is {what}, not that of a LLaMA", f"give a file of one of {', '.join(GGUF_ARCHITECTURES)}"
        )
    shape = _shape(path, head)
    _check_keys(path, head, shape)
    check_rope(path, head, shape.head)
    if shape.layers > len(head.shapes):
        # Before the tensors are listed: a damaged header may say any number.
        raise InputError(f"{path}: has {len(head.shapes):,} tensors for {shape.layers:,} layers", "download the file again: it is damaged")
    found = {name: size for name, size in head.shapes.items() if not _HARMLESS.fullmatch(name) and name != ROPE_FACTORS}
    wanted = tensors(head.architecture, shape)
    wrong = Mismatch(
        tuple(wanted.keys() - found.keys()),
        tuple(found.keys() - wanted.keys()),
        # A file has the innermost dimension first.
        {name: (found[name][::-1], wanted[name]) for name in wanted.keys() & found.keys() if found[name][::-1] != wanted[name]},
    )
    if wrong:
        raise InputError(f"{path}: not a whole {head.architecture} model: {wrong}", "download the file again, or convert the model anew")
    return shape


def tensors(architecture: str, shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return the tensors of a model by their names in GGUF, with their shapes.

    Shapes have the outermost dimension first.

    Args:
        architecture: one of :data:`GGUF_ARCHITECTURES`.
        shape: the model's sizes.
    """
    names = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    layer: dict[str, tuple[int, ...]] = {f"{name}.weight": (out, into) for name, (into, out) in zip(names, shape.linears, strict=True)}
    layer |= {"attn_norm.weight": (shape.hidden,), "ffn_norm.weight": (shape.hidden,)}
    if architecture == "qwen2":
        layer |= {f"{name}.bias": layer[f"{name}.weight"][:1] for name in names[:3]}
    if architecture == "qwen3":
        layer |= {"attn_q_norm.weight": (shape.head,), "attn_k_norm.weight": (shape.head,)}
    table = (shape.vocabulary, shape.hidden)
    whole: dict[str, tuple[int, ...]] = {"token_embd.weight": table, "output_norm.weight": (shape.hidden,)}
    whole |= {} if shape.tied else {"output.weight": table}
    return whole | {f"blk.{number}.{name}": size for number in range(shape.layers) for name, size in layer.items()}


def gguf_name(name: str) -> str:
    """Return the name in GGUF of a tensor that transformers calls ``name``."""
    for inside, outside in (("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output")):
        if name.startswith(f"{inside}."):
            return outside + name.removeprefix(inside)
    for short, long in LAYER.items():
        if match := re.fullmatch(rf"model\.layers\.(\d+)\.{re.escape(long)}\.(weight|bias)", name):
            return f"blk.{match[1]}.{short}.{match[2]}"
    return name


def _check_split(path: Path, head: GgufHead) -> None:
    """Refuse one part of a model that is split into several files."""
    named = _SPLIT.search(path.name)
    parts = max(_number(head.metadata.get("split.count")), int(named[2]) if named else 0)
    if parts > 1:
        first = f"{path.name[: named.start()]}-00001-of-{parts:05}.gguf" if named else "FIRST_PART.gguf"
        raise InputError(
            f"{path}: is one of the {parts} parts of a model that is split",
            f"join them first: `llama-gguf-split --merge {first} WHOLE.gguf`, then give WHOLE.gguf",
        )


def _shape(path: Path, head: GgufHead) -> Shape:
    heads, key = head.number("attention.head_count"), head.number("attention.key_length")
    try:
        if head.number("context_length") < 1:
            raise ValueError(f"{head.architecture}.context_length is missing")
        return shape_of(
            {
                "hidden_size": head.number("embedding_length"),
                "intermediate_size": head.number("feed_forward_length"),
                "num_hidden_layers": head.number("block_count"),
                "num_attention_heads": heads,
                "num_key_value_heads": head.number("attention.head_count_kv") or None,
                "head_dim": key or None,
                "vocab_size": head.shapes["token_embd.weight"][-1],
                "tie_word_embeddings": "output.weight" not in head.shapes,
            }
        )
    except (KeyError, ValueError, IndexError) as error:
        raise InputError(f"{path}: lacks sizes or weights of a LLaMA ({error})", "give the file of a whole model") from error


def _check_keys(path: Path, head: GgufHead, shape: Shape) -> None:
    """Refuse keys that change what the model computes and that transformers would ignore."""
    name = head.architecture
    hint = "give a file that llama.cpp's convert_hf_to_gguf.py made from a plain model, or the model as safetensors"
    unknown = unknown_keys(head)
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise InputError(f"{path}: its keys {', '.join(unknown[:3])}{more} cannot be followed", hint)
    lists = sorted(key for key in (f"{name}.{key}" for key in SIZES) if isinstance(head.metadata.get(key), GgufArray))
    if lists:
        raise InputError(f"{path}: its layers differ ({', '.join(lists)}), which is not supported", hint)
    wrong = misread_numbers(head)
    if wrong:
        raise InputError(f"{path}: {wrong[0]}, not a whole number", hint)
    epsilon = head.metadata.get(f"{name}.{EPSILON}")
    if not isinstance(epsilon, float):
        raise InputError(f"{path}: lacks {name}.{EPSILON}", hint)
    if not 0 < epsilon < 1:
        raise InputError(f"{path}: {name}.{EPSILON} is {epsilon}, not a small number above 0", "download the file again")
    window = head.number(WINDOW)
    if 0 < window < head.number("context_length"):
        raise InputError(f"{path}: its attention looks back {window:,} tokens only ({name}.{WINDOW}), which is not supported", hint)
    value = head.number("attention.value_length", shape.head)
    rotated = head.number("rope.dimension_count", shape.head)
    if (value, rotated) != (shape.head, shape.head):
        raise InputError(f"{path}: heads of {shape.head} with values of {value} and {rotated} rotated dimensions are not supported", hint)
    _check_tokenizer(path, head, shape, hint)


def _check_tokenizer(path: Path, head: GgufHead, shape: Shape, hint: str) -> None:
    tokens = head.length("tokenizer.ggml.tokens")
    if not tokens:
        raise InputError(f"{path}: has no tokenizer (tokenizer.ggml.tokens)", hint)
    if not head.length("tokenizer.ggml.scores") and not head.length("tokenizer.ggml.merges"):
        raise InputError(f"{path}: its tokenizer has neither tokenizer.ggml.scores nor tokenizer.ggml.merges", hint)
    for key in ("scores", "token_type"):
        count = head.length(f"tokenizer.ggml.{key}")
        if count not in (0, tokens):
            raise InputError(f"{path}: its tokenizer has {tokens:,} tokens, but {count:,} values in tokenizer.ggml.{key}", hint)
    for key in ("bos_token_id", "eos_token_id", "unknown_token_id", "padding_token_id"):
        number = head.metadata.get(f"tokenizer.ggml.{key}")
        if isinstance(number, int) and number >= tokens:
            raise InputError(f"{path}: its tokenizer has {tokens:,} tokens, but tokenizer.ggml.{key} is {number:,}", hint)
    if tokens > shape.vocabulary:
        raise InputError(f"{path}: its tokenizer has {tokens:,} tokens, but token_embd.weight has {shape.vocabulary:,} rows", hint)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
