"""Cache of answers in a SQLite file: a question that is repeated costs nothing.

Stored are answers, their token counts, and the capabilities of endpoints. Of a question only its hash is stored; keys never are.
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
from propersim.llm_client.json_modes import JsonMode

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL, had TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manners (base_url TEXT, model TEXT, known TEXT NOT NULL, PRIMARY KEY (base_url, model)) WITHOUT ROWID;
"""
_LOCK_TIMEOUT_S = 5.0


class CachedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Details of the call that gave a stored answer.

    Attributes:
        tokens_in: prompt tokens.
        tokens_out: completion tokens.
        form: JSON mode of the last request.
        when: time of the answer, UTC, ISO 8601.
    """

    tokens_in: int
    tokens_out: int
    form: str
    when: str


class Capabilities(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    # Names in files that exist.
    rename={"json_mode": "form", "limit_parameter": "limit", "unsupported": "without", "guidance": "plain"},
):
    """Capabilities of one model at one endpoint, as far as requests have shown them.

    Attributes:
        json_mode: best JSON mode that the endpoint supports; None where that is not known yet.
        limit_parameter: name of the parameter that limits completion tokens; "" where the endpoint rejects every one.
        unsupported: parameters that the endpoint rejects.
        guidance: help that the model needs, because it ignores the schema in ``response_format``: 0 none, 1 the schema in the
            messages, 2 an example.
        system_in_user: whether the endpoint rejects system messages, so that their text goes into the user's message.
    """

    json_mode: JsonMode | None = None
    limit_parameter: str = "max_tokens"
    unsupported: tuple[str, ...] = ()
    guidance: int = 0
    system_in_user: bool = False


def default_path() -> Path:
    """Return the path of the cache: in ``PROPERSIM_CACHE``, or in the user's cache folder."""
    return cache_folder() / "calls.sqlite"


def key_of(question: Any) -> str:
    """Return the sha256, hexadecimal, of plain data as canonical JSON.

    The order of keys in mappings does not matter.
    """
    canonical = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


class Cache:
    """Cache of answers, usable from any number of threads and processes.

    Where the file cannot be used, calls go on without it, and one warning says so.

    Args:
        path: path of the file, which is created by the first access; None: :func:`default_path`.
        say: receives that warning; by default it goes to the log.
        wait_s: seconds to wait for another process that writes.
    """

    def __init__(self, path: Path | None = None, say: Callable[[str], None] | None = None, wait_s: float = _LOCK_TIMEOUT_S) -> None:
        self.path = path or default_path()
        self._say = say or logging.getLogger(__name__).warning
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._broken = False

    def answer(self, key: str) -> tuple[str, CachedAnswer] | None:
        """Return a stored answer as JSON text, with its details; None where there is none."""
        row = self._do("SELECT answer, had FROM answers WHERE key = ?", (key,))
        if not row:
            return None
        try:
            return str(row[0][0]), msgspec.json.decode(row[0][1], type=CachedAnswer)
        except (msgspec.MsgspecError, UnicodeError, TypeError):
            return None  # Edited by hand: ask again.

    def keep(self, key: str, answer: str, details: CachedAnswer) -> None:
        """Store a validated answer.

        Args:
            key: key of the question (:func:`key_of`).
            answer: answer as JSON text.
            details: details of the call.
        """
        self._do("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, answer, msgspec.json.encode(details).decode()))

    def capabilities(self, base_url: str, model: str) -> Capabilities | None:
        """Return the stored capabilities of a model at an endpoint, or None."""
        row = self._do("SELECT known FROM manners WHERE base_url = ? AND model = ?", (base_url, model))
        try:
            return msgspec.json.decode(row[0][0], type=Capabilities) if row else None
        except (msgspec.MsgspecError, UnicodeError, TypeError):
            return None

    def keep_capabilities(self, base_url: str, model: str, known: Capabilities) -> None:
        """Store the capabilities of a model at an endpoint.

        Args:
            base_url: address of the endpoint.
            model: name of the model at the endpoint.
            known: the capabilities.
        """
        self._do("INSERT OR REPLACE INTO manners VALUES (?, ?, ?)", (base_url, model, msgspec.json.encode(known).decode()))

    def close(self) -> None:
        """Close the file; the next access opens it again."""
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
                problem = f"{self.path}: {error}; continuing without the cache of answers (delete the file if it is damaged)"
        self._say(problem)
        return []

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=self._wait_s, isolation_level=None, check_same_thread=False)
        try:
            # Answers may hold personal details: other users of the machine must not read them.
            self.path.chmod(0o600)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(_TABLES)
        except BaseException:
            db.close()
            raise
        return db
