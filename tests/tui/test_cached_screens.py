"""Cached screens: they are reused with new data and the current size, and made in advance while the app is idle."""

from __future__ import annotations

import re

import pytest
from textual.geometry import Size

from propersim.core.clock import format_time
from propersim_tui.data.source import RunSource
from propersim_tui.screens.dialog import Dialog
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.safe_input import SafeInput
from tests.tui.hosts import settled, text_of
from tests.tui.story import add

pytestmark = pytest.mark.usefixtures("undrawn")

KEYS = {
    "i": InspectScreen,
    "w": LearnedScreen,
    "m": MemoryScreen,
    "r": RunsScreen,
    "p": PersonasScreen,
    "question_mark": HelpScreen,
    "g": GoToScreen,
}


@pytest.fixture
async def shown(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_each_is_made_once(shown):
    app, pilot = shown
    for key, kind in KEYS.items():
        await pilot.press(key)
        first = app.screen
        assert type(first) is kind
        await settled(pilot)
        await pilot.press("escape")
        assert app.screen is app.live
        await pilot.press(key)
        assert app.screen is first
        await pilot.press("escape")
        assert app.screen is app.live
        assert first.is_attached


@pytest.mark.parametrize("key", KEYS)
async def test_one_that_is_shown_again_looks_as_a_new_one_would(app_of, three_days, key):
    """Reopen it at another size and another step."""
    pictures = []
    for used in (True, False):
        app = app_of(three_days, at=30)
        async with app.run_test(size=(120, 40)) as pilot:
            if used:
                await pilot.press(key)
                await settled(pilot)
                await pilot.press("escape")
            await pilot.resize_terminal(80, 24)
            app.run_view.go_to_step(431)
            await pilot.press(key)
            await settled(pilot)
            assert app.screen.has_class("-narrow")
            if isinstance(app.screen, InspectScreen | MemoryScreen):
                app.screen.ask_now()
            for _ in range(3):
                app.tick()
            await settled(pilot)
            pictures.append(re.sub(r" +\d+ s ", " now ", text_of(app)))
    assert pictures[0] == pictures[1]


async def test_a_list_stays_as_it_was_left_and_has_what_is_new(app_of, three_days, tmp_path):
    app = app_of(three_days)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await settled(pilot)
        assert app.screen.table.keys == ["p01-random-test"]
        await pilot.press("slash", *"random", "enter")
        await pilot.press("escape") if app.screen.query_one(FilterLine).has_focus_within else None
        needle = app.screen.query_one(FilterLine).value
        app.pop_screen()
        add(three_days, name="p02-random-new", days=1, stop=5)
        await pilot.press("r")
        app.screen.read()
        await settled(pilot)
        assert app.screen._filter.words == (needle,)
        assert len(app.screen.table.keys) == 2


async def test_the_line_of_a_time_begins_anew(shown):
    app, pilot = shown
    await pilot.press("g", *"nonsense", "enter", "escape")
    app.run_view.go_to_step(500)
    await pilot.press("g")
    step = app.frame.step
    entry = app.screen.query_one(SafeInput)
    assert entry.value.startswith(f"day {step.day} ")
    assert entry.has_focus
    assert str(app.screen.query_one("#wrong").content) == ""
    await pilot.press("d")
    assert entry.value == "d", "what stood there was marked, to be written over"


async def test_a_time_that_is_not_simulated_yet_is_named(shown):
    app, pilot = shown
    source = app.source
    newest = source.frame(source.newest).step
    assert app.run_view.find(1, 1700) == source.days[1].first - 1, "a complete day has no later steps"
    await pilot.press("g", *f"day {newest.day} 28:00", "enter")
    time = format_time(newest.minute)
    assert str(app.screen.query_one("#wrong").content) == f"day {newest.day} 28:00 is not simulated yet; the newest step is {time}"
    assert app.run_view.find(newest.day, newest.minute + 1) == source.newest
    assert app.run_view.find(newest.day, newest.minute - 30) < source.newest


@pytest.mark.parametrize("change", ["theme", "run"])
async def test_another_theme_or_run_makes_them_anew(app_of, three_days, change):
    app = app_of(three_days, at=400)
    async with app.run_test(size=(120, 40)) as pilot:
        before = {}
        for key in KEYS:
            await pilot.press(key)
            await settled(pilot)
            before[key] = app.screen
            await pilot.press("escape")
        if change == "theme":
            app.theme = "textual-light"
        else:
            app.show_run(RunSource(three_days, "p01-random-test"), paused=True)
        await pilot.pause()
        for key, screen in before.items():
            await pilot.press(key)
            await settled(pilot)
            assert app.screen is not screen
            await pilot.press("escape")
            await pilot.pause()
            assert not screen.is_attached, "the one before is gone"


async def test_one_that_is_open_while_the_theme_changes_is_closed_as_any_other(shown):
    app, pilot = shown
    await pilot.press("r")
    await settled(pilot)
    first = app.screen
    app.theme = "textual-light"
    await pilot.pause()
    assert app.screen is first
    await pilot.press("escape", "r")
    await settled(pilot)
    assert app.screen is not first


async def test_they_are_made_beforehand_between_keys(app_of, three_days, clock, monkeypatch):
    app = app_of(three_days)
    async with app.run_test(size=(120, 40)) as pilot:
        monkeypatch.setattr(type(app), "is_headless", False)
        await pilot.press("n")
        for _ in range(60):
            app.tick()
        assert not any(app.is_screen_installed(kind.__name__) for kind in KEYS.values()), "the last key is a moment ago"
        clock.now += 1
        app.tick()
        assert sum(app.is_screen_installed(kind.__name__) for kind in KEYS.values()) == 1, "one at a time"
        for _ in range(2 * len(app._screen_factories()) + 4):
            app.tick()
            await pilot.pause()
        assert all(app.is_screen_installed(kind.__name__) for kind in KEYS.values())
        assert app.screen is app.live
        assert app.inspector.process is None, "nobody has asked anything yet"
        await settled(pilot)
        for kind in (kind for kind in KEYS.values() if not issubclass(kind, Dialog)):
            assert app.get_screen(kind.__name__).outer_size == Size(120, 40), "laid out already"
        assert app.get_screen("RunsScreen").table.keys == ["p01-random-test"], "read already"
        assert "p01" in app.get_screen("PersonasScreen").table.keys
        for key, kind in KEYS.items():
            made = app.get_screen(kind.__name__)
            await pilot.press(key)
            await settled(pilot)
            assert app.screen is made
            assert made.size == Size(120, 40)
            await pilot.press("escape")
        await pilot.resize_terminal(80, 24)
        clock.now += 1
        for _ in range(len(KEYS) + 4):
            app.tick()
            await pilot.pause()
        for kind in (kind for kind in KEYS.values() if not issubclass(kind, Dialog)):
            assert app.get_screen(kind.__name__).outer_size == Size(80, 24), "laid out anew"
        monkeypatch.setattr(type(app), "is_headless", True)


@pytest.mark.parametrize("kind", KEYS.values(), ids=lambda kind: kind.__name__)
async def test_one_whose_making_has_only_begun_can_be_opened(app_of, three_days, kind):
    app = app_of(three_days, at=30)
    actions = dict(zip(KEYS.values(), ("inspect", "learned", "memory", "runs", "personas", "help", "go_to_time"), strict=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        made = app.screen_cache.get(kind)
        app._get_screen(made)
        getattr(app, f"action_{actions[kind]}")()
        await settled(pilot)
        assert app.screen is made
        assert made.is_mounted
        await pilot.press("escape")
        assert app.screen is app.live


async def test_what_a_screen_covers_is_not_drawn_and_is_there_when_it_closes(app_of, three_days, clock):
    app = app_of(three_days, speed=10, paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("r")
        await settled(pilot)
        before = app.live.frame
        for _ in range(10):
            clock.now += 0.2
            app.tick()
        assert app.playback.cursor > before.step.index
        assert app.live.frame is before
        await pilot.press("escape")
        assert app.live.frame.step.index == app.playback.cursor
