"""The app: what each key does. What a run looks like is in the screens, what moves it in :mod:`propersim_tui.controllers.watching`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Unpack

from textual import work
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.widget import AwaitMount

from propersim.core.clock import format_time
from propersim.core.errors import PropersimError
from propersim.core.text import clean
from propersim.runs.open import Opening, to_begin, to_go_on
from propersim.runs.protocol import TakeOver
from propersim_tui.config.actions import bindings
from propersim_tui.config.themes import DEFAULT_THEME, THEMES, own_variables
from propersim_tui.controllers.watching import TICKS_A_SECOND, Options, Watching
from propersim_tui.data.open_run import opened
from propersim_tui.data.source import RunSource
from propersim_tui.messages import CompareRuns, GoTo, GoToStep, OpenRun, StartRun, TogglePlay
from propersim_tui.render.export import file_stem, free_name
from propersim_tui.runtime.gc_tuning import keep
from propersim_tui.screens.asking import AskingScreen
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.screens.sized import fit_classes


class PropersimApp(Watching):
    """Watches a run, live or stored; arguments as of :class:`~propersim_tui.controllers.watching.Watching`."""

    TITLE = "propersim"
    # Absolute, since the viewer app in a browser is a subclass in another folder.
    CSS_PATH = [Path(__file__).with_name(name) for name in ("propersim.tcss", "own.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (150, "-wide"), (190, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-short"), (32, "-mid"), (46, "-tall"), (57, "-high")]  # noqa: RUF012

    def __init__(self, source: RunSource, **options: Unpack[Options]) -> None:
        super().__init__(source, **options)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT_THEME

    def get_driver_class(self) -> type[Driver]:
        """Return the driver; of a terminal, the one that answers Escape as fast as other keys."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from propersim_tui.runtime.driver import TerminalDriver

        return TerminalDriver

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of scores."""
        return own_variables(self.current_theme.dark)

    def get_default_screen(self) -> LiveScreen:
        """Return the screen that everything else lies upon."""
        return LiveScreen(id="_default")

    @property
    def live(self) -> LiveScreen:
        """The screen at the bottom."""
        screen = self.screen_stack[0]
        assert isinstance(screen, LiveScreen)
        return screen

    def on_mount(self) -> None:
        """Show what there is, and begin to tick."""
        self._tick()
        self.theme_changed_signal.subscribe(self, lambda _: self.forget_kept())
        self.set_interval(1 / TICKS_A_SECOND, self.tick)

    def on_ready(self) -> None:
        """Take what is loaded by now out of the garbage collector's sight."""
        if not self.is_headless:
            keep()

    def _get_screen(self, screen: Screen[Any] | str) -> tuple[Screen[Any], AwaitMount]:
        """Give a screen that was not seen in the terminal's size the classes of it before it is laid out."""
        if isinstance(screen, Screen) and (not screen.is_running or screen.size != self.size):
            fit_classes(screen, self.size)
        return super()._get_screen(screen)

    def _makers(self) -> Mapping[type[Screen[Any]], Callable[[], Screen[Any]]]:
        """Return what makes the screens that are kept."""
        return {
            InspectScreen: lambda: InspectScreen(self.ask),
            LearnedScreen: lambda: LearnedScreen(self.ask),
            RunsScreen: lambda: RunsScreen(self.source.db, current=self.source.about.run_id),
            PersonasScreen: lambda: PersonasScreen(current=self.source.about.persona.id),
            HelpScreen: lambda: HelpScreen(self._keymap),
            GoToScreen: lambda: GoToScreen(self._find),
            MemoryScreen: lambda: MemoryScreen(self.ask),
        }

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

    def on_open_run(self, message: OpenRun) -> None:
        """Show another run, stored or live."""
        db, run_id = self.source.db, message.run_id
        self._instead(lambda: to_go_on(db, run_id) if message.resume else Opening(run_id))

    def on_start_run(self, message: StartRun) -> None:
        """Begin a run of a persona."""
        db, persona = self.source.db, message.persona_id
        self._instead(lambda: to_begin(db, persona))

    def on_compare_runs(self, message: CompareRuns) -> None:
        """Show two runs side by side."""
        self.push_screen(CompareScreen(self.source.db, message.first, message.second))

    @work(exclusive=True, group="opening", exit_on_error=False)
    async def _instead(self, find: Callable[[], Opening]) -> None:
        """Show another run on the live screen, or say why it cannot be."""
        try:
            source = opened(self.source.db, await asyncio.to_thread(find), self.playback.speed)
        except PropersimError as error:
            self._toast(f"{error.message}{f'; {error.hint}' if error.hint else ''}", warn=True)
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.show_run(source)

    # -- actions (see actions.py) ---------------------------------------------------------------------------------

    def action_play(self) -> None:
        """Pause, or go on."""
        if not self.playback.toggle():
            self._toast("There is nothing after this; home goes to the first step")
        # How it is played is seen at once; the step, which may fill the screen anew, with the next tick.
        self.status = self.playback.status()
        self._hand_on()

    def action_step_on(self) -> None:
        """Show the next step."""
        self.playback.forward()
        self._show()

    def action_train(self) -> None:
        """Train now, where that can be."""
        why_not = self.playback.train()
        self._toast(why_not or "Training begins as soon as the step under way is done", warn=bool(why_not))

    def action_take_over(self) -> None:
        """Rate what is shown oneself from here on, or leave it to the judge again."""
        if not self.source.send(TakeOver(not self.by_hand)):
            self._toast("Only a live run can be rated by hand", warn=True)
            return
        self.by_hand = not self.by_hand
        self._toast("You rate what is shown from here on; h hands it back" if self.by_hand else "The judge rates again")

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
        screen = self.kept(GoToScreen)
        screen.begin(day, now)
        self.push_screen(screen, self._look)
        self.open_kept(screen)

    def action_inspect(self) -> None:
        """Lay the step open, which holds a run that plays; again: close it."""
        self._hold_on()
        self._examine(InspectScreen)

    def action_learned(self) -> None:
        """Show what it has learned; again: close it."""
        self._examine(LearnedScreen)

    def action_memory(self) -> None:
        """Show what it remembers at the step, which holds a run that plays; again: close it."""
        self._hold_on()
        self._examine(MemoryScreen)

    def _hold_on(self) -> None:
        """Pause: who wants to read of a step must not have it run away; before the first step there is nothing to read."""
        if self.playback.playing and self.frame is not None and self.frame.step is not None:
            self.action_play()

    def _examine(self, kind: type[AskingScreen]) -> None:
        """Show a screen that asks the examiner, instead of another one; where it is shown already, close it."""
        if isinstance(self.screen, kind):
            self.screen.action_back()
            return
        screen = self.kept(kind)
        if isinstance(self.screen, AskingScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self._hand_on()
        self.open_kept(screen)

    def action_runs(self) -> None:
        """Show all runs."""
        self.show_kept(RunsScreen)

    def action_personas(self) -> None:
        """Show all personas."""
        self.show_kept(PersonasScreen)

    def action_tab(self, tab: str) -> None:
        """Show a region on a small screen."""
        self.live.show_tab(tab)

    def action_copy(self) -> None:
        """Copy what was said, or what is being done."""
        step = self.frame.step if self.frame else None
        if step is None:
            self._toast("There is nothing to copy yet", warn=True)
            return
        time = f"day {step.day} {format_time(step.minute)}"
        text = step.answer.text if step.spoke and step.answer.text else f"{time}  {step.action.phrase} ({step.action.place.room})"
        self.copy_to_clipboard(clean(text, 2000))
        self._toast(f"Copied: {clean(text, 60)}")

    def action_shoot(self) -> None:
        """Save a picture of the screen."""
        step = self.frame.step if self.frame else None
        when = f"day{step.day}-{format_time(step.minute).replace(':', '')}" if step else ""
        stem = file_stem("propersim", self.source.about.run_id, when)
        try:
            self._toast(f"Saved {self._write(free_name(Path(), stem, 'svg'), self.export_screenshot())}")
        except ValueError as error:
            self._toast(str(error), warn=True)

    def action_dismiss(self) -> None:
        """Close the message."""
        self._notice.close()

    def action_leave(self) -> None:
        """Leave."""
        self.exit(0)
