"""Bookmarks on the screen: set, shown, listed, gone to, changed and removed."""

from __future__ import annotations

import pytest

from propersim.core.records import to_json
from propersim.store.bookmarks import bookmarks
from propersim.store.store import Store
from propersim_tui.render.export import as_text
from propersim_tui.screens.bookmarks import BookmarkScreen, BookmarksScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.widgets.table import Table
from tests.tui.hosts import on_top

pytestmark = pytest.mark.usefixtures("undrawn")


def stored(path):
    with Store(path, read_only=True) as store:
        return [(each.index, each.note) for each in bookmarks(store, store.run("last"))]


async def test_a_step_is_marked_listed_gone_to_changed_and_unmarked(app_of, three_days):
    app = app_of(three_days, at=804 + 200)
    with Store(three_days, read_only=True) as store:
        before = store.digest(store.run("last"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("M", *"see", "space", *"[b]", "enter")
        await pilot.pause()
        assert stored(three_days) == [(1004, "see [b]")]
        assert f"⚑      {'15:20'} see [b]" in as_text(app.query_one("#assistant"))
        assert "⚑" in as_text(app.query_one("#today")).splitlines()[4]
        app.run_view.go_to_step(3)
        await pilot.press("M", "enter", "M", "escape")
        assert stored(three_days) == [(3, ""), (1004, "see [b]")]
        await pilot.press("apostrophe")
        assert on_top(app, BookmarksScreen).query_one(Table).key == "3", "the nearest one"
        await pilot.press("down", "enter")
        await pilot.pause()
        on_top(app, LiveScreen)
        assert app.frame.step.index == 1004
        await pilot.press("apostrophe", "e")
        on_top(app, BookmarkScreen)
        await pilot.press("!", "enter", "d")
        await pilot.pause()
        assert stored(three_days) == [(3, "")]
        await pilot.press("escape")
        await pilot.pause()
        assert "⚑" not in as_text(app.query_one("#assistant"))
    with Store(three_days, read_only=True) as store:
        run = store.run("last")
        assert store.digest(run) == before
        assert all(b"bookmark" not in to_json(step) for step in store.steps(run))


async def test_a_store_that_cannot_be_written_refuses_in_one_line(app_of, three_days, monkeypatch):
    app = app_of(three_days, at=804)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("M", "x")
        monkeypatch.setattr("propersim_tui.data.source.Store", lambda path: Store(path, read_only=True))
        await pilot.press("enter")
        await pilot.pause()
        assert type(app.screen) is LiveScreen
        assert "cannot be opened for writing" in str(list(app.screen.query("Toast"))[-1].render())
    assert stored(three_days) == []
