"""What the app does with the run that it shows: hears it, moves in it, hands each moment to the screens that draw it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from textual import events
from textual.await_complete import AwaitComplete

from propersim.core.config import HUMAN
from propersim.core.errors import PropersimError, StoreGone
from propersim.core.text import clean
from propersim.inspector.client import ExaminerLink
from propersim.runs.protocol import Event, Failed, RateThis, State, TakeOver
from propersim_tui.controllers import Abilities
from propersim_tui.controllers.inspector_client import Examines
from propersim_tui.data.frame import Frame, Status
from propersim_tui.data.playback import Playback
from propersim_tui.data.source import RunSource
from propersim_tui.render.format import duration
from propersim_tui.runtime.gc_tuning import Collector
from propersim_tui.runtime.watchdog import Silence
from propersim_tui.screens.full import FullScreen
from propersim_tui.screens.moment import MomentScreen
from propersim_tui.screens.rate import RateScreen, RatingGiven
from propersim_tui.screens.window import Window
from propersim_tui.widgets.notice import Notice

TICKS_A_SECOND = 15
RACING = 64.0
"""Steps a second from which on every second tick draws: each picture is a new one all over, and keys come first."""
BENEATH = 8
"""The same where it is beneath a window, dimmed: each picture draws all of both."""
AFTER_A_KEY = 2
"""Ticks after a key in which a racing run is not drawn."""


class Options(TypedDict, total=False):
    """How a run is watched; see :class:`Watching`."""

    speed: float | None
    paused: bool
    at: int | None
    now: Callable[[], float]
    examiner: Callable[[Path, str], Examines]


class Watching(Abilities):
    """Shows a run, live or stored; what can be done there is in :class:`propersim_tui.app.PropersimApp`.

    Args:
        source: the run.
        speed: steps a second; None is as fast as it goes.
        paused: begin paused.
        at: index of the step to begin a replay with.
        now: a clock in seconds that never goes back.
        examiner: opens what answers questions about the run.

    Attributes:
        frame: what is seen of the run just now; None before the first look.
        status: how it is played.
        failure: why its worker ended, where it did.
        by_hand: whether the person at the screen rates what is shown.
    """

    def __init__(
        self,
        source: RunSource,
        *,
        speed: float | None = 8.0,
        paused: bool = False,
        at: int | None = None,
        now: Callable[[], float] = time.monotonic,
        examiner: Callable[[Path, str], Examines] = ExaminerLink,
    ) -> None:
        super().__init__()
        self.source = source
        self.playback = Playback(source, speed=speed, paused=paused, at=at)
        self.frame: Frame | None = None
        self.status = Status()
        self.failure: Failed | None = None
        self.by_hand = source.live is not None and source.about.user == HUMAN
        self._now = now
        self._told = ""
        self._silence = Silence("worker")
        self._shown: tuple[int, int, int, int, int] | None = None
        self._warned = {(each.at, each.kind) for each in source.warnings}
        self._ticks = self._hold = 0
        self._last_key = now()
        self._collector = Collector()
        self._ask_of(examiner)
        self._keep_none()

    def show_run(self, source: RunSource, *, paused: bool = False) -> None:
        """Show another run; the worker of the one before stops after the step that it is at, and that run can be resumed."""
        self.forget_kept()
        before, self.source = self.source, source
        self.playback = Playback(source, speed=self.playback.speed, paused=paused)
        self.frame, self.failure, self._shown, self._told = None, None, None, ""
        self._silence = Silence("worker")
        self._warned = {(each.at, each.kind) for each in source.warnings}
        self.by_hand = source.live is not None and source.about.user == HUMAN
        self._notice.close()
        self._show()
        before.close()
        self._end_examiner()
        if before.live is not None:
            # It may be in the middle of a night: nobody waits for that here.
            self.run_worker(before.live.close, thread=True, exit_on_error=False)

    def tick(self) -> None:
        """Look for what is new, and show it; nothing any more once the app closes, as some widgets are gone then."""
        if self.is_running:
            self._tick()

    def _tick(self) -> None:
        now = self._now()
        try:
            events = self.playback.tick(now)
            for event in events:
                self._hear(event)
            self._listen(now, heard=bool(events))
        except PropersimError as error:
            self._tell(error)
        self._warn()
        self._pass_on()
        self._collector.idle(now - self._last_key)
        self.make_ready(now - self._last_key)
        self._ticks += 1
        racing = self.playback.playing and (self.playback.speed is None or self.playback.speed >= RACING)
        self._hold = max(0, self._hold - 1)
        if not self._covered and (not racing or (self._ticks % self._every == 0 and not self._hold)):
            self._show()

    @property
    def _every(self) -> int:
        """Ticks from one picture of a racing run to the next."""
        return BENEATH if isinstance(self.screen, Window) else 2

    @property
    def _covered(self) -> bool:
        """Whether nothing of a moment is seen, as another screen fills the terminal."""
        return any(isinstance(screen, FullScreen) for screen in self.screen_stack)

    def pop_screen(self) -> AwaitComplete:
        """Close a screen; what is beneath shows the present moment at once."""
        closed = super().pop_screen()
        if self.is_running:
            self._show()
        return closed

    def _listen(self, now: float, *, heard: bool) -> None:
        """Say so where nothing is heard of the worker for long, and when it is heard again."""
        worker = self.source.live
        if worker is None or heard or self.playback.phase not in ("starting", "running"):
            lasted = self._silence.heard(now)
            if lasted is not None:
                self._notice.over("silence")
                if heard and self.playback.phase != "failed":
                    self._toast(f"The worker is heard again, after {duration(lasted)}")
            return
        again = self._silence.told
        told = self._silence.look(now, worker)
        # One that a person has closed is not opened again.
        if told is not None and not (again and not (self._notice.is_open and self._notice.about == "silence")):
            hint = f"{told.remedy}; or q ends it, nothing that is stored is lost, and it goes on with: {self.source.resume_command}"
            self._notice.tell(told.message, hint, tone="warn" if told.computes else "bad", about="silence")

    async def on_event(self, event: events.Event) -> None:
        """Leave the time after a key to what it does: at full speed another picture would come in between."""
        if isinstance(event, events.Key):
            self._hold = AFTER_A_KEY
            self._last_key = self._now()
        await super().on_event(event)

    def _show(self) -> None:
        """Show the step at the cursor, where it is another one than before, and how the run is played."""
        cursor = self.playback.cursor
        source = self.source
        key = (cursor, len(source.days), source.done, len(source.nights), len(source.warnings))
        if key != self._shown or self.frame is None:
            try:
                self.frame = source.frame(cursor)
            except PropersimError as error:
                self._tell(error)
            else:
                if self._told:
                    self._notice.over("reading")
                self._shown, self._told = key, ""
        self.status = self.playback.status()
        self._hand_on()

    def _hand_on(self) -> None:
        """Give the uppermost screen that draws moments the one that is shown now; those below it are not seen."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, MomentScreen):
                screen.frame, screen.status = self.frame, self.status
                return

    def on_unmount(self) -> None:
        """End the examiner with the screen."""
        self._end_examiner()

    def _warn(self) -> None:
        """Say what there is new to be warned of, in a live run; a replay has it in the feed."""
        if len(self.source.warnings) == len(self._warned):
            return
        new = [each for each in self.source.warnings if (each.at, each.kind) not in self._warned]
        self._warned.update((each.at, each.kind) for each in new)
        if new and self.playback.live:
            text = clean(" · ".join(clean(each.text) or clean(each.kind) for each in new), 600)
            self._notice.tell(text, tone="warn")

    def _hear(self, event: Event) -> None:
        if isinstance(event, Failed) or (isinstance(event, State) and event.state in ("finished", "stopped")):
            self._no_rating()
        if isinstance(event, Failed):
            self.failure = event
            self._notice.tell(event.message, self._remedy(event))
        elif isinstance(event, RateThis):
            self._rate(event)
        elif isinstance(event, State) and event.state == "finished":
            self._notice.tell("The run is finished. Look back with b, [ and g; q leaves.", tone="good")
        elif isinstance(event, State) and event.state == "stopped":
            self.failure = Failed("the worker was stopped from elsewhere")
            self._notice.tell(self.failure.message, self._remedy(self.failure))

    def _rate(self, event: RateThis) -> None:
        """Let the person rate what is about to be shown; the worker waits for that."""

        def given(answer: RatingGiven | None) -> None:
            if isinstance(answer, TakeOver):
                self.by_hand = answer.on
            if answer is not None:
                self.source.send(answer)

        self.push_screen(RateScreen(event, self.source.about.persona), given)

    def _no_rating(self) -> None:
        """Close the window for a rating that nobody waits for any more."""
        if isinstance(self.screen, RateScreen):
            self.screen.dismiss(None)

    def _remedy(self, failed: Failed) -> str:
        command = self.source.resume_command
        if not failed.resumable:
            return failed.hint
        if failed.hint.startswith("propersim resume"):
            return command
        return f"{failed.hint + '; then: ' if failed.hint else ''}{command}"

    def _tell(self, error: PropersimError) -> None:
        """Show an error, once: one that comes back with every tick can be closed."""
        if not self.screen_stack[0].query(Notice):
            # Before the screen is laid out: it is told as soon as there is somewhere to tell it.
            self.call_later(self._tell, error)
        elif error.message != self._told:
            self._told = error.message
            if self.failure is not None and self._notice.is_open and isinstance(error, StoreGone):
                # The worker has said the same, and where it has saved everything.
                return
            self._notice.tell(error.message, error.hint or "", about="gone" if self.source.gone else "reading")

    @property
    def _notice(self) -> Notice:
        return self.screen_stack[0].query_one(Notice)

    def _toast(self, text: str, *, warn: bool = False) -> None:
        self.notify(clean(text), severity="warning" if warn else "information", timeout=3, markup=False)

    def _look(self, index: int | None) -> None:
        if index is not None:
            self.playback.look(index)
            self._show()

    def _find(self, day: int, minute: float | None) -> int:
        """Return the index of the step at a time.

        Raises:
            ValueError: that day has not begun.
        """
        try:
            index = self.source.find(day, minute if minute is not None else 0.0)
        except PropersimError as error:
            raise ValueError(error.message) from error
        if index is None:
            there = len(self.source.days)
            raise ValueError(f"day {day} is not there: the run has " + (f"days 1 to {there}" if there > 1 else "day 1 only"))
        return index
