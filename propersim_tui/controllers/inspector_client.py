"""Asking the run's model: the examiner is opened with the first question, and left where it is not heard any more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from textual.css.query import NoMatches

from propersim.inspector.protocol import Answer, Question, Trouble
from propersim_tui.controllers.base import Ability
from propersim_tui.runtime.watchdog import Heard, Silence
from propersim_tui.screens.asking import AskingScreen


class Examines(Heard, Protocol):
    """What answers questions about a run (see :class:`~propersim.inspector.client.ExaminerLink`)."""

    def ask(self, question: Question) -> int:
        """Take a question; returns its number."""
        ...

    def poll(self) -> list[Answer]:
        """Return what was answered since the last call; at once."""
        ...

    def close(self) -> None:
        """End."""
        ...


class Asks(Ability):
    """Passes questions on, and answers to the screens that ask."""

    def _ask_of(self, open_: Callable[[Path, str], Examines]) -> None:
        self._open_examiner = open_
        self._examiner: Examines | None = None
        self._open_questions: dict[type[Question], int] = {}
        self._stillness = Silence("examiner")

    def ask(self, question: Question) -> int:
        """Ask the examiner, which begins with the first question; returns the number that its answers will carry."""
        if self._examiner is None:
            self._examiner = self._open_examiner(self.source.db, self.source.about.run_id)
        number = self._examiner.ask(question)
        # A newer question of a kind makes older ones void.
        self._open_questions[type(question)] = number
        return number

    def _pass_on(self) -> None:
        """Give what the examiner has said to the screens that ask."""
        if self._examiner is None:
            return
        answers = self._examiner.poll()
        numbers = {getattr(answer, "number", 0) for answer in answers}
        self._open_questions = {kind: number for kind, number in self._open_questions.items() if number not in numbers}
        for answer in answers or self._given_up():
            for screen in self.screen_stack:
                if isinstance(screen, AskingScreen):
                    # Of one that is being closed the parts may be gone already.
                    with contextlib.suppress(NoMatches):
                        screen.hear(answer)

    def _given_up(self) -> list[Answer]:
        """Return what is said of questions that are without an answer for long; the next one is put to another examiner."""
        examiner, open_ = self._examiner, self._open_questions
        if examiner is None or not open_:
            self._stillness.heard(self._now())
            return []
        told = self._stillness.look(self._now(), examiner)
        if told is None or told.computes:
            return []
        self._examiner, self._open_questions = None, {}
        self._stillness.heard(self._now())
        self.run_worker(examiner.close, thread=True, exit_on_error=False)
        hint = "leave this screen and come back: that asks another one"
        return [Trouble(told.message, hint, number=number) for number in open_.values()]

    def _end_examiner(self) -> None:
        """End the examiner, where there is one; the next question opens another."""
        examiner, self._examiner, self._open_questions = self._examiner, None, {}
        if examiner is not None:
            examiner.close()
