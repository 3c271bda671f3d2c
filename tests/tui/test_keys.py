"""Every key, in a replay."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from propersim_tui.actions import ACTS
from propersim_tui.playback import SPEEDS
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen

STEPS_A_DAY = 402


@pytest.fixture
async def shown(app_of, three_days):
    """An app at step 500 (day 2) and its pilot."""
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


def index(app) -> int:
    return app.frame.step.index


async def test_space_goes_on_and_pauses(shown, clock):
    app, pilot = shown
    await pilot.press("space")
    assert app.status.playing
    app._tick()
    clock.now += 0.5
    app._tick()
    assert 502 <= index(app) <= 505
    at = index(app)
    await pilot.press("space")
    clock.now += 0.5
    app._tick()
    assert not app.status.playing
    assert index(app) == at


async def test_space_at_the_end_says_so(shown):
    app, pilot = shown
    await pilot.press("end", "space")
    assert not app.status.playing
    assert "nothing after this" in next(iter(app._notifications)).message


async def test_n_and_b_step(shown):
    app, pilot = shown
    await pilot.press("n", "n", "b")
    assert index(app) == 501


async def test_b_pauses_and_stops_at_the_first_step(shown):
    app, pilot = shown
    await pilot.press("home", "space", "b", "b")
    assert not app.status.playing
    assert index(app) == 0


@pytest.mark.parametrize(("key", "speed"), [("+", 16.0), ("=", 16.0), ("-", 4.0), ("_", 4.0)])
async def test_speed(shown, key, speed):
    app, pilot = shown
    await pilot.press({"+": "plus", "=": "equals_sign", "-": "minus", "_": "underscore"}[key])
    assert app.status.speed == speed


async def test_speed_ends_at_both_ends_of_the_ladder(shown):
    app, pilot = shown
    await pilot.press(*["plus"] * 12)
    assert app.status.speed is None
    await pilot.press(*["minus"] * 12)
    assert app.status.speed == SPEEDS[0] == 1.0


async def test_day_back_and_on(shown):
    app, pilot = shown
    await pilot.press("left_square_bracket")
    assert index(app) == STEPS_A_DAY
    await pilot.press("left_square_bracket")
    assert index(app) == 0
    await pilot.press("right_square_bracket", "right_square_bracket")
    assert index(app) == 2 * STEPS_A_DAY
    await pilot.press("right_square_bracket")
    assert index(app) == 3 * STEPS_A_DAY - 1


async def test_home_and_end(shown):
    app, pilot = shown
    await pilot.press("end")
    assert index(app) == 3 * STEPS_A_DAY - 1
    await pilot.press("home")
    assert index(app) == 0


async def test_go_to_a_time(shown):
    app, pilot = shown
    await pilot.press("g")
    assert isinstance(app.screen, GoToScreen)
    app.screen.query_one(Input).value = "day 3 08:30"
    await pilot.press("enter")
    assert (app.frame.step.day, app.frame.step.minute) == (3, 8 * 60 + 30)


@pytest.mark.parametrize("text", ["9:00", "09:00"])
async def test_go_to_a_time_of_this_day(shown, text):
    app, pilot = shown
    await pilot.press("g")
    app.screen.query_one(Input).value = text
    await pilot.press("enter")
    assert (app.frame.step.day, app.frame.step.minute) == (2, 540)


@pytest.mark.parametrize(
    ("text", "says"), [("day 9 08:30", "days 1 to 3"), ("soon", "not a moment"), ("25:99", "not a time"), ("[/foo]", "[/foo]")]
)
async def test_go_to_nowhere_says_why_and_stays(shown, text, says):
    app, pilot = shown
    await pilot.press("g")
    app.screen.query_one(Input).value = text
    await pilot.press("enter")
    assert says in str(app.screen.query_one("#wrong").content)
    await pilot.press("escape")
    assert index(app) == 500


async def test_tabs_on_a_small_screen(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(80, 24)) as pilot:
        for key, shown, hidden in (
            ("2", "assistant", "home"),
            ("3", "scores", "days"),
            ("4", "days", "scores"),
            ("1", "home", "assistant"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert app.query_one(f"#{shown}").region.height > 5
            assert not app.query_one(f"#{hidden}").region.height
            assert app.query_one("#header").region.height == 1
            assert app.query_one("#today").region.height == 6


async def test_copy_what_was_said(shown):
    app, pilot = shown
    app._look(app.source.find(2, 9 * 60 + 10))
    await pilot.press("y")
    assert app.clipboard == "You should log the costs of the tour now."
    await pilot.press("n", "y")
    assert "working at the desk" in app.clipboard


async def test_screenshot_goes_to_the_current_folder(shown, tmp_path, monkeypatch):
    app, pilot = shown
    monkeypatch.chdir(tmp_path)
    await pilot.press("s")
    (path,) = tmp_path.glob("*.svg")
    assert "Rosalind" in path.read_text()
    assert path.name in next(iter(app._notifications)).message


async def test_screenshot_that_cannot_be_written_says_so(shown, monkeypatch):
    app, pilot = shown
    monkeypatch.setattr(app, "save_screenshot", lambda *_: (_ for _ in ()).throw(OSError(13, "Permission denied")))
    await pilot.press("s")
    assert "Permission denied" in next(iter(app._notifications)).message


async def test_help_shows_every_action_and_closes(shown):
    app, pilot = shown
    await pilot.press("question_mark")
    assert isinstance(app.screen, HelpScreen)
    text = str(app.screen.query_one("Static").content)
    assert all(act.tip in text for act in ACTS)
    await pilot.press("escape")
    assert not isinstance(app.screen, HelpScreen)


async def test_palette_has_every_action_and_themes(shown):
    app, pilot = shown
    titles = {command.title for command in app.get_system_commands(app.screen)}
    assert titles >= {act.label.capitalize() for act in ACTS} | {"Theme"}
    await pilot.press("ctrl+p")
    await pilot.press(*"next day")
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.press("enter")
    await pilot.pause()
    assert index(app) == 2 * STEPS_A_DAY


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_leave(shown, key):
    app, pilot = shown
    await pilot.press(key)
    await pilot.pause()
    assert not app.is_running or app._exit


async def test_escape_closes_the_message(shown):
    app, pilot = shown
    app._notice.tell("something")
    await pilot.press("escape")
    assert not app._notice.is_open


async def test_every_action_of_the_registry_is_there(shown):
    app, _ = shown
    for act in ACTS:
        assert hasattr(app, f"action_{act.action.partition('(')[0]}"), act.id


async def test_arrows_scroll_the_feed(app_of, three_days):
    app = app_of(three_days, at=380)
    async with app.run_test(size=(100, 32)) as pilot:
        await pilot.pause()
        feed = app.query_one("#assistant")
        newest = feed.seen()
        await pilot.press("up", "up")
        assert feed.seen()[2:] == newest[:-2]
        seen = feed.seen()
        await pilot.press("n")
        await pilot.pause()
        assert feed.seen() == seen, "it stays where one has scrolled to"
        await pilot.press("pagedown")
        assert feed.following
