"""Starter adapters: what a pretrained model has learned of the task before its first run.

A starter is trained once for a model (``propersim models prepare``). It fits every copy of that model, in whatever precision: copies are
recognised by their sizes and their tokenizer. Starters of some models are part of this package; others are in the cache folder.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from propersim.core.errors import InputError
from propersim.core.files import cache_folder
from propersim.core.program import program

SHIPPED: Final = Path(__file__).parent / "starter_adapters"
"""Folder of the starters that are part of this package."""
RANK: Final = 8
LAYERS: Final = 12
"""Rank of a starter's matrices, and how many layers it changes, counted from the last, where nothing else is asked for."""
_SIZES: Final = (
    "model_type",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
)
_CARD: Final = "card"
_SUFFIXES: Final = {False: "", True: "-log"}
"""Ends of the names of starters that are trained on prompts without, and with, the log of the day."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about a starter.

    Attributes:
        model: name of the model that it was trained with.
        rank: rank of its matrices.
        layers: number of layers that it changes, counted from the last.
        threshold: probability of speaking above which the model speaks with it.
        teaching: settings of sampling and of the nightly training with it, which replace those of the preset; fields of
            :class:`propersim.models.presets.Teaching`.
        figures: how it was trained, and how well it decides.
        day_log: whether it was trained on prompts with the log of the day.
    """

    model: str
    rank: Annotated[int, msgspec.Meta(ge=1)]
    layers: Annotated[int, msgspec.Meta(ge=1)]
    threshold: Annotated[float, msgspec.Meta(ge=0, lt=1)]
    teaching: dict[str, int | float]
    figures: dict[str, Any]
    day_log: bool = False


class Starter(NamedTuple):
    """A starter adapter.

    Attributes:
        path: its file.
        card: what is known of it.
    """

    path: Path
    card: Card


def fingerprint(config: Any, tokenizer: Any) -> str:
    """Return a name for all copies of a model, from its sizes and its tokenizer's vocabulary.

    Args:
        config: the model's configuration.
        tokenizer: its tokenizer.
    """
    sizes = {name: getattr(config, name, None) for name in _SIZES}
    vocabulary = sorted(tokenizer.get_vocab().items())
    return hashlib.sha256(json.dumps([sizes, vocabulary]).encode()).hexdigest()[:16]


def own_folder() -> Path:
    """Return the folder of the starters that were made on this machine."""
    return cache_folder() / "starters"


def file_stem(config: Any, tokenizer: Any, *, day_log: bool = False) -> str:
    """Return the name of a starter's file, without its suffix.

    Args:
        config: the model's configuration.
        tokenizer: its tokenizer.
        day_log: whether it is trained on prompts with the log of the day.
    """
    return fingerprint(config, tokenizer) + _SUFFIXES[day_log]


def find_starter(config: Any, tokenizer: Any, *, day_log: bool = False) -> Starter | None:
    """Return the starter of a model; one for other prompts where there is no other.

    One for such prompts comes first, then one that was made on this machine. None where there is none. The card says whether it is for
    prompts with the log of the day.

    Args:
        config: the model's configuration.
        tokenizer: its tokenizer.
        day_log: whether the prompts have the log of the day.

    Raises:
        InputError: its file is damaged.
    """
    name = fingerprint(config, tokenizer)
    stems = [name + _SUFFIXES[each] for each in (day_log, not day_log)]
    files = [folder / f"{stem}.safetensors" for stem in stems for folder in (own_folder(), SHIPPED)]
    found = [read_starter(file) for file in files if file.is_file()]
    return min(found, key=lambda one: one.card.day_log != day_log, default=None)


def fingerprint_of_all() -> str:
    """Return a fingerprint of all starters, of this package and of this machine."""
    total = hashlib.sha256()
    for folder in (SHIPPED, own_folder()):
        for path in sorted(folder.glob("*.safetensors")):
            total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def read_starter(path: Path) -> Starter:
    """Read a starter's card.

    Raises:
        InputError: the file cannot be read, or holds no starter.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            return Starter(path, msgspec.json.decode((file.metadata() or {})[_CARD], type=Card))
    except (OSError, SafetensorError, KeyError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: holds no starter adapter ({error})", f"make it again: `{program()} models prepare MODEL`") from error


def adapter_shape(rank: int, layers: int) -> dict[str, Any]:
    """Return the shape of a starter adapter, as fields of a run's teaching.

    Args:
        rank: rank of its matrices.
        layers: number of layers that it changes, counted from the last.
    """
    return {"rank": rank, "alpha": 2 * rank, "layers": layers, "dropout": 0.0}


def find_file(sha256: str) -> Path | None:
    """Return the starter's file with a hash, as :func:`facts_of` records it.

    None where it is not on this machine.
    """
    files = (file for folder in (own_folder(), SHIPPED) for file in sorted(folder.glob("*.safetensors")))
    return next((file for file in files if hashlib.sha256(file.read_bytes()).hexdigest().startswith(sha256)), None)


def facts_of(starter: Starter) -> dict[str, Any]:
    """Return a hash of a starter's file and its settings, for a run's record."""
    card = starter.card
    sha256 = hashlib.sha256(starter.path.read_bytes()).hexdigest()[:16]
    return {"sha256": sha256, "threshold": card.threshold, "rank": card.rank, "layers": card.layers, **card.teaching}


def write_starter(tensors: dict[str, Any], card: Card, path: Path) -> None:
    """Write a starter's file, in bfloat16, atomically.

    Args:
        tensors: the adapter's tensors by their stored names.
        card: what is known of it.
        path: the file; its folder is made where missing.
    """
    import torch

    from propersim.models.adapters import write_tensors

    write_tensors({name: tensor.to(torch.bfloat16) for name, tensor in tensors.items()}, path, {_CARD: msgspec.json.encode(card).decode()})
