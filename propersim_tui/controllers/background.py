"""Live runs that go on while another run is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from textual.app import App

from propersim.core.errors import PropersimError
from propersim.core.text import clean
from propersim.runs.protocol import Event, Failed, RateThis, RunState, Stop
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.data.playback import Playback
from propersim_tui.data.source import RunSource


@dataclass
class LeftRun:
    """A run that was shown, with what is needed to show it again as it was.

    Attributes:
        source: its records, and its worker.
        playback: the position in it.
        rated_by_hand: whether the user at the screen rates what is shown.
        question: the rating that its worker waits for; None if it waits for none.
    """

    source: RunSource
    playback: Playback
    rated_by_hand: bool = False
    question: RateThis | None = None

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.source.about.run_id


class BackgroundRuns:
    """Keeps live runs going that are not shown, until they end, are stopped, or are shown again.

    Args:
        app: the app, for its threads.
        notifier: says what became of them.
    """

    def __init__(self, app: App[Any], notifier: Notifier) -> None:
        self._app = app
        self._notifier = notifier
        self._runs: dict[str, LeftRun] = {}

    def __iter__(self) -> Iterator[LeftRun]:
        return iter(list(self._runs.values()))

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._runs

    def summary(self) -> str:
        """Return in a few words how many runs go on, and what the most urgent one does; "" for none."""
        states = [each.playback.status() for each in self]
        if not states:
            return ""
        asks, runs = any(each.asked for each in states), any(each.playing for each in states)
        return f"{len(states)} more {'asks you' if asks else 'running' if runs else 'paused'}: r"

    def keep(self, left: LeftRun) -> None:
        """Let a live run go on; close one that has ended, or that is none."""
        if left.playback.working:
            self._runs[left.run_id] = left
            self._notifier.toast(f"{clean(left.run_id, 40)} goes on in the background; r lists all runs")
        else:
            self._close(left)

    def take(self, run_id: str) -> LeftRun:
        """Return a run, to be shown again."""
        return self._runs.pop(run_id)

    def stop(self, run_id: str) -> None:
        """Ask the worker of a run to stop after its present step."""
        self._runs[run_id].source.send(Stop())

    def receive(self, now: float) -> None:
        """Process the events of all workers; called with every tick.

        Args:
            now: monotonic time in seconds.
        """
        for left in self:
            try:
                for event in left.playback.tick(now):
                    self._handle(left, event)
            except PropersimError as error:
                self._end(left, error.message, warn=True)

    def _handle(self, left: LeftRun, event: Event) -> None:
        if isinstance(event, RateThis):
            left.question = event
            self._notifier.toast(f"{clean(left.run_id, 40)} asks for your rating: r, then Enter on it")
        elif isinstance(event, Failed):
            self._end(left, event.message, warn=True)
        elif isinstance(event, RunState) and event.state in ("finished", "stopped"):
            self._end(left, f"is {event.state}", warn=False)

    def _end(self, left: LeftRun, what: str, *, warn: bool) -> None:
        if self._runs.pop(left.run_id, None) is not None:
            self._notifier.toast(f"{clean(left.run_id, 40)}: {clean(what, 200)}" if warn else f"{clean(left.run_id, 40)} {what}", warn=warn)
            self._close(left)

    def _close(self, left: LeftRun) -> None:
        left.source.close()
        if left.source.live is not None:
            # The worker may be training, which takes long: close it in a thread.
            self._app.run_worker(left.source.live.close, thread=True, exit_on_error=False)

    def close(self) -> dict[str, str]:
        """Stop all workers and wait for them; return the command that resumes each run."""
        left = list(self)
        self._runs.clear()
        for each in left:
            each.source.send(Stop())
        for each in left:
            assert each.source.live is not None
            each.source.live.close()
            each.source.close()
        return {each.run_id: each.source.resume_command for each in left}
