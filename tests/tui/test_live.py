"""A live run: what the keys tell the worker, what its words do to the screen, and what becomes of a dead one."""

from __future__ import annotations

import pytest

from propersim.protocol import Committed, Failed, Go, Pause, Speed, State, StepOnce
from propersim.records import DayFigures
from propersim.store import Store
from propersim_tui.widgets.notice import Notice
from tests.tui import story


@pytest.fixture
def growing(tmp_path):
    """A database with a run of 100 steps, and a function that adds some."""
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=1, stop=100)
    steps = story.day_steps(1, 0) + story.day_steps(2, 402)

    def grow(upto: int) -> Committed:
        with Store(path) as store:
            have = store.step_count(row)
            if upto > 402 and len(store.days(row)) == 1:
                store.end_day(row, DayFigures(day=1, steps=402, dimensions=(400, 400, 402, 402), silent=1500, oracle=1608))
                store.begin_day(row, story.plan(2), 402)
            store.add_steps(row, steps[have:upto], [0] * (upto - have), 0.0)
        return Committed(upto, int(upto > 402))

    return path, grow


@pytest.fixture
async def watched(app_of, growing, live):
    path, grow = growing
    app = app_of(path, live=live, paused=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        live.events = [State("starting"), State("running")]
        app._tick()
        yield app, pilot, grow


async def test_begins_at_the_newest_step_and_follows(watched, live):
    app, _pilot, grow = watched
    assert app.frame.step.index == 99
    live.events = [grow(120)]
    app._tick()
    assert app.frame.step.index == 119
    live.events = [grow(500)]
    app._tick()
    assert (app.frame.step.day, app.frame.step.index) == (2, 499)
    assert [figures.day for figures in app.frame.days] == [1]


async def test_keys_are_sent_to_the_worker(watched, live):
    _app, pilot, _grow = watched
    await pilot.press("plus")
    await pilot.press("space")
    await pilot.press("n")
    await pilot.press("space")
    assert live.sent == [Speed(16.0), Pause(), StepOnce(), Go()]


async def test_n_while_running_pauses_and_does_one_more(watched, live):
    app, pilot, grow = watched
    await pilot.press("n")
    assert live.sent == [Pause(), StepOnce()]
    live.events = [grow(101), State("paused")]
    app._tick()
    assert app.frame.step.index == 100
    assert not app.status.playing


async def test_looking_back_pauses_and_space_returns_to_the_newest(watched, live):
    app, pilot, grow = watched
    await pilot.press("b", "b")
    assert live.sent == [Pause()]
    assert app.frame.step.index == 97
    live.events = [grow(110), State("paused")]
    app._tick()
    assert app.frame.step.index == 97, "what comes late does not move the past away"
    assert app.status.behind == 12
    await pilot.press("n")
    assert app.frame.step.index == 98
    await pilot.press("space")
    assert live.sent[-1] == Go()
    assert app.frame.step.index == 109


async def test_n_in_the_past_does_not_ask_the_worker(watched, live):
    _app, pilot, _grow = watched
    await pilot.press("b", "n")
    assert StepOnce() not in live.sent
    await pilot.press("n")
    assert live.sent[-1] == StepOnce()


async def test_a_dead_worker_is_a_message_and_the_past_stays(watched, live):
    app, pilot, _grow = watched
    live.answers = False
    live.events = [Failed("the worker was killed by SIGKILL; see runs.sqlite.logs/x.log", "propersim resume x --watch")]
    app._tick()
    await pilot.pause()
    notice = app.query_one(Notice)
    assert notice.is_open
    text = str(notice.content)
    assert "SIGKILL" in text
    assert "propersim resume p01-random-test --watch" in text
    assert "--db" in text, "the run is not in the default database"
    assert app.status.phase == "failed"
    await pilot.press("b", "left_square_bracket", "n")
    assert app.frame.step.index == 1
    await pilot.press("end", "space")
    assert not app.status.playing
    await pilot.press("escape")
    assert not notice.is_open
    assert app.failure.resumable


async def test_a_failure_that_cannot_be_resumed_gives_its_own_hint(watched, live):
    app, _pilot, _grow = watched
    live.events = [Failed("the plan is wrong", "change the plan", resumable=False)]
    app._tick()
    assert "resume" not in str(app.query_one(Notice).content)
    assert "change the plan" in str(app.query_one(Notice).content)


async def test_a_worker_stopped_from_elsewhere_is_told(watched, live):
    app, _pilot, _grow = watched
    live.events = [State("stopped")]
    app._tick()
    assert "stopped" in str(app.query_one(Notice).content)
    assert "propersim resume" in str(app.query_one(Notice).content)


async def test_the_end_is_told_and_one_can_go_on_browsing(watched, live):
    app, pilot, grow = watched
    live.events = [grow(402), State("finished")]
    app._tick()
    assert app.query_one(Notice).is_open
    assert app.status.phase == "finished"
    assert app.failure is None
    await pilot.press("home", "space")
    assert app.status.playing, "a finished run is played from the store"
    await pilot.press("b")
    assert app.frame.step.index == 0


async def test_a_database_error_is_shown_and_the_screen_goes_on(watched, live, monkeypatch):
    from propersim.errors import StoreError

    app, pilot, _grow = watched

    def broken(*_):
        raise StoreError("runs.sqlite: is damaged", "restore it from a copy")

    monkeypatch.setattr(app.source, "frame", broken)
    await pilot.press("b")
    app._tick()
    assert "is damaged" in str(app.query_one(Notice).content)
    assert app.is_running


async def test_before_anything_is_stored(app_of, tmp_path, live):
    path = tmp_path / "runs.sqlite"
    story.add(path, days=0, state="new")
    app = app_of(path, live=live, paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "n", "left_square_bracket", "right_square_bracket", "home", "end", "y", "g", "escape")
        await pilot.pause()
        assert app.frame.step is None
