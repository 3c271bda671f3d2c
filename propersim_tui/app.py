"""The app: makes the controllers, and routes actions, messages and events to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from textual import events, work
from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.widget import AwaitMount

from propersim.core.clock import format_time
from propersim.core.config import RunConfig
from propersim.core.errors import PropersimError
from propersim.core.text import clean
from propersim.inspector.client import InspectorClient
from propersim.persona.library import office_persona_ids, persona_names
from propersim.runs.prepare import PreparedRun, prepare_new_run, prepare_resume
from propersim.runs.protocol import Failed, TakeOver
from propersim_tui.config.actions import bindings
from propersim_tui.config.themes import DEFAULT_THEME, THEMES, own_variables
from propersim_tui.controllers.background import BackgroundRuns, LeftRun
from propersim_tui.controllers.bookmarks import BookmarkController
from propersim_tui.controllers.commands import CommandController
from propersim_tui.controllers.explain import ExplainController
from propersim_tui.controllers.export import ExportController
from propersim_tui.controllers.feed_search import FeedSearchController
from propersim_tui.controllers.inspector_client import InspectorController, StartInspector
from propersim_tui.controllers.jump import JumpController
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.controllers.palette import PaletteCommand, PaletteProvider
from propersim_tui.controllers.paste_filter import filter_paste
from propersim_tui.controllers.run_view import BY_HAND, RunView
from propersim_tui.controllers.screen_cache import ScreenCache
from propersim_tui.controllers.seek import SeekController
from propersim_tui.controllers.settings import SettingsController
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.data.open_run import open_run
from propersim_tui.data.playback import Playback
from propersim_tui.data.seeking import SeekKind
from propersim_tui.data.source import RunSource
from propersim_tui.messages import (
    CompareRuns,
    ExplainLabels,
    ExportRegion,
    GoToStep,
    GoToTime,
    PanelsChanged,
    ShowRun,
    StartRun,
    StopRun,
    TogglePlay,
)
from propersim_tui.render.run_state import state_word
from propersim_tui.runtime.gc_tuning import IdleCollector, freeze_gc
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.inspector_screen import InspectorScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.screens.new_run import NewRunScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.screens.size_classes import LEAST, set_size_classes
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.feed_search import FeedSearch

TICKS_PER_SECOND = 15
INTRODUCTION = "introduction"
"""Subject of the notice that introduces a new run."""


class PropersimApp(App[int]):
    """Shows a run, live or stored.

    Args:
        source: the run.
        speed: steps a second; None is as fast as possible.
        paused: start paused.
        at: index of the step at which a replay starts.
        now: returns seconds; monotonic.
        inspector: starts the process that answers questions about the run.
        introduction: returns what to say at the foot of the screen when it opens, by the speed in steps a second; None says nothing.

    Attributes:
        notifier: shows toasts and notices.
        run_view: the run that is shown.
        background: live runs that go on while another run is shown.
        bookmarks: marks steps, and lists them.
        seek_steps: goes to steps of a kind.
        feed_search: searches the recommendations of the run.
        export: copies and saves regions.
        jump: jumps to regions by a letter.
        explain: explains what is on the screen.
        inspector: asks the run's model.
        settings: the user's settings.
        screen_cache: the screens that are kept while hidden.
        commands: the actions available on each screen.
    """

    TITLE = "propersim"
    # Absolute: Textual resolves relative paths from the module of a subclass.
    CSS_PATH = [Path(__file__).with_name(name) for name in ("propersim.tcss", "own.tcss")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_feed(-1)", "up", show=False),
        Binding("down", "scroll_feed(1)", "down", show=False),
        Binding("pageup", "page_feed(-1)", "page up", show=False),
        Binding("pagedown", "page_feed(1)", "page down", show=False),
        *bindings(),
    ]
    COMMANDS = {PaletteProvider}  # noqa: RUF012
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST.width, "-narrow"), (100, "-normal"), (150, "-wide"), (190, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST.height, "-short"), (32, "-mid"), (46, "-tall"), (57, "-high")]  # noqa: RUF012

    def __init__(
        self,
        source: RunSource,
        *,
        speed: float | None = 8.0,
        paused: bool = False,
        at: int | None = None,
        now: Callable[[], float] = time.monotonic,
        inspector: StartInspector = InspectorClient,
        introduction: Callable[[float | None], str] | None = None,
    ) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        self._now = now
        self._last_key = now()
        self._introduction = introduction
        self._collector = IdleCollector()
        self.notifier = Notifier(self)
        self.background = BackgroundRuns(self, self.notifier)
        self.run_view = RunView(self, self.notifier, source, clock=now, speed=speed, paused=paused, at=at)
        self.bookmarks = BookmarkController(self, self.run_view, self.notifier)
        self.seek_steps = SeekController(self.run_view, self.notifier)
        self.feed_search = FeedSearchController(self, self.run_view, self.notifier)
        self.export = ExportController(self, self.run_view, self.notifier)
        self.jump = JumpController(self, self.export)
        self.explain = ExplainController(self)
        self.inspector = InspectorController(self, self.run_view, inspector, now)
        self.run_view.went_back = self.inspector.close
        self.run_view.in_background = self.background.summary
        self.settings = SettingsController(self, self.run_view, self.notifier)
        self.screen_cache = ScreenCache(self, self._screen_factories(), self._get_screen, [self.explain.prepare])
        self.commands = CommandController(self, self.screen_cache, self.export, self.jump, self.settings)

    def _screen_factories(self) -> dict[type[Screen[Any]], Callable[[], Screen[Any]]]:
        """Return the factories of the cached screens.

        Those that are opened most often come first.
        """
        return {
            InspectScreen: lambda: InspectScreen(self.inspector.ask),
            LearnedScreen: lambda: LearnedScreen(self.inspector.ask),
            RunsScreen: lambda: RunsScreen(self.source.db, current=self.source.about.run_id, live=self.live_runs),
            PersonasScreen: lambda: PersonasScreen(current=self.source.about.persona.id, lived=self.source.about.persona),
            HelpScreen: lambda: HelpScreen(self.settings.keymap),
            GoToScreen: lambda: GoToScreen(self.run_view.find),
            NewRunScreen: lambda: NewRunScreen(lambda: [*persona_names(), *office_persona_ids()]),
            MemoryScreen: lambda: MemoryScreen(self.inspector.ask),
        }

    # -- the run that is shown ------------------------------------------------------------------------------------

    @property
    def source(self) -> RunSource:
        """The run that is shown."""
        return self.run_view.source

    @property
    def playback(self) -> Playback:
        """The position in the run."""
        return self.run_view.playback

    @property
    def frame(self) -> Frame | None:
        """The run as of the shown step; None before the first look."""
        return self.run_view.frame

    @property
    def status(self) -> PlaybackStatus:
        """How the run is played."""
        return self.run_view.status

    @property
    def failure(self) -> Failed | None:
        """Why the worker of the run ended, if it failed."""
        return self.run_view.failure

    @property
    def live(self) -> LiveScreen:
        """The lowest screen, which shows the run."""
        screen = self.screen_stack[0]
        assert isinstance(screen, LiveScreen)
        return screen

    def show_run(self, source: RunSource, *, paused: bool = False) -> None:
        """Show another run; the one before, if it is live, goes on in the background."""
        self._replace(lambda: self.run_view.open(source, paused=paused))
        self.run_view.tell_elsewhere()

    def _replace(self, show: Callable[[], LeftRun]) -> None:
        self.screen_cache.clear()
        before = show()
        self.inspector.close()
        self.background.keep(before)

    def live_runs(self) -> dict[str, str]:
        """Return the runs whose workers this screen started, each with its state in a word."""
        shown = {self.source.about.run_id: self.playback} if self.playback.working else {}
        played = shown | {left.run_id: left.playback for left in self.background}
        return {run_id: state_word(playback.status()) for run_id, playback in played.items()}

    def _return_to_run(self) -> None:
        """Close all screens above the run."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    @work(exclusive=True, group="opening", exit_on_error=False)
    async def _open(self, find: Callable[[], PreparedRun]) -> None:
        """Show another run on the live screen, or say why it cannot be opened."""
        try:
            source = open_run(self.source.db, await asyncio.to_thread(find), self.playback.speed)
        except PropersimError as error:
            self.notifier.toast(f"{error.message}{f'; {error.hint}' if error.hint else ''}", warn=True)
            return
        self._return_to_run()
        self.show_run(source)

    # -- Textual's hooks ------------------------------------------------------------------------------------------

    def get_driver_class(self) -> type[Driver]:
        """Return the driver; for a terminal, the one that answers Escape without Textual's delay."""
        driver = super().get_driver_class()
        if driver.__name__ != "LinuxDriver":
            return driver
        from propersim_tui.runtime.driver import TerminalDriver

        return TerminalDriver

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Add the colours of scores to every theme."""
        return own_variables(self.current_theme.dark)

    def get_default_screen(self) -> LiveScreen:
        """Return the live screen, over which all others open."""
        return LiveScreen(id="_default")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Return the commands of the palette, as Textual wants them."""
        return (SystemCommand(each.title, each.tip, each.run) for each in self.commands.palette(screen))

    def palette_commands(self, screen: Screen[Any]) -> Iterable[PaletteCommand]:
        """Return the commands of the palette with their synonyms."""
        return self.commands.palette(screen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer an action only on the screens on which it is available."""
        return self.commands.allowed(self.screen, action)

    def _get_screen(self, screen: Screen[Any] | str) -> tuple[Screen[Any], AwaitMount]:
        """Return a screen whose size classes are set before it is laid out.

        They are set only if it was not shown at the present size of the terminal.
        """
        if isinstance(screen, Screen) and (not screen.is_running or screen.outer_size != self.size):
            set_size_classes(screen, self.size)
        return super()._get_screen(screen)

    def pop_screen(self) -> AwaitComplete:
        """Close a screen; the one below shows the present moment at once."""
        closed = super().pop_screen()
        if self.is_running:
            self.run_view.show()
        return closed

    async def on_event(self, event: events.Event) -> None:
        """Note the time of keys, and filter pasted text before a widget gets it."""
        if isinstance(event, events.Key):
            self._last_key = self._now()
            self.run_view.key_pressed()
        filter_paste(event)
        await super().on_event(event)

    def on_mount(self) -> None:
        """Show the run, and start ticking."""
        self.tick()
        self.theme_changed_signal.subscribe(self, lambda _: self.screen_cache.clear())
        self.set_interval(1 / TICKS_PER_SECOND, self.tick)

    def on_ready(self) -> None:
        """Exclude what is loaded by now from garbage collection."""
        if not self.is_headless:
            freeze_gc()

    def on_unmount(self) -> None:
        """End the inspector, and save what is not saved yet."""
        self.settings.save_panels()
        self.inspector.close()

    def tick(self) -> None:
        """Process and draw what is new.

        While the app closes nothing is done, as some widgets are gone then.
        """
        if not self.is_running:
            return
        self.run_view.receive()
        if self.source.done and self._introduction is not None:
            # After a day it has been read, or was not looked at.
            self._introduction = None
            self.notifier.notice.close_about(INTRODUCTION)
        self.background.receive(self._now())
        self.inspector.deliver()
        since_key = self._now() - self._last_key
        self._collector.idle(since_key)
        self.screen_cache.prepare(since_key)
        self.run_view.draw()
        self.feed_search.moved()

    # -- messages -------------------------------------------------------------------------------------------------

    def on_layout_ready(self) -> None:
        """Focus the feed, which the arrow keys scroll, and apply the user's layout."""
        self.live.query_one(AssistantFeed).focus()
        self.settings.apply_layout()
        self.run_view.tell_elsewhere()
        if self._introduction is not None and not self.notifier.notice.is_open:
            self._introduce(self._introduction)

    def _introduce(self, introduction: Callable[[float | None], str]) -> None:
        """Say what is simulated, and how long it takes at the present speed."""
        self.notifier.notice.show(introduction(self.playback.speed), tone="info", about=INTRODUCTION)

    def on_go_to_time(self, message: GoToTime) -> None:
        """Go to a time that was clicked on."""
        day = message.day or (self.frame.step.day if self.frame and self.frame.step else 1)
        try:
            self.run_view.go_to_step(self.run_view.find(day, message.minute, onward=message.onward))
        except ValueError as error:
            self.notifier.toast(str(error), warn=True)

    def on_go_to_step(self, message: GoToStep) -> None:
        """Go to a step that was clicked on."""
        self.run_view.go_to_step(message.index)

    def on_toggle_play(self, _: TogglePlay) -> None:
        """Pause or resume."""
        self.action_play()

    def on_show_run(self, message: ShowRun) -> None:
        """Show another run, stored or live."""
        db, run_id = self.source.db, message.run_id
        if run_id == self.source.about.run_id and self.playback.working:
            self._return_to_run()
            return
        if run_id in self.background:
            self._return_to_run()
            self._replace(lambda: self.run_view.open_again(self.background.take(run_id)))
            return
        if message.resume:
            # Which versions started it is looked at first, and takes some seconds.
            self.notifier.toast(f"Resuming {clean(run_id, 40)} …")
        self._open(lambda: prepare_resume(db, run_id) if message.resume else PreparedRun(run_id))

    def on_start_run(self, message: StartRun) -> None:
        """Ask for the options of a new run of a persona."""
        self._ask_for_run(msgspec.structs.replace(self._options, persona=message.persona_id))

    @property
    def _options(self) -> RunConfig:
        """The options that a new run starts from: those of the run on the screen."""
        return self.source.config or RunConfig()

    def _ask_for_run(self, config: RunConfig) -> None:
        """Ask for the options of a new run, and start it; Enter starts it with these."""
        screen = self.screen_cache.get(NewRunScreen)
        if screen in self.screen_stack:
            # A second key or click, before the dialog was shown.
            return
        screen.begin(config)
        self.push_screen(screen, self._start)
        self.screen_cache.opened(screen)

    def _start(self, config: RunConfig | None) -> None:
        """Start a live run with some options; None starts none."""
        if config is not None:
            db = self.source.db
            self._open(lambda: prepare_new_run(db, config))

    def on_stop_run(self, message: StopRun) -> None:
        """Stop a live run of this screen."""
        if message.run_id in self.background:
            self.background.stop(message.run_id)
        elif message.run_id == self.source.about.run_id:
            self.run_view.stop()

    def on_compare_runs(self, message: CompareRuns) -> None:
        """Compare two runs or more."""
        runs = (message.first, message.second, *message.more)
        self.push_screen(CompareScreen(self.source.db, *runs, blind=self.run_view.blind))

    def on_explain_labels(self, _: ExplainLabels) -> None:
        """Explain what another screen shows."""
        self.action_explain()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Explain what is under the mouse."""
        self.explain.hover(event.screen_x, event.screen_y)

    def on_export_region(self, message: ExportRegion) -> None:
        """Ask how to export a part of another screen."""
        self.export.export_part(message)

    def on_feed_search_typed(self, message: FeedSearch.Typed) -> None:
        """Search the feed as the person types."""
        self.feed_search.typed(message.text)

    def on_feed_search_go(self, message: FeedSearch.Go) -> None:
        """Go to a match of the search."""
        self.feed_search.go(message.by)

    def on_feed_search_ended(self) -> None:
        """Unmark the matches."""
        self.feed_search.ended()

    # -- actions: playing (see config/actions.py) -----------------------------------------------------------------

    def action_play(self) -> None:
        """Pause or resume."""
        if not self.playback.toggle():
            self.notifier.toast("This is the last step; Home goes to the first one")
        # The status is shown at once; the step, which may redraw the whole screen, with the next tick.
        self.run_view.show_status()

    def action_step_forward(self) -> None:
        """Show the next step."""
        self.playback.forward()
        self.run_view.show()

    def action_step_back(self) -> None:
        """Show the previous step."""
        self.playback.back()
        self.run_view.show()

    def action_speed(self, by: int) -> None:
        """Play faster (1) or slower (−1)."""
        self.playback.faster(by)
        notice = self.notifier.notice
        if self._introduction is not None and notice.is_open and notice.about == INTRODUCTION:
            self._introduce(self._introduction)
        self.run_view.show()

    def action_rate_by_hand(self) -> None:
        """Let the user rate recommendations from now on, or the judge again."""
        by_hand = not self.run_view.rated_by_hand
        if not self.source.send(TakeOver(by_hand)):
            self.notifier.toast("Only a live run can be rated by hand", warn=True)
            return
        self.run_view.rated_by_hand = by_hand
        if by_hand:
            # It stays in sight: much of the screen is hidden meanwhile, and the key that shows it again must not be searched for.
            self.notifier.notice.show(
                "You rate recommendations from now on, and what you leave out stays unrated. Scores and receptive times are hidden.",
                "h hands the ratings back to the judge",
                tone="info",
                about=BY_HAND,
            )
        else:
            self.notifier.notice.close_about(BY_HAND)
            self.notifier.toast("The judge rates again")

    def action_undo_rating(self) -> None:
        """Undo the last rating by hand, if it can be."""
        if self.source.live is None:
            self.notifier.toast("Only in a live run can a rating be undone", warn=True)
        else:
            self.run_view.undo()

    def action_train(self) -> None:
        """Train now, if possible."""
        why_not = self.playback.train()
        self.notifier.toast(
            why_not or "Training starts after the present step, if there are mistakes to learn from; the feed says what came of it",
            warn=bool(why_not),
        )

    # -- actions: moving in time ----------------------------------------------------------------------------------

    def action_day(self, by: int) -> None:
        """Go to the next day (1) or the previous one (−1)."""
        self.playback.day(by)
        self.run_view.show()
        source = self.run_view.source
        days = source.days
        # Without a later day the newest step is shown.
        if by > 0 and days and self.playback.cursor == source.newest > days[-1].first and len(days) < source.about.days:
            with suppress(PropersimError):
                self.notifier.toast(self.run_view.not_simulated(f"day {len(days) + 1}"))

    def action_first_step(self) -> None:
        """Show the first step."""
        self.playback.first()
        self.run_view.show()

    def action_newest_step(self) -> None:
        """Show the newest step."""
        self.playback.newest()
        self.run_view.show()

    def action_seek(self, kind: SeekKind, by: int) -> None:
        """Show the next (1) or previous (−1) step of a kind."""
        self.seek_steps.seek(kind, by)

    def action_search(self) -> None:
        """Open the search of the feed."""
        self.feed_search.open()

    def action_match(self, by: int) -> None:
        """Go to the next (1) or previous (−1) match of the search."""
        self.feed_search.go(by)

    def action_go_to_time(self) -> None:
        """Ask for a time and go there."""
        step = self.frame.step if self.frame else None
        day = step.day if step else 1
        screen = self.screen_cache.get(GoToScreen)
        screen.begin(day, f"day {day} {format_time(step.minute)}" if step else f"day {day} ")
        self.push_screen(screen, self.run_view.go_to_step)
        self.screen_cache.opened(screen)

    def action_go_to_step(self, index: int) -> None:
        """Show a step by its index."""
        self.run_view.go_to_step(index)

    # -- actions: screens and regions -----------------------------------------------------------------------------

    def action_inspect(self) -> None:
        """Pause and inspect the step; again: close."""
        self._pause()
        self._show_asking_screen(InspectScreen)

    def action_learned(self) -> None:
        """Show what the assistant learned; again: close."""
        self._show_asking_screen(LearnedScreen)

    def action_memory(self) -> None:
        """Pause and show what the assistant remembers at the step; again: close."""
        self._pause()
        self._show_asking_screen(MemoryScreen)

    def _pause(self) -> None:
        """Pause, so that the step stays while the user reads.

        Before the first step there is nothing to read, and the run goes on.
        """
        if self.playback.playing and self.frame is not None and self.frame.step is not None:
            self.action_play()

    def _show_asking_screen(self, kind: type[InspectorScreen]) -> None:
        """Show a screen that asks the inspector, in place of another such screen.

        If it is open already, close it.
        """
        if isinstance(self.screen, kind):
            self.screen.action_back()
            return
        screen = self.screen_cache.get(kind)
        if isinstance(self.screen, InspectorScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self.run_view.update_screen()
        self.screen_cache.opened(screen)

    def action_runs(self) -> None:
        """Show all runs."""
        self.screen_cache.show(RunsScreen)

    def action_compare_runs(self) -> None:
        """Show all runs, with the shown one marked for a comparison."""
        self.screen_cache.get(RunsScreen).mark_current()
        self.screen_cache.show(RunsScreen)

    def action_new_run(self) -> None:
        """Ask for the options of a new run, and start it."""
        self._ask_for_run(self._options)

    def action_personas(self) -> None:
        """Show all personas."""
        self.screen_cache.show(PersonasScreen)

    def action_command_palette(self) -> None:
        """Show all commands."""
        self.commands.open_palette()

    def action_help(self) -> None:
        """Show the keys of the shown screen."""
        self.commands.show_help()

    def action_explain(self) -> None:
        """Explain the figures and words on the screen one by one."""
        if not self.explain.open():
            self.notifier.toast("Nothing on this screen needs an explanation")

    def action_tab(self, tab: str) -> None:
        """Show a region on a small screen."""
        self.live.show_tab(tab)

    def action_jump(self) -> None:
        """Show a letter on everything that can be reached."""
        self.jump.open()

    def action_focus_region(self, name: str) -> None:
        """Focus a region by its id."""
        if not self.live.focus_panel(name):
            self.notifier.toast("This region is not visible now", warn=True)

    def action_zoom(self) -> None:
        """Show the focused panel alone, or all panels again."""
        region = self.export.focused_region()
        if self.live.zoomed != "none" or region is None:
            self.live.zoom("none")
        else:
            self.live.zoom(region.id or "none")

    def action_resize(self, by: int) -> None:
        """Make the focused panel larger (1) or smaller (−1)."""
        region = self.export.focused_region()
        changed = None if region is None or self.live.maximized is not None else self.live.resize_panel(region.id or "", by)
        if changed is None:
            self.notifier.toast("This panel has no size of its own here", warn=True)
        elif not changed:
            self.notifier.toast(f"This panel cannot get {'larger' if by > 0 else 'smaller'}", warn=True)

    def action_reset_sizes(self) -> None:
        """Give all panels their usual sizes."""
        self.live.set_sizes({})
        self.live.post_message(PanelsChanged())

    def on_panels_changed(self) -> None:
        """Keep zoom and sizes for the next start."""
        self.settings.keep_panels(self.live.zoomed, self.live.sizes)
        self.live.refresh_bindings()

    def action_scroll_feed(self, by: int) -> None:
        """Scroll the feed by lines."""
        self.live.query_one(AssistantFeed).action_scroll(by)

    def action_page_feed(self, by: int) -> None:
        """Scroll the feed by pages."""
        self.live.query_one(AssistantFeed).action_page(by)

    # -- actions: exporting, settings, quitting -------------------------------------------------------------------

    def action_bookmark(self) -> None:
        """Pause and mark the step, with a note."""
        self._pause()
        self.bookmarks.mark()

    def action_bookmarks(self) -> None:
        """List the bookmarks of the run."""
        self.bookmarks.open()

    def action_copy(self) -> None:
        """Copy the recommendation, or else what the user is doing."""
        step = self.frame.step if self.frame else None
        if step is None:
            self.notifier.toast("There is nothing to copy yet", warn=True)
            return
        time = f"day {step.day} {format_time(step.minute)}"
        text = step.answer.text if step.spoke and step.answer.text else f"{time}  {step.action.phrase} ({step.action.place.room})"
        self.copy_to_clipboard(clean(text, 2000))
        self.notifier.toast(f"Copied: {clean(text, 60)}")

    def action_export(self, name: str = "") -> None:
        """Export a region by its id, or the focused one."""
        self.export.export_region(name)

    def action_save_screenshot(self) -> None:
        """Save a picture of the screen."""
        self.export.save_screenshot()

    def action_set_layout(self, name: str, value: str) -> None:
        """Change and save a part of the layout."""
        self.settings.set_layout(name, value)

    def action_save_speed(self) -> None:
        """Save the present speed as the one to start with."""
        self.settings.save_speed()

    def action_save_tab(self) -> None:
        """Save the present tab as the one to start with."""
        self.settings.save_tab()

    def action_close_message(self) -> None:
        """Close the notice, or else the search, or else the zoom."""
        if self.notifier.notice.is_open:
            self.notifier.notice.close()
        elif self.feed_search.is_open:
            self.feed_search.close()
        else:
            self.live.zoom("none")

    def action_exit(self) -> None:
        """Quit."""
        self.exit(0)

    def action_help_quit(self) -> None:
        """Say how to quit, for ctrl+c, which copies selected text in a terminal."""
        self.notifier.toast(f"{self.settings.keymap.get('quit', 'q').split(',')[0]} quits")
