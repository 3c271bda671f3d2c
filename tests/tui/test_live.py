"""A live run: commands sent by keys, events of the worker on the screen, and a worker that dies."""

from __future__ import annotations

import pytest

from propersim.core.records import DayFigures, RunWarning
from propersim.runs.protocol import Committed, Continue, Controlled, Failed, Pause, RunState, Speed, StepOnce, Train, Training
from propersim.store.store import Store
from propersim_tui.render.run_state import state_word
from propersim_tui.widgets.notice import Notice
from tests.tui import story

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def growing(tmp_path):
    """A database with a run of 100 steps, and a function that adds steps."""
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
        live.events = [RunState("starting"), RunState("running")]
        app.tick()
        yield app, pilot, grow


async def test_begins_at_the_newest_step_and_follows(watched, live):
    app, _pilot, grow = watched
    assert app.frame.step.index == 99
    live.events = [grow(120)]
    app.tick()
    assert app.frame.step.index == 119
    live.events = [grow(500)]
    app.tick()
    assert (app.frame.step.day, app.frame.step.index) == (2, 499)
    assert [figures.day for figures in app.frame.days] == [1]


async def test_keys_are_sent_to_the_worker(watched, live):
    _app, pilot, _grow = watched
    await pilot.press("plus")
    await pilot.press("space")
    await pilot.press("n")
    await pilot.press("space")
    assert live.sent == [Speed(16.0), Pause(), StepOnce(), Continue()]


async def test_the_screen_shows_that_another_program_paused_the_run(watched, live):
    app, _pilot, grow = watched
    live.events = [grow(120), Controlled(True)]
    app.tick()
    assert app.frame.step.index == 119
    assert state_word(app.playback.status()) == "PAUSED"
    live.events = [Controlled(False)]
    app.tick()
    assert state_word(app.playback.status()) == "LIVE"
    assert live.sent == [], "the worker knows it already"


async def test_n_while_running_pauses_and_does_one_more(watched, live):
    app, pilot, grow = watched
    await pilot.press("n")
    assert live.sent == [Pause(), StepOnce()]
    live.events = [grow(101), RunState("paused")]
    app.tick()
    assert app.frame.step.index == 100
    assert not app.status.playing


async def test_looking_back_pauses_and_space_returns_to_the_newest(watched, live):
    app, pilot, grow = watched
    await pilot.press("b", "b")
    assert live.sent == [Pause()]
    assert app.frame.step.index == 97
    live.events = [grow(110), RunState("paused")]
    app.tick()
    assert app.frame.step.index == 97, "what comes late does not move the past away"
    assert app.status.behind == 12
    await pilot.press("n")
    assert app.frame.step.index == 98
    assert StepOnce() not in live.sent, "what is there already is not asked for"
    await pilot.press("space")
    assert live.sent[-1] == Continue()
    app.tick()
    assert app.frame.step.index == 109


async def test_a_dead_worker_is_a_message_and_the_past_stays(watched, live):
    app, pilot, _grow = watched
    live.answers = False
    live.events = [Failed("the worker was killed by SIGKILL; see runs.sqlite.logs/x.log", "propersim resume x --watch")]
    app.tick()
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


async def test_what_there_is_to_do_about_a_worker_that_ended_is_told(watched, live):
    app, _pilot, _grow = watched
    for event, words in (
        (Failed("the plan is wrong", "change the plan", resumable=False), ["change the plan"]),
        (RunState("stopped"), ["stopped", "propersim resume"]),
    ):
        live.events = [event]
        app.tick()
        told = str(app.query_one(Notice).content)
        assert all(word in told for word in words)
        assert ("resume" in told) == ("propersim resume" in words)


async def test_the_end_is_told_and_one_can_go_on_browsing(watched, live):
    app, pilot, grow = watched
    live.events = [grow(402), RunState("finished")]
    app.tick()
    assert app.query_one(Notice).is_open
    assert app.status.phase == "finished"
    assert app.failure is None
    await pilot.press("home", "space")
    assert app.status.playing, "a finished run is played from the store"
    await pilot.press("b")
    assert app.frame.step.index == 0


async def test_a_database_error_is_shown_and_the_screen_goes_on(watched, live, monkeypatch):
    from propersim.core.errors import StoreError

    app, pilot, _grow = watched

    def broken(*_, **__):
        raise StoreError("runs.sqlite: is damaged", "restore it from a copy")

    monkeypatch.setattr(app.source, "frame", broken)
    await pilot.press("b")
    app.tick()
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


# -- nights -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def learner(app_of, tmp_path, live):
    """A live run of a model at its 100th step, its pilot, and a function that stores a night."""
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path, days=1, stop=100)
    app = app_of(path, live=live, paused=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        live.events = [RunState("running")]
        app.tick()

        def store(*nights, warnings=()):
            story.add_nights(path, row, *nights, warnings=warnings)

        yield app, pilot, store


async def said(pilot) -> str:
    """Return the newest toast."""
    await pilot.pause()
    return str(list(pilot.app.screen.query("Toast"))[-1].render())


def feed(app) -> str:
    """Return the feed as text."""
    return "\n".join("".join(text for text, _ in parts) for parts, _ in app.query_one("#assistant").seen())


def panel(app) -> str:
    """Return the training panel as text."""
    return app.query_one("#training").render().plain


async def test_t_asks_the_worker_to_train_once_and_says_why_not_again(learner, live):
    app, pilot, store = learner
    live.answers = False
    await pilot.press("t")
    assert "does not answer" in await said(pilot)
    live.answers = True
    live.sent.clear()
    await pilot.press("t")
    assert live.sent == [Train()]
    assert "starts" in await said(pilot)
    await pilot.press("t")
    assert "queued" in await said(pilot)
    live.events = [RunState("training")]
    app.tick()
    await pilot.press("t")
    assert "already" in await said(pilot)
    store(story.night(1, 100, asked=True))
    live.events = [RunState("running")]
    app.tick()
    await pilot.press("t")
    assert "no new" in await said(pilot)
    live.events = [RunState("finished")]
    app.tick()
    await pilot.press("t")
    assert "finished" in await said(pilot)
    assert live.sent == [Train()]


async def test_t_of_a_control(watched, live):
    _app, pilot, _grow = watched
    await pilot.press("t")
    assert live.sent == []
    assert "the control random does not learn" in await said(pilot)


async def test_t_of_a_run_that_does_not_learn(app_of, tmp_path, live):
    path = tmp_path / "runs.sqlite"
    story.add_learner(path, days=1, stop=10, learn="none")
    app = app_of(path, live=live)
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("t")
        assert live.sent == []
        assert "--learn none" in await said(pilot)


async def test_t_in_a_replay(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add_learner(path, days=1)
    app = app_of(path)
    async with app.run_test(notifications=True) as pilot:
        await pilot.press("t")
        assert "A replay cannot train" in await said(pilot)


async def test_a_training_is_seen_and_keys_stay_alive(learner, live):
    app, pilot, store = learner
    assert not app.query_one("#training").display
    live.events = [RunState("training")]
    app.tick()
    await pilot.pause()
    assert app.query_one("#training").display
    assert "preparing" in panel(app)
    live.events = story.training(1, upto=250)
    app.tick()
    assert "812 pairs" in panel(app)
    assert "step 250 of 500" in panel(app)
    assert "50 %" in panel(app)
    assert "☾ TRAINING 50 %" in app.query_one("#header").render().plain
    await pilot.press("b", "b")
    assert app.frame.step.index == 97
    assert live.sent == [Pause()]
    assert "☾ TRAINING 50 % ◂ 2" in app.query_one("#header").render().plain
    await pilot.press("space")
    assert live.sent[-1] == Continue()
    store(story.night(1, 100))
    live.events = [RunState("running")]
    app.tick()
    await pilot.pause()
    assert not app.query_one("#training").display
    assert "night 1 · trained on 812 pairs, speaking was preferred in 41" in " ".join(feed(app).split())


async def test_the_figures_of_a_training_begin_anew_and_stay_few(learner, live):
    app, _pilot, _ = learner
    live.events = [*story.training(1, upto=250), *story.training(2, upto=20)]
    app.tick()
    assert [each.step for each in app.status.training] == [0, 10, 20]
    assert {each.day for each in app.status.training} == {2}
    live.events = [Training(3, step, 5000, 0.5, 1.0, 0.9, 10.0, 812) for step in range(1, 5001)]
    app.tick()
    assert len(app.status.training) <= 240
    assert app.status.training[-1].step == 5000
    assert app.status.training[0].step == 1


async def test_a_worker_that_dies_while_training(learner, live):
    app, pilot, _ = learner
    live.events = [RunState("training"), *story.training(1, upto=10)]
    app.tick()
    live.events = [Failed("the worker was killed by SIGKILL", "propersim resume x --watch")]
    app.tick()
    await pilot.pause()
    assert not app.query_one("#training").display
    assert "✖ STOPPED" in app.query_one("#header").render().plain


async def test_nights_are_read_when_one_is_over_not_with_every_tick(learner, live, monkeypatch):
    app, _pilot, _ = learner
    reads = []
    nights = Store.nights

    def noted(store, run, after):
        reads.append(1)
        return nights(store, run, after)

    monkeypatch.setattr(Store, "nights", noted)
    live.events = [RunState("training"), *story.training(1, upto=10)]
    for _ in range(20):
        app.tick()
    assert reads == []
    live.events = [RunState("running")]
    for _ in range(20):
        app.tick()
        live.events = [RunState("running")]
    assert reads == [1]


@pytest.mark.parametrize("text", ["[/foo][@click=app.quit]x[/]", "a\x1b[31mred\x07\u202e", "x" * 100_000, " "])
async def test_a_warning_is_told_and_stands_in_the_feed(learner, live, text):
    app, pilot, store = learner
    store(story.night(1, 100), warnings=[RunWarning(100, 1, "malformed", text)])
    live.events = [RunState("training"), RunState("running")]
    app.tick()
    await pilot.pause()
    notice = app.query_one(Notice)
    assert notice.is_open
    assert "▲" in feed(app)
    if text.startswith("["):
        assert text in str(notice.content)
        assert text in feed(app)
    assert not any(ord(char) < 32 or char == "\u202e" for char in feed(app).replace("\n", ""))
    await pilot.press("escape")
    app.tick()
    assert not notice.is_open


async def test_the_warning_of_a_night_closes_with_the_next_night(learner, live):
    app, _pilot, store = learner
    store(story.night(1, 100), warnings=[RunWarning(100, 1, "no-welcome", "None of the day's recommendations was welcome.")])
    live.events = [RunState("training"), RunState("running")]
    app.tick()
    notice = app.query_one(Notice)
    assert notice.is_open
    store(story.night(2, 200))
    live.events = [RunState("training"), RunState("running")]
    app.tick()
    assert not notice.is_open


async def test_a_warning_does_not_hide_what_went_wrong(learner, live):
    app, _pilot, store = learner
    store(story.night(1, 100), warnings=[RunWarning(100, 1, "no-pairs", "nothing to learn from for 3 nights")])
    live.events = [Failed("the disk is full", "make room")]
    app.tick()
    app.tick()
    assert "the disk is full" in str(app.query_one(Notice).content)
