"""Deleting a run from outside of a run: what goes with it, and that it is the right one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from propersim.core.errors import UnknownRun
from propersim.store.store import RunRow, Store


class Belongings(NamedTuple):
    """What is deleted with a run.

    Attributes:
        run: its row.
        nights: trainings.
        warnings: of the run.
        adapters: files in its folder.
        adapter_bytes: their size.
    """

    run: RunRow
    nights: int
    warnings: int
    adapters: int
    adapter_bytes: int


def run_named(store: Store, run_id: str) -> RunRow:
    """Return the run of exactly this id; the beginning of one does not do, where something is to be deleted or compared.

    Raises:
        UnknownRun: there is none.
    """
    gone = UnknownRun(f"{store.path}: the run {run_id!r} is not there any more", "see `propersim runs ls`")
    try:
        run = store.run(run_id)
    except UnknownRun as error:
        raise gone from error
    if run.id != run_id:
        raise gone
    return run


def belongings(db: Path, run_id: str) -> Belongings:
    """Return what would be deleted with a run.

    Raises:
        PropersimError: there is no such run, or the database cannot be read.
    """
    with Store(db, read_only=True) as store:
        run = run_named(store, run_id)
        sizes = []
        for path in store.adapter_folder(run).glob("*"):
            try:
                sizes.append(path.stat().st_size)
            except OSError:
                # Gone this very moment.
                continue
        return Belongings(run, len(store.nights(run)), len(store.warnings(run)), len(sizes), sum(sizes))


def remove_run(db: Path, run_id: str) -> None:
    """Delete a run and all that belongs to it.

    Raises:
        UnknownRun: there is no run of exactly this id, or no database.
        StoreBusy: some process has the run, or another program the database.
        PropersimError: the database cannot be written.
    """
    if not Path(db).exists():
        raise UnknownRun(f"{db}: there is no such database")
    with Store(db) as store:
        store.remove_run(run_named(store, run_id))
