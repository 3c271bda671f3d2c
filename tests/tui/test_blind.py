"""A person who rates sees the judge's ratings on no screen that is opened over the run."""

from __future__ import annotations

from itertools import pairwise

import pytest

from propersim.core.clock import format_time
from propersim.runs.protocol import RateThis, RunState, TakeOver
from propersim_tui.data.idle_actions import idle_actions
from propersim_tui.messages import CompareRuns
from propersim_tui.render.format import HIDDEN, title
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.compare_moment import CompareMoment
from propersim_tui.widgets.day_timeline import DayTimeline
from propersim_tui.widgets.heat_map import HeatMap
from propersim_tui.widgets.home_map import HomeMap
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scroll_panel import ScrollPanel
from tests.known import known
from tests.tui import scenes, story
from tests.tui.conftest import FakeLive
from tests.tui.hosts import on_top, settled, text_of

pytestmark = pytest.mark.usefixtures("undrawn")

SECRETS = {
    "i": ("✗", "Not now.", "I could have done with an idea.", "So stiff!", "  score 3.5", "silence scored", "speaking preferred"),
    "w": ("points better", "F1 ", "liked by the user", "suits the user", "✓", "✗", "liked but", "mostly receptive", "underlined"),
    "m": ("◕ 3",),
}
"""Texts that would give the judge's ratings away, by the key of the screen."""
STAYS = {"i": ("Put a record on?", "3 Candidates"), "w": ("Speaks", "“A slow album"), "m": ("● 4", "silent")}
"""Texts that each screen shows although it is blind."""


async def looked(pilot, key: str) -> str:
    """Open a screen, and return all that it shows, whether it is scrolled into view or not."""
    app = pilot.app
    await pilot.press(key)
    if isinstance(app.screen, InspectScreen | MemoryScreen):
        app.screen.ask_now()
    for _ in range(3):
        app.tick()
        await pilot.pause()
    panels = [panel.content_shown.plain for panel in app.screen.query("ScrollPanel")]
    return "\n".join([text_of(app), *panels])


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return scenes.working()


async def begin(app, pilot, *, blind: bool) -> None:
    live = app.source.live
    assert isinstance(live, FakeLive)
    live.events = [RunState("running")]
    app.tick()
    app.run_view.go_to_step(scenes.SAID - 1)
    if app.run_view.rated_by_hand != blind:
        await pilot.press("h")
    app.tick()
    await pilot.pause()


@pytest.mark.parametrize("key", ["i", "w", "m"])
async def test_no_other_screen_tells_the_ratings(app, key):
    async with app.run_test(size=(200, 60)) as pilot:
        await begin(app, pilot, blind=False)
        seen = await looked(pilot, key)
        told = [secret for secret in SECRETS[key] if secret in seen]
        assert len(told) >= len(SECRETS[key]) // 2, seen
        assert HIDDEN[:20] not in seen
        await pilot.press("escape")
        await begin(app, pilot, blind=True)
        assert known(app.frame).blind
        seen = await looked(pilot, key)
        assert [secret for secret in SECRETS[key] if secret in seen] == []
        assert all(kept in seen for kept in STAYS[key]), seen
        assert key == "m" or HIDDEN[:20] in seen
        if key == "i":
            scores = sum(panel.content_shown.plain.count("  score ") for panel in app.screen.query(ScrollPanel))
            assert scores == 1, "that of the recommendation, which the feed shows too"
        if key == "w":
            maps = list(on_top(app, LearnedScreen).query(HeatMap))
            assert [one.heat is not None for one in maps] == [True, False]
            maps[0].focus()
            await pilot.press("right")
            assert "receptive" not in str(maps[0].border_subtitle)
            app.screen.set_focus(None)
            await pilot.pause()
        await pilot.press("escape")
        on_top(app, LiveScreen)
        # Handed back, the screens tell everything again.
        await begin(app, pilot, blind=False)
        seen = await looked(pilot, key)
        assert [secret for secret in told if secret not in seen] == []


async def test_a_comparison_hides_wishes_and_silence(app):
    async with app.run_test(size=(200, 60)) as pilot:
        for blind in (False, True):
            await begin(app, pilot, blind=blind)
            app.on_compare_runs(CompareRuns("p01-random-done", scenes.RUN))
            await settled(pilot)
            screen = on_top(app, CompareScreen)
            text = "\n".join(each.plain for each in screen.query_one(CompareMoment).lines(150, 30))
            assert ("receptive" in text) is not blind
            assert ("▁" in text) is not blind
            await pilot.press("escape")


async def test_seeking_does_not_show_where_the_judge_rates_badly(app):
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await begin(app, pilot, blind=True)
        assert TakeOver(True) in app.source.live.sent
        at = app.playback.cursor
        for key in ("greater_than_sign", "less_than_sign", "left_curly_bracket"):
            await pilot.press(key)
            assert app.playback.cursor == at
        assert "hidden" in str(list(app.screen.query("Toast"))[-1].render())
        idle = idle_actions(app.frame, app.status)
        assert {"next_bad_rating", "previous_bad_rating", "next_disagreement", "previous_disagreement"} <= idle
        await begin(app, pilot, blind=False)
        await pilot.press("less_than_sign")
        assert app.playback.cursor < at


NEXT = [(before, then) for before, then in pairwise(story.day_steps(1, 0)) if before.action.place.room != then.action.place.room][1]
"""Two steps of day 1 in a row, in different rooms."""


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_screen_behind_a_rating_shows_the_moment_that_is_rated(app_of, tmp_path, live, size):
    before, then = NEXT
    story.add(tmp_path / "runs.sqlite", stop=then.index)
    app = app_of(tmp_path / "runs.sqlite", live=live)
    async with app.run_test(size=size) as pilot:
        live.events = [RunState("running")]
        app.tick()
        await pilot.pause()
        at, header = app.query_one(HomeMap).at, app.query_one(RunHeader)
        assert at == (before.action.place.x, before.action.place.y)
        live.events = [RunState("rating"), RateThis(then.index, then.day, then.minute, "Some tea?", then.action, then.clocks)]
        for _ in range(3):
            app.tick()
            await pilot.pause()
        on_top(app, RateScreen)
        assert format_time(then.minute, seconds=True) in header.lines(app.frame, 200, 1)[0].plain
        card = "\n".join(one.plain for one in app.query_one("#now", NowPanel).lines(app.frame, 60, 20))
        assert format_time(then.minute) in card
        assert title(then.action.place.room).lower() in card.lower()
        assert app.query_one(HomeMap).at == (then.action.place.x, then.action.place.y)
        hours = app.query_one(DayTimeline)._hours(app.frame, app.frame.plan, 120)
        assert format_time(then.minute) in "".join(char for char, _ in hours)
        assert "Some tea?" not in "".join(part for row, _ in app.query_one(AssistantFeed).seen() for part, _ in row), "it is not rated yet"
        await pilot.press("s")
        for _ in range(2):
            app.tick()
            await pilot.pause()
        assert app.frame.asked is None
        assert format_time(before.minute, seconds=True) in header.lines(app.frame, 200, 1)[0].plain


async def test_a_first_recommendation_to_rate_shows_its_moment_before_any_step(app_of, tmp_path, live):
    first = story.day_steps(1, 0)[0]
    story.add(tmp_path / "runs.sqlite", stop=0)
    app = app_of(tmp_path / "runs.sqlite", live=live)
    async with app.run_test(size=(120, 40)) as pilot:
        live.events = [RunState("rating"), RateThis(0, 1, first.minute, "Some tea?", first.action, first.clocks)]
        for _ in range(3):
            app.tick()
            await pilot.pause()
        on_top(app, RateScreen)
        assert format_time(first.minute, seconds=True) in app.query_one(RunHeader).lines(app.frame, 200, 1)[0].plain
        assert app.query_one(HomeMap).at == (first.action.place.x, first.action.place.y)
