"""Live runs that go on while another run is shown: no key ends one silently."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from propersim.core.config import RunConfig
from propersim.core.records import Clocks
from propersim.runs.create import add_run
from propersim.runs.live import LiveRun
from propersim.runs.prepare import PreparedRun
from propersim.runs.protocol import Committed, Controlled, Failed, RateThis, RunState, StartPhase, Stop, Training
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.data.frame import PlaybackStatus
from propersim_tui.data.idle_actions import idle_actions
from propersim_tui.data.source import RunSource
from propersim_tui.messages import ShowRun, StartRun
from propersim_tui.render.run_state import playback_state, state_word
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.new_run import NewRunScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.notice import Notice
from tests.known import known
from tests.tui import story
from tests.tui.answers import FakeExaminer
from tests.tui.conftest import FakeLive
from tests.tui.hosts import on_top, settled, text_of
from tests.waiting import wait_for_async

pytestmark = pytest.mark.usefixtures("undrawn")

ONE, OTHER = "p01-random-test", "p01-random-other"


@pytest.fixture
def started() -> dict[str, FakeLive]:
    """Fake workers, by the runs that the app started."""
    return {}


@pytest.fixture
async def watched(app_of, tmp_path, live, monkeypatch, started):
    """An app on a live run, in a database with another run that is stopped."""
    path = tmp_path / "runs.sqlite"
    story.add(path, name=OTHER, days=2)
    story.add(path, name=ONE, days=1, stop=100, state="running")

    def open_run(db, opening: PreparedRun, speed):
        worker = started.setdefault(opening.run_id, FakeLive()) if opening.live else None
        return RunSource(db, opening.run_id, worker)

    monkeypatch.setattr("propersim_tui.app.open_run", open_run)
    monkeypatch.setattr("propersim_tui.app.prepare_resume", lambda db, run_id: PreparedRun(run_id, live=True))
    app = app_of(path, live=live, paused=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        live.events = [RunState("running"), Committed(100)]
        app.tick()
        await pilot.pause()
        yield app, pilot


async def listed(app: PropersimApp, pilot, run_id: str) -> RunsScreen:
    """Open the list of runs, and select one."""
    await pilot.press("r")
    await settled(pilot)
    screen = on_top(app, RunsScreen)
    screen.table.go(run_id)
    await settled(pilot)
    return screen


async def opened(app: PropersimApp, pilot, run_id: str) -> None:
    await wait_for_async(lambda: _is(app, run_id), lambda: f"{run_id} is not shown, but {app.source.about.run_id}")
    await pilot.pause()


async def _is(app: PropersimApp, run_id: str) -> bool:
    return app.source.about.run_id == run_id and app.screen is app.live


def toasts(app: PropersimApp) -> str:
    return " / ".join(each.message for each in app._notifications)


async def test_enter_and_r_on_the_live_run_return_to_it(watched, live):
    app, pilot = watched
    for key in ("enter", "r"):
        source = app.source
        await listed(app, pilot, ONE)
        await pilot.press(key)
        await opened(app, pilot, ONE)
        assert app.source is source
        assert app.source.live is live
        assert Stop() not in live.sent
        assert not live.closed
        assert app.status.playing


async def test_a_run_of_another_process_is_followed_from_its_newest_step(watched, clock):
    app, pilot = watched
    with Store(app.source.db) as other:
        run = other.run(OTHER)
        other.hold(run)
        other.update_run(run, state="running")
        screen = await listed(app, pilot, OTHER)
        screen.action_update()
        await settled(pilot)
        assert {"resume", "stop"} <= screen.idle_actions, "the footer offers what works"
        await pilot.press("r")
        assert "Another process is running it; Enter follows it" in toasts(app)
        await pilot.press("enter")
        await opened(app, pilot, OTHER)
        assert known(app.frame).behind == 0
        assert "▶ LIVE ELSEWHERE" in text_of(app)
        notice = str(app.query_one(Notice).content)
        assert "watched, not controlled" in notice
        assert f"propersim ctl {OTHER} pause|resume|stop" in notice
        await pilot.press("b")
        await pilot.pause()
        assert "‖ LIVE ELSEWHERE" in text_of(app)
        clock.now += 2
        app.tick()
        assert known(app.frame).behind == 1, "it is held there"
        await pilot.press("end")
        await pilot.pause()
        assert "▶ LIVE ELSEWHERE" in text_of(app)
    with Store(app.source.db) as other:
        other.update_run(other.run(OTHER), state="stopped")
    clock.now += 2
    app.tick()
    await pilot.pause()
    assert "ELSEWHERE" not in text_of(app)
    assert not app.query_one(Notice).is_open


async def test_a_live_run_goes_on_while_another_is_replayed_and_is_shown_again_as_it_is(watched, live):
    app, pilot = watched
    await listed(app, pilot, OTHER)
    await pilot.press("enter")
    await opened(app, pilot, OTHER)
    assert state_word(app.status) == "REPLAY"
    assert f"{ONE} goes on in the background" in toasts(app)
    assert not live.closed
    assert Stop() not in live.sent
    # Its worker is listened to, and the list says what it does.
    live.events = [RunState("training"), Training(1, 3, 10)]
    app.tick()
    assert app.live_runs() == {ONE: "TRAINING"}
    screen = await listed(app, pilot, ONE)
    screen.follow()
    await pilot.pause()
    assert "TRAINING" in text_of(app)
    await pilot.press("d")
    assert "is live; stop it first" in toasts(app)
    await pilot.press("enter")
    await opened(app, pilot, ONE)
    assert app.source.live is live
    assert app.status.training
    assert app.live_runs() == {ONE: "TRAINING"}


async def test_enter_on_a_persona_asks_for_its_options_and_starts_a_run_beside_the_live_one(watched, live, started):
    app, pilot = watched
    await pilot.press("p")
    await settled(pilot)
    await pilot.press("down", "enter")
    await settled(pilot)
    asked = on_top(app, NewRunScreen)
    assert asked.query_one("#new-persona", Input).value == "p02"
    assert asked.query_one("#new-assistant", Input).value == known(app.source.config).assistant == "random"
    assert not started, "nothing starts before the dialog is confirmed"
    await pilot.press("escape")
    await pilot.pause()
    on_top(app, PersonasScreen)
    app.post_message(StartRun("p02"))
    await settled(pilot)
    await pilot.press("enter")
    await wait_for_async(lambda: _started(app), "no run of p02")
    await pilot.pause()
    assert app.source.about.persona.id == "p02"
    assert app.query_one("#home").at is None, "the other persona is not on the map"
    assert not live.closed
    assert app.live_runs() == {app.source.about.run_id: "STARTING", ONE: "LIVE"}


async def _started(app: PropersimApp) -> bool:
    return app.source.about.persona.id == "p02" and app.screen is app.live


async def test_the_top_line_says_what_goes_on_in_the_background(watched, live):
    app, pilot = watched
    assert "more" not in text_of(app).split("\n")[0]
    app.post_message(ShowRun(OTHER))
    await opened(app, pilot, OTHER)
    for width in (120, 80):
        await pilot.resize_terminal(width, 40)
        await pilot.pause()
        assert "1 more running: r" in text_of(app).split("\n")[0]
    for event, said in ((RunState("paused"), "1 more paused: r"), (RunState("rating"), "1 more asks you: r")):
        live.events = [Controlled(event.state == "paused"), event]
        app.tick()
        await pilot.pause()
        assert said in text_of(app).split("\n")[0]
    live.events = [RunState("stopped")]
    app.tick()
    await settled(pilot)
    assert "more" not in text_of(app).split("\n")[0]


async def test_two_live_runs_change_places(watched, live, started):
    app, pilot = watched
    app.post_message(ShowRun(OTHER, resume=True))
    await opened(app, pilot, OTHER)
    second = started[OTHER]
    second.events = [RunState("paused")]
    await pilot.press("space")
    app.tick()
    assert app.live_runs() == {OTHER: "PAUSED", ONE: "LIVE"}
    app.post_message(ShowRun(ONE, resume=True))
    await opened(app, pilot, ONE)
    assert app.source.live is live
    assert app.live_runs() == {ONE: "LIVE", OTHER: "PAUSED"}
    assert not live.closed
    assert not second.closed


async def test_x_stops_a_run_in_the_background_and_the_one_that_is_shown(watched, live):
    app, pilot = watched
    app.post_message(ShowRun(OTHER))
    await opened(app, pilot, OTHER)
    screen = await listed(app, pilot, ONE)
    assert "stop" not in screen.idle_actions
    await pilot.press("x")
    assert live.sent[-1] == Stop()
    live.events = [RunState("stopped")]
    app.tick()
    await settled(pilot)
    assert app.live_runs() == {}
    assert f"{ONE} is stopped" in toasts(app)
    await wait_for_async(lambda: _closed(live), "its worker is not closed")
    screen.follow()
    assert "stop" in screen.idle_actions
    await pilot.press("x")
    assert "This run is not running" in toasts(app) or "Another process" in toasts(app)


async def _closed(live: FakeLive) -> bool:
    return live.closed


async def test_a_run_that_the_user_stopped_says_so_and_how_to_resume_it(watched, live):
    app, pilot = watched
    await listed(app, pilot, ONE)
    await pilot.press("x", "escape")
    assert live.sent[-1] == Stop()
    live.events = [RunState("stopped")]
    app.tick()
    await pilot.pause()
    notice = str(app.live.query_one(Notice).content)
    assert "You stopped the run" in notice
    assert "propersim resume p01-random-test" in notice
    assert playback_state(app.status)[0] == "✖ STOPPED"
    assert app.failure is None


async def test_what_becomes_of_a_run_in_the_background_is_said(watched, live, started):
    app, pilot = watched
    app.post_message(ShowRun(OTHER, resume=True))
    await opened(app, pilot, OTHER)
    live.events = [Failed("the endpoint is gone")]
    app.tick()
    await pilot.pause()
    assert f"{ONE}: the endpoint is gone" in toasts(app)
    assert app.live_runs() == {OTHER: "STARTING"}
    app.post_message(ShowRun(ONE))
    await opened(app, pilot, ONE)
    started[OTHER].events = [RunState("finished")]
    app.tick()
    await pilot.pause()
    assert f"{OTHER} is finished" in toasts(app)
    assert app.live_runs() == {}


async def test_a_rating_that_a_run_in_the_background_waits_for_is_asked_when_it_is_shown(watched, live):
    app, pilot = watched
    app.post_message(ShowRun(OTHER))
    await opened(app, pilot, OTHER)
    action = story.plan(1).actions[0]
    live.events = [RateThis(99, 1, 420.0, "A walk?", action, Clocks(0, 0)), RunState("rating")]
    app.tick()
    await pilot.pause()
    assert app.screen is app.live
    assert "asks for your rating" in toasts(app)
    assert app.live_runs() == {ONE: "ASKING"}
    for _ in range(2):
        # It is asked again after it was left without an answer.
        app.post_message(ShowRun(ONE))
        await wait_for_async(lambda: _asks(app), "it is not asked")
        app.post_message(ShowRun(OTHER))
        await opened(app, pilot, OTHER)
    assert [each for each in live.sent if not isinstance(each, Stop)] == []


async def _asks(app: PropersimApp) -> bool:
    return isinstance(app.screen, RateScreen)


# -- words ----------------------------------------------------------------------------------------------------------

LIVE = PlaybackStatus(playing=True, live=True, phase="running", at=5)


@pytest.mark.parametrize(
    ("status", "word", "said"),
    [
        (LIVE, "LIVE", "▶ LIVE 8×"),
        (replace(LIVE, playing=False), "PAUSED", "‖ PAUSED 8×"),
        (replace(LIVE, playing=False, behind=3), "PAUSED", "◂ PAUSED 3 steps back"),
        (replace(LIVE, training=()), "TRAINING", "☾ TRAINING"),
        (replace(LIVE, asked=True), "ASKING", "◆ ASKING you"),
        (replace(LIVE, awaited=True, waited=12.0, usual=3.2), "ASKING", "◌ ASKING 12 s (usually 3 s)"),
        (replace(LIVE, awaited=True, waited=0.0), "ASKING", "◌ ASKING"),
        (replace(LIVE, awaited=True, waited=140.0, usual=0.4), "ASKING", "◌ ASKING 2 min (usually under 1 s)"),
        (replace(LIVE, phase="starting", waited=7.0), "STARTING", "◌ STARTING 7 s"),
        (replace(LIVE, phase="finished", playing=False), "FINISHED", "■ FINISHED"),
        (replace(LIVE, phase="failed", playing=False, behind=1), "STOPPED", "✖ STOPPED 1 step back"),
        (replace(LIVE, live=False), "REPLAY", "▶ REPLAY 8×"),
        (replace(LIVE, live=False, playing=False), "REPLAY", "‖ REPLAY paused 8×"),
        (replace(LIVE, live=False, playing=False, phase="finished"), "REPLAY", "■ REPLAY finished"),
    ],
)
def test_each_state_has_its_word(status, word, said):
    assert state_word(status) == word
    assert playback_state(status)[0] == said


@pytest.mark.parametrize(
    ("status", "idle", "busy"),
    [
        (LIVE, "", "play step_back step_forward rate_by_hand"),
        (replace(LIVE, at=-1, phase="starting"), "inspect memory go_to_time step_back previous_day", "play"),
        (replace(LIVE, live=False, playing=False), "rate_by_hand train play step_forward", "step_back inspect"),
        (replace(LIVE, live=False, playing=False, behind=4), "train", "play step_forward next_day"),
        (replace(LIVE, live=False, playing=False, growing=True), "train", "play step_forward"),
        (replace(LIVE, live=False, playing=False, behind=4, at=0), "step_back previous_day", "play"),
        (replace(LIVE, training=()), "train", "step_back"),
    ],
)
def test_actions_without_effect_are_known(status, idle, busy):
    found = idle_actions(None, status)
    assert set(idle.split()) <= found
    assert not set(busy.split()) & found


async def test_the_footer_says_the_state_and_leaves_out_what_means_nothing(app_of, three_days):
    app = app_of(three_days, at=0)
    async with app.run_test(size=(200, 40)) as pilot:
        await pilot.pause()
        footer = app.live.query_one(KeyFooter)
        first = footer.render().plain
        assert first.startswith(" REPLAY ")
        assert "Step forward" in first
        for words in ("Step back", "Train", "What it learned", "Memory"):
            assert words not in first, "a control learns and remembers nothing, and the first step has none before it"
        await pilot.press("end")
        await pilot.pause()
        last = footer.render().plain
        assert "Step back" in last
        assert "Step forward" not in last
        # A click still presses the key under the pointer.
        start = last.index("Inspect")
        assert footer.at(start)[0] == "i"
        assert footer.at(2) is None


# -- starting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16), (200, 60)])
async def test_a_start_shows_its_phases_the_persona_and_the_plan_as_soon_as_there_is_one(app_of, tmp_path, live, clock, size):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=0, state="new")
    app = app_of(path, live=live, paused=False)
    async with app.run_test(size=size) as pilot:

        async def seen(*events: object, seconds: float = 1.0) -> str:
            clock.now += seconds
            live.events = [*events]
            app.tick()
            await pilot.pause()
            return text_of(app)

        text = await seen()
        assert "◌ the worker" in text
        await seen(RunState("starting"), StartPhase("model"), seconds=2)
        text = await seen(seconds=12)
        assert "STARTING 12 s" in text
        assert "◌ loading the model  12 s" in text or size[0] < 100
        assert "✓ the worker process  3 s" in text or size[0] < 100
        await pilot.press("2")
        text = await seen()
        assert "Rosalind" in text
        assert "theatre producer" in text
        assert "no entries yet" not in text
        with Store(path) as store:
            store.begin_day(row, story.plan(1), 0)
        await pilot.press("1")
        text = await seen(StartPhase("plan", 1))
        assert "planning day 1" in " ".join(text.split())
        assert "desk" in text, "the plan is in Today, and in Activities"
        with Store(path) as store:
            store.add_steps(row, story.day_steps(1, 0)[:5], [0] * 5, 0.0)
        text = await seen(RunState("running"), Committed(5))
        assert "planning day 1" not in text
        assert "waking up" in text
        assert not app.live.has_class("-unbegun")


async def test_asking_says_for_how_long_and_how_long_it_usually_takes(app_of, tmp_path, live, clock):
    path = tmp_path / "runs.sqlite"
    story.add_asked(path, seconds=4.0)
    app = app_of(path, live=live, paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        live.events = [RunState("running"), RunState("asking")]
        app.tick()
        clock.now += 9
        live.events = [RunState("asking")]
        app.tick()
        await pilot.pause()
        assert playback_state(app.status)[0].startswith("◌ ASKING 9 s (usually 4 s)")
        live.events = [RunState("running")]
        app.tick()
        assert "ASKING" not in playback_state(app.status)[0]


@pytest.mark.slow
async def test_two_real_workers_go_on_side_by_side(tmp_path):
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        first, second = (add_run(store, RunConfig(persona=persona, assistant="random", days=2)).id for persona in ("p01", "p02"))
    worker = LiveRun(path, first, speed=20.0)
    source = RunSource(path, first, worker)
    worker.start()
    app = PropersimApp(source, speed=20.0)
    try:
        async with app.run_test(size=(120, 40)) as pilot:

            async def has(run_id: str, count: int) -> bool:
                await pilot.pause()
                with Store(path, read_only=True) as store:
                    return store.step_count(store.run(run_id)) >= count

            await wait_for_async(lambda: has(first, 5), "the first run has no steps", seconds=60)
            app.post_message(ShowRun(second, resume=True))
            await wait_for_async(lambda: has(second, 5), "the second run has no steps", seconds=60)
            with Store(path, read_only=True) as store:
                so_far = store.step_count(store.run(first))
            await wait_for_async(lambda: has(first, so_far + 10), "the first run has stopped", seconds=60)
            assert app.live_runs().keys() == {first, second}
    finally:
        commands = app.background.close()
        known = app.source.live
        if known is not None:
            known.close()
        app.source.close()
    assert commands == {first: f"propersim resume {first} --watch --db {path}"}
    with Store(path, read_only=True) as store:
        assert {row.state for row in store.runs()} == {"stopped"}


async def test_the_inspector_says_how_long_it_has_asked_and_how_long_it_usually_takes(app_of, tmp_path, clock):
    path = tmp_path / "runs.sqlite"
    story.add_learner(path)
    source = RunSource(path, "last")
    examiner = FakeExaminer(lambda index: source.frame(index).step)
    app = app_of(path, at=500, inspector=lambda *_: examiner)

    async def after(pilot, seconds: float) -> str:
        clock.now += seconds
        app.tick()
        await pilot.pause()
        return text_of(app)

    async def asks(questions: int) -> None:
        async def asked() -> bool:
            return len(examiner.asked) >= questions

        await wait_for_async(asked, f"question {questions}")

    async with app.run_test(size=(120, 40)) as pilot:
        examiner.silent = True
        await pilot.press("i")
        await asks(2)
        assert "asking the model …" in await after(pilot, 0)
        assert "asking the model … 7 s" in await after(pilot, 7)
        examiner.silent = False
        # A question that a newer one replaces does not count; this one takes 5 seconds.
        on_top(app, InspectScreen).ask_now()
        assert "asking the model" not in await after(pilot, 5)
        examiner.silent = True
        await pilot.press("n")
        await asks(6)
        text = await after(pilot, 2)
        assert "asking the model … 2 s" in text
        assert "5 s)" in text
        await pilot.press("w")
        await asks(7)
        text = await after(pilot, 3)
        assert text.count("asking the model … 3 s") >= 5, "the heading, both maps and all panels"
