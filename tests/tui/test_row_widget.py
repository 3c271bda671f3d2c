"""Redrawing only changed rows gives the same screen as redrawing all rows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.strip import Strip

from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.day_timeline import DayTimeline
from propersim_tui.widgets.home_map import HomeMap
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.row_widget import RowWidget
from propersim_tui.widgets.scores_panel import ScoresPanel

SIZES = [(80, 24), (120, 40), (200, 60)]


def cells(app) -> list[list[tuple[str, str]]]:
    """Return the screen as runs of one style."""
    found = []
    for strip in app.screen._compositor.render_strips():
        row: list[tuple[str, str]] = []
        for text, style, _ in strip:
            name = str(style.without_color) + str(style.color) + str(style.bgcolor) if style else ""
            if row and row[-1][1] == name:
                row[-1] = row[-1][0] + text, name
            else:
                row.append((text, name))
        found.append(row)
    return found


def drawn_whole(app) -> list[list[tuple[str, str]]]:
    """Return the same after a complete redraw."""
    for widget in app.screen.walk_children():
        widget.notify_style_update()
        widget.refresh()
        widget._styles_cache.clear()
    return cells(app)


@pytest.mark.parametrize("examples", [2, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_any_walk_through_a_run(app_of, three_days, size, examples):
    app = app_of(three_days)
    async with app.run_test(size=size) as pilot:
        walk: list[int] = []

        async def go(steps: list[int]) -> None:
            for index in steps:
                app.run_view.go_to_step(index)
                await pilot.pause()
                walk.append(index)
                assert cells(app) == drawn_whole(app), walk

        await go([0, 1, 2, 3, 60, 61, 60, 402, 401, 403, 800, 799, 1205, 5])
        tried = []

        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(st.integers(0, 1205), min_size=1, max_size=3))
        def gather(steps):
            tried.append(steps)

        gather()
        for steps in tried:
            await go(steps)


async def test_changing_sizes_between(app_of, three_days):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(120, 40)) as pilot:
        for number, size in enumerate([(80, 24), (100, 30), (80, 24), (200, 60), (60, 16), (120, 40), (121, 40), (120, 40)]):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert cells(app) == drawn_whole(app), size
            app.run_view.go_to_step(300 + 7 * number)
            await pilot.pause()
            assert cells(app) == drawn_whole(app), size


async def test_a_step_draws_few_rows(app_of, three_days, monkeypatch):
    """Count how many rows a step draws, instead of timing it."""
    app = app_of(three_days, at=300)
    drawn: list[tuple[str, int]] = []
    for kind in (AssistantFeed, DayTimeline, NowPanel, ScoresPanel, HomeMap):
        real = kind.render_line

        def count(self, y, real=real):
            drawn.append((self.id, y))
            return real(self, y)

        monkeypatch.setattr(kind, "render_line", count)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        counts = []
        for _ in range(20):
            drawn.clear()
            app.action_step_forward()
            await pilot.pause()
            counts.append(len(drawn))
        rows = sum(app.query_one(f"#{name}").content_size.height for name in ("assistant", "today", "now", "scores", "home"))
        assert rows > 35
        assert sorted(counts)[len(counts) // 2] < rows / 2
        drawn.clear()
        app.run_view.show()
        await pilot.pause()
        assert not drawn, "the same step again"


async def test_what_stands_in_the_border_draws_the_border_alone(app_of, three_days, monkeypatch):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        feed = app.query_one(AssistantFeed)
        assert isinstance(feed, RowWidget)
        rows: list[int] = []
        real = feed.render_line

        def noted(y: int) -> Strip:
            rows.append(y)
            return real(y)

        monkeypatch.setattr(feed, "render_line", noted)
        feed.set_subtitle("something else")
        await pilot.pause()
        assert rows == []
        assert "something else" in "".join(text for row in cells(app) for text, _ in row)
