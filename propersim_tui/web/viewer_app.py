"""The process of one viewer in a browser.

It is started as ``python -m propersim_tui.web.viewer_app DATABASE RUN LOCK_FOLDER``. It replays a stored run, or follows one that
is still growing. A viewer can change nothing on this machine: such actions are not offered, and are refused if requested anyway.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout
from textual.events import AppBlur

from propersim.core.errors import PropersimError
from propersim.inspector.client import InspectorClient
from propersim.inspector.protocol import InspectorError, Question, Reply
from propersim_tui.app import PropersimApp
from propersim_tui.config.actions import ScreenAction
from propersim_tui.config.settings import load, settings_file
from propersim_tui.data.source import RunSource
from propersim_tui.messages import ShowRun, StartRun
from propersim_tui.runtime.gc_tuning import freeze_gc
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.runs import RunsScreen

SERVER_CHECK_SECONDS = 2.0
"""Seconds between two checks whether the server still runs."""
MAX_INSPECTORS = 2
"""Viewers who can ask the model at the same time: each loads it in a process of their own."""
READ_ONLY = "Viewers cannot start, resume or change runs"
NO_BOOKMARKS = "Viewers cannot set or change bookmarks"
_WRITING_ACTIONS = ("rate_by_hand", "train", "new_run", "save_speed", "save_tab")
"""Actions of the app that change a run, or the settings of the user who serves."""


def _without(acts: tuple[ScreenAction, ...], *ids: str) -> tuple[ScreenAction, ...]:
    return tuple(act for act in acts if act.id not in ids)


class _ReadOnly:
    """A mixin for a screen some of whose actions a viewer does not have."""

    HIDDEN: ClassVar[tuple[str, ...]] = ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only actions that change nothing."""
        return action not in self.HIDDEN and super().check_action(action, parameters)  # type: ignore[misc]  # the screen's


class ViewerRunsScreen(_ReadOnly, RunsScreen):
    """The list of runs, to open and compare."""

    HIDDEN = ("resume", "stop", "delete")
    ACTS = _without(RunsScreen.ACTS, *HIDDEN)


class ViewerPersonasScreen(_ReadOnly, PersonasScreen):
    """The list of personas, to read."""

    HIDDEN = ("start", "open_file")
    ACTS = _without(PersonasScreen.ACTS, *HIDDEN)


class LimitedInspector(InspectorClient):
    """An inspector that starts only if not too many viewers have one.

    Args:
        db: the database file.
        run_id: the run's full id.
        locks: a folder that all viewers of a server share.
    """

    def __init__(self, db: Path, run_id: str, locks: Path) -> None:
        super().__init__(db, run_id)
        self._locks = [FileLock(locks / f"inspector-{number}") for number in range(MAX_INSPECTORS)]
        self._lock: FileLock | None = None
        self._refused: list[Reply] = []

    def ask(self, question: Question) -> int:
        """Send a question, or answer it with an error if too many viewers are asking."""
        if not self._acquire():
            self._number += 1
            text = f"{MAX_INSPECTORS} other viewers are using the model"
            self._refused = [InspectorError(text, "try again when one of them has left", number=self._number)]
            return self._number
        return super().ask(question)

    def _acquire(self) -> bool:
        for lock in self._locks if self._lock is None else ():
            try:
                lock.acquire(blocking=False)
            except (Timeout, OSError):
                continue
            self._lock = lock
            break
        return self._lock is not None

    def poll(self) -> list[Reply]:
        """Return the answers that have arrived since the last call, without waiting."""
        refused, self._refused = self._refused, []
        return [*super().poll(), *refused]

    def close(self) -> None:
        """End the inspector, so that another viewer can have one."""
        super().close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class ViewerApp(PropersimApp):
    """The screen for a viewer in a browser."""

    def on_mount(self) -> None:
        """Refuse to change bookmarks; quit when the server has ended, even if it crashed."""
        self.bookmarks.refusal = NO_BOOKMARKS
        # It would name a path of this machine.
        self.run_view.names_commands = False
        self._server = os.getppid()
        self.set_interval(SERVER_CHECK_SECONDS, self._check_server)

    def on_app_blur(self, event: AppBlur) -> None:
        """Ignore the loss of focus, which would hide the footer.

        A page does not have the focus at first.
        """
        event.prevent_default()

    def _check_server(self) -> None:
        if os.getppid() != self._server:
            self.exit(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only actions that change nothing."""
        return action not in _WRITING_ACTIONS and super().check_action(action, parameters)

    def on_show_run(self, message: ShowRun) -> None:
        """Refuse to resume a run; the app's own handler replays stored ones."""
        if message.resume:
            self._refuse(message)

    def on_start_run(self, message: StartRun) -> None:
        """Refuse to start a run."""
        self._refuse(message)

    def _refuse(self, message: ShowRun | StartRun) -> None:
        # Without this Textual calls the app's own handler as well.
        message.prevent_default()
        self.notifier.toast(READ_ONLY, warn=True)

    def action_runs(self) -> None:
        """Show all runs."""
        self.push_screen(ViewerRunsScreen(self.source.db, current=self.source.about.run_id))

    def action_personas(self) -> None:
        """Show all personas."""
        self.push_screen(ViewerPersonasScreen(current=self.source.about.persona.id, lived=self.source.about.persona))

    def action_save_screenshot(self) -> None:
        """Offer a picture of the screen as a download."""
        self.deliver_screenshot(f"{self.export.file_stem()}.svg")


def main(db: str, run_id: str, locks: str) -> int:
    """Show a run to a viewer until they quit.

    Args:
        db: the database file.
        run_id: the run.
        locks: a folder that all viewers of a server share.

    Returns:
        The exit code.
    """
    try:
        source = RunSource(Path(db), run_id)
    except PropersimError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    app: ViewerApp | None = None
    try:
        settings, problems = load(settings_file())
        freeze_gc()
        # Follow a growing run; replay a complete one from the start.
        app = ViewerApp(
            source,
            speed=settings.speed,
            at=source.newest if source.growing else 0,
            inspector=lambda path, run: LimitedInspector(path, run, Path(locks)),
        )
        app.settings.apply(settings, problems)
        return app.run() or 0
    finally:
        (app.source if app is not None else source).close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
