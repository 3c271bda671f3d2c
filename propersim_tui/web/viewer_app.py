"""The process of one visitor in a browser: ``python -m propersim_tui.web.viewer_app DATABASE RUN TURNS``.

It watches the store: a stored run is replayed, a growing one followed. Nothing that a visitor does changes anything on this machine:
what would is not offered, and is refused where it is asked for all the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout
from textual.events import AppBlur

from propersim.core.errors import PropersimError
from propersim.inspector.client import ExaminerLink
from propersim.inspector.protocol import Answer, Question, Trouble
from propersim_tui.app import PropersimApp
from propersim_tui.config.actions import Act
from propersim_tui.config.settings import load, settings_file
from propersim_tui.data.source import RunSource
from propersim_tui.messages import OpenRun, StartRun
from propersim_tui.render.export import file_stem
from propersim_tui.runtime.gc_tuning import freeze_gc
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.runs import RunsScreen

LOOKS_EVERY = 2.0
"""Seconds between two looks whether the server is still there."""
MOST_EXAMINERS = 2
"""Visitors who can ask the model at the same time: each has it loaded in a process of its own."""
NOT_HERE = "Visitors look on: they change, begin and carry on nothing"
_ASKS = ("rate_by_hand", "train", "save_speed", "save_tab")
"""Actions of the app that do something to a run, or to the settings of whoever serves."""


def _without(acts: tuple[Act, ...], *left_out: str) -> tuple[Act, ...]:
    return tuple(act for act in acts if act.id not in left_out)


class _LookedAt:
    """A list of which a visitor cannot do all."""

    NOT: ClassVar[tuple[str, ...]] = ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what only looks."""
        return action not in self.NOT and super().check_action(action, parameters)  # type: ignore[misc]


class VisitorRuns(_LookedAt, RunsScreen):
    """The list of runs, to open and to compare."""

    NOT = ("resume", "delete")
    ACTS = _without(RunsScreen.ACTS, *NOT)


class VisitorPersonas(_LookedAt, PersonasScreen):
    """The list of personas, to read."""

    NOT = ("start", "file")
    ACTS = _without(PersonasScreen.ACTS, *NOT)


class ExaminerInTurn(ExaminerLink):
    """An examiner that begins only where not too many visitors have one.

    Args:
        db: the database file.
        run_id: the run's whole id.
        turns: a folder that all visitors of a server share.
    """

    def __init__(self, db: Path, run_id: str, turns: Path) -> None:
        super().__init__(db, run_id)
        self._turns = [FileLock(turns / f"examiner-{number}") for number in range(MOST_EXAMINERS)]
        self._mine: FileLock | None = None
        self._refused: list[Answer] = []

    def ask(self, question: Question) -> int:
        """Pass a question on, or say that others are asking."""
        if not self._have_turn():
            self._number += 1
            text = f"{MOST_EXAMINERS} others are asking the model just now"
            self._refused = [Trouble(text, "try again once they have left", number=self._number)]
            return self._number
        return super().ask(question)

    def _have_turn(self) -> bool:
        for turn in self._turns if self._mine is None else ():
            try:
                turn.acquire(blocking=False)
            except (Timeout, OSError):
                continue
            self._mine = turn
            break
        return self._mine is not None

    def poll(self) -> list[Answer]:
        """Return what was answered since the last call; at once."""
        refused, self._refused = self._refused, []
        return [*super().poll(), *refused]

    def close(self) -> None:
        """End the examiner, and let another visitor have one."""
        super().close()
        if self._mine is not None:
            self._mine.release()
            self._mine = None


class VisitorApp(PropersimApp):
    """The screen for somebody who looks at it from elsewhere."""

    def on_mount(self) -> None:
        """Leave when the server is gone, however it went."""
        self._server = os.getppid()
        self.set_interval(LOOKS_EVERY, self._still_served)

    def on_app_blur(self, event: AppBlur) -> None:
        """Stay as it is when the page has no focus (as it has none at first): else the footer would not be drawn."""
        event.prevent_default()

    def _still_served(self) -> None:
        if os.getppid() != self._server:
            self.exit(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what only looks."""
        return action not in _ASKS and super().check_action(action, parameters)

    def on_open_run(self, message: OpenRun) -> None:
        """Carry nothing on; what is only looked at, the app opens."""
        if message.resume:
            self._refuse(message)

    def on_start_run(self, message: StartRun) -> None:
        """Begin nothing."""
        self._refuse(message)

    def _refuse(self, message: OpenRun | StartRun) -> None:
        # Else Textual goes on to the app's own handler.
        message.prevent_default()
        self.notifier.toast(NOT_HERE, warn=True)

    def action_runs(self) -> None:
        """Show all runs."""
        self.push_screen(VisitorRuns(self.source.db, current=self.source.about.run_id))

    def action_personas(self) -> None:
        """Show all personas."""
        self.push_screen(VisitorPersonas(current=self.source.about.persona.id))

    def action_save_screenshot(self) -> None:
        """Give the visitor a picture of the screen, instead of saving it here."""
        self.deliver_screenshot(f"{file_stem('propersim', self.source.about.run_id)}.svg")


def main(db: str, run_id: str, turns: str) -> int:
    """Show a run to a visitor until they leave."""
    try:
        source = RunSource(Path(db), run_id)
    except PropersimError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    app: VisitorApp | None = None
    try:
        settings, problems = load(settings_file())
        freeze_gc()
        # One that is being made is followed, one that is there is seen from the beginning.
        app = VisitorApp(
            source,
            speed=settings.speed,
            at=source.newest if source.growing else 0,
            inspector=lambda path, run: ExaminerInTurn(path, run, Path(turns)),
        )
        app.settings.apply(settings, problems)
        return app.run() or 0
    finally:
        (app.source if app is not None else source).close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
