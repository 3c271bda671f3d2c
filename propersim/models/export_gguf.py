"""Write a model as a GGUF file, for llama.cpp and Ollama.

A model that came from a GGUF file keeps that file's metadata, tokenizer and tensors; only the tensors that the adapter changes are new.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from propersim.core.errors import InputError
from propersim.core.text import clean, counted
from propersim.models.gguf_header import read_head
from propersim.models.gguf_rope import ROPE_FACTORS
from propersim.models.gguf_tensors import check_gguf, gguf_name, tensors
from propersim.models.gguf_vocabulary import add_tokenizer
from propersim.models.mismatch import Mismatch
from propersim.models.shape import shape_of

ARCHITECTURES: Final = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
"""Names in GGUF of the architectures of transformers that can be written."""
_HINT: Final = "export with `--form merged`, and convert the folder with llama.cpp's convert_hf_to_gguf.py"
_FILE_TYPES: Final = {"float32": "ALL_F32", "float16": "MOSTLY_F16", "bfloat16": "MOSTLY_BF16"}
_OWN_KEYS: Final = ("general.architecture", "general.alignment", "general.file_type")
"""Keys of a file that are not copied: the writer adds the first two, and the third is no longer true."""


def check_architecture(kind: str) -> None:
    """Raise InputError if models of an architecture cannot be written.

    Args:
        kind: ``model_type`` of transformers.
    """
    if kind not in ARCHITECTURES:
        raise InputError(f"models of the architecture {clean(kind, 60)} cannot be written into a GGUF file", _HINT)


def write_gguf(model: Any, tokenizer: Any, file: Path, name: str, dtype: str) -> None:
    """Write a model of transformers as a GGUF file; its norms are in float32.

    Args:
        model: a LLaMA in float32, without an adapter.
        tokenizer: its tokenizer.
        file: the new file.
        name: the model's name in the file.
        dtype: data type of its matrices: ``float32``, ``float16`` or ``bfloat16``.

    Raises:
        InputError: its architecture, rotation or tokenizer cannot be written, or a value does not fit into the type.
        OSError: the disk is full, or the like.
    """
    from gguf import GGUFWriter, LlamaFileType

    config = model.config
    check_architecture(config.model_type)
    architecture, shape = ARCHITECTURES[config.model_type], shape_of(config.to_dict())
    window = getattr(config, "sliding_window", None)
    if window is not None and window < config.max_position_embeddings:
        raise InputError(f"its attention looks back {window:,} tokens only, which cannot be written into a GGUF file", _HINT)
    found = {gguf_name(key): tensor for key, tensor in model.state_dict().items() if not (shape.tied and key == "lm_head.weight")}
    wanted = tensors(architecture, shape)
    if wanted.keys() != found.keys():
        wrong = Mismatch(tuple(wanted.keys() - found.keys()), tuple(found.keys() - wanted.keys()))
        raise InputError(f"its weights are not those of a plain {architecture}: {wrong}", _HINT)
    writer = GGUFWriter(None, architecture)
    writer.add_type("model")
    writer.add_name(name)
    writer.add_file_type(LlamaFileType[_FILE_TYPES[dtype]])
    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(shape.head)
    _add_rotation(writer, model, architecture)
    add_tokenizer(writer, tokenizer, shape.vocabulary)
    for key, tensor in found.items():
        _add_tensor(writer, key, _values(tensor, key, model), dtype)
    _write(writer, file)
    # What this program would not read, others need not read right.
    check_gguf(file, read_head(file))


def write_changed_gguf(model: Any, source: Path, changed: Collection[str], file: Path, dtype: str) -> None:
    """Write a copy of a GGUF file in which some tensors are those of a model.

    Args:
        model: a model in float32 that was loaded from the file, without an adapter.
        source: the file.
        changed: names in transformers of the weights that are taken from the model.
        file: the new file.
        dtype: their data type; all other tensors, the metadata and the tokenizer are copied as they are.

    Raises:
        InputError: the file cannot be read, or a value does not fit into the type.
        OSError: the disk is full, or the like.
    """
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    reader = GGUFReader(source)
    architecture = read_head(source).architecture
    writer = GGUFWriter(None, architecture)
    for field in reader.fields.values():
        if field.name in _OWN_KEYS or field.name.startswith("GGUF."):
            continue
        kind = field.types[0]
        try:
            content = field.contents()
        except UnicodeDecodeError as error:
            raise InputError(f"{source}: its {clean(field.name, 60)} is not UTF-8", "download the file again") from error
        if kind != GGUFValueType.ARRAY or content:
            writer.add_key_value(field.name, content, kind, sub_type=field.types[-1] if kind == GGUFValueType.ARRAY else None)
    if reader.fields.get("general.alignment") is not None:
        writer.add_custom_alignment(reader.alignment)
    weights = model.state_dict()
    new = {gguf_name(key): weights[key] for key in changed}
    for tensor in reader.tensors:
        if tensor.name in new:
            _add_tensor(writer, tensor.name, _values(new[tensor.name], tensor.name, model, architecture), dtype)
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    _write(writer, file)


def _values(tensor: torch.Tensor, name: str, model: Any, architecture: str = "") -> npt.NDArray[np.float32]:
    """Return a tensor's values in the order of GGUF.

    llama.cpp rotates neighbouring rows of queries and keys together in models of the architecture ``llama``, transformers the rows of
    both halves of a head.

    Args:
        tensor: the tensor of a model of transformers.
        name: its name in GGUF.
        model: the model.
        architecture: name of the architecture in GGUF; "" for that of the model.
    """
    values: npt.NDArray[np.float32] = tensor.detach().float().numpy()
    config = model.config
    part = name.rpartition(".")[0].rpartition(".")[2]
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}.get(part)
    if heads is None or (architecture or ARCHITECTURES[config.model_type]) != "llama":
        return values
    return values.reshape(heads, 2, len(values) // heads // 2, -1).swapaxes(1, 2).reshape(values.shape)


def _add_tensor(writer: Any, name: str, values: npt.NDArray[np.float32], dtype: str) -> None:
    """Add a tensor to a file: a matrix in a data type, a norm or bias in float32.

    Raises:
        InputError: a value is beyond the type.
    """
    from gguf import GGMLQuantizationType, quantize

    if values.ndim == 1 or dtype == "float32":
        writer.add_tensor(name, np.ascontiguousarray(values))
    elif dtype == "bfloat16":
        kind = GGMLQuantizationType.BF16
        writer.add_tensor(name, quantize(np.ascontiguousarray(values), kind), raw_dtype=kind)
    else:
        if float(np.abs(values).max()) > float(np.finfo(np.float16).max):
            raise InputError(f"{name} has values beyond those of float16", "give --dtype bfloat16")
        writer.add_tensor(name, values.astype(np.float16))


def _add_rotation(writer: Any, model: Any, architecture: str) -> None:
    """Add base frequency and scaling of the rotation.

    Raises:
        InputError: llama.cpp has no such scaling.
    """
    from gguf import RopeScalingType

    rope: dict[str, Any] = model.config.rope_parameters
    kind, base = rope["rope_type"], float(rope["rope_theta"])
    writer.add_rope_freq_base(base)
    if kind == "default":
        return
    if kind == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(float(rope["factor"]))
        return
    rotary = model.model.rotary_emb
    if kind == "yarn":
        factor = float(rope["factor"])
        writer.add_rope_scaling_type(RopeScalingType.YARN)
        writer.add_rope_scaling_factor(factor)
        writer.add_rope_scaling_orig_ctx_len(int(rope.get("original_max_position_embeddings") or model.config.max_position_embeddings))
        # llama.cpp multiplies its own magnitude with the file's.
        own = 0.1 * math.log(factor) + 1.0 if factor > 1 else 1.0
        writer.add_rope_scaling_attn_factors(float(rotary.attention_scaling) / own)
        writer.add_rope_scaling_yarn_beta_fast(float(rope.get("beta_fast") or 32.0))
        writer.add_rope_scaling_yarn_beta_slow(float(rope.get("beta_slow") or 1.0))
        return
    same = rope.get("short_factor") == rope.get("long_factor")
    if architecture != "llama" or kind not in ("llama3", "longrope") or not same or float(rotary.attention_scaling) != 1.0:
        raise InputError(f"the rotation of its positions ({clean(str(kind), 40)}) cannot be written into a GGUF file", _HINT)
    if kind == "longrope":
        factors = np.array(rope["short_factor"], dtype=np.float32)
    else:
        size = 2 * len(rotary.inv_freq)
        plain = 1.0 / base ** (np.arange(0, size, 2, dtype=np.float64) / size)
        factors = (plain / rotary.inv_freq.double().numpy()).astype(np.float32)
    writer.add_tensor(ROPE_FACTORS, factors)


def _write(writer: Any, file: Path) -> None:
    """Write a file with all that was added to its writer.

    Raises:
        OSError: the disk is full, or the like.
    """
    try:
        writer.write_header_to_file(file)
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    except OSError as error:
        if error.errno is None:
            # numpy says only that fewer values were written.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
    finally:
        writer.close()


def kept_text(kept: int, dtype: str) -> str:
    """Return a line about the data types of a file whose other tensors were copied.

    Args:
        kept: number of the tensors that were copied.
        dtype: data type of those that the adapter changes.
    """
    copied = f"{counted(kept, 'tensor')}, the metadata and the tokenizer are copied from the run's GGUF file"
    return f"{copied}; what the adapter changes is {dtype}"
