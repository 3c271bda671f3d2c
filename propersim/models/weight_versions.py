"""Refuse a folder that holds two versions of a tensor with different values.

Which of them is loaded depends on the library and its version.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch

from propersim.core.errors import InputError
from propersim.core.text import clean
from propersim.models.mismatch import listed
from propersim.models.weight_index import second_version, weight_files

_EMBEDDING: Final = "embed_tokens.weight"
_OUTPUT: Final = "lm_head.weight"


def check_versions(folder: Path, name: str, *, tied: bool) -> None:
    """Check that weights which are stored twice are the same.

    Args:
        folder: a model's folder.
        name: name of the model in the message.
        tied: whether its output layer is its embedding.

    Raises:
        InputError: they differ; the message names the tensor.
    """
    files = weight_files(folder)
    places = _places(files)
    whole = second_version(folder)
    if whole is not None:
        other = _places([whole])
        missing = set(places) ^ set(other)
        wrong = missing or {key for key in places if not _same(_tensor(places, key), _tensor(other, key), exactly=True)}
        if wrong:
            what = "only one of them has" if missing else "they differ in"
            raise InputError(
                f"{name}: has its weights twice, in {whole.name} and in {clean(files[0].name, 60)} and the others of the index, and {what} "
                f"{listed(wrong)}",
                "remove the version that is not meant",
            )
    output, embedding = _ending(places, _OUTPUT), _ending(places, _EMBEDDING)
    packed = f"{output}.absmax" in places
    if tied and output and embedding and not packed and not _same(_tensor(places, output), _tensor(places, embedding)):
        raise InputError(
            f"{name}: its config.json says tie_word_embeddings, but {clean(output, 120)} is not {clean(embedding, 120)}",
            "set tie_word_embeddings to false if the output layer is one of its own, or remove its tensor",
        )


def _places(files: list[Path]) -> dict[str, Path]:
    from safetensors import safe_open

    places: dict[str, Path] = {}
    for file in files:
        with safe_open(str(file), "pt") as weights:
            places |= dict.fromkeys(weights.keys(), file)
    return places


def _ending(places: Mapping[str, Path], ending: str) -> str | None:
    return next((name for name in sorted(places) if name == ending or name.endswith(f".{ending}")), None)


def _tensor(places: Mapping[str, Path], name: str) -> torch.Tensor:
    from safetensors import safe_open

    with safe_open(str(places[name]), "pt") as weights:
        tensor: torch.Tensor = weights.get_tensor(name)
        return tensor


def _same(first: torch.Tensor, second: torch.Tensor, *, exactly: bool = False) -> bool:
    """Return whether two tensors have the same values; with ``exactly`` also the same type."""
    if first.shape != second.shape or (exactly and first.dtype != second.dtype):
        return False
    return torch.equal(first, second) if first.dtype == second.dtype else torch.equal(first.double(), second.double())
