"""Refuse links that lead nowhere, which would look like files that are missing."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from propersim.core.errors import InputError
from propersim.core.text import clean

_SUFFIXES: Final = (".safetensors", ".json", ".model", ".jinja", ".gguf")


def refuse_dead_link(path: Path) -> None:
    """Refuse a path that is, or goes through, a link to what does not exist or to itself.

    Raises:
        InputError: names the link and where it leads.
    """
    for part in (path, *path.parents):
        if part.is_symlink() and not part.exists():
            target = clean(os.readlink(part), limit=200)
            where = f"to {target}, which does not exist"
            try:
                os.stat(part)
            except OSError as error:
                where = "that leads back to itself" if error.errno == errno.ELOOP else where
            raise InputError(f"{part}: is a link {where}", "correct the link, or give the folder or file itself")


def refuse_dead_links(folder: Path) -> None:
    """Refuse a model's folder in which a file of the model is a link that leads nowhere.

    Raises:
        InputError: names the first such link.
    """
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return  # What may not be read is said where it is read.
    for file in files:
        if file.suffix in _SUFFIXES:
            refuse_dead_link(file)
