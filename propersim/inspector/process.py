"""The examiner in a process of its own: questions in, answers out, nothing written.

Started by :class:`propersim.inspector.client.ExaminerLink`; ends when the socket closes. What it prints goes to the run's log folder.
"""

from __future__ import annotations

import argparse
import contextlib
import select
import socket
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import msgspec

from propersim.core.errors import EXIT_OK
from propersim.inspector.inspector import Examiner
from propersim.inspector.protocol import Answer, Ask, Examine, Favours, Map, Question, Recall, Trouble, decode_question
from propersim.runs.child_process import step_back
from propersim.runs.protocol import encode

ORDER = (Examine, Recall, Ask, Favours, Map)
"""What is quickly answered comes first: a map of fourteen nights does not keep anybody from looking at a step."""


class Desk:
    """The questions that are being worked on, one of each kind, and the socket that they come by.

    Args:
        link: the socket to the screen.
        examiner: what answers.
    """

    def __init__(self, link: socket.socket, examiner: Examiner) -> None:
        self._link = link
        self._examiner = examiner
        self._buffer = b""
        self._work: dict[type[Question], tuple[Question, Iterator[Answer | None]]] = {}

    def serve(self) -> None:
        """Answer questions until the socket closes."""
        while self._listen():
            kind = next((one for one in ORDER if one in self._work), None)
            if kind is None:
                continue
            answer, over = self._piece(kind)
            if over:
                del self._work[kind]
            if answer is not None and not self._send(answer):
                return

    def _piece(self, kind: type[Question]) -> tuple[Answer | None, bool]:
        """Do a piece of the work on a question; returns what is to be said, and whether that was all."""
        question, answers = self._work[kind]
        try:
            return next(answers), False
        except StopIteration:
            return None, True
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            hint = "the examiner's log has the traceback"
            return Trouble(f"a fault inside: {type(error).__name__}: {error}", hint, number=question.number), True

    def _listen(self) -> bool:
        """Take all questions that have come, waiting for one where there is nothing to do; False where the socket is closed."""
        while select.select([self._link], [], [], 0.0 if self._work else None)[0]:
            try:
                data = self._link.recv(65536)
            except OSError:
                return False
            if not data:
                return False
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            for line in lines:
                with contextlib.suppress(msgspec.MsgspecError):
                    question = decode_question(line)
                    self._work[type(question)] = question, self._examiner.answer(question)
        return True

    def _send(self, answer: Answer) -> bool:
        """Say something, however long the other end takes to hear it; False where it is gone."""
        try:
            self._link.sendall(encode(answer))
        except OSError:
            return False
        return True


def main(arguments: list[str] | None = None) -> int:
    """Run the examiner; returns the exit code."""
    parser = argparse.ArgumentParser(prog="propersim.inspector.process")
    parser.add_argument("--db", required=True, type=Path)
    parser.add_argument("--run", required=True)
    parser.add_argument("--control", required=True, type=int)
    options = parser.parse_args(arguments)
    step_back(10)
    with socket.socket(fileno=options.control) as link:
        Desk(link, Examiner(options.db, options.run)).serve()
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
