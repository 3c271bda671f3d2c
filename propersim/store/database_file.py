"""The database file: opening it, and rescuing what is open when it disappears.

Opening creates it or brings it up to date.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec
from filelock import FileLock, Timeout

from propersim.core.errors import InputError, StoreBusy, StoreError, StoreFull, StoreGone, reason
from propersim.core.files import OF_THE_DISK, check_path, check_working_folder
from propersim.store import migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

_NO_WAL = ("unable to open", "readonly", "read-only")
"""Words of SQLite where the files beside a database cannot be created."""
BUSY_SECONDS = 5.0
"""Longest wait for another writer of the same database, in seconds."""


class StoreFile:
    """An open database file.

    Args:
        path: the file; created where it is missing, unless ``read_only``.
        read_only: never write; a missing file is then an empty store.

    Attributes:
        connection: connection to the file.

    Raises:
        StoreError: the file is no database, is damaged or of a newer version, or its folder cannot be written.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        if not self.path.is_absolute():
            check_working_folder()
        check_path("--db", str(self.path))
        if self.path.name == ":memory:":
            raise StoreError(
                "a store is a file; :memory:, SQLite's word for a database without one, is not supported", "give a file with --db"
            )
        if self.path.exists() and not self.path.is_file():
            what = "is a folder" if self.path.is_dir() else "is a device or pipe"
            raise StoreError(f"{self.path}: {what}, not a database", "give a file with --db")
        if not read_only and not self.path.absolute().parent.is_dir():
            raise StoreError(
                f"{self.path}: the folder {self.path.absolute().parent} does not exist", "create it, or give another file with --db"
            )
        # Checked once: another process may be creating the file at this moment.
        self._absent = read_only and not self.path.exists()
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        with translated(self.path):
            self.connection = self._connect()
            try:
                self._check_version()
            except sqlite3.OperationalError as error:
                if not read_only or self._absent or not any(words in str(error) for words in _NO_WAL):
                    raise
                self.connection.close()
                self.connection = self._connect_unchanging()
                self._check_version()
            if not read_only:
                self._prepare()
                self.connection.execute("PRAGMA synchronous = NORMAL")
        self._file = self._identity()

    @property
    def is_absent(self) -> bool:
        """Whether there is no file, so that a reader finds an empty store without any table."""
        return self._absent

    @cached_property
    def db(self) -> Database:
        """The database for sqlite-utils, which is slow to import: for tools and tests."""
        from sqlite_utils import Database

        return Database(self.connection)

    def _prepare(self) -> None:
        """Create the schema or bring it up to date, one process at a time.

        SQLite does not wait for all of these locks.
        """
        if self._is_current():
            return
        # Before the lock is taken: the import of sqlite-utils is slow, and others would wait for it.
        schema = None if self._is_empty() else migrations.load()
        folder = self.make_lock_folder()
        give_up = time.monotonic() + BUSY_SECONDS
        try:
            with FileLock(folder / "schema.lock").acquire(timeout=BUSY_SECONDS):
                while True:
                    try:
                        self.connection.execute("PRAGMA journal_mode = WAL")
                        if self._is_current():
                            return
                        if self._is_empty():
                            migrations.create(self.connection)
                        else:
                            (schema or migrations.load()).apply(self.db)
                        return
                    except sqlite3.OperationalError as error:
                        # A reader holds the lock for a moment while it opens the file.
                        if "locked" not in str(error) or time.monotonic() > give_up:
                            raise
                        time.sleep(0.02)
        except Timeout as error:
            raise StoreBusy(f"{self.path}: another process is creating it", "try again") from error

    def _is_current(self) -> bool:
        return not migrations.MIGRATIONS.keys() - migrations.applied(self.connection)

    def _is_empty(self) -> bool:
        return self.connection.execute("select 1 from sqlite_master limit 1").fetchone() is None

    def _connect(self) -> sqlite3.Connection:
        if self._absent:
            return sqlite3.connect(":memory:", check_same_thread=False)
        mode = "ro" if self.read_only else "rwc"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)

    def _connect_unchanging(self) -> sqlite3.Connection:
        """Return a connection to a file in a folder that cannot be written.

        SQLite cannot create the files that it shares with other processes there. What is in the log of the database (``-wal``) is read from
        a copy.
        """
        source = self.path
        log = self.path.with_name(self.path.name + "-wal")
        if log.exists() and log.stat().st_size:
            self._copy = tempfile.TemporaryDirectory(prefix="propersim-")
            source = Path(self._copy.name) / "copy.sqlite"
            shutil.copyfile(self.path, source)
            shutil.copyfile(log, source.with_name(source.name + "-wal"))
        uri = f"{source.absolute().as_uri()}?mode={'ro&immutable=1' if self._copy is None else 'rw'}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)

    def _check_version(self) -> None:
        known = migrations.MIGRATIONS.keys()
        # In this order: another process may create the schema in between.
        tables = {name for (name,) in self.connection.execute("select name from sqlite_master where type = 'table'")}
        applied = migrations.applied(self.connection)
        if applied - known:
            raise StoreError(f"{self.path}: was written by a newer propersim", "upgrade propersim, or give another file with --db")
        if tables and not applied and not tables <= {"_sqlite_migrations", "sqlite_sequence"}:
            raise StoreError(f"{self.path}: is a database of another program", "give another file with --db")
        if self.read_only and not self._absent and known - applied:
            # An older version wrote it, or another process has not finished creating it: bring it up to date first.
            try:
                StoreFile(self.path).close()
            except StoreError as error:
                if os.access(self.path, os.W_OK) and os.access(self.path.absolute().parent, os.W_OK):
                    raise
                raise StoreError(
                    f"{self.path}: an older version wrote it, and it cannot be brought up to date where it is: {error.message}",
                    "copy it to a folder that can be written, and open it there",
                ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is written inside together, or roll it all back.

        Inside another transaction, that is left to the outer one.
        """
        if self.connection.in_transaction:
            yield
        else:
            with self.connection:
                yield

    def set_busy_timeout(self, seconds: float) -> None:
        """Wait no longer than this for other writers from now on.

        For a screen that must stay responsive.
        """
        with translated(self.path):
            self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")

    def _identity(self) -> tuple[int, int] | None:
        """Return device and inode of the file at the path; None where there is none."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def check_file(self) -> None:
        """Check that the open file is still the one at the path.

        Raises:
            StoreGone: it is not; the open file can still be read, but what is written to it is lost.
        """
        now = None if self._absent else self._identity()
        if self._absent or now == self._file:
            return
        what = "was deleted or moved" if now is None else "was replaced by another file"
        raise StoreGone(f"{self.path}: {what} while it was in use", "put it back where it was")

    def rescue(self) -> Path:
        """Copy the open database to a new file beside it, and return the path of the copy.

        Raises:
            StoreError: the database cannot be read any more, or the copy cannot be written.
        """
        number = 1
        while (target := self.path.with_name(f"{self.path.name}.saved{'' if number == 1 else f'-{number}'}")).exists():
            number += 1
        with translated(target):
            copy = sqlite3.connect(target)
            try:
                self.connection.backup(copy)
            finally:
                copy.close()
        return target

    @property
    def lock_folder(self) -> Path:
        """Folder of the lock files of this database."""
        return self.path.with_name(self.path.name + ".locks")

    def make_lock_folder(self) -> Path:
        """Create the folder of the lock files if it is missing, and return it.

        Raises:
            StoreError: something else is in its place, or it cannot be created.
        """
        folder = self.lock_folder
        with translated(self.path):
            if folder.exists() and not folder.is_dir():
                raise StoreError(
                    f"{folder}: is a file, where a folder for the locks of the database belongs", "move it away, or give another --db"
                )
            folder.mkdir(exist_ok=True)
        return folder

    def close(self) -> None:
        """Close the database."""
        self.connection.close()
        if self._copy is not None:
            self._copy.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_held(lock: FileLock) -> bool:
    """Return whether this or another process holds a lock, which is left as it is."""
    if not Path(lock.lock_file).exists():
        return False
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        # Of a folder that cannot be written, nothing is run here.
        return False


_UNDECODABLE = "Could not decode to UTF-8"
"""Start of the message of sqlite3 about text in another encoding."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Translate errors of SQLite and of reading records into :class:`PropersimError`.

    Each has a hint.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if text.startswith(_UNDECODABLE):
            # The message goes on with what is stored there, which may say anything.
            raise StoreError(
                f"{path}: is damaged or not a database (it holds text that is not UTF-8)",
                "restore it from a copy, or give another file with --db",
            ) from error
        if "locked" in text or "busy" in text:
            raise StoreBusy(f"{path}: is locked by another program", "wait until that is done, or close it") from error
        if "full" in text or "disk I/O" in text:
            raise StoreFull(f"{path}: cannot be written ({text})", "free some disk space") from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(
                f"{path}: cannot be opened for writing ({text})", "check its permissions, or give another file with --db"
            ) from error
        raise StoreError(f"{path}: {text}", "the database may be damaged; give another --db") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{path}: is damaged or not a database ({error})", "restore it from a copy, or give another file with --db"
        ) from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise InputError(f"{path}: a number or text cannot be stored or looked up: {reason(error)}") from error
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise StoreError(
            f"{path}: a record in it cannot be read ({error})", "restore it from a copy, or give another file with --db"
        ) from error
    except OSError as error:
        if isinstance(error, PermissionError):
            raise StoreError(f"{path}: {os.strerror(error.errno or 0)}", "check its permissions, or give another file with --db") from error
        if error.errno in OF_THE_DISK:
            raise StoreFull(f"{path}: {reason(error)}", "free some disk space") from error
        raise StoreError(f"{path}: {reason(error)}", "check the folder, or give another file with --db") from error
