"""Write a tokenizer into a GGUF file.

llama.cpp splits text by rules of its own, which a file names (``tokenizer.ggml.pre``). Only tokenizers whose rule is known are written:
with another rule the model would read other tokens than it was trained on.
"""

from __future__ import annotations

import json
from typing import Any, Final

from propersim.core.errors import InputError
from propersim.core.text import clean

_LETTERS: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_REST: Final = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SPLITS: Final = {rf"{_LETTERS}|\p{{N}}{{1,3}}{_REST}": "llama-bpe", rf"{_LETTERS}|\p{{N}}{_REST}": "qwen2"}
"""llama.cpp's names of the regular expressions by which tokenizers split text."""
_HINT: Final = "export with `--form merged`, and convert the folder with llama.cpp's convert_hf_to_gguf.py"
_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5
"""Kinds of tokens in GGUF."""


def add_tokenizer(writer: Any, tokenizer: Any, rows: int) -> None:
    """Add a tokenizer to a GGUF file.

    Args:
        writer: the file's ``gguf.GGUFWriter``.
        tokenizer: a fast tokenizer of transformers.
        rows: rows of the model's embedding; those without a token get the kind *unused*.

    Raises:
        InputError: llama.cpp would split text in another way, as far as is known here.
    """
    raw: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_of(raw))
    added = {int(one["id"]): one for one in raw["added_tokens"]}
    texts, kinds = [f"[PAD{number}]" for number in range(rows)], [_UNUSED] * rows
    for text, number in tokenizer.get_vocab().items():
        texts[number], kinds[number] = text, _NORMAL
        if number in added:
            kinds[number] = _CONTROL if added[number]["special"] else _USER_DEFINED
    writer.add_token_list(texts)
    writer.add_token_types(kinds)
    writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in raw["model"]["merges"]])
    for name, add in (
        ("bos", writer.add_bos_token_id),
        ("eos", writer.add_eos_token_id),
        ("unk", writer.add_unk_token_id),
        ("pad", writer.add_pad_token_id),
    ):
        if (number := getattr(tokenizer, f"{name}_token_id")) is not None:
            add(int(number))
    ids = tokenizer("a")["input_ids"]
    writer.add_add_bos_token(bool(ids) and ids[0] == tokenizer.bos_token_id)
    writer.add_add_eos_token(len(ids) > 1 and ids[-1] == tokenizer.eos_token_id)
    template = tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if template:
        writer.add_chat_template(template)


def pre_of(raw: dict[str, Any]) -> str:
    """Return llama.cpp's name of the rule by which a tokenizer splits text.

    Args:
        raw: the content of a ``tokenizer.json``.

    Raises:
        InputError: it is none of those that are known here.
    """
    steps = raw["pre_tokenizer"] or {}
    steps = steps["pretokenizers"] if steps.get("type") == "Sequence" else [steps]
    kinds = [step.get("type") for step in steps]
    last, model = steps[-1], raw["model"]
    normalizer = (raw["normalizer"] or {}).get("type")
    found = None
    if model["type"] == "BPE" and kinds[-1] == "ByteLevel" and not last["add_prefix_space"]:
        if kinds == ["ByteLevel"] and last["use_regex"]:
            found = "gpt-2"
        elif kinds == ["Digits", "ByteLevel"] and last["use_regex"] and steps[0]["individual_digits"]:
            found = "smollm"
        elif kinds == ["Split", "ByteLevel"] and not last["use_regex"] and steps[0]["behavior"] == "Isolated" and not steps[0]["invert"]:
            found = _SPLITS.get(steps[0]["pattern"].get("Regex", ""))
    # Merges are ignored for whole words by this rule alone.
    wrong = bool(model.get("ignore_merges")) != (found == "llama-bpe") or normalizer not in (None, *(["NFC"] if found == "qwen2" else []))
    if found is None or wrong:
        what = ", ".join(str(kind) for kind in (model["type"], normalizer, *kinds) if kind)
        raise InputError(f"its tokenizer ({clean(what, 120)}) is none of those that can be written into a GGUF file", _HINT)
    return found
