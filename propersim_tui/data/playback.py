"""The position in a run.

It is moved by the clock in a replay, by the worker in a live run, and by keys in both.
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.text import counted
from propersim.runs.control import live_word
from propersim.runs.protocol import (
    CallTotals,
    Continue,
    Controlled,
    Event,
    Failed,
    Pause,
    RunState,
    Speed,
    StartPhase,
    StepOnce,
    Train,
    Training,
    Undoable,
    WentBack,
)
from propersim_tui.data.frame import Phase, PlaybackStatus
from propersim_tui.data.seeking import SeekKind
from propersim_tui.data.source import RunSource

SPEEDS: tuple[float | None, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, None)
"""The speeds that can be chosen, in steps a second; None is as fast as possible."""
REPLAY_MAX = 1000.0
"""Steps a second of a replay at full speed: a day in under half a second."""
PHASES = {
    "model": "loading the model",
    "memory": "rebuilding the memory of {days}",
    "adapter": "loading the last night’s adapter",
    "plan": "planning day {day}",
}
"""Phases of a worker before its first step, and how the screen names them."""
MAX_TRAINING_POINTS = 240
"""Progress messages of a training that are kept; beyond that, every second one is dropped."""


class Playback:
    """The position in a run, and how it moves.

    Args:
        source: the run.
        speed: steps a second; None is as fast as possible.
        paused: start paused.
        at: index of the step at which a replay starts, by default the first; a live run starts at the newest.
    """

    def __init__(self, source: RunSource, *, speed: float | None = 8.0, paused: bool = False, at: int | None = None) -> None:
        self.source = source
        self.live = source.live is not None
        self.speed = speed
        self.playing = not paused
        self.following = self.live
        self.phase: Phase = "finished" if source.finished else "starting" if self.live else "running"
        self.rate = 0.0
        self.cursor = source.newest if self.live else min(max(0, at or 0), source.newest)
        self.training: tuple[Training, ...] | None = None
        self.asked = self.awaited = False
        self.undo_index: int | None = None
        self.bill = source.bill
        self._now = 0.0
        self._waits_since: float | None = None
        self._usual: float | None = None
        self._phases: list[tuple[str, float]] = []
        self._train_at: int | None = None
        self._due: float | None = None

    def status(self) -> PlaybackStatus:
        """Return how the run is played at present."""
        behind = max(0, self.source.newest - self.cursor)
        # In whole seconds, so that what shows them is drawn once a second.
        waits = self._waits_since is not None and (self.awaited or self.phase == "starting")
        ends = [start for _, start in self._phases[1:]] + [self._now]
        return PlaybackStatus(
            self.playing, self.speed, self.live, self.phase, self.rate, behind, self.training, self.asked, self.awaited, self.bill,
            waited=float(int(self._now - (self._waits_since or 0.0))) if waits else None,
            usual=self._usual if self.awaited else None,
            started=tuple((what, float(int(end - start))) for (what, start), end in zip(self._phases, ends, strict=False)),
            at=self.cursor,
            growing=self.source.growing,
            elsewhere=live_word(self.source.elsewhere) if self.source.elsewhere is not None else "",
            following=self.following,
            undoable=self.undo_index is not None and self.working,
        )  # fmt: skip

    # -- time -----------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> Sequence[Event]:
        """Process the worker's new events and advance the position; return the events.

        Args:
            now: monotonic time in seconds.
        """
        self._now = now
        if self.phase == "starting" and not self._phases:
            self._begin("the worker process")
        events = self.source.poll(now)
        for event in events:
            self._handle(event)
        if not self.live and self.source.elsewhere is None:
            self.following = False
            self.phase = "finished" if self.source.finished else self.phase
        if self.cursor < 0:
            self.cursor = self.source.newest if self.live else min(0, self.source.newest)
        elif self.following and (self.working or not self.live or not self.playing):
            self.cursor = self.source.newest
        elif self.playing and not self.working:
            self._advance(now)
        return events

    def _advance(self, now: float) -> None:
        wait = 1 / (self.speed or REPLAY_MAX)
        if self._due is None or now - self._due > 1.0:
            # Playback has just started, or the process was suspended: do not catch up.
            self._due = now + wait
            return
        if now < self._due:
            return
        count = int((now - self._due) / wait) + 1
        self._due += count * wait
        self.cursor = min(self.cursor + count, self.source.newest)
        if self.cursor == self.source.newest:
            if self.source.elsewhere is not None:
                self.following = True
            elif not self.source.growing:
                self._stop()

    def _begin(self, what: str) -> None:
        """Note that the worker begins another part of its start."""
        self._phases.append((what, self._now))
        self._waits_since = self._now

    def _note_wait(self, waits: bool) -> None:
        """Note whether the worker waits for an endpoint."""
        if waits and not self.awaited:
            self._waits_since, self._usual = self._now, self.source.usual_seconds
        self.awaited = waits

    def _handle(self, event: Event) -> None:
        if isinstance(event, StartPhase):
            if self.phase == "starting":
                self._begin(PHASES[event.what].format(days=counted(event.day, "day"), day=event.day))
        elif isinstance(event, Failed):
            self.phase, self.playing, self.rate, self.source.growing = "failed", False, 0.0, False
            self.training = self._train_at = None
            self.asked = self.awaited = False
        elif isinstance(event, CallTotals):
            if self.awaited and self.bill is not None and event.calls > self.bill[0]:
                # One call has ended, and the worker waits for the next.
                self._waits_since = self._now
            self.bill = event.calls, event.cost
        elif isinstance(event, Training):
            self._add_training(event)
        elif isinstance(event, Undoable):
            self.undo_index = event.index
        elif isinstance(event, WentBack):
            # The worker starts again from the stored steps, as after a resume.
            self.phase, self._phases, self.asked, self.undo_index = "starting", [], False, None
            self.following, self.cursor, self._train_at = True, self.source.newest, None
        elif isinstance(event, Controlled):
            self.playing, self._due = not event.paused, None
        elif isinstance(event, RunState):
            self.rate = event.steps_per_second
            self.asked = event.state == "rating"
            self._note_wait(event.state == "asking")
            if event.state == "training":
                self.training = self.training or ()
            elif self.training is not None:
                self.training = self._train_at = None
            if event.state == "stopped":
                self.phase, self.playing, self.rate, self.source.growing = "failed", False, 0.0, False
            elif event.state == "finished":
                self.phase, self.playing, self.source.finished = "finished", False, True
                self.source.growing = False
            elif self.phase == "starting" and event.state in ("running", "paused", "training", "rating"):
                self.phase, self._phases = "running", []

    def _add_training(self, event: Training) -> None:
        """Add an event to the progress of the present training.

        An earlier training step than the last means that another training has started.
        """
        points = self.training or ()
        if points and (event.day != points[-1].day or event.step < points[-1].step):
            points = ()
        elif points and event.step == points[-1].step:
            points = points[:-1]
        elif len(points) >= MAX_TRAINING_POINTS:
            points = points[::2]
        self.training = (*points, event)

    @property
    def working(self) -> bool:
        """Whether a worker simulates the run."""
        return self.live and self.phase in ("starting", "running")

    def _stop(self) -> None:
        self.playing, self._due = False, None
        if self.working:
            self.source.send(Pause())
        self.following = self.following and self.live

    # -- keys -----------------------------------------------------------------------------------------------------

    def toggle(self) -> bool:
        """Pause or resume; a live run resumes at the newest step.

        Returns:
            False if there is no further step to play.
        """
        if self.playing:
            self._stop()
        elif self.working:
            self.newest()
            self.playing = self.source.send(Continue())
        elif self.cursor < self.source.newest or self.source.growing:
            self.playing, self._due = True, None
        else:
            return False
        return True

    def forward(self) -> None:
        """Show the next step; at the newest step of a live run, let the worker simulate one."""
        if self.playing:
            self._stop()
            if self.working:
                # The worker may have simulated further steps; the next one comes after those.
                self.source.send(StepOnce())
            else:
                self._move(self.cursor + 1)
        elif self.cursor < self.source.newest:
            self._move(self.cursor + 1)
        elif self.working:
            self.following = True
            self.source.send(StepOnce())

    def train(self) -> str:
        """Ask the worker to train now.

        Returns:
            Why it cannot train; "" if it was asked to.
        """
        if not self.live:
            return "A replay cannot train; only live runs can (propersim watch, or resume --watch)"
        if self.source.about.unteachable:
            return f"No training: {self.source.about.unteachable}"
        if self.training is not None:
            return "Training is already running"
        if not self.working:
            return "No training: the run is finished" if self.phase == "finished" else "No training: the worker has stopped"
        if self._train_at == self.source.count:
            return "Training is already queued"
        if not self.source.count:
            return "No training yet: before the first step there is nothing to learn from"
        if any(night.at == self.source.count for night in self.source.nights):
            return "No training: since the last training there is no new step to learn from"
        if not self.source.send(Train()):
            return "No training: the worker does not answer"
        self._train_at = self.source.count
        return ""

    def back(self) -> None:
        """Show the previous step, and pause."""
        self._look(self.cursor - 1)

    def faster(self, by: int) -> None:
        """Choose a higher speed of :data:`SPEEDS`, or a lower one if ``by`` is negative."""
        place = SPEEDS.index(self.speed) if self.speed in SPEEDS else min(range(8), key=lambda i: abs((SPEEDS[i] or 0) - (self.speed or 0)))
        self.speed = SPEEDS[max(0, min(len(SPEEDS) - 1, place + by))]
        self._due = None
        if self.working:
            self.source.send(Speed(self.speed))

    def day(self, by: int) -> None:
        """Show the start of the next day (1), or of this day and then of the one before (−1)."""
        firsts = [row.first for row in self.source.days if row.first <= self.source.newest]
        if by > 0:
            self._look(next((first for first in firsts if first > self.cursor), self.source.newest))
        else:
            self._look(max((first for first in firsts if first < self.cursor), default=0))

    def look(self, index: int) -> None:
        """Show a step by its index, and pause."""
        self._look(index)

    def seek(self, kind: SeekKind, by: int) -> bool:
        """Show the next (1) or previous (−1) step of a kind, and pause.

        If there is none, return False and change nothing.
        """
        index = self.source.seek(kind, self.cursor, forward=by > 0)
        if index is None:
            return False
        self._look(index)
        return True

    def first(self) -> None:
        """Show the first step of the run, and pause."""
        self._look(0)

    def newest(self) -> None:
        """Show the newest step; one that is run elsewhere is followed from there on."""
        if self.source.elsewhere is not None:
            self.playing, self._due = True, None
        self.following = self.live or self.source.elsewhere is not None
        self.cursor = self.source.newest

    def _look(self, index: int) -> None:
        if self.playing:
            self._stop()
        self._move(index)

    def _move(self, index: int) -> None:
        self.cursor = min(max(min(0, self.source.newest), index), self.source.newest)
        self._due = None
        self.following = self.live and self.cursor >= self.source.newest
