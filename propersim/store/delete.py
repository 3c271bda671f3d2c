"""Delete a run by its exact id, and list what is deleted with it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from propersim.core.errors import UnknownRun
from propersim.core.program import program
from propersim.store.store import RunRow, Store


class RunContents(NamedTuple):
    """Everything that is deleted with a run.

    Attributes:
        run: its row.
        nights: number of trainings.
        warnings: number of warnings.
        adapters: number of files in its adapter folder.
        adapter_bytes: their total size, in bytes.
    """

    run: RunRow
    nights: int
    warnings: int
    adapters: int
    adapter_bytes: int


def find_run(store: Store, run_id: str) -> RunRow:
    """Return the run with exactly this id.

    The beginning of an id is not enough to delete or compare a run.

    Raises:
        UnknownRun: there is no such run.
    """
    gone = UnknownRun(f"{store.path}: the run {run_id!r} is not there any more", f"see `{program()} runs ls`")
    try:
        run = store.run(run_id)
    except UnknownRun as error:
        raise gone from error
    if run.id != run_id:
        raise gone
    return run


def run_contents(db: Path, run_id: str) -> RunContents:
    """Return everything that would be deleted with a run.

    Raises:
        PropersimError: there is no such run, or the database cannot be read.
    """
    with Store(db, read_only=True) as store:
        run = find_run(store, run_id)
        sizes = []
        for path in store.adapter_folder(run).glob("*"):
            try:
                sizes.append(path.stat().st_size)
            except OSError:
                # Deleted by another process in between.
                continue
        return RunContents(run, len(store.nights(run)), len(store.warnings(run)), len(sizes), sum(sizes))


def remove_run(db: Path, run_id: str) -> None:
    """Delete a run and everything that belongs to it.

    Raises:
        UnknownRun: there is no run with exactly this id, or no database.
        StoreBusy: a process is running the run, or another program locks the database.
        PropersimError: the database cannot be written.
    """
    if not Path(db).exists():
        raise UnknownRun(f"{db}: no such database")
    with Store(db) as store:
        store.remove_run(find_run(store, run_id))
