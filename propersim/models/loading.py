"""Load a model from its source with transformers, in 4-bit or unquantized.

4-bit is bitsandbytes' NF4 with double quantisation, computing in bf16.
"""

from __future__ import annotations

import contextlib
import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch

from propersim.core.config import DeviceChoice
from propersim.core.errors import InputError, PropersimError
from propersim.core.text import clean, counted
from propersim.models.codec import Codec
from propersim.models.config_messages import plain_field
from propersim.models.devices import Device
from propersim.models.estimate import check_fits
from propersim.models.gguf_convert import convert_gguf
from propersim.models.homelm_codec import homelm_codec
from propersim.models.json_files import bounded_text, check_tokenizer_files, tokenizer_error
from propersim.models.llama_decoder import BaseWeights
from propersim.models.mismatch import Mismatch, listed
from propersim.models.placement import choose_device, too_large_for_gpu
from propersim.models.pretrained import unpack_on_cpu
from propersim.models.probe import check_logits
from propersim.models.room import check_room
from propersim.models.shared_model import TORCH_GLOBALS, own_modules, shared
from propersim.models.sources import Source, download_weights
from propersim.models.text_codec import TextCodec
from propersim.models.weight_versions import check_versions
from propersim.models.weights import check_values, compared, packed_sizes, refuse_mismatch, reported

BIG: Final = 3_000_000_000
"""Parameters from which on a model may be spread over several GPUs."""
_AGAIN: Final = "download it again; if that does not help, this version of transformers cannot load it"
_CONFIG: Final = "correct its config.json, or give another model"
_TOKENIZER: Final = "give the folder of a whole model: its tokenizer's files are damaged, or of another version of transformers"
_NESTED: Final = 4
_SENTENCE: Final = 300
"""Most characters of a library's message."""


@dataclass(frozen=True)
class LoadedParts:
    """A loaded model with its tokenizer and codec.

    Attributes:
        model: the transformers model, in evaluation mode.
        tokenizer: the transformers tokenizer.
        codec: encodes the model's prompts and decodes its answers.
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: data type of its computations.
        parameters: number of parameters, from its source: packed 4-bit weights have fewer elements.
        positions: the model's longest position.
        notices: warnings about the model, to be shown with a run.
        packed_layers: number of linear layers in 4-bit, as the model was loaded.
        weights: what decoders of the same base model share.
    """

    model: Any
    tokenizer: Any
    codec: Codec
    device: Device
    dtype: torch.dtype
    parameters: int
    positions: int
    notices: tuple[str, ...] = ()
    packed_layers: int = 0
    weights: BaseWeights = field(default_factory=BaseWeights)


@dataclass(eq=False)
class _Base:
    """Parts of a loaded model that its runs share.

    Attributes:
        source: its source, on this machine.
        model: the transformers model, in evaluation mode.
        folder: the folder that it was loaded from.
        device: its device.
        dtype: data type of its computations.
        packed_layers: number of linear layers in 4-bit, as it was loaded.
        on_cpu: a warning where it is on the CPU only because no GPU has room for it.
        weights: what its decoders share.
        checked: whether its logits were checked, and its 4-bit matrices unpacked where that is faster.
    """

    source: Source
    model: Any
    folder: Path
    device: Device
    dtype: torch.dtype
    packed_layers: int
    on_cpu: str | None
    weights: BaseWeights = field(default_factory=BaseWeights)
    checked: bool = False


def load(
    source: Source, quantize: str = "nf4", *, persona: str | None = None, evidence: bool = False, device: DeviceChoice = "auto"
) -> LoadedParts:
    """Load a model. A GGUF file is converted once; the result is kept in the cache folder.

    Args:
        source: the model's source, from :func:`propersim.models.sources.resolve`.
        quantize: ``nf4`` or ``none``.
        persona: description of the user, added to the prompts of models that read text (the ablation ``--reveal-persona``).
        evidence: whether prompts of models that read text hold the moment and what the ratings say of it alone.
        device: the device, or ``auto`` (see :func:`propersim.models.placement.choose_device`).

    Raises:
        InputError: the device is not there, there is too little memory, the weights are missing, incomplete, not finite or cannot be
            loaded, or the model has no room for a prompt.
    """
    with TORCH_GLOBALS:
        base = shared(("base", source.location, quantize, device), partial(_load_base, source, quantize, device))
        source, model, hint = base.source, base.model, _converted_hint(base.source, base.folder)
        rows, positions = int(model.get_input_embeddings().num_embeddings), int(model.config.max_position_embeddings)
        with _explained(source.location, hint or _TOKENIZER):
            tokenizer, codec = _tokenizer_and_codec(base.folder, source, persona, rows, positions, evidence)
            notices = [f"{source.location}: {notice}" for notice in (codec.notices if isinstance(codec, TextCodec) else ())]
            notices += filter(None, [check_room(codec, positions, source.location), base.on_cpu])
        if not base.checked:
            with _explained(source.location, _CONFIG):
                check_logits(model, codec, source.location)
            unpack_on_cpu(model)
            base.checked = True
        return LoadedParts(
            own_modules(model), tokenizer, codec, base.device, base.dtype, source.parameters or 0, positions, tuple(notices),
            base.packed_layers, base.weights,
        )  # fmt: skip


def _converted_hint(source: Source, folder: Path) -> str | None:
    """Return the remedy for a damaged copy of a GGUF file; None for other models."""
    return f"remove {folder}, the converted copy, and try again" if source.kind == "gguf" else None


def _load_base(source: Source, quantize: str, device: DeviceChoice) -> _Base:
    """Load what runs of the same model share; see :func:`load` for the arguments."""
    if source.quantized and quantize == "none":
        raise InputError(f"{source.name}: is stored in 4-bit only", "use --quantize nf4, or give the unquantized model")
    on = choose_device(source, quantize, device)
    check_fits(source, quantize, on)
    on_cpu = too_large_for_gpu(source, quantize, on, device)
    source = download_weights(source)
    # Many CPUs have no fast bfloat16: there a night takes ten times as long in it.
    dtype = torch.bfloat16 if on == "cuda" else torch.float32
    quiet_libraries()
    with _explained(source.location):
        folder = convert_gguf(source.path) if source.kind == "gguf" else source.path
    hint = _converted_hint(source, folder)
    with _explained(source.location, hint or _CONFIG):
        check_tokenizer_files(folder)
        config = _checked_config(folder, source.location)
    with _explained(source.location, hint or _AGAIN):
        check_values(folder, source.location)
        check_versions(folder, source.location, tied=bool(getattr(config, "tie_word_embeddings", False)))
        model = _model(folder, source, quantize, on, dtype)
        forbid_repacking(model.eval())
    packed = sum(type(module).__name__ == "Linear4bit" for module in model.modules())
    return _Base(source, model, folder, on, dtype, packed, on_cpu)


def forbid_repacking(model: Any) -> None:
    """Keep bitsandbytes from repacking 4-bit weights for CPUs with AVX512-BF16.

    :func:`load` calls this.

    bitsandbytes 0.50 repacks them at the first forward pass in evaluation mode. That halves the time per token, but silently stops
    gradients at each layer; unpacking rounds the weights, so that a resumed run would differ in its bits, as would other CPUs.
    """
    for module in model.modules():
        if type(module).__name__ == "Linear4bit":
            module.support_avx512bf16_for_cpu = False


def _model(folder: Path, source: Source, quantize: str, device: str, dtype: torch.dtype) -> Any:
    """Load a model's weights, and check that all of them come from its files.

    Raises:
        InputError: a tensor is missing, unknown or of another shape.
    """
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    packed = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype)
    big = device == "cuda" and (source.parameters or 0) >= BIG
    options: dict[str, Any] = {
        "dtype": dtype,
        "device_map": "auto" if big else {"": device},
        "use_safetensors": True,
        "trust_remote_code": False,
        "local_files_only": True,
        # On short sequences on the CPU eager attention is faster than the fused kernels, mostly in the backward pass.
        "attn_implementation": "eager" if device == "cpu" and source.kind == "homelm" else None,
        # Tensors of another shape are reported too, and refused below.
        "ignore_mismatched_sizes": True,
        "output_loading_info": True,
    }
    if quantize == "nf4" and not source.quantized:
        # None would switch off the model's own quantization.
        options["quantization_config"] = packed
    loader: Any = AutoModelForCausalLM
    try:
        model, info = loader.from_pretrained(folder, **options)
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        # transformers may stumble over missing or misshapen weights before it can report them.
        found = Mismatch()
        with contextlib.suppress(Exception):
            found = compared(folder)
        refuse_mismatch(found, source.location)
        raise error
    refuse_mismatch(reported(info) or packed_sizes(model), source.location)
    return model


def _tokenizer_and_codec(folder: Path, source: Source, persona: str | None, rows: int, positions: int, evidence: bool) -> tuple[Any, Codec]:
    """Load a model's tokenizer, and return it with the codec.

    Raises:
        InputError: the tokenizer cannot be used, or has tokens for which the embedding has no row.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    try:
        if source.kind == "homelm":
            tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(folder)
        else:
            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        # Its own message is about the inside of the library.
        raise (tokenizer_error(folder, error) or error) from error
    outside = [name for name, number in tokenizer.get_vocab().items() if number >= rows]
    # transformers adds tokens of its own to the tokenizer of a GGUF file, whose size is checked with its header.
    if outside and source.kind != "gguf":
        raise InputError(
            f"{source.location}: its tokenizer has {counted(len(outside), 'token')} outside of the embedding's {rows:,} rows "
            f"({listed(outside)})",
            "give the model with its own tokenizer; after tokens were added, `resize_token_embeddings` must follow",
        )
    if source.kind == "homelm":
        return tokenizer, homelm_codec(tokenizer)
    try:
        return tokenizer, TextCodec(tokenizer, persona=persona, vocabulary=rows, positions=positions, evidence=evidence)
    except InputError as error:
        raise InputError(f"{source.location}: {error.message}", error.hint) from error


@contextlib.contextmanager
def _explained(location: str, hint: str = _AGAIN) -> Iterator[None]:
    """Turn the libraries' exceptions into InputErrors that name the model.

    Args:
        location: folder, file or hub id.
        hint: hint of the error.
    """
    try:
        yield
    except PropersimError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        where = "on the GPU" if isinstance(error, torch.OutOfMemoryError) else "on this machine"
        raise InputError(f"{location}: not enough memory {where}", "end other programs, or give a smaller model") from error
    except Exception as error:
        # A model's files may hold anything: no list of the libraries' exceptions is complete.
        raise InputError(f"{location}: cannot be loaded: {_reason(error)}", hint) from error


def _reason(error: Exception) -> str:
    """Return a library's message on one line.

    It is the first line, with the next one where it ends with a colon.
    """
    # The text of a KeyError is only the key, in quotes.
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    count = next((number for number, line in enumerate(lines, 1) if not line.endswith(":")), len(lines))
    return clean(" ".join(lines[:count]), limit=_SENTENCE) or type(error).__name__


def _checked_config(folder: Path, location: str) -> Any:
    """Return a folder's configuration, after a model was built from it without weights.

    So an error of the configuration is told from one of the weights, and names the key.

    Raises:
        InputError: no model can be built from it.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    raw = json.loads(bounded_text(folder / "config.json"))
    for name in ("dtype", "torch_dtype"):
        if not isinstance(raw.get(name), str | None):
            raise InputError(f"{location}: cannot be loaded: {name} must be a text, not {clean(json.dumps(raw[name]), 60)}", _CONFIG)
    try:
        config: Any = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        padding = config.pad_token_id
        if isinstance(padding, int) and not -config.vocab_size <= padding < config.vocab_size:
            raise InputError(f"{location}: cannot be loaded: pad_token_id {padding} is beyond the {config.vocab_size:,} tokens", _CONFIG)
        with torch.device("meta"):
            AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except (PropersimError, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        text = plain_field(_reason(error))
        about = [f"{name} {value!r}" for name, value in _texts(raw, _NESTED) if value in text and name not in text]
        said = text
        if about:
            said = f"{clean(', '.join(about[:2]), limit=_SENTENCE)} is not known to transformers"
            said += f" ({text})" if text not in said else ""
        raise InputError(f"{location}: cannot be loaded: {said}", _CONFIG) from error
    return config


def _texts(node: Any, depth: int, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts in a configuration with their keys, from that many levels."""
    if isinstance(node, str) and node:
        yield name, node
    elif isinstance(node, dict) and depth:
        for key, value in node.items():
            yield from _texts(value, depth - 1, str(key))


def quiet_libraries() -> None:
    """Silence progress bars and warnings of the libraries.

    They would mix with the screen and with JSON output.
    """
    from transformers.utils import logging as transformers_logging

    # Libraries warn each other of their own coming changes.
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|peft|trl|bitsandbytes)\b")
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
