"""Convert a GGUF file to safetensors (bf16), once per content, into the cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tempfile
from math import prod
from pathlib import Path
from typing import Any, Final

import torch

from propersim.core.errors import InputError
from propersim.core.files import cache_folder
from propersim.core.text import clean
from propersim.models.gguf_header import GgufHead, read_head
from propersim.models.gguf_rope import ROPE_FACTORS, rope_parameters
from propersim.models.gguf_tensors import check_gguf, gguf_name
from propersim.models.weights import is_finite, refuse_infinite, refuse_mismatch, reported

_ALIGNMENT: Final = 32
"""Bytes that tensors are aligned to where a file does not say so."""
_NO_WEIGHTS: Final = ("I8", "I16", "I32", "I64", "F64")
"""Data types that are not read as weights."""
_AGAIN: Final = "download the file again: it is damaged or incomplete"
_OTHER_KIND: Final = "give a file with another quantization, such as Q8_0 or Q4_K_M"
_VERSION: Final = 2
"""Version of the conversion; results of another version are not used."""


def convert_gguf(path: Path) -> Path:
    """Convert a GGUF file to safetensors (bf16) and return the folder with the result.

    A file is converted once for each content.

    Raises:
        InputError: the cache folder cannot be written, or the file's weights are incomplete or not finite.
    """
    with path.open("rb") as file:
        name = f"{hashlib.file_digest(file, 'sha256').hexdigest()}-{_VERSION}"
    folder = cache_folder() / "gguf" / name
    if (folder / "config.json").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f"{name[:16]}.", dir=folder.parent))
    except OSError as error:
        raise InputError(f"{folder.parent}: cannot be written: {error}", "set PROPERSIM_CACHE to another folder") from error
    try:
        # The progress bar over the tensors of a GGUF file cannot be switched off otherwise.
        with contextlib.redirect_stderr(io.StringIO()):
            _convert(path, aside)
        # If another process was faster, its folder stays: it has the same content.
        with contextlib.suppress(OSError):
            aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _convert(path: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    check_data(path, read_head(path))
    where, name = str(path.parent), path.name
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        if "Merges" in str(error):
            # The library's message is about its own inside.
            wrong = "tokenizer.ggml.merges has an entry that is not two parts of a token"
            raise InputError(f"{path}: {wrong}", _AGAIN) from error
        raise
    loader: Any = AutoModelForCausalLM
    model, info = loader.from_pretrained(
        where,
        config=_config(path, read_head(path)),
        gguf_file=name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
        trust_remote_code=False,
        local_files_only=True,
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    refuse_mismatch(reported(info), str(path))
    refuse_infinite((gguf_name(key) for key, tensor in model.named_parameters() if not is_finite(tensor)), str(path))
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def check_data(path: Path, head: GgufHead) -> None:
    """Check that the data of each tensor can be read, are whole and its own.

    Args:
        path: a GGUF file.
        head: its header.

    Raises:
        InputError: they are not; the message names the tensor.
    """
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    readable = {int(kind): kind for kind in GGMLQuantizationType if kind.name not in _NO_WEIGHTS}
    alignment = head.metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1:
        raise InputError(f"{path}: general.alignment is {alignment!r}, not a number above 0", _AGAIN)
    start = -(-head.end // alignment) * alignment
    before, ended = "", 0
    for name, place in sorted(head.places.items(), key=lambda item: item[1].offset):
        if place.kind not in readable:
            raise InputError(f"{path}: {clean(name, 60)} is of the data type {place.kind}, which cannot be read", _OTHER_KIND)
        block, bytes_of_block = GGML_QUANT_SIZES[readable[place.kind]]
        values = prod(head.shapes[name])
        if place.offset % alignment or values % block:
            raise InputError(f"{path}: {clean(name, 60)} is not stored in whole blocks", _AGAIN)
        if place.offset < ended:
            raise InputError(f"{path}: {clean(name, 60)} and {clean(before, 60)} are stored in the same place", _AGAIN)
        before, ended = name, place.offset + values // block * bytes_of_block
        if start + ended > head.size:
            raise InputError(f"{path}: {clean(name, 60)} is cut off", _AGAIN)


def _config(path: Path, head: GgufHead) -> Any:
    """Return transformers' configuration of a GGUF file, with every value from the file."""
    from transformers import AutoConfig

    shape = check_gguf(path, head)
    tokens = {name: head.metadata.get(f"tokenizer.ggml.{name}") for name in ("bos_token_id", "eos_token_id")}
    return AutoConfig.for_model(
        head.architecture,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head,
        vocab_size=shape.vocabulary,
        tie_word_embeddings=shape.tied,
        max_position_embeddings=head.number("context_length"),
        rms_norm_eps=float(head.metadata[f"{head.architecture}.attention.layer_norm_rms_epsilon"]),
        rope_parameters=rope_parameters(path, head, _factors(path, head)),
        **{name: value for name, value in tokens.items() if isinstance(value, int)},
    )


def _factors(path: Path, head: GgufHead) -> list[float] | None:
    """Return the divisors of the rotary frequencies in a GGUF file; None where it has none."""
    if ROPE_FACTORS not in head.shapes:
        return None
    from gguf import GGUFReader, dequantize

    tensor = next(tensor for tensor in GGUFReader(path).tensors if tensor.name == ROPE_FACTORS)
    return [float(value) for value in dequantize(tensor.data, tensor.tensor_type).reshape(-1)]
