"""Read and check the JSON files that describe a model, within bounds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from propersim.core.errors import InputError, reason
from propersim.core.text import clean

_LARGEST: Final = 32 << 20
"""Most bytes of a configuration, or of the list of a model's weights."""
_KINDS: Final = ("BPE", "Unigram", "WordPiece", "WordLevel")
"""Kinds of tokenizers that the library tokenizers reads."""


def bounded_text(file: Path) -> str:
    """Return the text of a file that describes a model.

    Its size is bounded: it may be a link to a device without end.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no UTF-8 text, or too large.
    """
    with file.open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"is larger than {_LARGEST:,} bytes")
    return data.decode("utf-8-sig")


def read_hint(error: Exception) -> str:
    """Return the hint for a file that cannot be read: only a damaged one is downloaded again."""
    return "check that it is a file that you may read" if isinstance(error, OSError) else "download it again"


def json_problem(error: Exception) -> str:
    """Return in plain words why a file is no JSON."""
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        if not error.doc.strip():
            return "is empty"
        return f"is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
    return reason(error)


def check_tokenizer_files(folder: Path) -> None:
    """Check the parts of a tokenizer's files that the libraries take for granted.

    Their own messages would be Python's, without file or field.

    Args:
        folder: a model's folder.

    Raises:
        InputError: a part is missing or of another kind; the message names file and field.
    """
    for name, problem in _PROBLEMS.items():
        file = folder / name
        if not file.is_file():
            continue
        # A vocabulary may be larger than other files, and is read whole by the libraries too.
        try:
            raw: Any = json.loads(file.read_bytes().decode("utf-8") if name == "tokenizer.json" else bounded_text(file))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{file}: cannot be read: {clean(json_problem(error))}", read_hint(error)) from error
        wrong = problem(raw)
        if wrong:
            raise InputError(f"{file}: {clean(wrong)}", "give the folder of a whole model, or save its tokenizer anew with save_pretrained")


def _tokenizer_problem(raw: Any) -> str:
    """Return the fault of a ``tokenizer.json``; "" where none is known."""
    if not isinstance(raw, dict):
        return "is not an object"
    added, model = raw.get("added_tokens"), raw.get("model")
    if not isinstance(added, list):
        return "lacks added_tokens" if added is None else "added_tokens is not a list"
    for place, token in enumerate(added):
        if not isinstance(token, dict) or not isinstance(token.get("content"), str):
            return f"added_tokens[{place}] has no text in content"
        number = token.get("id")
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            return f"added_tokens[{place}].id is not a whole number"
    if not isinstance(model, dict):
        return "lacks model" if model is None else "model is not an object"
    if model.get("type") is not None and model["type"] not in _KINDS:
        return f"model.type is {model['type']!r}, not one of {', '.join(_KINDS)}"
    if not isinstance(model.get("vocab"), dict | list):
        return "lacks model.vocab" if model.get("vocab") is None else "model.vocab is neither an object nor a list"
    return _merges_problem(model.get("merges"))


def _merges_problem(merges: Any) -> str:
    if merges is None:
        return ""
    if not isinstance(merges, list):
        return "model.merges is not a list"
    for place, pair in enumerate(merges):
        parts = pair.split(" ") if isinstance(pair, str) else pair
        if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
            return f"model.merges[{place}] is {json.dumps(pair, ensure_ascii=False)[:60]}, not two parts of a token"
    return ""


def _object_problem(raw: Any) -> str:
    return "" if isinstance(raw, dict) else "is not an object"


def _options_problem(raw: Any) -> str:
    """Return the fault of a ``tokenizer_config.json``; "" where none is known."""
    if not isinstance(raw, dict):
        return "is not an object"
    length = raw.get("model_max_length")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int | float)):
        return "model_max_length is not a number"
    for name in ("tokenizer_class", "padding_side", "truncation_side"):
        if not isinstance(raw.get(name), str | None):
            return f"{name} is not a text"
    for name in ("additional_special_tokens", "extra_special_tokens"):
        if not isinstance(raw.get(name), list | dict | None):
            return f"{name} is neither a list nor an object"
    for name in ("bos", "eos", "unk", "pad", "sep", "cls", "mask"):
        if not _is_token(raw.get(f"{name}_token")):
            return f"{name}_token is neither a text nor an object with a text in content"
    added = raw.get("added_tokens_decoder", {})
    if not isinstance(added, dict):
        return "added_tokens_decoder is not an object"
    for number, token in added.items():
        if not number.isdecimal() or token is None or not _is_token(token):
            return f"added_tokens_decoder has {number!r}; its keys are whole numbers, with an object that has a text in content"
    templates = raw.get("chat_template")
    for place, one in enumerate(templates if isinstance(templates, list) else ()):
        if not isinstance(one, dict) or not all(isinstance(one.get(part), str) for part in ("name", "template")):
            return f"chat_template[{place}] has no texts in name and template"
    return ""


def _is_token(value: Any) -> bool:
    return isinstance(value, str | None) or (isinstance(value, dict) and isinstance(value.get("content"), str))


_PROBLEMS: Final = {
    "tokenizer.json": _tokenizer_problem,
    "tokenizer_config.json": _options_problem,
    "special_tokens_map.json": _object_problem,
    "generation_config.json": _object_problem,
}


def tokenizer_error(folder: Path, error: Exception) -> InputError | None:
    """Return an error that names the unreadable part of ``tokenizer.json``; None if it is read.

    Args:
        folder: a model's folder.
        error: what was raised when its tokenizer was loaded.
    """
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    try:
        if file.is_file():
            Tokenizer.from_file(str(file))
        return None
    except Exception as found:
        text = f"{found} {error}"
    part = next((name for word, name in _PARTS.items() if word in text), "a value")
    place = re.search(r"at line \d+ column \d+", text)
    return InputError(
        f"{file}: {part} is not one that the library tokenizers reads{f' ({place[0]})' if place else ''}",
        "give the folder of a whole model: its tokenizer's files are damaged, or of another version of transformers",
    )


_PARTS: Final = {
    "Normalizer": "normalizer",
    "PreTokenizer": "pre_tokenizer",
    "PostProcessor": "post_processor",
    "Decoder": "decoder",
    "Model": "model",
}
