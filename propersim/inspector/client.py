"""The client of an inspector process.

It starts the process at the first question, sends questions and reads answers without blocking.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from propersim.core.errors import reason
from propersim.inspector.protocol import InspectorError, Question, Reply, decode_reply
from propersim.runs.child_process import ChildProcess, log_file
from propersim.runs.protocol import encode

CLOSE_SECONDS = 0.2
"""Seconds that the process has to end by itself; it writes nothing that could be lost."""


class InspectorClient(ChildProcess):
    """Asks an inspector of one run, which is a process of its own.

    Args:
        db: the database file.
        run_id: the run's full id.
        env: environment variables of the process, added to those of this one.
    """

    def __init__(self, db: Path, run_id: str, *, env: Mapping[str, str] | None = None) -> None:
        super().__init__(log_file(db, f"{run_id[:80]}.inspector"), env)
        self.db = db
        self.run_id = run_id
        self._number = 0
        self._unread: list[Reply] = []
        self._closed = False

    def ask(self, question: Question) -> int:
        """Send a question and return its number, which its answers repeat.

        The process is started if necessary.
        """
        self._number += 1
        if self._closed:
            return self._number
        if not self.alive:
            # The last answers of a process that has ended are read before another one is started.
            self._unread = self.poll()
            self._close_socket()
            try:
                self._spawn("propersim.inspector.process", [f"--db={self.db}", f"--run={self.run_id}"])
            except (OSError, ValueError) as error:
                hint = f"its log is {self.log_path}; the folder must exist and be writable"
                self._unread.append(InspectorError(f"the inspector process cannot be started: {reason(error)}", hint, number=self._number))
                return self._number
        self._write(encode(msgspec.structs.replace(question, number=self._number)))
        return self._number

    def poll(self) -> list[Reply]:
        """Return the answers that came since the last call, without waiting.

        If the process has ended unexpectedly, one :class:`~propersim.inspector.protocol.InspectorError` with the number of the last
        question is returned, once. Unanswered questions are lost; the next question starts another process.
        """
        # Checked before the socket is read, so that the last answers of a process that ends meanwhile are not lost.
        code = self._process.poll() if self._process is not None else None
        answers, self._unread = self._unread, []
        for line in self._lines():
            with contextlib.suppress(msgspec.MsgspecError):
                answers.append(decode_reply(line))
        if code is not None:
            self._process = None
            self._close_socket()
            answers.append(
                InspectorError(self._exit_message(code, "inspector process"), "ask again; that starts another process", number=self._number)
            )
        return answers

    def close(self) -> None:
        """End the process; later questions are not answered."""
        self._closed, self._unread = True, []
        self._close_socket()
        self._wait(CLOSE_SECONDS)
        self._process = None
