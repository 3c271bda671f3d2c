"""Clicks with the mouse."""

from __future__ import annotations

import pytest

from propersim_tui.render.export import as_text
from propersim_tui.widgets.day_timeline import POINT, DayTimeline
from propersim_tui.widgets.key_footer import footer_hints
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


async def test_the_entries_of_today_by_keys_and_by_clicks(app_of, three_days):
    app = app_of(three_days, at=804 + 200)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        app.source.mark(804 + 30, "[b]a note[/b]")
        app.run_view.show()
        today = app.query_one(DayTimeline)
        today.focus()
        await pilot.pause()
        assert [" ".join([*(cap for _, cap, _ in each.keys), each.words]) for each in footer(app)[:2]] == ["← → Entry", "enter Go there"]
        assert today.cursor is None
        # The step on screen is at 15:20, in the garden from 14:00 on; the last recommendation was at 13:00.
        seen = []
        for _ in range(5):
            await pilot.press("left")
            seen.append(str(today.border_subtitle))
        assert seen[0] == "14:00 working in the garden, garden"
        assert "13:00 ◑ “Plan a day trip to Ghent, with a stop for waffles?”".replace("◑", "◕") in seen
        await pilot.press("right", "right")
        assert seen[2] == str(today.border_subtitle)
        at = today.column(app.frame.plan, 13 * 60, today.content_size.width)
        assert [(char.strip() != "", style) for char, style in (row[at] for row in today._rows[1:])] == [(True, "point")] * 3
        assert POINT not in as_text(today), "nothing that stands there is covered"
        await pilot.press("left", "left")
        assert POINT in as_text(today)
        await pilot.press("right", "right")
        await pilot.press("enter")
        assert app.frame.step.minute == 13 * 60
        assert app.frame.step.spoke
        assert today.cursor is not None, "it stays"
        for sign, step in (("⚑", 804 + 30), ("●", next(each.index for each in app.frame.steps if each.rating.score == 4 and each.spoke))):
            app.run_view.go_to_step(804 + 200)
            await pilot.pause()
            rows = ["".join(char for char, _ in row) for row in today._rows]
            row = next(y for y, text in enumerate(rows) if sign in text)
            assert await pilot.click("#today", offset=(rows[row].index(sign) + 2, row + 1))
            await pilot.pause()
            assert app.frame.step.index == step, sign
        await pilot.press("tab")
        assert today.cursor is None
        assert str(today.border_subtitle) == ""


def footer(app):
    return footer_hints(app.screen)


async def test_each_tab_is_clicked_on(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(80, 24)) as pilot:
        bar = app.query_one("#tabs")
        for tab in ("assistant", "days", "scores", "home"):
            place = str(bar.render()).lower().index(tab)
            await pilot.click("#tabs", offset=(place, 0))
            assert bar.chosen == tab
