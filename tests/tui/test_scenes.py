"""Every screen at three terminal sizes: it opens, nothing is cut off, its texts are there and legible, and the way back works."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from textual.screen import Screen

import propersim_tui
from tests.tui.explained import unexplained
from tests.tui.hosts import draw_nothing, harmless, text_of
from tests.tui.legible import cut_off, faint_text
from tests.tui.scenes import LIGHT, SCENES, STAGES

LEAST_CONTRAST = 2.8
LEAST_CONTRAST_LIGHT = 2.2
"""In Textual's own light theme, text on the selected row is fainter than in our themes."""


@pytest.mark.parametrize("name", STAGES)
async def test_every_screen_fits_its_terminal(name: str, tmp_path, monkeypatch):
    stage = STAGES[name]
    monkeypatch.chdir(tmp_path)
    draw_nothing(monkeypatch)
    if name == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    sizes = sorted({size for scene in stage.scenes for size in scene.sizes})
    app = stage.open()
    async with app.run_test(size=sizes[0]) as pilot:
        for size, theme in zip(sizes, cycle(stage.themes), strict=False):
            app.theme = theme
            await pilot.resize_terminal(*size)
            for scene in (each for each in stage.scenes if size in each.sizes):
                await scene.way(pilot)
                await pilot.pause()
                where = f"{scene.name} at {size[0]}x{size[1]} in {theme}"
                assert type(app.screen) is scene.screen, where
                harmless(app)
                assert not cut_off(app), where
                assert unexplained(app) == [], where
                shown = text_of(app)
                assert [text for text in scene.shows if text not in shown] == [], f"{where}\n{shown}"
                if name != "no-colour":
                    assert not faint_text(app, LEAST_CONTRAST_LIGHT if theme == LIGHT else LEAST_CONTRAST), where
                await pilot.press(*scene.back)
                assert app.screen is app.live, f"the way back from {scene.name} leads elsewhere"


def leaf_screens() -> set[type[Screen[Any]]]:
    """Return all screen classes of the project that have no subclass in it."""
    for module in pkgutil.walk_packages(propersim_tui.__path__, "propersim_tui."):
        importlib.import_module(module.name)
    ours: Callable[[type], bool] = lambda kind: kind.__module__.startswith("propersim_tui.")  # noqa: E731
    found: set[type[Screen[Any]]] = set()
    waiting: list[type[Screen[Any]]] = [Screen]
    while waiting:
        one = waiting.pop()
        subclasses = one.__subclasses__()
        waiting += subclasses
        if ours(one) and not any(map(ours, subclasses)):
            found.add(one)
    return found


def test_every_screen_has_a_scene():
    opened = tuple({scene.screen for _, scene in SCENES.values()})
    missing = {screen.__name__ for screen in leaf_screens() if not issubclass(screen, opened)}
    assert not missing, "add a line for these in tests/tui/scenes.py"


def test_names_of_scenes_are_unique():
    assert len(SCENES) == sum(len(stage.scenes) for stage in STAGES.values())
