"""The app of the demo: a replay with captions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from textual import events
from textual.widgets import Input

from propersim.core.errors import EXIT_FAULT, EXIT_OK
from propersim.core.program import program
from propersim.core.records import DayFigures
from propersim.demo import Demo
from propersim_tui.app import PropersimApp
from propersim_tui.config.settings import load, settings_file
from propersim_tui.data.source import RunSource
from propersim_tui.demo.caption_panel import CaptionLink, CaptionPanel
from propersim_tui.demo.captions import Caption, captions, own_run
from propersim_tui.demo.inspector import DemoInspector
from propersim_tui.messages import ShowRun, StartRun
from propersim_tui.runtime.gc_tuning import freeze_gc
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.widgets.key_footer import KeyFooter


class DemoApp(PropersimApp):
    """A replay of the recorded run with captions.

    Args:
        demo: the unpacked demo.
        source: its run.
        told: the captions.
    """

    def __init__(self, demo: Demo, source: RunSource, told: Sequence[Caption]) -> None:
        super().__init__(source, paused=True, at=told[0].step, inspector=partial(DemoInspector, demo.facts))
        self._facts = demo.facts
        self._told = tuple(told)
        self._place: int | None = None
        self._panel: CaptionPanel | None = None

    @property
    def caption(self) -> Caption | None:
        """The caption on screen; None once they are over or skipped."""
        return None if self._place is None else self._told[self._place]

    def on_layout_ready(self) -> None:
        """Show the first caption; Textual calls the handler of the replay as well."""
        if self._place is None and self._panel is None:
            self.call_later(self.show_caption, 0)

    async def show_caption(self, place: int) -> None:
        """Show a caption over its screen, at its step.

        Args:
            place: its number, from 0; the one after the last closes the captions.
        """
        await self._clear()
        if place >= len(self._told):
            await self.end_captions()
            return
        self._place = place
        caption = self._told[place]
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.run_view.go_to_step(caption.step)
        self.live.show_tab(caption.tab)
        if caption.place == "compare":
            await self.push_screen(CompareScreen(self.source.db, self._facts.run, self._facts.oracle))
        elif caption.place != "live":
            asking = self.screen_cache.get(LearnedScreen if caption.place == "learned" else InspectScreen)
            kept = asking.is_mounted
            await self.push_screen(asking)
            self.run_view.update_screen()
            if kept:
                self.screen_cache.opened(asking)
            if isinstance(asking, InspectScreen):
                asking.keep_in_view(caption.panel)
        self._panel = CaptionPanel(caption, place + 1, len(self._told))
        await self.screen.mount(self._panel, before=self.screen.query_one(KeyFooter))

    async def end_captions(self) -> None:
        """Leave the captions; the run stays open, on its own screen."""
        await self._clear()
        self._place = None
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    async def _clear(self) -> None:
        panel, self._panel = self._panel, None
        if panel is not None and panel.is_attached:
            await panel.remove()

    async def on_event(self, event: events.Event) -> None:
        """Let the keys of the caption go first; all others do what they always do."""
        if isinstance(event, events.Key) and await self._moves(event.key):
            event.stop()
            return
        await super().on_event(event)

    async def _moves(self, key: str) -> bool:
        """Do what a key does to the captions; return False if it is none of theirs.

        Over a dialog or a screen that the user opened meanwhile, keys are those of that screen.
        """
        if self._place is None or self._panel is None or self._panel.screen is not self.screen or isinstance(self.focused, Input):
            return False
        if key == "enter":
            await self.show_caption(self._place + 1)
        elif key == "backspace" and self._place > 0:
            await self.show_caption(self._place - 1)
        elif key == "escape":
            await self.end_captions()
        else:
            return False
        return True

    async def on_caption_link_pressed(self, message: CaptionLink.Pressed) -> None:
        """Do what the clicked key does."""
        await self._moves(message.key)

    def on_start_run(self, message: StartRun) -> None:
        """Say how to begin a run: the demo's database is deleted when it ends."""
        message.prevent_default()
        self.notifier.toast(f"The demo begins no runs; quit, then: {program()} watch --persona {message.persona_id}", warn=True)

    def on_show_run(self, message: ShowRun) -> None:
        """Resume no run; showing another one ends the captions."""
        if message.resume:
            message.prevent_default()
            self.notifier.toast("The demo resumes no runs; Enter shows the stored one", warn=True)


def demo_app(demo: Demo) -> DemoApp:
    """Return the app of an unpacked demo; its source is to be closed afterwards."""
    with_oracle = RunSource(demo.db, demo.facts.oracle)
    try:
        oracle: list[DayFigures] = [day.figures for day in with_oracle.days if day.figures is not None]
    finally:
        with_oracle.close()
    source = RunSource(demo.db, demo.facts.run)
    return DemoApp(demo, source, captions(source, demo.facts, oracle))


def show_demo(demo: Demo, *, theme: str | None = None) -> int:
    """Show the demo in the terminal until the user quits; return the exit code.

    Args:
        demo: the unpacked demo.
        theme: name of a theme for this time; None uses the settings.
    """
    settings, problems = load(settings_file())
    app = demo_app(demo)
    try:
        app.settings.apply(settings, problems, file=settings_file(), theme=theme)
        freeze_gc()
        app.run()
    finally:
        app.source.close()
    print(own_run(), file=sys.stderr)
    return EXIT_OK if app.return_code in (None, 0) else EXIT_FAULT
