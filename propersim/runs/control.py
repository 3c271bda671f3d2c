"""Control a run from another process, by a request and an answer in files beside its lock.

The process that runs it looks at the request between steps, and a few times a second while it trains or waits. Nothing listens on the
network; programs that may write beside the database may control its runs. The lock says whether a run is live at all: files that a
killed process left behind mean nothing, and the next start of the run removes the request.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Literal

from propersim.store.store import RunRow, Store

Request = Literal["pause", "resume", "stop"]
REQUESTS: tuple[Request, ...] = ("pause", "resume", "stop")
"""Requests to a run."""
Doing = Literal["starting", "running", "paused", "training", "asking"]
DOINGS: tuple[Doing, ...] = ("starting", "running", "paused", "training", "asking")
"""States that a live run reports."""
POLL = 0.1
"""Seconds between two looks at the request."""
_LONGEST = 1000
"""Most bytes that are read of a file."""


class RunControl:
    """The two files of a run: the request to it, and its answer.

    Args:
        store: the store of the run.
        run: the run.
    """

    def __init__(self, store: Store, run: RunRow) -> None:
        self._request = store.lock_folder / f"{run.key}.request"
        self._answer = store.lock_folder / f"{run.key}.answer"
        self._run = run.id
        self._looked = float("-inf")
        self._seen = ""
        self._reported: tuple[str, str] | None = None

    # -- the process that runs it ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """Remove an earlier request, and report that the run starts.

        To be called while the run is locked.
        """
        with contextlib.suppress(OSError):
            self._request.unlink()
        self.report("starting")

    def look(self) -> Request | None:
        """Return a new request, once.

        Looks at the file a few times a second at most.
        """
        now = time.monotonic()
        if now - self._looked < POLL:
            return None
        self._looked = now
        found = _read(self._request)
        request, number = found.get("request"), found.get("id")
        if found.get("run") != self._run or request not in REQUESTS or not isinstance(number, str) or number == self._seen:
            return None
        self._seen = number
        return request

    def report(self, doing: Doing) -> None:
        """Report what the run does, and the last request that it has seen.

        A folder that cannot be written is no error.
        """
        if self._reported != (doing, self._seen):
            self._reported = doing, self._seen
            with contextlib.suppress(OSError):
                _write(self._answer, {"run": self._run, "doing": doing, "seen": self._seen, "process": os.getpid()})

    # -- other processes ------------------------------------------------------------------------------------------

    def send(self, request: Request, number: str = "") -> str:
        """Write a request, and return its number, by which :meth:`answered` knows it.

        Args:
            request: the request.
            number: number of a request that is sent again; "" for a new one.

        Raises:
            OSError: the folder cannot be written.
        """
        number = number or secrets.token_hex(8)
        _write(self._request, {"run": self._run, "request": request, "id": number})
        return number

    def is_waiting(self) -> bool:
        """Return whether a request is in the file."""
        return self._request.exists()

    def answered(self, number: str) -> bool:
        """Return whether the run has seen a request."""
        return self._report().get("seen") == number

    def doing(self) -> Doing:
        """Return what the run reported last; ``running`` where that cannot be read."""
        found = self._report().get("doing")
        return found if found in DOINGS else "running"

    def _report(self) -> dict[str, object]:
        found = _read(self._answer)
        return found if found.get("run") == self._run else {}


def live_word(doing: Doing) -> str:
    """Return the word of lists and screens for what a live run does, such as LIVE or PAUSED."""
    return "LIVE" if doing == "running" else doing.upper()


def doing_of(store: Store, run: RunRow) -> Doing | None:
    """Return what a run does, by its last report; None where it is not live."""
    return RunControl(store, run).doing() if run.state == "running" else None


def _read(path: Path) -> dict[str, object]:
    """Return the small JSON object in a file; empty where there is none."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, values: dict[str, object]) -> None:
    """Write a file under another name and rename it, so that no reader sees half of it."""
    written = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        written.write_text(json.dumps(values), encoding="utf-8")
        written.replace(path)
    finally:
        with contextlib.suppress(OSError):
            written.unlink(missing_ok=True)
