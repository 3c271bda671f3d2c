"""Loading a model from its source: transformers, in bitsandbytes' 4-bit (NF4, double quantisation, bf16 compute) or whole."""

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
from propersim.models.sources import Source, fetched

BIG: Final = 3_000_000_000
"""From so many parameters on, a model may be spread over several GPUs."""


@dataclass(frozen=True)
class Parts:
    """A model that is ready, and what goes with it.

    Attributes:
        model: of transformers, for inference.
        tokenizer: likewise.
        codec: its prompts and answers.
        device: ``cpu`` or ``cuda``.
        dtype: in which it computes.
        parameters: how many it has (packed 4-bit weights count wrongly).
    """

    model: Any
    tokenizer: Any
    codec: Codec
    device: str
    dtype: torch.dtype
    parameters: int


def load(source: Source, quantize: str = "nf4", *, persona: str | None = None) -> Parts:
    """Return a model, loaded. A GGUF file is converted once and kept in the cache folder.

    Args:
        source: as :func:`propersim.models.sources.resolve` found it.
        quantize: ``nf4`` or ``none``.
        persona: who the user is, told to models that read text (the ablation ``--reveal-persona``).

    Raises:
        InputError: not enough memory, the weights are not there, or they cannot be loaded; says what to do.
    """
    if source.quantized and quantize == "none":
        raise InputError(f"{source.name}: is stored in 4-bit only", "leave --quantize at nf4, or give the unpacked model")
    check_fits(source, quantize)
    source = fetched(source)
    on = device()
    dtype = torch.bfloat16 if quantize == "nf4" or on == "cuda" else torch.float32
    _quiet()
    with _explained(source):
        folder = converted(source.path) if source.kind == "gguf" else source.path
        model = _model(folder, source, quantize, on, dtype)
        tokenizer, codec = _reading(folder, source, persona, int(model.config.vocab_size))
    forbid_rearranging(model)
    return Parts(model.eval(), tokenizer, codec, on, dtype, source.parameters or 0)


def forbid_rearranging(model: Any) -> None:
    """Keep bitsandbytes from rearranging 4-bit weights for inference on a CPU with AVX512-BF16; :func:`load` has done it.

    It does so at the first question in evaluation mode. Tokens then take half the time, but (bitsandbytes 0.50) no gradient passes
    through a layer any more, without any error; the way back rounds, so that a resumed run would have other bits; and other CPUs
    would have others still.
    """
    for module in model.modules():
        if type(module).__name__ == "Linear4bit":
            module.support_avx512bf16_for_cpu = False


def converted(path: Path) -> Path:
    """Return the folder of a GGUF file's weights as safetensors (bf16), made once for each content of a file.

    Raises:
        InputError: no room for it.
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
        raise InputError(f"{folder.parent}: cannot be written: {error}", "name another cache folder with PROPERSIM_CACHE") from error
    try:
        # The bar over the tensors of a GGUF file has no other switch.
        with contextlib.redirect_stderr(io.StringIO()):
            _convert(path, aside)
        # Whoever comes second finds the first one's folder, which holds the same.
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
        # On short rows on the CPU the plain sums are faster than the fused ones, backwards above all.
        attn_implementation="eager" if device == "cpu" and source.kind == "homelm" else None,
    )


def _reading(folder: Path, source: Source, persona: str | None, vocabulary: int) -> tuple[Any, Codec]:
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if source.kind == "homelm":
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
        return tokenizer, FieldCodec(tokenizer)
    from propersim.models.text_codec import TextCodec

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    return tokenizer, TextCodec(tokenizer, persona=persona, vocabulary=vocabulary)


@contextlib.contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Turn what the libraries raise about a file into an error that says which file."""
    from safetensors import SafetensorError

    hint = "fetch it again; if that does not help, this version of transformers cannot read it"
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise InputError(f"{source.name}: not enough memory on the GPU", "end what else uses it, or give a smaller model") from error
    except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError, ImportError, NotImplementedError, SafetensorError) as error:
        said = str(error).strip().splitlines()
        raise InputError(f"{source.location}: cannot be loaded: {said[0] if said else type(error).__name__}", hint) from error


def _quiet() -> None:
    """Keep what the libraries say while loading off the screen, and out of somebody's JSON."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
