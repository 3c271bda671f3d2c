"""Which step is shown, and what moves it: the clock in a replay, the worker in a live run, keys in both."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.runs.protocol import Bill, Event, Failed, Go, Pause, Speed, State, StepOnce, Train, Training
from propersim_tui.data.frame import Phase, Status
from propersim_tui.data.seeking import SeekKind
from propersim_tui.data.source import RunSource

SPEEDS: tuple[float | None, ...] = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, None)
"""Steps a second to choose from; None is as fast as it goes."""
REPLAY_MAX = 1000.0
"""Steps a second of a replay that goes as fast as it goes: a day in under half a second."""
COURSE = 240
"""Figures of a training that are kept; when there are more, every second one goes."""


class Playback:
    """The position in a run, and how it moves.

    Args:
        source: the run.
        speed: steps a second; None is as fast as it goes.
        paused: begin paused.
        at: index of the step to begin with; the newest in a live run, the first in a replay, where not given.
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
        self.bill = source.bill
        self._train_at: int | None = None
        self._due: float | None = None

    def status(self) -> Status:
        """Return how the run is played just now."""
        behind = max(0, self.source.newest - self.cursor)
        return Status(
            self.playing, self.speed, self.live, self.phase, self.rate, behind, self.training, self.asked, self.awaited, self.bill
        )  # fmt: skip

    # -- time -----------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> Sequence[Event]:
        """Hear the worker and move on as far as it is time to.

        Args:
            now: seconds of a clock that never goes back.
        """
        events = self.source.poll(now)
        for event in events:
            self._hear(event)
        if self.cursor < 0:
            self.cursor = self.source.newest if self.live else min(0, self.source.newest)
        elif self.following and (self._working or not self.playing):
            self.cursor = self.source.newest
        elif self.playing and not self._working:
            self._advance(now)
        return events

    def _advance(self, now: float) -> None:
        wait = 1 / (self.speed or REPLAY_MAX)
        if self._due is None or now - self._due > 1.0:
            # Just started, or the terminal was asleep: do not race to catch up.
            self._due = now + wait
            return
        if now < self._due:
            return
        count = int((now - self._due) / wait) + 1
        self._due += count * wait
        self.cursor = min(self.cursor + count, self.source.newest)
        if self.cursor == self.source.newest and not self.source.growing:
            self._stop()

    def _hear(self, event: Event) -> None:
        if isinstance(event, Failed):
            self.phase, self.playing, self.rate, self.source.growing = "failed", False, 0.0, False
            self.training = self._train_at = None
            self.asked = self.awaited = False
        elif isinstance(event, Bill):
            self.bill = event.calls, event.cost
        elif isinstance(event, Training):
            self._learn(event)
        elif isinstance(event, State):
            self.rate = event.steps_per_second
            self.asked, self.awaited = event.state == "rating", event.state == "asking"
            if event.state == "training":
                self.training = self.training or ()
            elif self.training is not None:
                self.training = self._train_at = None
            if event.state == "finished":
                self.phase, self.playing, self.source.finished = "finished", False, True
                self.source.growing = False
            elif self.phase == "starting" and event.state in ("running", "paused", "training", "rating", "asking"):
                self.phase = "running"

    def _learn(self, event: Training) -> None:
        """Add to what is known of the training that is under way; a figure of an earlier step is the beginning of another one."""
        known = self.training or ()
        if known and (event.day != known[-1].day or event.step < known[-1].step):
            known = ()
        elif known and event.step == known[-1].step:
            known = known[:-1]
        elif len(known) >= COURSE:
            known = known[::2]
        self.training = (*known, event)

    @property
    def _working(self) -> bool:
        return self.live and self.phase in ("starting", "running")

    def _stop(self) -> None:
        self.playing, self._due = False, None
        if self._working:
            self.source.send(Pause())

    # -- keys -----------------------------------------------------------------------------------------------------

    def toggle(self) -> bool:
        """Pause, or go on; in a live run going on returns to the newest step.

        Returns:
            False where there is nothing to go on to.
        """
        if self.playing:
            self._stop()
        elif self._working:
            self.newest()
            self.playing = self.source.send(Go())
        elif self.cursor < self.source.newest or self.source.growing:
            self.playing, self._due = True, None
        else:
            return False
        return True

    def forward(self) -> None:
        """Show the next step; at the newest of a live run, ask the worker for one."""
        if self.playing:
            self._stop()
            if self._working:
                # The worker has gone on a little since: the next step comes after those.
                self.source.send(StepOnce())
            else:
                self._move(self.cursor + 1)
        elif self.cursor < self.source.newest:
            self._move(self.cursor + 1)
        elif self._working:
            self.following = True
            self.source.send(StepOnce())

    def train(self) -> str:
        """Ask the worker to train now.

        Returns:
            Why it cannot be, in words; "" where it was asked.
        """
        if not self.live:
            return "A replay cannot train; t is for live runs (propersim watch, or resume --watch)"
        if self.source.about.unteachable:
            return f"No training: {self.source.about.unteachable}"
        if self.training is not None:
            return "It is training already"
        if not self._working:
            return "No training: the run is over" if self.phase == "finished" else "No training: the worker has stopped"
        if self._train_at == self.source.count:
            return "It has been asked to train already"
        if not self.source.count:
            return "No training yet: there is nothing to learn from before the first step"
        if any(night.at == self.source.count for night in self.source.nights):
            return "It has just trained: there is nothing new to learn from before the next step"
        if not self.source.send(Train()):
            return "No training: the worker does not answer"
        self._train_at = self.source.count
        return ""

    def back(self) -> None:
        """Show the step before, and pause."""
        self._look(self.cursor - 1)

    def faster(self, by: int) -> None:
        """Go ``by`` rungs up (or, where negative, down) the ladder of speeds."""
        rung = SPEEDS.index(self.speed) if self.speed in SPEEDS else min(range(8), key=lambda i: abs((SPEEDS[i] or 0) - (self.speed or 0)))
        self.speed = SPEEDS[max(0, min(len(SPEEDS) - 1, rung + by))]
        self._due = None
        if self._working:
            self.source.send(Speed(self.speed))

    def day(self, by: int) -> None:
        """Show the beginning of the next day (+1), or of this day and then the one before (−1)."""
        firsts = [row.first for row in self.source.days if row.first <= self.source.newest]
        if by > 0:
            self._look(next((first for first in firsts if first > self.cursor), self.source.newest))
        else:
            self._look(max((first for first in firsts if first < self.cursor), default=0))

    def look(self, index: int) -> None:
        """Show a step by its index, and pause."""
        self._look(index)

    def seek(self, kind: SeekKind, by: int) -> bool:
        """Show the next (+1) or the last (−1) step of a kind, and pause; False, and nothing changes, where there is none further."""
        found = self.source.seek(kind, self.cursor, forward=by > 0)
        if found is None:
            return False
        self._look(found)
        return True

    def first(self) -> None:
        """Show the first step of the run, and pause."""
        self._look(0)

    def newest(self) -> None:
        """Show the newest step."""
        self.following = self.live
        self.cursor = self.source.newest

    def _look(self, index: int) -> None:
        if self.playing:
            self._stop()
        self._move(index)

    def _move(self, index: int) -> None:
        self.cursor = min(max(min(0, self.source.newest), index), self.source.newest)
        self._due = None
        self.following = self.live and self.cursor >= self.source.newest
