"""A minimal app for tests of one screen, and helpers to wait for a screen and to read it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, TypeVar

from textual._compositor import Compositor
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkerCancelled

import propersim_tui.app
from propersim.core.records import Step
from propersim_tui.app import PropersimApp
from propersim_tui.config.themes import DEFAULT_THEME, PROPERSIM, own_variables
from propersim_tui.messages import CompareRuns, ExplainLabels, ShowRun, StartRun, StopRun
from tests.known import known

Kind = TypeVar("Kind", bound=Screen[Any])


class Host(App[None]):
    """Shows one screen with the styles and breakpoints of the real app, and records its messages."""

    CSS_PATH = Path(propersim_tui.app.__file__).with_name("propersim.tcss")
    HORIZONTAL_BREAKPOINTS = PropersimApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = PropersimApp.VERTICAL_BREAKPOINTS
    BINDINGS = [("t", "trap", "trap"), ("space", "trap", "trap"), ("n", "trap", "trap")]  # noqa: RUF012

    def __init__(self, screen: Screen[None] | None = None, theme: str = DEFAULT_THEME) -> None:
        super().__init__()
        self.shown = screen
        self.said: list[Message] = []
        self.trapped = 0
        self.register_theme(PROPERSIM)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_variables(self.current_theme.dark)

    async def on_mount(self) -> None:
        if self.shown is not None:
            await self.push_screen(self.shown)

    def action_trap(self) -> None:
        self.trapped += 1

    def on_show_run(self, message: ShowRun) -> None:
        self.said.append(message)

    def on_compare_runs(self, message: CompareRuns) -> None:
        self.said.append(message)

    def on_explain_labels(self, message: ExplainLabels) -> None:
        self.said.append(message)

    def on_stop_run(self, message: StopRun) -> None:
        self.said.append(message)

    def on_start_run(self, message: StartRun) -> None:
        self.said.append(message)


def draw_nothing(monkeypatch) -> None:
    """Skip drawing to the headless terminal, which takes half of a test's time; screenshots and inspected screens are still drawn."""
    refresh, draw = Screen._compositor_refresh, Compositor.render_update
    refreshing = False

    def without_drawing(screen: Screen[Any]) -> None:
        nonlocal refreshing
        refreshing = True
        try:
            refresh(screen)
        finally:
            refreshing = False

    def unless_refreshing(compositor: Compositor, *args: Any, **options: Any) -> object:
        if not refreshing:
            return draw(compositor, *args, **options)
        compositor._dirty_regions.clear()
        return None

    monkeypatch.setattr(Screen, "_compositor_refresh", without_drawing)
    monkeypatch.setattr(Compositor, "render_update", unless_refreshing)


def on_top(app: App[Any], kind: type[Kind]) -> Kind:
    """Return the screen on top, which is of a given class."""
    assert isinstance(app.screen, kind)
    return app.screen


def shown_step(app: PropersimApp) -> Step:
    """Return the step that is shown."""
    return known(known(app.frame).step)


async def settled(pilot) -> None:
    """Wait until all background reading is done and drawn."""
    for _ in range(200):
        with contextlib.suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete([each for each in pilot.app.workers if each.is_running])
        await pilot.pause()
        if all(worker.is_finished for worker in pilot.app.workers):
            return
    raise AssertionError("the screen never stops reading")


def text_of(app: App[Any]) -> str:
    """Return the screen as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def harmless(app: App[Any]) -> None:
    """Assert that every row has the width of the screen and contains no control characters."""
    for strip in app.screen._compositor.render_strips():
        assert strip.cell_length == app.size.width
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066\u200f" for char in strip.text)


async def at_each(pilot, sizes: Iterable[tuple[int, int]]) -> AsyncIterator[tuple[int, int]]:
    """Resize the terminal to each size, and yield the size when the screen has it."""
    for size in sizes:
        await pilot.resize_terminal(*size)
        await settled(pilot)
        yield size
