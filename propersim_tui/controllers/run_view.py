"""The run that is shown: its worker's events, its moments, and its movement in time.

Each moment is handed to the screen that draws it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from textual.app import App

from propersim.core.clock import format_minutes, format_time
from propersim.core.errors import PropersimError, StoreGone
from propersim.core.records import Step
from propersim.core.text import clean, counted
from propersim.learning.night_warnings import NIGHT_WARNINGS
from propersim.runs.protocol import Event, Failed, Rated, RateThis, RunState, Snooze, Stop, TakeOver, Undo, WentBack
from propersim.runs.raters import JUDGE, PERSON, person_rates
from propersim.store.bookmarks import Bookmark
from propersim_tui.controllers.background import LeftRun
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.data.playback import Playback
from propersim_tui.data.source import RunSource
from propersim_tui.render.format import duration
from propersim_tui.runtime.watchdog import Watchdog
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.dialog import Dialog
from propersim_tui.screens.explain import ExplainScreen
from propersim_tui.screens.frame_screen import FrameScreen
from propersim_tui.screens.full_screen import FullScreen
from propersim_tui.screens.rate import RateScreen, RatingAnswer, snooze_text

FAST = 64.0
"""Steps a second from which on only every second tick draws: the whole picture changes each time, and keys come first."""
TICKS_PER_PICTURE = 2
"""Ticks from one picture of a fast run to the next."""
TICKS_PER_PICTURE_BELOW_WINDOW = 8
"""The same while a window is open: each picture then draws the window and the dimmed screen below it."""
UNASKED = 5.0
"""Simulated minutes after a rating that its undo throws away without a question."""
AWAY = "elsewhere"
"""Subject of the notice that another process runs the run."""
BY_HAND = "by hand"
"""Subject of the notice that the user rates."""
TICKS_AFTER_KEY = 2
"""Ticks after a key in which a fast run is not drawn."""


class RunView:
    """Owns the shown run, the position in it, and what the screens show of it.

    Args:
        app: the app, for its screens.
        notifier: shows errors and warnings.
        source: the run.
        clock: returns seconds; monotonic.
        speed: steps a second; None is as fast as possible.
        paused: start paused.
        at: index of the step at which a replay starts.

    Attributes:
        source: the run.
        playback: the position in the run.
        frame: the run as of the shown step; None before the first look.
        status: how the run is played.
        failure: why the worker ended, if it failed.
        rated_by_hand: whether the user at the screen rates what is shown.
        question: the rating that the worker waits for; None if it waits for none.
        stopping: whether the user asked the worker to stop.
        went_back: called after a rating was undone: what was read of later steps is stale.
        names_commands: whether to name the command that controls a run of another process; not to a viewer in a browser.
        in_background: returns what goes on beside the shown run, in a few words; "" for nothing.
    """

    def __init__(
        self,
        app: App[Any],
        notifier: Notifier,
        source: RunSource,
        *,
        clock: Callable[[], float],
        speed: float | None = 8.0,
        paused: bool = False,
        at: int | None = None,
    ) -> None:
        self._app = app
        self._notifier = notifier
        self._clock = clock
        self._ticks = self._hold = 0
        self.status = PlaybackStatus()
        self.went_back: Callable[[], None] = lambda: None
        self.in_background: Callable[[], str] = str
        self.names_commands = True
        self._start(source, Playback(source, speed=speed, paused=paused, at=at))

    def _start(self, source: RunSource, playback: Playback) -> None:
        self.source, self.playback = source, playback
        self.question: RateThis | None = None
        self._given: Rated | None = None
        self.stopping = False
        self.frame: Frame | None = None
        self.failure: Failed | None = None
        self.rated_by_hand = source.live is not None and person_rates(source.about.user, source.warnings)
        self._watchdog = Watchdog("worker")
        self._shown: tuple[int, ...] | None = None
        self._error_shown = ""
        self._warned = {(each.at, each.kind) for each in source.warnings}
        self._night_warned = 0
        self._tells_elsewhere = False

    def open(self, source: RunSource, *, paused: bool = False) -> LeftRun:
        """Show another run; one that another process runs at its newest step, and each that comes.

        Args:
            source: the run.
            paused: start paused.

        Returns:
            The run shown before, neither closed nor stopped.
        """
        before = self._leave()
        self._start(source, Playback(source, speed=self.playback.speed, paused=paused))
        if source.elsewhere is not None and not paused:
            self.playback.newest()
        self.show()
        return before

    def open_again(self, left: LeftRun) -> LeftRun:
        """Show a run that was left, as it is now.

        Returns:
            The run shown before, neither closed nor stopped.
        """
        before = self._leave()
        self._start(left.source, left.playback)
        self.rated_by_hand = left.rated_by_hand
        self.show()
        if left.question is not None and left.playback.asked:
            self._ask_for_rating(left.question)
        return before

    def _leave(self) -> LeftRun:
        self._notifier.notice.close()
        return LeftRun(self.source, self.playback, self.rated_by_hand, self.question)

    def stop(self) -> None:
        """Ask the worker to stop after its present step."""
        self.stopping = self.source.send(Stop())

    # -- undo of a rating -----------------------------------------------------------------------------------------

    def undo(self) -> None:
        """Undo the user's last rating; ask first where that loses more than some minutes."""
        index = self.playback.undo_index
        if index is None:
            self._cannot_undo()
            return
        when, lost = self._lost_by_undo(index)
        if not lost:
            self._undo(index)
            return
        question = f"Undo your rating of {when}?"
        details = [f"The {lost} simulated since then are thrown away and made anew, from your new rating on."]

        def answer(yes: bool | None) -> None:
            if yes:
                self._undo(index)

        self._app.push_screen(ConfirmScreen("Undo rating", question, details, do="Undo", keep="Keep"), answer)

    def _cannot_undo(self) -> None:
        self._notifier.toast("There is no rating of yours since the last night that could be undone", warn=True)

    def _undo(self, index: int) -> None:
        """Undo the rating of a step, if it is still the last one."""
        if self.playback.undo_index != index:
            self._cannot_undo()
            return
        self._note_given(index)
        if not self.source.send(Undo()):
            self._cannot_undo()

    def _note_given(self, index: int) -> None:
        """Remember the answers of an undone rating, to fill them in at the next question."""
        if self._given is not None and self._given.index == index:
            return
        step = self._stored(index)
        if step is not None and step.judged is not None:
            self._given = Rated(index, *step.rating.values)

    def _stored(self, index: int) -> Step | None:
        """Return a stored step; None if it cannot be read."""
        try:
            step = self.source.step(index)
        except PropersimError:
            return None
        return step if step is not None and step.index == index else None

    def _lost_by_undo(self, index: int) -> tuple[str, str]:
        """Return the time of the rating of a step, and how much its undo throws away.

        The second is "" for at most :data:`UNASKED` minutes; an undo never goes back beyond the night.
        """
        rated, newest = self._stored(index), self._stored(self.source.newest)
        if rated is None or newest is None:
            return "", ""
        minutes = newest.minute + self.source.about.timestep - rated.minute
        return format_time(rated.minute, wrap=True), format_minutes(minutes) if minutes > UNASKED else ""

    # -- ticks ----------------------------------------------------------------------------------------------------

    def receive(self) -> None:
        """Process the worker's new events, check that it still answers, and advance a replay."""
        now = self._clock()
        try:
            events = self.playback.tick(now)
            for event in events:
                self._handle(event)
            self._check_worker(now, answered=bool(events))
        except PropersimError as error:
            self.report(error)
        if self._tells_elsewhere and self.source.elsewhere is None:
            self._tells_elsewhere = False
            self._notifier.notice.close_about(AWAY)
        self._show_new_warnings()

    def draw(self) -> None:
        """Draw the present moment.

        A fast run, and one that is covered, is drawn less often than this is called.
        """
        self._ticks += 1
        fast = self.playback.playing and (self.playback.speed is None or self.playback.speed >= FAST)
        self._hold = max(0, self._hold - 1)
        if not self._covered and (not fast or (self._ticks % self._ticks_per_picture == 0 and not self._hold)):
            self.show()

    def key_pressed(self) -> None:
        """Pause the drawing of a fast run for a moment, so that the effect of a key is drawn first."""
        self._hold = TICKS_AFTER_KEY

    @property
    def _ticks_per_picture(self) -> int:
        return TICKS_PER_PICTURE_BELOW_WINDOW if isinstance(self._app.screen, Dialog) else TICKS_PER_PICTURE

    @property
    def _covered(self) -> bool:
        """Whether a full screen hides the run."""
        return any(isinstance(screen, FullScreen) for screen in self._app.screen_stack)

    def _check_worker(self, now: float, *, answered: bool) -> None:
        """Show a notice while the worker has been silent for long, and say when it answers again."""
        worker = self.source.live
        if worker is None or answered or self.playback.phase not in ("starting", "running"):
            silent = self._watchdog.received(now)
            if silent is not None:
                self._notifier.notice.close_about("silence")
                if answered and self.playback.phase != "failed":
                    self._notifier.toast(f"The worker answers again, after {duration(silent)}")
            return
        again = self._watchdog.reported
        report = self._watchdog.check(now, worker)
        if report is None:
            return
        notice = self._notifier.notice
        # A notice that the user has closed is not opened again.
        if not again or (notice.is_open and notice.about == "silence"):
            hint = f"{report.remedy}; or quit with q: all stored steps are kept, and this resumes the run: {self.source.resume_command}"
            notice.show(report.message, hint, tone="warn" if report.computes else "bad", about="silence")

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the step at the cursor, and how the run is played.

        Records are read only if something has changed.
        """
        cursor = self.playback.cursor
        source = self.source
        blind, asked = self.blind, self._asked
        key = (
            *(cursor, len(source.days), source.done, len(source.nights), len(source.warnings)),
            *(source.bookmark_changes, int(blind), asked.index if asked is not None else -1),
        )
        if key != self._shown or self.frame is None:
            try:
                self.frame = replace(source.frame(cursor, blind=blind), asked=asked)
            except PropersimError as error:
                self.report(error)
            else:
                if self._error_shown:
                    self._notifier.notice.close_about("reading")
                self._shown, self._error_shown = key, ""
        self.show_status()

    @property
    def blind(self) -> bool:
        """Whether the user at the screen rates, so that what the judge goes by is hidden."""
        return self.rated_by_hand and self.playback.working

    @property
    def _asked(self) -> RateThis | None:
        """The recommendation that the person is asked to rate now.

        Its step comes after all that are stored.
        """
        question = self.question
        return question if question is not None and self.playback.asked and question.index > self.source.newest else None

    def show_status(self) -> None:
        """Show how the run is played, without reading a step."""
        self.status = replace(self.playback.status(), background=self.in_background())
        self.update_screen()

    def update_screen(self) -> None:
        """Hand frame and status to the uppermost screen that draws moments.

        Screens below it are not visible.
        """
        for screen in reversed(self._app.screen_stack):
            if isinstance(screen, ExplainScreen):
                # Its marks stand on what is drawn below, which waits until it is closed.
                return
            if isinstance(screen, FrameScreen):
                screen.frame, screen.status = self.frame, self.status
                return

    def tell_elsewhere(self) -> None:
        """Say of a run that another process runs that it can be watched here, and how to control it."""
        self._tells_elsewhere = self.names_commands and self.source.elsewhere is not None
        if self._tells_elsewhere:
            words = "Another process runs this run: here it can be watched, not controlled."
            self._notifier.notice.show(words, self.source.control_command, tone="info", about=AWAY)

    def go_to_step(self, index: int | None) -> None:
        """Show a step by its index, and pause; do nothing if it is None."""
        if index is not None:
            self.playback.look(index)
            self.show()

    def find(self, day: int, minute: float | None, *, onward: bool = False) -> int:
        """Return the index of the step at a time.

        Seconds are not shown: 08:02 means the step of 08:02:30, where none is earlier in that minute.

        Args:
            day: the day, from 1.
            minute: minutes since midnight; None is the start of the day.
            onward: whether to return the first step from this time on, however late, and not the last one up to it.

        Raises:
            ValueError: the time has not been simulated yet, or the records cannot be read.
        """
        try:
            index = self.source.find(day, minute if minute is not None else 0.0)
            if index is not None and minute is not None:
                index = self._next_if_shown(index, day, minute, until=math.inf if onward else minute + 1)
        except PropersimError as error:
            raise ValueError(error.message) from error
        if index is None:
            days = len(self.source.days)
            raise ValueError(f"no day {day}: the run has " + (f"days 1 to {days}" if days > 1 else "day 1 only"))
        if minute is not None and index == self.source.newest and day > self.source.done:
            newest = self.source.step(index)
            if newest is not None and newest.day == day and newest.minute + self.source.about.timestep <= minute:
                raise ValueError(self.not_simulated(f"day {day} {format_time(minute)}"))
        return index

    def _next_if_shown(self, index: int, day: int, minute: float, *, until: float) -> int:
        """Return the index of the step shown under a time: this one or the next.

        It is the next one if this one is before the time, and the next one is of the same day and before another time.

        Args:
            index: the last step at or before the time.
            day: the day, from 1.
            minute: the time, in minutes since midnight.
            until: the other time, in minutes since midnight.
        """
        found = self.source.step(index)
        if found is None or found.minute >= minute or index == self.source.newest:
            return index
        following = self.source.step(index + 1)
        return index + 1 if following is not None and following.day == day and following.minute < until else index

    def not_simulated(self, what: str) -> str:
        """Return that a time has not been simulated yet, and which step is the newest."""
        newest = self.source.step(self.source.newest)
        return f"{what} is not simulated yet" + (f"; the newest step is {format_time(newest.minute)}" if newest else "")

    # -- errors, warnings and events ------------------------------------------------------------------------------

    def report(self, error: PropersimError) -> None:
        """Show an error once, even if every tick raises it again, so that the user can close it."""
        if not self._notifier.ready:
            # The screen is not composed yet: try again when it is.
            self._app.call_later(self.report, error)
        elif error.message != self._error_shown:
            self._error_shown = error.message
            if self.failure is not None and self._notifier.notice.is_open and isinstance(error, StoreGone):
                # The worker has reported the same, and where it saved the run.
                return
            self._notifier.notice.show(error.message, error.hint or "", about="gone" if self.source.gone else "reading")

    def _show_new_warnings(self) -> None:
        """Show new warnings of a live run in the notice; a replay has them in the feed.

        That a rating was undone is shown until the next rating, what a night warns of until the next night; bookmarks that were removed,
        until the notice is closed.
        """
        if self._night_warned and self.source.nights and self.source.nights[-1].at > self._night_warned:
            self._night_warned = 0
            self._notifier.notice.close_about("night")
        lost = self.source.lost_bookmarks
        new = [each for each in self.source.warnings if (each.at, each.kind) not in self._warned]
        if not new and not lost:
            return
        self._warned.update((each.at, each.kind) for each in new)
        # Who rates was said when the key was pressed, and the feed notes it.
        new = [each for each in new if each.kind not in (PERSON, JUDGE)]
        texts = [clean(each.text) or clean(each.kind) for each in new] if self.playback.live else []
        if lost:
            texts.append(lost_bookmarks_text(lost))
            lost.clear()
        if texts:
            about = {"undo" if each.kind == "undo" else "night" if each.kind in NIGHT_WARNINGS else "" for each in new}
            passing = len(about) == 1 and len(texts) == len(new)
            self._night_warned = max([self._night_warned, *(each.at for each in new if each.kind in NIGHT_WARNINGS)])
            self._notifier.notice.show(clean(" · ".join(texts), 600), tone="warn", about=about.pop() if passing else "")

    def _handle(self, event: Event) -> None:
        if isinstance(event, Failed) or (isinstance(event, RunState) and event.state in ("finished", "stopped")):
            self._close_rating()
        if isinstance(event, Failed):
            self.failure = event
            self._notifier.notice.show(event.message, self._remedy(event))
        elif isinstance(event, WentBack):
            self._close_rating()
            self.question, self.rated_by_hand, self._shown = None, True, None
            # The same step may be undone again, and warnings of deleted steps may come again.
            self._warned = {(at, kind) for at, kind in self._warned if at < event.steps}
            self.went_back()
        elif isinstance(event, RateThis):
            self._ask_for_rating(event)
        elif isinstance(event, RunState) and event.state == "finished":
            self._notifier.notice.show("The run is finished. b, [ and g go back in time; q quits.", tone="good")
        elif isinstance(event, RunState) and event.state == "stopped" and self.stopping:
            self._notifier.notice.show(
                "You stopped the run. r lists the runs, and r on one resumes it.", self.source.resume_command, tone="warn"
            )
        elif isinstance(event, RunState) and event.state == "stopped":
            self.failure = Failed("the worker was stopped by another program")
            self._notifier.notice.show(self.failure.message, self._remedy(self.failure))

    def _ask_for_rating(self, event: RateThis) -> None:
        """Open the window in which the user rates a recommendation; the worker waits for the rating."""
        self.question, source = event, self.source

        def rated(answer: RatingAnswer | None) -> None:
            if self.source is not source:
                # Another run was opened meanwhile; the question is asked again when this one is shown again.
                return
            if answer is not None:
                self.question = None
                self._notifier.notice.close_about("undo")
            if isinstance(answer, TakeOver):
                self.rated_by_hand = answer.on
                self._notifier.notice.close_about(BY_HAND)
            if isinstance(answer, Snooze):
                self._notifier.toast(snooze_text(answer, event))
            if isinstance(answer, Undo) and self.playback.undo_index is not None:
                self._note_given(self.playback.undo_index)
            elif isinstance(answer, Rated):
                self._given = answer
            if answer is not None:
                self.source.send(answer)

        persona = self.source.about.persona.on_day(event.day)
        given = self._given if self._given is not None and self._given.index == event.index else None
        last = self.playback.undo_index
        undoes = self._lost_by_undo(last) if last is not None else None
        self._app.push_screen(RateScreen(event, persona, undoes=undoes, given=given), rated)

    def _close_rating(self) -> None:
        """Close the rating window when the worker no longer waits for it."""
        screen = self._app.screen
        if isinstance(screen, RateScreen):
            screen.dismiss(None)

    def _remedy(self, failed: Failed) -> str:
        command = self.source.resume_command
        if not failed.resumable:
            return failed.hint
        if failed.hint.startswith("propersim resume"):
            return command
        return f"{failed.hint + '; then: ' if failed.hint else ''}{command}"


def lost_bookmarks_text(lost: Sequence[Bookmark]) -> str:
    """Return which bookmarks the undo of a rating removed, each with its time and note."""
    each = ", ".join(f"{format_time(one.minute, wrap=True)}{f' “{clean(one.note, 40)}”' if one.note else ''}" for one in lost)
    return f"The undo removed {counted(len(lost), 'bookmark')} on later steps, which are made anew: {each}"
