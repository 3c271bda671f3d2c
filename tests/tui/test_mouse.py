"""What a click does."""

from __future__ import annotations

import pytest


@pytest.fixture
async def shown(app_of, three_days):
    app = app_of(three_days, at=804 + 200)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_a_click_on_the_day_goes_to_that_time(shown):
    app, pilot = shown
    today = app.query_one("#today")
    await pilot.click("#today", offset=(today.region.width // 2, 2))
    assert app.frame.step.day == 3
    assert abs(app.frame.step.minute - (7 * 60 + 23.75 * 60) / 2) < 12


async def test_a_click_on_the_border_of_the_day_does_nothing(shown):
    app, pilot = shown
    await pilot.click("#today", offset=(0, 0))
    assert app.frame.step.index == 1004


async def test_a_click_on_an_action_goes_to_its_start(shown):
    app, pilot = shown
    await pilot.click("#doing", offset=(10, 1))
    assert app.frame.step.minute == app.frame.step.action.start < 14 * 60


async def test_a_click_on_a_line_of_the_feed_goes_to_its_step(shown):
    app, pilot = shown
    feed = app.query_one("#assistant")
    row = next(y for y, (parts, _) in enumerate(feed.seen()) if "waffles" in "".join(text for text, _ in parts))
    await pilot.click("#assistant", offset=(12, row + 1))
    assert app.frame.step.spoke
    assert app.frame.step.minute == 13 * 60


async def test_a_click_on_the_top_line_goes_on_and_pauses(shown):
    app, pilot = shown
    await pilot.click("#header")
    assert app.status.playing
    await pilot.click("#header")
    assert not app.status.playing


async def test_a_click_on_a_tab(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#tabs", offset=(14, 0))
        assert app.query_one("#tabs").chosen == "assistant"


async def test_a_click_on_a_day_of_the_table(app_of, three_days):
    app = app_of(three_days, at=900)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        days = app.query_one("#days")
        await pilot.click("#days", offset=(5, days._first_row + 1))
        assert (app.frame.step.day, app.frame.step.index) == (1, 0)


async def test_the_wheel_scrolls_the_feed(app_of, three_days):
    app = app_of(three_days, at=804 + 390)
    async with app.run_test(size=(100, 32)) as pilot:
        await pilot.pause()
        feed = app.query_one("#assistant")
        before = feed.seen()
        assert feed.following
        feed.scroll_lines(-3)
        assert feed.seen()[3:] == before[:-3]
        assert not feed.following
        feed.scroll_lines(-10_000)
        assert feed.seen()[0][1] == 804
        feed.scroll_lines(10_000)
        assert feed.following


async def test_the_pointer_tells_time_and_activity(shown):
    app, pilot = shown
    await pilot.hover("#today", offset=(30, 2))
    assert "having a coffee, garden" in str(app.query_one("#today").tooltip)
