"""Questions to the inspector process, which loads the run's model.

The process starts with the first question.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from textual.app import App
from textual.css.query import NoMatches

from propersim.inspector.protocol import InspectorError, MomentMap, Question, Reply
from propersim_tui.controllers.run_view import RunView
from propersim_tui.render.run_state import wait_text
from propersim_tui.runtime.watchdog import Watchdog, WatchedProcess
from propersim_tui.screens.inspector_screen import InspectorScreen


class InspectorProcess(WatchedProcess, Protocol):
    """A process that answers questions about a run.

    :class:`~propersim.inspector.client.InspectorClient` is one.
    """

    def ask(self, question: Question) -> int:
        """Send a question; return its number."""
        ...

    def poll(self) -> list[Reply]:
        """Return the answers that have arrived since the last call, without waiting."""
        ...

    def close(self) -> None:
        """End the process."""
        ...


StartInspector = Callable[[Path, str], InspectorProcess]
"""Starts an inspector for a database file and the id of a run in it."""


class InspectorController:
    """Sends questions to the inspector and hands the answers to the screens that ask.

    Args:
        app: the app, for its screens.
        view: the run that is shown.
        start: starts an inspector.
        clock: returns seconds; monotonic.

    Attributes:
        process: the inspector; None before the first question.
    """

    def __init__(self, app: App[Any], view: RunView, start: StartInspector, clock: Callable[[], float]) -> None:
        self._app = app
        self._view = view
        self._start = start
        self._clock = clock
        self.process: InspectorProcess | None = None
        self._unanswered: dict[type[Question], int] = {}
        self._asked_at: dict[int, tuple[type[Question], float]] = {}
        self._took: dict[type[Question], list[float]] = {}
        self._watchdog = Watchdog("inspector")

    def ask(self, question: Question) -> int:
        """Send a question, and return the number that its answers will carry.

        The inspector is started if there is none.
        """
        if self.process is None:
            source = self._view.source
            self.process = self._start(source.db, source.about.run_id)
        number = self.process.ask(question)
        # A newer question of a kind replaces older ones.
        self._unanswered[type(question)] = number
        self._asked_at[number] = type(question), self._clock()
        return number

    def _note_answers(self, numbers: set[int]) -> None:
        """Note how long the questions took that are answered now.

        Those that a newer one replaced are forgotten.
        """
        for number in numbers & self._asked_at.keys():
            kind, asked = self._asked_at.pop(number)
            self._took.setdefault(kind, []).append(self._clock() - asked)
        open_ = set(self._unanswered.values())
        self._asked_at = {number: asked for number, asked in self._asked_at.items() if number in open_}

    def _waiting(self) -> str:
        """Return that the model is asked, for how long, and how long it usually takes.

        The question is the newest one; its usual time is the median of earlier ones of its kind.
        """
        text = "asking the model …"
        if not self._asked_at:
            return text
        kind, asked = max(self._asked_at.values(), key=lambda each: each[1])
        took = self._took.get(kind)
        return text + wait_text(float(int(self._clock() - asked)), median(took) if took else None)

    def deliver(self) -> None:
        """Hand the new answers to the screens that ask; called with every tick."""
        if self.process is None:
            return
        answers = self.process.poll()
        # What is known before the model is loaded does not end the wait for it.
        numbers = {getattr(answer, "number", 0) for answer in answers if not isinstance(answer, MomentMap)}
        self._unanswered = {kind: number for kind, number in self._unanswered.items() if number not in numbers}
        self._note_answers(numbers)
        for answer in answers or self._give_up():
            for screen in self._app.screen_stack:
                if isinstance(screen, InspectorScreen):
                    # A screen that is being closed may have lost its widgets already.
                    with contextlib.suppress(NoMatches):
                        screen.receive(answer)
        screen = self._app.screen
        if isinstance(screen, InspectorScreen) and self._unanswered:
            with contextlib.suppress(NoMatches):
                screen.show_wait(self._waiting())

    def _give_up(self) -> list[Reply]:
        """End the inspector if it hangs, and return an error for each open question.

        The next question starts another one.
        """
        process, unanswered, now = self.process, self._unanswered, self._clock()
        if process is None or not unanswered:
            self._watchdog.received(now)
            return []
        report = self._watchdog.check(now, process)
        if report is None or report.computes:
            return []
        self.process, self._unanswered, self._asked_at = None, {}, {}
        self._watchdog.received(now)
        self._app.run_worker(process.close, thread=True, exit_on_error=False)
        hint = "close this screen and open it again: that starts another inspector"
        return [InspectorError(report.message, hint, number=number) for number in unanswered.values()]

    def close(self) -> None:
        """End the inspector, if there is one; the next question starts another."""
        process, self.process, self._unanswered = self.process, None, {}
        self._asked_at = {}
        if process is not None:
            process.close()
