"""The screen's end of an examiner: starts it at the first question, passes questions on, hears answers; never waits for it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from propersim.inspector.protocol import Answer, Question, Trouble, decode_answer
from propersim.runs.child_process import Child, log_file
from propersim.runs.protocol import encode

PATIENCE = 0.2
"""Seconds that an examiner has to end by itself: it writes nothing that could be lost."""


class ExaminerLink(Child):
    """An examiner of one run in a process of its own.

    Args:
        db: the database file.
        run_id: the run's whole id.
        env: variables of its environment besides ours.
    """

    def __init__(self, db: Path, run_id: str, *, env: Mapping[str, str] | None = None) -> None:
        super().__init__(log_file(db, f"{run_id[:80]}.examiner"), env)
        self.db = db
        self.run_id = run_id
        self._number = 0
        self._troubles: list[Answer] = []
        self._closed = False

    def ask(self, question: Question) -> int:
        """Pass a question on; returns its number, which its answers will have. Starts the examiner where there is none."""
        self._number += 1
        if self._closed:
            return self._number
        if not self.alive:
            # Of one that died, or was never there: what it said last is still heard, and nothing else is sent to it.
            self._troubles = self.poll()
            self._hang_up()
            try:
                self._spawn("propersim.inspector.process", [f"--db={self.db}", f"--run={self.run_id}"])
            except (OSError, ValueError) as error:
                hint = f"its log is {self.log_path}; the folder must be there, and writable"
                self._troubles.append(Trouble(f"the examiner cannot be started: {error}", hint, number=self._number))
                return self._number
        self._write(encode(msgspec.structs.replace(question, number=self._number)))
        return self._number

    def poll(self) -> list[Answer]:
        """Return what was answered since the last call; at once.

        An examiner that died gives one :class:`~propersim.inspector.protocol.Trouble`, once, with the number of the last question;
        all that were not answered yet are lost. The next question starts another one.
        """
        # Asked before reading: what it said just before it ended is still in the socket then.
        code = self._process.poll() if self._process is not None else None
        answers, self._troubles = self._troubles, []
        for line in self._lines():
            with contextlib.suppress(msgspec.MsgspecError):
                answers.append(decode_answer(line))
        if code is not None:
            self._process = None
            self._hang_up()
            answers.append(Trouble(self._obituary(code, "examiner"), "ask again: that starts another one", number=self._number))
        return answers

    def close(self) -> None:
        """End the examiner; it answers nothing any more."""
        self._closed, self._troubles = True, []
        self._hang_up()
        self._wait(PATIENCE)
        self._process = None
