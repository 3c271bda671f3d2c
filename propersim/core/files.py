"""Write files safely, and find the cache folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from propersim.core.errors import InputError, StoreFull


def write_aside(path: Path, text: str) -> None:
    """Write a file such that whoever reads it meanwhile, or after a crash, finds the old one or the new one, whole.

    Raises:
        InputError: the folder is not there, or may not be written to.
        StoreFull: a write failed.
    """
    try:
        number, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        try:
            os.fchmod(number, 0o644)
            with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(number)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}", "give another file") from error
    except OSError as error:
        raise StoreFull(f"{path}: cannot be written: {error.strerror}", "make room on the disk") from error


def cache_folder() -> Path:
    """Return the folder for what can be made again: ``PROPERSIM_CACHE``, or the user's cache folder."""
    from platformdirs import user_cache_dir

    return Path(os.environ.get("PROPERSIM_CACHE") or user_cache_dir("propersim"))
