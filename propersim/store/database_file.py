"""The file of a store: opened, made or brought up to date, watched while it is open, saved where it goes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec
from filelock import FileLock, Timeout

from propersim.core.errors import StoreBusy, StoreError, StoreFull, StoreGone
from propersim.store.migrations import MIGRATIONS
from propersim.store.sqlite import Database

BUSY_SECONDS = 5.0
"""How long to wait for another writer of the same database before saying so."""


class StoreFile:
    """An open database.

    Args:
        path: the file; made where it is missing (unless ``read_only``).
        read_only: never write; a missing file is then an empty store.

    Raises:
        StoreError: not a database, damaged, of a newer version, or a folder that cannot be written.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        if not read_only and not self.path.absolute().parent.is_dir():
            raise StoreError(f"{self.path}: the folder {self.path.absolute().parent} does not exist", "make it, or give another --db")
        if self.path.is_dir():
            raise StoreError(f"{self.path}: is a folder, not a database", "give a file with --db")
        # Asked once: somebody may be making the file this very moment.
        self._absent = read_only and not self.path.exists()
        with translated(self.path):
            self.db = Database(self._connect())
            self._check_version()
            if not read_only:
                self._prepare()
                self.db.conn.execute("PRAGMA synchronous = NORMAL")
            elif self._absent:
                MIGRATIONS.apply(self.db)
        self._file = self._identity()

    def _prepare(self) -> None:
        """Make the schema, or bring it up to date; one process at a time, for SQLite does not wait at all of these locks."""
        if not MIGRATIONS.pending(self.db):
            return
        folder = self.lock_folder
        folder.mkdir(exist_ok=True)
        give_up = time.monotonic() + BUSY_SECONDS
        try:
            with FileLock(folder / "schema.lock").acquire(timeout=BUSY_SECONDS):
                while True:
                    try:
                        self.db.conn.execute("PRAGMA journal_mode = WAL")
                        MIGRATIONS.apply(self.db)
                        return
                    except sqlite3.OperationalError as error:
                        # A reader that looks in just now: it is gone in a moment.
                        if "locked" not in str(error) or time.monotonic() > give_up:
                            raise
                        time.sleep(0.02)
        except Timeout as error:
            raise StoreBusy(f"{self.path}: is being made by another process", "try again") from error

    def _connect(self) -> sqlite3.Connection:
        if self._absent:
            return sqlite3.connect(":memory:", check_same_thread=False)
        mode = "ro" if self.read_only else "rwc"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)

    def _check_version(self) -> None:
        known = {m.name for m in MIGRATIONS._migrations}
        # In this order: somebody may be making the file between the two.
        tables = set(self.db.table_names())
        applied = {m.name for m in MIGRATIONS.applied(self.db)}
        if applied - known:
            raise StoreError(f"{self.path}: was written by a newer propersim", "upgrade propersim, or give another --db")
        if tables and not applied and not tables <= {"_sqlite_migrations"}:
            raise StoreError(f"{self.path}: is a database of something else", "give another file with --db")
        if self.read_only and not self._absent and known - applied:
            # Written by an older version, or not yet finished being made: bring it up to date first.
            StoreFile(self.path).close()

    def hurry(self, seconds: float) -> None:
        """Wait for others no longer than this from here on: for who has keys to answer meanwhile."""
        with translated(self.path):
            self.db.conn.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def _identity(self) -> tuple[int, int] | None:
        """Return what tells the database's file from any other in its place."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def check_there(self) -> None:
        """See to it that the file that is open is still the one at the path.

        Raises:
            StoreGone: it is not; what is open can be read all the same, and what is written would be found by nobody.
        """
        now = None if self._absent else self._identity()
        if self._absent or now == self._file:
            return
        what = "was deleted or moved" if now is None else "was replaced by another file"
        raise StoreGone(f"{self.path}: {what} while it was in use", "put it back where it was")

    def rescue(self) -> Path:
        """Save all that is open, as it is, in a new file beside the database; returns which.

        Raises:
            StoreError: it cannot be read any more, or not be written there.
        """
        number = 1
        while (target := self.path.with_name(f"{self.path.name}.saved{'' if number == 1 else f'-{number}'}")).exists():
            number += 1
        with translated(target):
            copy = sqlite3.connect(target)
            try:
                self.db.conn.backup(copy)
            finally:
                copy.close()
        return target

    @property
    def lock_folder(self) -> Path:
        """Where the locks of this database lie."""
        return self.path.with_name(self.path.name + ".locks")

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise StoreBusy(f"{path}: is locked by another program", "wait until it is done, or close it") from error
        if "full" in text or "disk I/O" in text:
            raise StoreFull(f"{path}: cannot be written ({text})", "make room on the disk") from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(f"{path}: cannot be opened for writing ({text})", "check its permissions, or give another --db") from error
        raise StoreError(f"{path}: {text}", "the database may be damaged; give another --db") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: is damaged or not a database ({error})", "restore it from a copy, or give another --db") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise StoreError(f"{path}: a record in it cannot be read ({error})", "restore it from a copy, or give another --db") from error
    except OSError as error:
        if isinstance(error, PermissionError):
            raise StoreError(f"{path}: {os.strerror(error.errno or 0)}", "check its permissions, or give another --db") from error
        raise StoreFull(f"{path}: {error}", "make room on the disk") from error
