"""Write files atomically, refuse to overwrite them, and locate the cache folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from propersim.core.errors import InputError, StoreFull


def refuse_existing(path: Path | None, force: bool) -> None:
    """Refuse to overwrite an existing file without ``--force``; devices and pipes pass.

    Args:
        path: file that a command is to write; None for stdout.
        force: whether to overwrite it.

    Raises:
        InputError: the file exists, and ``force`` is not given.
    """
    if path is not None and path.is_file() and not force:
        raise InputError(f"{path}: already exists", "overwrite it with --force, or choose another file")


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file atomically.

    A reader finds, and a crash leaves, either the old or the new file, whole.

    Args:
        path: file to write.
        text: its new content, written as UTF-8.

    Raises:
        InputError: the folder does not exist or is not writable.
        StoreFull: the disk is full or has an I/O error.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or pipe is written to, and never replaced.
            path.write_text(text, encoding="utf-8")
            return
        descriptor, temporary = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        try:
            os.fchmod(descriptor, 0o644)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}", "choose another file") from error
    except OSError as error:
        raise StoreFull(f"{path}: cannot be written: {error.strerror}", "make room on the disk") from error


def cache_folder() -> Path:
    """Return the folder for files that can be made again.

    It is ``PROPERSIM_CACHE``, or the user's cache folder.
    """
    from platformdirs import user_cache_dir

    return Path(os.environ.get("PROPERSIM_CACHE") or user_cache_dir("propersim"))
