"""The undo of a rating on the screen: its message, and the bookmarks of the steps that are made anew."""

from __future__ import annotations

import msgspec
import pytest

from propersim.core.records import RunWarning
from propersim.runs.protocol import RateThis, RunState, Undo, Undoable, WentBack
from propersim.store.bookmarks import bookmarks
from propersim.store.store import Store
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.widgets.notice import Notice
from tests.tui import hosts, story
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


def rated_by_person(step):
    """The day's recommendations as a person rated them."""
    judged = msgspec.structs.replace(step.answer.rating, reasons=("", "", "", ""))
    return msgspec.structs.replace(step, judged=judged) if step.spoke and step.day == 3 else step


async def test_an_undo_asks_before_hours_are_lost_and_fills_the_answers_in(app_of, tmp_path, live):
    path = tmp_path / "runs.sqlite"
    story.add(path, change=rated_by_person)
    said = [step for step in STEPS.values() if step.spoke]
    app = app_of(path, live=live)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        live.events = [RunState("running"), Undoable(said[-1].index)]
        app.tick()
        await pilot.press("u")
        assert isinstance(app.screen, ConfirmScreen)
        assert "Undo your rating of 18:40?" in hosts.text_of(app)
        assert "since then" in hosts.text_of(app)
        await pilot.press("n")
        assert Undo() not in live.sent
        await pilot.press("u", "y")
        assert live.sent[-1] == Undo()
        undone(path, live, said[-1].index)
        app.tick()
        asked(live, said[-1].index)
        app.tick()
        await pilot.pause()
        assert [row.value for row in on_top(app, RateScreen).rating_rows] == list(said[-1].rating.values)


async def test_an_undo_of_a_moment_ago_asks_nothing(app_of, tmp_path, live):
    path = tmp_path / "runs.sqlite"
    said = [step for step in STEPS.values() if step.spoke]
    story.add(path, change=rated_by_person, stop=said[2].index + 2)
    app = app_of(path, live=live)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        live.events = [RunState("running"), Undoable(said[2].index)]
        app.tick()
        await pilot.press("u")
        assert live.sent[-1] == Undo()


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
