"""Find the adapter files of a run, and check them against the hashes in the database."""

from __future__ import annotations

import hashlib
from pathlib import Path

from propersim.core.errors import StoreError
from propersim.core.records import Night
from propersim.store.rows import RunRow
from propersim.store.store import Store


def adapter_file(store: Store, run: RunRow, night: Night) -> Path:
    """Return the path of the adapter that a night of training wrote.

    Args:
        store: the store of the run.
        run: the run.
        night: the night, with the hash of its adapter.

    Raises:
        StoreError: the file is missing or has been changed.
    """
    path = store.adapter_folder(run) / night.adapter
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StoreError(
            f"{path}: the adapter of day {night.day} cannot be read ({error.strerror})", "restore the file from a copy"
        ) from error
    if digest != night.sha256:
        raise StoreError(f"{path}: is not the adapter that the run was trained to on day {night.day}", "restore the file from a copy")
    return path
