"""A visitor looks on: what changes, begins or carries on something is not offered, and refused where it is asked for all the same."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from propersim.inspector.protocol import InspectorError, MapSpeaking
from propersim.store.store import Store
from propersim_tui.config.screen_actions import RUNS_ACTS
from propersim_tui.data.source import RunSource
from propersim_tui.messages import ShowRun, StartRun
from propersim_tui.screens.bookmarks import BookmarksScreen
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.path import PathScreen
from propersim_tui.web.viewer_app import LimitedInspector, ViewerApp, ViewerPersonasScreen, ViewerRunsScreen
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.table import Table
from tests.tui import story
from tests.tui.hosts import text_of

pytestmark = pytest.mark.usefixtures("undrawn")


async def test_a_visitor_looks_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", str(tmp_path / "own.toml"))
    monkeypatch.chdir(tmp_path)
    db = tmp_path / "runs.sqlite"
    story.add(db)
    other = story.add_learner(db).id
    with Store(db, read_only=True) as store:
        before = [(row.id, row.state, row.steps) for row in store.runs()]
    files = sorted(tmp_path.rglob("*"))
    app = ViewerApp(RunSource(db, "p01-random-test"), paused=True, now=lambda: 0.0)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        commands = {command.title for command in app.get_system_commands(app.screen)}
        assert "Save speed" in commands, "there is something to refuse"
        for action in ("train", "rate_by_hand", "save_speed", "save_tab"):
            assert not app.check_action(action, ())

        await pilot.press("M")
        await pilot.pause()
        assert type(app.screen) is LiveScreen
        assert "Viewers cannot set or change bookmarks" in str(list(app.screen.query("Toast"))[-1].render())
        await pilot.press("apostrophe")
        assert isinstance(app.screen, BookmarksScreen)
        await pilot.press("escape")
        await pilot.press("r")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ViewerRunsScreen)
        table = app.screen.query_one(Table)
        table.go(other)
        await pilot.press("d", "r")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ViewerRunsScreen)
        assert not isinstance(app.screen, ConfirmScreen)
        app.post_message(ShowRun(other, resume=True))
        await pilot.pause()
        assert app.source.about.run_id == "p01-random-test"
        await pilot.press("?")
        assert isinstance(app.screen, KeysScreen)
        offered = " ".join(str(app.screen.query_one(Static).content).split())
        for act in RUNS_ACTS:
            assert (act.tip in offered) == (act.id not in ("resume", "stop", "delete")), act.id
        await pilot.press("escape")
        # What is stored can be opened.
        await pilot.press("enter")
        await pilot.pause()
        assert app.source.about.run_id == other
        assert app.source.live is None

        await pilot.press("p")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ViewerPersonasScreen)
        await pilot.press("o", "enter")
        await pilot.pause()
        assert not isinstance(app.screen, PathScreen)
        app.post_message(StartRun("p01"))
        await pilot.pause()
        assert app.source.about.run_id == other
    with Store(db, read_only=True) as store:
        assert [(row.id, row.state, row.steps) for row in store.runs()] == before
    assert [each for each in sorted(tmp_path.rglob("*")) if not each.name.endswith(("-wal", "-shm"))] == [
        each for each in files if not each.name.endswith(("-wal", "-shm"))
    ]


def test_only_so_many_visitors_ask_the_model(tmp_path, monkeypatch):
    monkeypatch.setattr(LimitedInspector, "_spawn", lambda *_: None)
    visits = [LimitedInspector(tmp_path / "runs.sqlite", "r", tmp_path) for _ in range(3)]
    first, second, third = visits
    for each in (first, second):
        each.ask(MapSpeaking())
        assert not [answer for answer in each.poll() if isinstance(answer, InspectorError)]
    number = third.ask(MapSpeaking())
    (answer,) = third.poll()
    assert isinstance(answer, InspectorError)
    assert answer.number == number
    assert "2 other viewers" in answer.message
    assert third.poll() == []
    first.close()
    third.ask(MapSpeaking())
    assert third.poll() == []
    for each in visits:
        each.close()


@pytest.mark.parametrize("screen", [ViewerRunsScreen, ViewerPersonasScreen])
def test_what_is_not_offered_is_no_key_of_the_list(screen):
    assert screen.HIDDEN
    assert set(screen.HIDDEN) < {binding.action for binding in screen.BINDINGS}
    assert not set(screen.HIDDEN) & {act.id for act in screen.ACTS}


async def test_a_viewer_is_told_no_command_nor_path_of_a_run_that_goes_on(tmp_path):
    db = tmp_path / "runs.sqlite"
    story.add(db, days=2, state="running")
    with Store(db) as holder:
        holder.hold(holder.run("last"))
        app = ViewerApp(RunSource(db, "last"), at=10**6, now=lambda: 0.0)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            assert app.source.elsewhere is not None
            assert not app.query_one(Notice).is_open
            assert str(tmp_path) not in text_of(app)
