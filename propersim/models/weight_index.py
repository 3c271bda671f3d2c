"""List the weight files in a model's folder, and find a second version of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from propersim.core.errors import InputError
from propersim.core.text import clean
from propersim.models.json_files import bounded_text, json_problem, read_hint

WHOLE: Final = "model.safetensors"
_INDEX: Final = "model.safetensors.index.json"
_PICKLED: Final = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_MAGIC: Final = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
"""First bytes of pickled data, and of the archives in which torch stores them."""
_PICKLED_HINT: Final = "pickled weights can run code and are not opened; save them as safetensors with save_pretrained"


def weight_files(path: Path) -> list[Path]:
    """Return the weight files in a model's folder.

    Raises:
        InputError: there are no weight files, some are missing, or they are pickled.
    """
    index = path / _INDEX
    if index.is_file():
        names = _listed(index)
        pickled = [name for name in names if Path(name).suffix in _PICKLED]
        if pickled:
            raise InputError(f"{path}: its weights are pickled ({clean(pickled[0], 60)}, named in {_INDEX})", _PICKLED_HINT)
        missing = [name for name in names if not (path / name).is_file()]
        if missing:
            raise InputError(
                f"{path}: {len(missing)} of {len(names)} weight files are missing, {clean(missing[0], 60)} first", "download them again"
            )
        return [path / name for name in names]
    if (path / WHOLE).is_file():
        return [path / WHOLE]
    found = sorted(file.name for file in path.iterdir() if file.suffix in _PICKLED)
    if found:
        raise InputError(f"{path}: its weights are pickled ({clean(found[0], 60)})", _PICKLED_HINT)
    raise InputError(f"{path}: has no weights", "model.safetensors, or its shards with their index, belong beside config.json")


def second_version(path: Path) -> Path | None:
    """Return ``model.safetensors`` where an index lists other files, else None.

    transformers loads ``model.safetensors`` there.
    """
    whole = path / WHOLE
    return whole if whole.is_file() and whole not in weight_files(path) else None


def refuse_pickled(file: Path) -> None:
    """Refuse a file of weights that cannot be read as safetensors because it is pickled.

    Raises:
        InputError: it is.
    """
    with file.open("rb") as stream:
        if stream.read(4).startswith(_MAGIC):
            raise InputError(f"{file}: its weights are pickled, whatever its name says", _PICKLED_HINT)


def _listed(index: Path) -> list[str]:
    """Return the names of the files in an index of weights, sorted.

    Raises:
        InputError: it is no such index.
    """
    try:
        raw: Any = json.loads(bounded_text(index))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{index}: cannot be read: {clean(json_problem(error))}", read_hint(error)) from error
    names = raw.get("weight_map") if isinstance(raw, dict) else None
    if not isinstance(names, dict):
        what = "is not an object" if not isinstance(raw, dict) else "lacks weight_map" if names is None else "weight_map is not an object"
        raise InputError(f"{index}: {what}; it should list the file of each tensor", "download it again")
    wrong = next((tensor for tensor, name in names.items() if not isinstance(name, str)), None)
    if wrong is not None:
        raise InputError(
            f"{index}: weight_map has {clean(json.dumps(names[wrong]), 60)} for {clean(wrong, 120)}, not the name of a file",
            "download it again",
        )
    if not names:
        raise InputError(f"{index}: names no weight files", "download it again")
    if _outside(names.values()):
        raise InputError(f"{index}: names files outside its folder", "download the model again from a source that you trust")
    return sorted(set(names.values()))


def _outside(names: Iterable[str]) -> bool:
    return any(Path(name).name != name or "\0" in name for name in names)
