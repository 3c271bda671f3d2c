"""Clicks with the mouse."""

from __future__ import annotations

import pytest

from tests.tui.hosts import text_of

pytestmark = pytest.mark.usefixtures("undrawn")


async def test_clicks_go_where_they_point(app_of, three_days):
    app = app_of(three_days, at=804 + 200)
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        await pilot.pause()
        today = app.query_one("#today")
        await pilot.click("#today", offset=(0, 0))
        assert app.frame.step.index == 1004, "its border leads nowhere"
        await pilot.click("#today", offset=(today.region.width // 2, 2))
        assert app.frame.step.day == 3
        assert abs(app.frame.step.minute - (7 * 60 + 23.75 * 60) / 2) < 12
        app.run_view.go_to_step(1004)
        await pilot.click("#doing", offset=(10, 1))
        assert app.frame.step.minute == app.frame.step.action.start < 14 * 60
        app.run_view.go_to_step(1004)
        feed = app.query_one("#assistant")
        row = next(y for y, (parts, _) in enumerate(feed.seen()) if "Plan a day" in "".join(text for text, _ in parts))
        await pilot.click("#assistant", offset=(12, row + 1))
        assert app.frame.step.index == 1004, "the first click shows it in full"
        opened = next(y for y, (parts, _) in enumerate(feed.seen()) if "Plan a day" in "".join(text for text, _ in parts))
        assert "That is too soon" in "\n".join("".join(text for text, _ in parts) for parts, _ in feed.seen())
        await pilot.click("#assistant", offset=(12, opened + 1))
        assert app.frame.step.spoke
        assert app.frame.step.minute == 13 * 60
        days = app.query_one("#days")
        assert "◂" in text_of(app)
        await pilot.click("#days", offset=(5, days._first_row + 1))
        assert (app.frame.step.day, app.frame.step.index) == (1, 0)
        await pilot.click("#header")
        assert app.status.playing
        await pilot.click("#header")
        assert not app.status.playing
        app.notifier.notice.show("something")
        await pilot.pause()
        await pilot.click("#notice")
        assert not app.notifier.notice.is_open
        await pilot.hover("#today", offset=(40, 2))
        assert "having a coffee, garden" in str(app.query_one("#today").tooltip)


async def test_each_tab_is_clicked_on(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(80, 24)) as pilot:
        bar = app.query_one("#tabs")
        for tab in ("assistant", "days", "scores", "home"):
            place = str(bar.render()).lower().index(tab)
            await pilot.click("#tabs", offset=(place, 0))
            assert bar.chosen == tab
