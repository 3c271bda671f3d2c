"""Load a model from its source with transformers, in 4-bit or unquantized.

4-bit is bitsandbytes' NF4 with double quantisation, computing in bf16.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from propersim.core.errors import InputError
from propersim.core.files import cache_folder
from propersim.models.codec import Codec, FieldCodec
from propersim.models.estimate import check_fits, device
from propersim.models.sources import Source, download_weights

BIG: Final = 3_000_000_000
"""Parameters from which on a model may be spread over several GPUs."""


@dataclass(frozen=True)
class LoadedParts:
    """A loaded model with its tokenizer and codec.

    Attributes:
        model: the transformers model, in evaluation mode.
        tokenizer: the transformers tokenizer.
        codec: encodes the model's prompts and decodes its answers.
        device: ``cpu`` or ``cuda``.
        dtype: data type of its computations.
        parameters: number of parameters, from its source: packed 4-bit weights have fewer elements.
    """

    model: Any
    tokenizer: Any
    codec: Codec
    device: str
    dtype: torch.dtype
    parameters: int


def load(source: Source, quantize: str = "nf4", *, persona: str | None = None) -> LoadedParts:
    """Load a model. A GGUF file is converted once; the result is kept in the cache folder.

    Args:
        source: the model's source, from :func:`propersim.models.sources.resolve`.
        quantize: ``nf4`` or ``none``.
        persona: description of the user, added to the prompts of models that read text (the ablation ``--reveal-persona``).

    Raises:
        InputError: too little memory, or the weights are missing or cannot be loaded.
    """
    if source.quantized and quantize == "none":
        raise InputError(f"{source.name}: is stored in 4-bit only", "use --quantize nf4, or give the unquantized model")
    check_fits(source, quantize)
    source = download_weights(source)
    on = device()
    dtype = torch.bfloat16 if quantize == "nf4" or on == "cuda" else torch.float32
    _quiet()
    with _explained(source):
        folder = converted(source.path) if source.kind == "gguf" else source.path
        model = _model(folder, source, quantize, on, dtype)
        tokenizer, codec = _tokenizer_and_codec(folder, source, persona, int(model.config.vocab_size))
    forbid_repacking(model)
    return LoadedParts(model.eval(), tokenizer, codec, on, dtype, source.parameters or 0)


def forbid_repacking(model: Any) -> None:
    """Keep bitsandbytes from repacking 4-bit weights for CPUs with AVX512-BF16.

    :func:`load` calls this.

    bitsandbytes 0.50 repacks them at the first forward pass in evaluation mode. That halves the time per token, but silently stops
    gradients at each layer; unpacking rounds the weights, so that a resumed run would differ in its bits, as would other CPUs.
    """
    for module in model.modules():
        if type(module).__name__ == "Linear4bit":
            module.support_avx512bf16_for_cpu = False


def converted(path: Path) -> Path:
    """Convert a GGUF file to safetensors (bf16) and return the folder with the result.

    A file is converted once for each content.

    Raises:
        InputError: the cache folder cannot be written.
    """
    with path.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()
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

    where, name = str(path.parent), path.name
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name, trust_remote_code=False, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        where,
        gguf_file=name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
        trust_remote_code=False,
        local_files_only=True,
    )
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def _model(folder: Path, source: Source, quantize: str, device: str, dtype: torch.dtype) -> Any:
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    packed = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16
    )
    big = device == "cuda" and (source.parameters or 0) >= BIG
    return AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        quantization_config=packed if quantize == "nf4" and not source.quantized else None,
        device_map="auto" if big else {"": device},
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        # On short sequences on the CPU eager attention is faster than the fused kernels, mostly in the backward pass.
        attn_implementation="eager" if device == "cpu" and source.kind == "homelm" else None,
    )


def _tokenizer_and_codec(folder: Path, source: Source, persona: str | None, vocabulary: int) -> tuple[Any, Codec]:
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if source.kind == "homelm":
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        return tokenizer, FieldCodec(tokenizer)
    from propersim.models.text_codec import TextCodec

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    return tokenizer, TextCodec(tokenizer, persona=persona, vocabulary=vocabulary)


@contextlib.contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Turn the libraries' exceptions into InputErrors that name the model."""
    from safetensors import SafetensorError

    hint = "download it again; if that does not help, this version of transformers cannot load it"
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise InputError(
            f"{source.name}: not enough memory on the GPU", "end other programs that use the GPU, or give a smaller model"
        ) from error
    except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError, ImportError, NotImplementedError, SafetensorError) as error:
        lines = str(error).strip().splitlines()
        raise InputError(f"{source.location}: cannot be loaded: {lines[0] if lines else type(error).__name__}", hint) from error


def _quiet() -> None:
    """Silence progress bars and warnings of the libraries.

    They would mix with the screen and with JSON output.
    """
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
