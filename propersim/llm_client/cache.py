"""Answers that were had before, in a file: asked again, they cost nothing.

What is stored: an answer, what it cost, and what is known of how an endpoint wants to be asked. Of the question only a hash; never a key.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from propersim.core.files import cache_folder
from propersim.llm_client.json_modes import Form

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL, had TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manners (base_url TEXT, model TEXT, known TEXT NOT NULL, PRIMARY KEY (base_url, model)) WITHOUT ROWID;
"""
_WAIT_S = 5.0


class Had(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a stored answer cost when it was had.

    Attributes:
        tokens_in: of the prompts.
        tokens_out: of the answers.
        form: in which it was asked.
        when: UTC, ISO 8601.
    """

    tokens_in: int
    tokens_out: int
    form: str
    when: str


class Manners(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an endpoint wants to be asked.

    Attributes:
        form: best form of JSON that it knows; None where that is not known yet.
        limit: what it calls the bound of tokens.
        without: parameters that it does not take.
        plain: how plainly its model has to be asked, for it takes schemas and does not heed them: 0 by the form alone, 1 with the
            schema in words, 2 with an example.
    """

    form: Form | None = None
    limit: str = "max_tokens"
    without: tuple[str, ...] = ()
    plain: int = 0


def default_path() -> Path:
    """Return the file in the folder for what can be made again: ``PROPERSIM_CACHE``, or the user's cache folder."""
    return cache_folder() / "calls.sqlite"


def key_of(question: Any) -> str:
    """Return the sha256, hexadecimal, of plain data as canonical JSON: the order of names in mappings does not matter."""
    canonical = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class Cache:
    """The file, for any number of threads and processes. Where it cannot be used, everything goes on without it, and that is said once.

    Args:
        path: of the file; None: in propersim's cache folder. It is made when first used.
        say: told once why it cannot be used; by default a warning in the log.
        wait_s: seconds to wait for another process that writes.
    """

    def __init__(self, path: Path | None = None, say: Callable[[str], None] | None = None, wait_s: float = _WAIT_S) -> None:
        self.path = path or default_path()
        self._say = say or logging.getLogger(__name__).warning
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._broken = False

    def answer(self, key: str) -> tuple[str, Had] | None:
        """Return a stored answer as JSON text, and what it cost; None where there is none."""
        row = self._do("SELECT answer, had FROM answers WHERE key = ?", (key,))
        if not row:
            return None
        try:
            return str(row[0][0]), msgspec.json.decode(row[0][1], type=Had)
        except (msgspec.MsgspecError, UnicodeError, TypeError):
            return None  # Somebody has edited it: as good as none.

    def keep(self, key: str, answer: str, had: Had) -> None:
        """Store an answer that has been validated."""
        self._do("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, answer, msgspec.json.encode(had).decode()))

    def manners(self, base_url: str, model: str) -> Manners | None:
        """Return what is known of an endpoint, or None."""
        row = self._do("SELECT known FROM manners WHERE base_url = ? AND model = ?", (base_url, model))
        try:
            return msgspec.json.decode(row[0][0], type=Manners) if row else None
        except (msgspec.MsgspecError, UnicodeError, TypeError):
            return None

    def learn(self, base_url: str, model: str, known: Manners) -> None:
        """Store what is known of an endpoint."""
        self._do("INSERT OR REPLACE INTO manners VALUES (?, ?, ?)", (base_url, model, msgspec.json.encode(known).decode()))

    def close(self) -> None:
        """Close the file; it is opened again where need be."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _do(self, statement: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._broken:
                return []
            try:
                if self._db is None:
                    self._db = self._opened()
                return self._db.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                self._broken = True
                if self._db is not None:
                    self._db.close()
                    self._db = None
                problem = f"{self.path}: {error}; going on without stored answers (delete the file if it is damaged)"
        self._say(problem)
        return []

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False)
        try:
            # Answers may be anybody's life: nobody else's business on a shared machine.
            self.path.chmod(0o600)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(_TABLES)
        except BaseException:
            db.close()
            raise
        return db
