"""The app: composes the regions, and routes keys, ticks and messages between them and the run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer, Label

from propersim.clock import format_time
from propersim.errors import PropersimError
from propersim.protocol import Event, Failed, State
from propersim_tui.abilities import Abilities
from propersim_tui.actions import ACTS, bindings
from propersim_tui.frame import Frame, Status
from propersim_tui.look import safe
from propersim_tui.messages import GoTo, GoToStep, ShowTab, TogglePlay
from propersim_tui.playback import Playback
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.source import RunSource
from propersim_tui.themes import DEFAULT_THEME, THEMES, own_variables
from propersim_tui.widgets.assistant import AssistantFeed
from propersim_tui.widgets.days import Days
from propersim_tui.widgets.doing import Doing
from propersim_tui.widgets.header import RunHeader
from propersim_tui.widgets.home_map import HomeMap
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.now import Now
from propersim_tui.widgets.scores import Scores
from propersim_tui.widgets.tab_bar import TABS, TabBar
from propersim_tui.widgets.today import Today
from propersim_tui.widgets.training import TrainingPanel

TICKS_A_SECOND = 15
RACING = 64.0
"""Steps a second from which on every second tick draws: each picture is a new one all over, and keys come first."""


class PropersimApp(Abilities):
    """Watches a run, live or stored.

    Args:
        source: the run.
        speed: steps a second; None is as fast as it goes.
        paused: begin paused.
        at: index of the step to begin a replay with.
        now: a clock in seconds that never goes back.
    """

    TITLE = "propersim"
    CSS_PATH = ["propersim.tcss", "own.tcss"]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (150, "-wide"), (190, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (32, "-mid"), (46, "-tall"), (57, "-high")]  # noqa: RUF012

    # Neither repaints everything: the widgets that they are handed to draw themselves.
    frame: reactive[Frame | None] = reactive(None, repaint=False)
    status: reactive[Status] = reactive(Status(), repaint=False)

    def __init__(
        self,
        source: RunSource,
        *,
        speed: float | None = 8.0,
        paused: bool = False,
        at: int | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.source = source
        self.playback = Playback(source, speed=speed, paused=paused, at=at)
        self.failure: Failed | None = None
        self._now = now
        self._told = ""
        self._shown: tuple[int, int, int, int, int] | None = None
        self._warned = {(each.at, each.kind) for each in source.warnings}
        self._ticks = 0
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of scores."""
        return own_variables(self.current_theme.dark)

    def compose(self) -> ComposeResult:
        """Lay out the regions; where they go is the stylesheet's business."""
        yield RunHeader(id="header").data_bind(PropersimApp.frame, PropersimApp.status)
        yield TabBar(id="tabs")
        with Horizontal(id="main"):
            with Horizontal(id="body"):
                with Vertical(id="left"):
                    yield HomeMap(id="home").data_bind(PropersimApp.frame, PropersimApp.status)
                    yield Doing(id="doing").data_bind(PropersimApp.frame)
                with Vertical(id="right"):
                    yield Now(id="now").data_bind(PropersimApp.frame)
                    yield TrainingPanel(id="training").data_bind(PropersimApp.frame, PropersimApp.status)
                    yield AssistantFeed(id="assistant").data_bind(PropersimApp.frame)
            with Horizontal(id="figures"):
                yield Scores(id="scores").data_bind(PropersimApp.frame)
                yield Days(id="days").data_bind(PropersimApp.frame)
        yield Today(id="today").data_bind(PropersimApp.frame)
        yield Notice(id="notice")
        yield Footer(compact=True)
        yield Label("propersim needs at least 60 columns and 16 rows", id="small", markup=False)

    def on_mount(self) -> None:
        """Show what there is, and begin to tick."""
        self.action_tab(TABS[0])
        self._tick()
        self.set_interval(1 / TICKS_A_SECOND, self._tick)

    def on_ready(self) -> None:
        """Take what is loaded by now out of the garbage collector's sight."""
        if not self.is_headless:
            # A full collection over modules and stylesheets takes 100 ms, and keys would wait for it.
            gc.collect()
            gc.freeze()
            gc.set_threshold(10_000, 20, 100)

    # -- what is shown --------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        try:
            for event in self.playback.tick(self._now()):
                self._hear(event)
        except PropersimError as error:
            self._tell(error)
        self._warn()
        self._ticks += 1
        racing = self.playback.playing and (self.playback.speed is None or self.playback.speed >= RACING)
        if not racing or self._ticks % 2 == 0:
            self._show()

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
                self._shown, self._told = key, ""
        self.status = self.playback.status()

    def watch_status(self, status: Status) -> None:
        """Make room for the training while there is one."""
        self.screen_stack[0].set_class(status.training is not None, "-training")

    def _warn(self) -> None:
        """Say what there is new to be warned of, in a live run; a replay has it in the feed."""
        if len(self.source.warnings) == len(self._warned):
            return
        new = [each for each in self.source.warnings if (each.at, each.kind) not in self._warned]
        self._warned.update((each.at, each.kind) for each in new)
        if new and self.playback.live:
            text = safe(" · ".join(safe(each.text) or safe(each.kind) for each in new), 600)
            self._notice.tell(text, tone="warn")

    def _hear(self, event: Event) -> None:
        if isinstance(event, Failed):
            self.failure = event
            self._notice.tell(event.message, self._remedy(event))
        elif isinstance(event, State) and event.state == "finished":
            self._notice.tell("The run is finished. Look back with b, [ and g; q leaves.", tone="good")
        elif isinstance(event, State) and event.state == "stopped":
            self.failure = Failed("the worker was stopped from elsewhere")
            self._notice.tell(self.failure.message, self._remedy(self.failure))

    def _remedy(self, failed: Failed) -> str:
        command = self.source.resume_command
        if not failed.resumable:
            return failed.hint
        if failed.hint.startswith("propersim resume"):
            return command
        return f"{failed.hint + '; then: ' if failed.hint else ''}{command}"

    def _tell(self, error: PropersimError) -> None:
        """Show an error, once: one that comes back with every tick can be closed."""
        if error.message != self._told:
            self._told = error.message
            self._notice.tell(error.message, error.hint or "")

    @property
    def _notice(self) -> Notice:
        return self.screen_stack[0].query_one(Notice)

    def _toast(self, text: str, *, warn: bool = False) -> None:
        self.notify(safe(text), severity="warning" if warn else "information", timeout=3, markup=False)

    # -- messages -------------------------------------------------------------------------------------------------

    def on_go_to(self, message: GoTo) -> None:
        """Go to a time that was clicked on."""
        day = message.day or (self.frame.step.day if self.frame and self.frame.step else 1)
        try:
            self._look(self._find(day, message.minute))
        except ValueError as error:
            self._toast(str(error), warn=True)

    def on_go_to_step(self, message: GoToStep) -> None:
        """Go to a step that was clicked on."""
        self._look(message.index)

    def on_toggle_play(self, _: TogglePlay) -> None:
        """Pause, or go on."""
        self.action_play()

    def on_show_tab(self, message: ShowTab) -> None:
        """Show a region on a small screen."""
        self.action_tab(message.tab)

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

    # -- actions (see actions.py) ---------------------------------------------------------------------------------

    def action_play(self) -> None:
        """Pause, or go on."""
        if not self.playback.toggle():
            self._toast("There is nothing after this; home goes to the first step")
        # How it is played is seen at once; the step, which may fill the screen anew, with the next tick.
        self.status = self.playback.status()

    def action_step_on(self) -> None:
        """Show the next step."""
        self.playback.forward()
        self._show()

    def action_train(self) -> None:
        """Train now, where that can be."""
        why_not = self.playback.train()
        self._toast(why_not or "Training begins as soon as the step under way is done", warn=bool(why_not))

    def action_step_back(self) -> None:
        """Show the step before."""
        self.playback.back()
        self._show()

    def action_speed(self, by: int) -> None:
        """Go faster or slower."""
        self.playback.faster(by)
        self._show()

    def action_day(self, by: int) -> None:
        """Go to another day."""
        self.playback.day(by)
        self._show()

    def action_first(self) -> None:
        """Show the first step."""
        self.playback.first()
        self._show()

    def action_newest(self) -> None:
        """Show the newest step."""
        self.playback.newest()
        self._show()

    def action_go_to(self) -> None:
        """Ask for a time, and go there."""
        step = self.frame.step if self.frame else None
        day = step.day if step else 1
        now = f"day {day} {format_time(step.minute)}" if step else f"day {day} "
        self.push_screen(GoToScreen(day, now, self._find), self._look)

    def action_tab(self, tab: str) -> None:
        """Show a region on a small screen."""
        screen = self.screen_stack[0]
        for each in TABS:
            screen.set_class(each == tab, f"-tab-{each}")
        screen.query_one(TabBar).chosen = tab

    def action_copy(self) -> None:
        """Copy what was said, or what is being done."""
        step = self.frame.step if self.frame else None
        if step is None:
            self._toast("There is nothing to copy yet", warn=True)
            return
        time = f"day {step.day} {format_time(step.minute)}"
        text = step.answer.text if step.spoke and step.answer.text else f"{time}  {step.action.phrase} ({step.action.place.room})"
        self.copy_to_clipboard(safe(text, 2000))
        self._toast(f"Copied: {safe(text, 60)}")

    def action_shoot(self) -> None:
        """Save a picture of the screen."""
        step = self.frame.step if self.frame else None
        when = f"-day{step.day}-{format_time(step.minute).replace(':', '')}" if step else ""
        path = Path.cwd() / f"propersim-{self.source.about.run_id}{when}.svg"
        try:
            self._toast(f"Saved {self.save_screenshot(path.name, str(path.parent))}")
        except OSError as error:
            self._toast(f"{path} cannot be written: {error.strerror or error}", warn=True)

    def action_dismiss(self) -> None:
        """Close the message."""
        self._notice.close()

    def action_leave(self) -> None:
        """Leave."""
        self.exit(0)

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(HelpScreen(self._keymap))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Fill the command palette: themes, and the registry's actions."""
        yield SystemCommand("Theme", "Change colours", self.action_change_theme)
        for act in ACTS:
            yield SystemCommand(act.label.capitalize(), f"{act.tip} ({act.keycap})", self._doing(act.action))
        yield from self.take_commands(self._doing)
        yield from self.own_commands(self._doing)

    def _doing(self, action: str) -> Callable[[], None]:
        def do() -> None:
            self.call_later(self.run_action, action)

        return do
