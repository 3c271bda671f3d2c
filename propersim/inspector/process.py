"""The inspector process: reads questions from a socket and writes answers to it.

Started by :class:`propersim.inspector.client.ExaminerLink`; ends when the socket closes. Its output goes to a log in the run's log folder.
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
from propersim.inspector.inspector import Inspector
from propersim.inspector.protocol import Answer, Ask, Examine, Favours, Map, Question, Recall, Trouble, decode_question
from propersim.runs.child_process import step_back
from propersim.runs.protocol import encode

ORDER = (Examine, Recall, Ask, Favours, Map)
"""Kinds of questions by priority: quick ones first, so that a step is inspected while a map of fourteen nights is computed."""


class InspectorServer:
    """Serves questions from a socket, working on at most one of each kind.

    Args:
        link: the socket to the screen.
        inspector: answers the questions.
    """

    def __init__(self, link: socket.socket, inspector: Inspector) -> None:
        self._link = link
        self._inspector = inspector
        self._buffer = b""
        self._work: dict[type[Question], tuple[Question, Iterator[Answer | None]]] = {}

    def serve(self) -> None:
        """Answer questions until the socket closes."""
        while self._listen():
            kind = next((kind for kind in ORDER if kind in self._work), None)
            if kind is None:
                continue
            answer, finished = self._work_on(kind)
            if finished:
                del self._work[kind]
            if answer is not None and not self._send(answer):
                return

    def _work_on(self, kind: type[Question]) -> tuple[Answer | None, bool]:
        """Do a piece of work on a question.

        Return the answer to send, if any, and whether the question is finished.
        """
        question, answers = self._work[kind]
        try:
            return next(answers), False
        except StopIteration:
            return None, True
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            hint = "the inspector's log has the traceback"
            return Trouble(f"internal error: {type(error).__name__}: {error}", hint, number=question.number), True

    def _listen(self) -> bool:
        """Receive all questions, waiting for one if there is no work.

        Return False if the socket is closed.
        """
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
                    self._work[type(question)] = question, self._inspector.answer(question)
        return True

    def _send(self, answer: Answer) -> bool:
        """Send an answer, waiting until the other end has room for it.

        Return False if the other end is closed.
        """
        try:
            self._link.sendall(encode(answer))
        except OSError:
            return False
        return True


def main(arguments: list[str] | None = None) -> int:
    """Run the inspector process and return the exit code."""
    parser = argparse.ArgumentParser(prog="propersim.inspector.process")
    parser.add_argument("--db", required=True, type=Path)
    parser.add_argument("--run", required=True)
    parser.add_argument("--control", required=True, type=int)
    options = parser.parse_args(arguments)
    step_back(10)
    with socket.socket(fileno=options.control) as link:
        InspectorServer(link, Inspector(options.db, options.run)).serve()
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
