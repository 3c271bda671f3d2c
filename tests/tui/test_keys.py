"""What keys do at the ends and in between, in a replay; that each does something is tests/tui/test_every_action.py."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input, Static

from propersim.core.glossary import glossary
from propersim_tui.config.actions import ACTS
from propersim_tui.data.playback import SPEEDS
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.widgets.assistant_feed import WHEEL

pytestmark = pytest.mark.usefixtures("undrawn")
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


def told(app) -> str:
    return list(app._notifications)[-1].message


async def test_space_goes_on_and_pauses_and_says_so_at_the_end(shown, clock):
    app, pilot = shown
    await pilot.press("space")
    assert app.status.playing
    app.tick()
    clock.now += 0.5
    app.tick()
    assert 502 <= index(app) <= 505
    at = index(app)
    await pilot.press("space")
    clock.now += 0.5
    app.tick()
    assert not app.status.playing
    assert index(app) == at
    await pilot.press("end", "space")
    assert not app.status.playing
    assert "last step" in told(app)


async def test_moving_ends_at_both_ends(shown):
    app, pilot = shown
    for keys, at in (
        (["n", "n", "b"], 501),
        (["left_square_bracket"], STEPS_A_DAY),
        (["left_square_bracket"], 0),
        (["left_square_bracket", "b"], 0),
        (["right_square_bracket", "right_square_bracket"], 2 * STEPS_A_DAY),
        (["right_square_bracket"], 3 * STEPS_A_DAY - 1),
        (["right_square_bracket", "n", "end"], 3 * STEPS_A_DAY - 1),
        (["home", "space", "b", "b"], 0),
    ):
        await pilot.press(*keys)
        assert index(app) == at, keys
    assert not app.status.playing, "b pauses"
    await pilot.press(*["plus"] * 12)
    assert app.status.speed is None
    await pilot.press(*["minus"] * 12)
    assert app.status.speed == SPEEDS[0] == 1.0


async def test_going_to_a_time(shown):
    app, pilot = shown
    for text, day, minute in (("9:00", 2, 540), ("09:00", 2, 540), ("day 3 08:30", 3, 510)):
        app.run_view.go_to_step(500)
        await pilot.press("g")
        app.screen.query_one(Input).value = text
        await pilot.press("enter")
        assert (app.frame.step.day, app.frame.step.minute) == (day, minute), text
    app.run_view.go_to_step(500)
    await pilot.press("g")
    assert isinstance(app.screen, GoToScreen)
    for text, says in (("day 9 08:30", "days 1 to 3"), ("soon", "not a moment"), ("25:99", "not a time"), ("[/foo]", "[/foo]")):
        app.screen.query_one(Input).value = text
        await pilot.press("enter")
        assert says in str(app.screen.query_one("#wrong", Static).content), text
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


async def test_what_is_copied_and_saved(shown, tmp_path, monkeypatch):
    app, pilot = shown
    app.run_view.go_to_step(app.source.find(2, 9 * 60 + 10))
    await pilot.press("y")
    assert app.clipboard == "You should log the costs of the tour now."
    await pilot.press("n", "y")
    assert "working at the desk" in app.clipboard
    monkeypatch.chdir(tmp_path)
    await pilot.press("s")
    (path,) = tmp_path.glob("*.svg")
    assert "Rosalind" in path.read_text()
    assert path.name in told(app)

    def refused(*_):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr("propersim_tui.controllers.export.write_new", refused)
    await pilot.press("s")
    assert "Permission denied" in told(app)


async def test_the_help_ends_with_the_glossary_and_scrolls_to_it(shown):
    app, pilot = shown
    await pilot.press("question_mark")
    text = " ".join(str(app.screen.query_one(Static).content).split())
    for entry in glossary():
        assert f"{entry.term} {entry.definition}" in text
    await pilot.press("end")
    await pilot.pause()
    box = app.screen.query_one("VerticalScroll")
    assert box.scroll_target_y == box.max_scroll_y > 0


async def test_help_and_palette_have_every_action(shown):
    app, pilot = shown
    await pilot.press("question_mark")
    assert isinstance(app.screen, HelpScreen)
    text = " ".join(str(app.screen.query_one(Static).content).split())
    assert all(act.tip in text for act in ACTS)
    await pilot.press("escape")
    assert not isinstance(app.screen, HelpScreen)
    titles = {command.title for command in app.get_system_commands(app.screen)}
    assert titles >= {act.label.capitalize() for act in ACTS} | {"Theme"}
    await pilot.press("ctrl+p")
    await pilot.press(*"next day")
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.press("enter")
    await pilot.pause()
    assert index(app) == 2 * STEPS_A_DAY


async def test_leaving(shown):
    app, pilot = shown
    await pilot.press("q")
    await pilot.pause()
    assert app._exit
    assert app.return_code == 0


async def test_arrows_and_wheel_scroll_the_feed(app_of, three_days):
    app = app_of(three_days, at=380)
    async with app.run_test(size=(100, 32)) as pilot:
        feed = app.query_one("#assistant")
        feed.styles.max_height = 6
        app.query_one("#home").focus()
        await pilot.pause()
        newest = feed.seen()
        await pilot.press("up", "up")
        assert feed.seen()[2:] == newest[:-2]
        seen = feed.seen()
        await pilot.press("n")
        await pilot.pause()
        assert feed.seen() == seen, "it stays where one has scrolled to"
        await pilot.press("pagedown")
        assert feed.following
        newest = feed.seen()
        await pilot._post_mouse_events([events.MouseScrollUp], "#assistant", button=0)
        await pilot.pause()
        assert feed.seen()[WHEEL:] == newest[:-WHEEL]
        assert not feed.following
        feed.scroll_lines(-10_000)
        assert feed.seen()[0][1] == 0
        await pilot._post_mouse_events([events.MouseScrollDown], "#assistant", button=0)
        await pilot.pause()
        assert feed.seen()[0][1] >= 0
        feed.scroll_lines(10_000)
        assert feed.following


@pytest.mark.parametrize(
    ("typed", "minute"),
    [("day 3 08:02", 482.5), ("day 3 08:00", 480), ("08:07", 487.5), ("day 2 08:05", 485), ("08:01", 480), ("08:04", 482.5)],
)
async def test_a_typed_time_is_the_step_that_is_shown_under_it(app_of, three_days, typed, minute):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("g", *("space" if key == " " else "colon" if key == ":" else key for key in typed), "enter")
        await pilot.pause()
        assert app.frame.step.minute == minute
        assert app.frame.step.day == (2 if "day 2" in typed else 3)
