"""Copy a finished run from another database, which a worker on another machine has written.

A shard is a database with one run and, in a folder beside it, the run's adapters.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from propersim.core.errors import StoreError
from propersim.core.files import failed_file
from propersim.store.database_file import translated
from propersim.store.rows import RunRow
from propersim.store.store import Store

TABLES = {
    "days": "day, first, plan, figures",
    "steps": "idx, day, minute, spoke, score, record, micros",
    "pairs": "idx, number, kind, chosen, rejected, won, prompt, ref_chosen, ref_rejected",
    "nights": "at, day, record",
    "warnings": "at, day, kind, text",
    "calls": (
        "idx, day, purpose, prompt, model, form, tokens_in, tokens_cached, tokens_out, seconds, retries, again, cached, guessed, cost,"
        " failed, at"
    ),
    "bookmarks": "idx, note",
}
"""The tables whose rows belong to a run, and their columns besides ``run`` and numbers that a database gives."""
SHARED = {"embeddings": "embedder, text, vector", "plans": "key, plan"}
"""The tables whose rows runs share."""
_ORDER = {"calls": " order by id"}
_OWN = ("key", "id")
"""Columns of a run that a database gives."""
_DATABASE, _ADAPTERS = "shard.sqlite", "adapters/"
"""Names in the archive of a shard."""


def merge_shard(store: Store, shard: Path, check: Callable[[RunRow], None] = lambda run: None) -> RunRow:
    """Copy the run of a shard with everything that belongs to it, and return its row.

    A run that is in the store already is not copied again. The id is another one where the store has it for another run.

    Args:
        store: the store, open for writing.
        shard: path of the shard.
        check: receives the run of the shard before anything is copied, and may raise an error.

    Raises:
        StoreError: the shard is damaged, does not have exactly one run, or its run is not finished; nothing is copied then.
        StoreFull: the store or the adapters cannot be written; nothing is copied then.
    """
    with Store(shard, read_only=True) as source:
        run = _checked_run(source, shard)
        check(run)
        merged = _existing(store, run)
        if merged is not None:
            return merged
        new_id = run.id if not store.has_id(run.id) else _other_id(run)
        folder = store.adapter_folder(run._replace(id=new_id))
        uri = f"{shard.absolute().as_uri()}?mode=ro"
        with translated(store.path):
            store.connection.execute("attach database ? as shard", (uri,))
            try:
                with store.transaction():
                    _copy_rows(store.connection, run, new_id)
                    row = store.run(new_id)
                    if store.digest(row) != run.digest:
                        raise _damaged(shard, "its steps do not have the digest that its run has")
                    _copy_adapters(source.adapter_folder(run), folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            finally:
                store.connection.execute("detach database shard")
    return store.run(new_id)


def _checked_run(source: Store, shard: Path) -> RunRow:
    """Return the run of a shard after checking the shard.

    Raises:
        StoreError: it is damaged or has no finished run.
    """
    with translated(shard):
        (state,) = source.connection.execute("pragma integrity_check(1)").fetchone()
    if state != "ok":
        raise _damaged(shard, str(state)[:200])
    runs = source.runs()
    if len(runs) != 1:
        raise StoreError(f"{shard}: has {len(runs)} runs, where a shard has one", "merge the databases of single runs")
    (run,) = runs
    _plain(run.id, shard)
    if run.state != "finished":
        raise StoreError(f"{shard}: its run {run.id} is {run.state}, not finished", "resume it first")
    if source.digest(run) != run.digest:
        raise _damaged(shard, "its steps do not have the digest that its run has")
    source.days(run)
    for night in source.nights(run):
        path = source.adapter_folder(run) / night.adapter
        if night.adapter and path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() != night.sha256:
            raise _damaged(shard, f"the adapter of day {night.day} is not the one that the run was trained to")
    return run


def _damaged(shard: Path, why: str) -> StoreError:
    return StoreError(f"{shard}: is damaged: {why}", "make the run again")


def _other_id(run: RunRow) -> str:
    """Return the id of a run whose own is taken.

    It follows from the run, so that the run is found when it is merged again.
    """
    content = "\0".join((run.id, *_identity(run)))
    return f"{run.id}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"


def _existing(store: Store, run: RunRow) -> RunRow | None:
    """Return the row of a run that was merged before, or None."""
    for run_id in (run.id, _other_id(run)):
        if store.has_id(run_id) and _identity(row := store.run(run_id)) == _identity(run):
            return row
    return None


def _identity(run: RunRow) -> tuple[str, ...]:
    """Return what two rows of the same run have in common, whatever their ids."""
    return run.created, run.digest, run.config_json, run.persona_json, run.world_text, run.versions_json


def _copy_rows(connection: sqlite3.Connection, run: RunRow, new_id: str) -> None:
    """Copy all rows of a run from the attached database ``shard``.

    Args:
        connection: connection to the store.
        run: the run in the shard.
        new_id: its id in the store.
    """
    columns = ", ".join(name for name in RunRow._fields if name not in _OWN)
    added = connection.execute(
        f"insert into main.runs (id, {columns}) select ?, {columns} from shard.runs where key = ?", (new_id, run.key)
    )
    for table, names in TABLES.items():
        connection.execute(
            f"insert into main.{table} (run, {names}) select ?, {names} from shard.{table} where run = ?{_ORDER.get(table, '')}",
            (added.lastrowid, run.key),
        )
    for table, names in SHARED.items():
        connection.execute(f"insert or ignore into main.{table} ({names}) select {names} from shard.{table}")


def _copy_adapters(source: Path, target: Path) -> None:
    """Copy the adapters of a run."""
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for path in source.iterdir():
            if path.is_file():
                shutil.copyfile(path, target / path.name)


def pack_shard(source: Path, run: RunRow) -> bytes:
    """Return a database of one run and the run's adapters as a compressed archive.

    No process may be writing to the database.

    Args:
        source: path of the database.
        run: its run.
    """
    with translated(source):
        connection = sqlite3.connect(source)
        try:
            # What is in the log of the database goes into its file.
            connection.execute("pragma journal_mode = delete")
        finally:
            connection.close()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(source, _DATABASE)
            folder = source.with_name(source.name + ".adapters") / run.id
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                archive.write(path, f"{_ADAPTERS}{path.name}")
        return packed.getvalue()


def unpack_shard(packed: bytes, folder: Path) -> Path:
    """Write the shard of an archive into an empty folder, and return the path of its database.

    Args:
        packed: the archive (:func:`pack_shard`).
        folder: the folder.

    Raises:
        StoreError: the archive is damaged.
        StoreFull: the folder cannot be written.
    """
    target = folder / _DATABASE
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            target.write_bytes(archive.read(_DATABASE))
            adapters = [name for name in archive.namelist() if name.startswith(_ADAPTERS)]
            with Store(target, read_only=True) as source:
                runs = source.runs()
            if adapters and len(runs) == 1:
                beside = target.with_name(target.name + ".adapters") / _plain(runs[0].id, target)
                beside.mkdir(parents=True)
                for name in adapters:
                    (beside / _plain(name.removeprefix(_ADAPTERS), target)).write_bytes(archive.read(name))
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, zlib.error) as error:
        raise _damaged(target, f"{type(error).__name__}: {error}") from error
    except OSError as error:
        raise failed_file(error, f"{target}: cannot be written: ") from error
    return target


def _plain(name: str, shard: Path) -> str:
    """Return a name that is that of a file in a folder, and refuse any other."""
    if name in ("", ".", "..") or Path(name).name != name or "\\" in name:
        raise _damaged(shard, f"{name[:80]!r} is no name of a file")
    return name
