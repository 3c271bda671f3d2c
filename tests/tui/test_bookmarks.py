"""Bookmarks on the screen: set, shown, listed, gone to, changed and removed."""

from __future__ import annotations

import pytest
from textual import events

from propersim.core.records import to_json
from propersim.store.bookmarks import bookmarks
from propersim.store.store import Store
from propersim_tui.render.export import as_text
from propersim_tui.screens.bookmarks import BookmarkScreen, BookmarksScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.safe_input import SafeInput
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


PROGRAMMER = "👩‍💻"


async def test_a_note_keeps_an_emoji_of_several_and_no_direction(app_of, three_days):
    app = app_of(three_days, at=3)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("M")
        line = on_top(app, BookmarkScreen).query_one(SafeInput)
        for character in f"x\u200d{PROGRAMMER}\u202e!":
            # As a terminal sends it: a key for each part.
            app.screen.post_message(events.Key("a_key", character))
        await pilot.pause()
        assert (line.value, line.cursor_position) == (f"x{PROGRAMMER}!", 5)
        await pilot.press("home")
        app.screen.post_message(events.Paste(f"\u2066{PROGRAMMER}\u2069 \x1b[31m"))
        await pilot.pause()
        assert (line.value, line.cursor_position) == (f"{PROGRAMMER} [31mx{PROGRAMMER}!", 8)
        await pilot.press("enter")
        await pilot.pause()
        assert stored(three_days) == [(3, f"{PROGRAMMER} [31mx{PROGRAMMER}!")]
        assert f"{PROGRAMMER} [31mx{PROGRAMMER}!" in as_text(app.query_one("#assistant"))
        await pilot.press("slash")
        finder = app.query_one(FilterLine)
        app.screen.post_message(events.Paste(f"a\t\u202e{PROGRAMMER}\x07"))
        await pilot.pause()
        assert finder.value == f"a {PROGRAMMER}", "every input line cleans alike"
        finder.value = f"b\u202e{PROGRAMMER}\n"
        assert finder.value == f"b{PROGRAMMER} "
