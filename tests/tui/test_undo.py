"""The undo of a rating on the screen: its message, and the bookmarks of the steps that are made anew."""

from __future__ import annotations

import pytest

from propersim.core.records import RunWarning
from propersim.runs.protocol import RateThis, RunState, Undoable, WentBack
from propersim.store.bookmarks import bookmarks
from propersim.store.store import Store
from propersim_tui.screens.rate import RateScreen
from propersim_tui.widgets.notice import Notice
from tests.tui import story
from tests.tui.hosts import on_top

pytestmark = pytest.mark.usefixtures("undrawn")

DAY = 804
STEPS = {step.index: step for step in story.day_steps(3, DAY)}


def undone(db, live, index: int) -> None:
    """Undo the rating of a step as the worker does."""
    with Store(db) as store:
        store.go_back(store.run("last"), index, [RunWarning(index, 3, "undo", f"Your rating of step {index} was undone.")])
    live.events = [WentBack(index)]


def asked(live, index: int) -> None:
    step = STEPS[index]
    live.events = [RunState("rating"), RateThis(index, 3, step.minute, "Some tea?", step.action, step.clocks)]


async def test_the_message_of_an_undo_goes_with_the_next_rating(app_of, three_days, live):
    app = app_of(three_days, live=live)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        notice = app.query_one(Notice)
        for index, key in ((DAY + 90, "s"), (DAY + 90, "z"), (DAY + 60, "s")):
            undone(three_days, live, index)
            app.tick()
            assert notice.is_open
            assert f"Your rating of step {index} was undone." in str(notice.content)
            asked(live, index)
            app.tick()
            await pilot.pause()
            on_top(app, RateScreen)
            assert notice.is_open, "it is there until the answer"
            await pilot.press(key)
            assert not notice.is_open


async def test_an_undo_says_which_bookmarks_it_removes(app_of, three_days, live):
    app = app_of(three_days, live=live)
    watching = app_of(three_days)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for index, note in ((5, "day 1"), (DAY + 30, "earlier"), (DAY + 40, "the step itself"), (DAY + 60, "[b]later[/b]"), (DAY + 61, "")):
            app.source.mark(index, note)
        watching.source.read_bookmarks()
        undone(three_days, live, DAY + 40)
        live.events.append(Undoable(DAY + 20))
        app.tick()
        notice = app.query_one(Notice)
        assert "The undo removed 2 bookmarks on later steps, which are made anew: 09:30 “[b]later[/b]”, 09:32" in str(notice.content)
        assert "Your rating of step 844 was undone." in str(notice.content)
        assert list(app.source.bookmarks) == [5, DAY + 30, DAY + 40]
        asked(live, DAY + 40)
        app.tick()
        await pilot.pause()
        await pilot.press("s")
        assert notice.is_open, "what was lost is said until it was read"
        await pilot.press("escape")
        app.tick()
        assert not notice.is_open
    with Store(three_days) as store:
        run = store.run("last")
        store.add_steps(run, [STEPS[DAY + 40]], [0], 0.0)
        assert [each.index for each in bookmarks(store, run)] == [5, DAY + 30, DAY + 40], "the same step has its bookmark again"
    # Another screen that follows the run.
    watching.source.growing = True
    watching.source.poll(1.0)
    watching.source.poll(100.0)
    assert [each.index for each in watching.source.lost_bookmarks] == [DAY + 60, DAY + 61]
