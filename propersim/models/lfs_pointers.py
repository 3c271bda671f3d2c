"""Refuse Git LFS pointers: small text files in the place of files that were not fetched.

A clone without Git LFS has them instead of weights, tokenizer and configuration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from propersim.core.errors import InputError

_BEGINNING: Final = b"version https://git-lfs.github.com/spec/"
_SUFFIXES: Final = (".safetensors", ".json", ".model", ".gguf")


def refuse_pointers(path: Path) -> None:
    """Refuse a file, or a folder with a file, that is a Git LFS pointer.

    Files that cannot be read are left to those who open them.

    Raises:
        InputError: names the first pointer.
    """
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        return
    for file in files:
        if file.suffix.lower() in _SUFFIXES and file.is_file() and _beginning(file) == _BEGINNING:
            raise InputError(
                f"{file}: is a Git LFS pointer, not the file itself",
                "fetch the file: `git lfs pull` in its repository, or download it again",
            )


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(len(_BEGINNING))
    except OSError:
        return b""
