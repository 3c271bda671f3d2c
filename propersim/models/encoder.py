"""Sentence encoders as embedders: a folder that transformers opens, mean pooling, unit length.

Weights are taken as safetensors only, and code that comes with a model is never run.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from propersim.core.config import HASHING, THREADS
from propersim.core.errors import InputError
from propersim.memory.embedder import Vector
from propersim.models.sources import weight_files

LONGEST: Final = 256
"""Tokens of a text that are read at most."""
WAYS: Final = (
    f"give {HASHING!r}, the folder of a sentence encoder (config.json, model.safetensors, tokenizer.json), or URL#MODEL of an endpoint"
)


def check_encoder(embedder: str) -> Path:
    """Return the folder of a sentence encoder; nothing heavy is loaded.

    Args:
        embedder: as given with ``--embedder``, other than ``hashing``.

    Raises:
        InputError: it is no such folder, or its model cannot be used; says what to do.
    """
    path = Path(embedder).expanduser()
    if not path.is_dir():
        raise InputError(f"--embedder: {embedder!r}: there is no such folder", WAYS)
    config = _config(path)
    if config.get("auto_map"):
        raise InputError(f"--embedder: {path}: the model brings code of its own, which is not run", "give a model that transformers knows")
    if config.get("is_encoder_decoder"):
        raise InputError(f"--embedder: {path}: is an encoder with a decoder", "give an encoder alone, such as all-MiniLM-L6-v2")
    if not isinstance(config.get("model_type"), str) or not isinstance(config.get("hidden_size"), int):
        raise InputError(f"--embedder: {path}: its config.json names no model_type or no hidden_size", WAYS)
    if not any((path / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise InputError(f"--embedder: {path}: no tokenizer in it", "tokenizer.json belongs beside config.json; fetch the whole model")
    weight_files(path)
    return path


def encoder_name(embedder: str) -> str:
    """Return the name that an encoder's vectors are kept by: of its files and of the version of torch, not of its place.

    Raises:
        InputError: as :func:`check_encoder`.
    """
    path = check_encoder(embedder)
    total = hashlib.sha256()
    for file in sorted([path / "config.json", path / "tokenizer.json", path / "vocab.txt", *weight_files(path)]):
        if file.is_file():
            with file.open("rb") as stream:
                total.update(file.name.encode() + b"\0" + hashlib.file_digest(stream, "sha256").digest())
    return f"encoder-{total.hexdigest()[:16]}-torch-{version('torch')}"


class SentenceEncoder:
    """An encoder such as all-MiniLM-L6-v2: the mean of its last states over a text's tokens, on the CPU, one text at a time.

    Args:
        embedder: its folder.

    Raises:
        InputError: as :func:`check_encoder`, or transformers cannot load it.
    """

    def __init__(self, embedder: str) -> None:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        path = check_encoder(embedder)
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        torch.set_num_threads(THREADS)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(
                path, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, local_files_only=True
            ).eval()
            # Some count positions from 2.
            self._longest = min(LONGEST, int(getattr(self._model.config, "max_position_embeddings", None) or LONGEST + 2) - 2)
            self.name = encoder_name(embedder)
            self.dimensions = len(self.embed("A cup of tea."))
        except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError, AttributeError, ImportError, SafetensorError) as error:
            said = str(error).strip().splitlines()
            raise InputError(f"--embedder: {path}: cannot be used: {said[0] if said else type(error).__name__}", WAYS) from error

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,)."""
        import torch

        tokens = self._tokenizer(text, truncation=True, max_length=self._longest, return_tensors="pt")
        with torch.inference_mode():
            states = self._model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state[0]
        # One text, no padding: the mean is over all of its tokens.
        vector: Vector = states.mean(0).numpy().astype(np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            raise ValueError("it gives no vector for a text")
        return vector / np.float32(length)


def _config(path: Path) -> dict[str, Any]:
    file = path / "config.json"
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"--embedder: {path}: no config.json in it, so it is no model's folder", WAYS) from error
    except (OSError, ValueError) as error:
        raise InputError(f"--embedder: {file}: cannot be read: {error}", "fetch it again") from error
    if not isinstance(raw, dict):
        raise InputError(f"--embedder: {file}: is no configuration", "fetch it again")
    return raw
