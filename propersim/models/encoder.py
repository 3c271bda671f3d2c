"""Sentence encoders as embedders: loaded from a folder, mean pooling, unit length.

Only safetensors weights are loaded, and code that comes with a model is never run.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from propersim.core.config import HASHING, THREADS
from propersim.core.errors import InputError, reason
from propersim.core.plugins import EMBEDDERS, names
from propersim.core.text import did_you_mean
from propersim.memory.embedder import Vector
from propersim.models.hub import check_variables
from propersim.models.json_files import bounded_text
from propersim.models.libraries import need_libraries
from propersim.models.mismatch import Mismatch
from propersim.models.sources import refuse_pipes
from propersim.models.weight_index import weight_files

LONGEST: Final = 256
"""Maximum tokens of a text; the rest is cut off."""
WAYS: Final = (
    f"give {HASHING!r}, the folder of a sentence encoder (config.json, model.safetensors, tokenizer.json), or URL#MODEL of an endpoint"
)

_WHOLE: Final = "download the whole model again"


def check_encoder(embedder: str) -> Path:
    """Check the folder of a sentence encoder and return it, without loading the model.

    Args:
        embedder: embedder as given with ``--embedder``, other than ``hashing``.

    Raises:
        InputError: there is no such folder, or its model cannot be used.
    """
    path = Path(embedder).expanduser()
    if not path.is_dir():
        meant = did_you_mean(embedder, names(EMBEDDERS))
        raise InputError(f"--embedder: {embedder!r}: no such folder{meant}", f"{WAYS}; or install the package that registers it")
    need_libraries("--embedder")
    refuse_pipes(path, f"--embedder: {path}")
    config = _config(path)
    if config.get("auto_map"):
        raise InputError(
            f"--embedder: {path}: the model contains its own code, which is not run",
            "give a model of an architecture that transformers has",
        )
    if config.get("is_encoder_decoder"):
        raise InputError(f"--embedder: {path}: is an encoder-decoder model", "give an encoder, such as all-MiniLM-L6-v2")
    if not isinstance(config.get("model_type"), str) or not isinstance(config.get("hidden_size"), int):
        raise InputError(f"--embedder: {path}: its config.json has no model_type or no hidden_size", WAYS)
    if not any((path / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise InputError(f"--embedder: {path}: has no tokenizer", "tokenizer.json belongs beside config.json; download the whole model")
    weight_files(path)
    return path


def encoder_name(embedder: str) -> str:
    """Return the name under which an encoder's vectors are stored.

    It depends on the encoder's files and on torch's version, not on the path.

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
    """Embeds a text as the mean of an encoder's last hidden states, on the CPU.

    An example is all-MiniLM-L6-v2. Texts are embedded one at a time.

    Args:
        embedder: the encoder's folder.

    Raises:
        InputError: as :func:`check_encoder`, or transformers cannot load the model.
    """

    def __init__(self, embedder: str) -> None:
        check_variables()
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        from propersim.models.weights import check_values, reported

        path = check_encoder(embedder)
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        torch.set_num_threads(THREADS)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
            loader: Any = AutoModel
            self._model, info = loader.from_pretrained(
                path,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
            self._model.eval()
            if wrong := _used(reported(info), {name for name, _ in self._model.named_children()}):
                raise InputError(f"--embedder: {path}: its weights are not those that its config.json asks for: {wrong}", _WHOLE)
            check_values(path, f"--embedder: {path}")
            # RoBERTa-like models number positions from 2.
            self._longest = min(LONGEST, int(getattr(self._model.config, "max_position_embeddings", None) or LONGEST + 2) - 2)
            self.name = encoder_name(embedder)
            self.dimensions = len(self.embed("A cup of tea."))
        except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError, AttributeError, ImportError, SafetensorError) as error:
            lines = str(error).strip().splitlines()
            raise InputError(f"--embedder: {path}: cannot be used: {lines[0] if lines else type(error).__name__}", WAYS) from error

    def embed(self, text: str) -> Vector:
        """Return the unit vector of a text, shape (dimensions,)."""
        import torch

        tokens = self._tokenizer(text, truncation=True, max_length=self._longest, return_tensors="pt")
        with torch.inference_mode():
            states = self._model(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state[0]
        # One text has no padding, so that the mean is over all of its tokens.
        vector: Vector = states.mean(0).numpy().astype(np.float32)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            raise ValueError("it returns no finite vector for a text")
        return vector / np.float32(length)


def _used(wrong: Mismatch, parts: set[str]) -> Mismatch:
    """Return the differences that change the last hidden states.

    A pooler comes after them, and so do the heads that a model was trained with.

    Args:
        wrong: all differences.
        parts: names of the encoder's own parts, such as ``embeddings``.
    """
    missing = tuple(name for name in wrong.missing if not name.startswith("pooler."))
    unknown = tuple(name for name in wrong.unknown if (parts - {"pooler"}) & set(name.split(".")[:2]))
    sizes = {name: size for name, size in wrong.sizes.items() if not name.startswith("pooler.")}
    return Mismatch(missing, unknown, sizes, wrong.other)


def _config(path: Path) -> dict[str, Any]:
    file = path / "config.json"
    try:
        raw = json.loads(bounded_text(file))
    except FileNotFoundError as error:
        raise InputError(f"--embedder: {path}: has no config.json, so it is not a model's folder", WAYS) from error
    except (OSError, ValueError) as error:
        raise InputError(f"--embedder: {file}: cannot be read: {reason(error)}", "download it again") from error
    if not isinstance(raw, dict):
        raise InputError(f"--embedder: {file}: is not a configuration", "download it again")
    return raw
