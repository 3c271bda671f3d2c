"""What can go wrong while one watches: a message, a way on, and every step that was stored is still there."""

from __future__ import annotations

import dataclasses
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from propersim.core.config import RunConfig
from propersim.inspector.client import InspectorClient
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.live import LiveRun
from propersim.runs.protocol import Failed, RateThis, RunState
from propersim.runs.runner import Runner
from propersim.runs.worker import lacks_memory
from propersim.store.delete import remove_run
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.runtime.watchdog import BUSY_LIMIT, IDLE_LIMIT, REPEAT
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.scroll_panel import ScrollPanel
from tests.known import known
from tests.tui import story
from tests.tui.hostile import sound
from tests.tui.hosts import on_top, settled

pytestmark = pytest.mark.usefixtures("undrawn")

PATIENCE = 60.0
KEYS = ("n", "b", "right_square_bracket", "full_stop", "greater_than_sign", "right_curly_bracket", "end", "home", "space", "y", "t")


def told(app: PropersimApp) -> str:
    """Return what the message at the foot says."""
    notice = app.screen_stack[0].query_one(Notice)
    return " ".join(str(notice.content).split()) if notice.is_open else ""


async def until(pilot, condition: Callable[[], object]) -> None:
    """Let the app run until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited too long; the screen says: {told(pilot.app)}"
        await pilot.pause(0.01)


async def still_usable(app: PropersimApp, pilot, screens: str = "") -> None:
    """Press every kind of key, and open some screens: nothing may break."""
    await pilot.press(*KEYS)
    sound(app, "after all keys")
    for key in screens:
        await pilot.press(key)
        await settled(pilot)
        sound(app, f"after {key}")
        while app.screen is not app.live:
            await pilot.press("escape")


def indices(db: Path) -> list[int]:
    """Return the indices of the steps that are stored."""
    with Store(db, read_only=True) as store:
        return [step.index for step in store.steps(store.run("last"))]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> str:
    """The digest of a day that nothing has disturbed."""
    with Store(tmp_path_factory.mktemp("undisturbed") / "runs.sqlite") as store:
        return Runner(store, add_run(store, RunConfig(persona="p25", days=1, assistant="random")), FreeGate()).go().digest


@pytest.fixture
def watched(tmp_path, clock):
    """Make an app on a new run of a day, with a real worker; it is ended afterwards."""
    made = []

    def make(**options) -> tuple[PropersimApp, LiveRun, Path]:
        path = tmp_path / "runs.sqlite"
        with Store(path) as store:
            run = add_run(store, RunConfig(persona="p25", days=1, assistant="random"))
        live = LiveRun(path, run.id, speed=100.0)
        source = RunSource(path, run.id, live)
        live.start()
        made.append((live, source))
        return PropersimApp(source, speed=100.0, now=clock, **options), live, path

    yield make
    for live, source in made:
        live.close(timeout=0.1)
        source.close()


def finish(db: Path) -> str:
    """Carry the newest run on to its end, as ``propersim resume`` does; returns its digest."""
    with Store(db) as store:
        return Runner(store, store.run("last"), FreeGate()).go().digest


async def test_a_worker_that_is_suspended_and_then_killed(watched, clock, undisturbed):
    app, live, path = watched()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.source.count > 20)
        os.kill(live.pid, signal.SIGSTOP)
        await until(pilot, lambda: live.suspended)
        app.tick()
        app.tick()
        clock.now += IDLE_LIMIT + 1
        app.tick()
        assert f"no answer from the worker for {IDLE_LIMIT + 1:.0f} s: it is suspended" in told(app)
        assert f"kill -CONT {live.pid}" in told(app)
        assert f"propersim resume {app.source.about.run_id} --watch" in told(app)
        await pilot.press("escape")
        await still_usable(app, pilot, "r")
        clock.now += REPEAT
        app.tick()
        assert told(app) == "", "what was closed stays closed"
        os.kill(live.pid, signal.SIGCONT)
        before = app.source.count
        await pilot.press("space", "space")
        await until(pilot, lambda: app.source.count > before)
        assert any("The worker answers again" in each.message for each in app._notifications)
        os.kill(live.pid, signal.SIGKILL)
        await until(pilot, lambda: "killed by SIGKILL (the system does that when memory runs out)" in told(app))
        assert f"propersim resume {app.source.about.run_id} --watch" in told(app)
        await still_usable(app, pilot, "iwrgxj")
        await pilot.press("q")
    assert app.return_code == 0
    assert app.failure.resumable
    there = indices(path)
    assert there == list(range(len(there)))
    assert len(there) >= app.source.count
    assert finish(path) == undisturbed


@pytest.mark.parametrize("harm", ["deleted", "moved", "replaced"])
async def test_a_database_that_is_taken_away_from_a_worker_is_saved(watched, tmp_path, undisturbed, harm):
    app, _live, path = watched()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.source.count > 20)
        if harm == "moved":
            path.rename(path.with_name("elsewhere.sqlite"))
        elif harm == "deleted":
            path.unlink()
        else:
            story.add(tmp_path / "other.sqlite", days=1, stop=3)
            os.replace(tmp_path / "other.sqlite", path)
        await until(pilot, lambda: app.failure is not None)
        said = told(app)
        assert "was replaced by another file" in said if harm == "replaced" else "was deleted or moved" in said
        saved = path.with_name("runs.sqlite.saved")
        assert f"are in {saved}" in said
        assert f"mv {saved} {path}" in said
        await still_usable(app, pilot)
        count = app.source.count
    for each in path.parent.glob("runs.sqlite-*"):
        each.unlink()
    shutil.move(saved, path)
    there = indices(path)
    assert there == list(range(len(there)))
    assert len(there) >= count
    assert finish(path) == undisturbed


HARMS = {
    "deleted": (lambda path: path.unlink(), "was deleted or moved"),
    "moved": (lambda path: path.rename(path.with_suffix(".elsewhere")), "was deleted or moved"),
    "replaced": (lambda path: os.replace(shutil.copy(path, path.with_suffix(".other")), path), "was replaced by another file"),
    "garbage": (lambda path: path.write_bytes(os.urandom(path.stat().st_size)), "is damaged or not a database"),
    "cut": (lambda path: os.truncate(path, 5000), "is damaged or not a database"),
    "emptied": (lambda path: os.truncate(path, 0), ""),
    "run deleted": (lambda path: remove_run(path, "p01-random-test"), "was deleted by another program"),
}


@pytest.mark.slow
async def test_a_database_that_goes_while_one_looks_at_it(app_of, three_days, clock, tmp_path):
    app = app_of(three_days)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        for name, (harm, message) in HARMS.items():
            path = Path(shutil.copy(three_days, tmp_path / f"{name}.sqlite"))
            app.show_run(RunSource(path, "p01-random-test"), paused=False)
            app.tick()
            harm(path)
            clock.now += 2
            app.tick()
            # What has been read stays; what has not been is missed when it is wanted.
            app.action_newest_step()
            assert message in told(app), name
            await pilot.press("escape", "escape")
            assert told(app) == "", name
            await still_usable(app, pilot, "iw" if name == "run deleted" else "")
            if name not in ("garbage", "emptied", "run deleted"):
                continue
            app.push_screen(CompareScreen(path, "p01-random-test", "p01-random-test"))
            await settled(pilot)
            sound(app, f"{name}, side by side")
            await pilot.press("n", "u")
            await settled(pilot)
            while app.screen is not app.live:
                await pilot.press("escape")
            await pilot.press("r", "c", "d", "enter", "u")
            await settled(pilot)
            sound(app, f"{name}, in the list")
            while app.screen is not app.live:
                await pilot.press("escape")
        await pilot.press("q")
    assert app.return_code == 0
    with Store(three_days, read_only=True) as store:
        assert store.step_count(store.run("last")) == 1206


async def test_an_examiner_that_dies_or_hangs(three_days, clock):
    source = RunSource(three_days, "last")
    made: list[InspectorClient] = []

    def examiner(db: Path, run: str) -> InspectorClient:
        made.append(InspectorClient(db, run))
        return made[-1]

    # Of a control nothing is asked.
    source.about = dataclasses.replace(source.about, control="")
    app = PropersimApp(source, paused=True, at=500, now=clock, inspector=examiner)

    def said() -> str:
        return app.screen.query_one("#state", ScrollPanel).content_shown.plain

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        on_top(app, InspectScreen).ask_now()
        os.kill(known(made[0].pid), signal.SIGKILL)
        await until(pilot, lambda: "inspector process was killed by SIGKILL" in said())
        assert "ask again" in said()
        on_top(app, InspectScreen).ask_now()
        await until(pilot, lambda: "asking" not in said() and "SIGKILL" not in said())
        os.kill(known(made[0].pid), signal.SIGSTOP)
        await until(pilot, lambda: made[0].suspended)
        await pilot.press("n")
        on_top(app, InspectScreen).ask_now()
        app.tick()
        clock.now += IDLE_LIMIT + 1
        app.tick()
        assert "no answer from the inspector" in said()
        assert "suspended" in said()
        await pilot.press("escape", "i")
        on_top(app, InspectScreen).ask_now()
        await until(pilot, lambda: "asking" not in said() and "suspended" not in said())
        assert len(made) == 2
    source.close()


async def test_a_worker_that_is_silent_is_told_apart_from_one_that_computes(app_of, three_days, live, clock):
    app = app_of(three_days, live=live, paused=False)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        live.events = [RunState("running")]
        app.tick()
        app.tick()
        clock.now += IDLE_LIMIT + 1
        app.tick()
        assert "it is idle" in told(app)
        clock.now += REPEAT
        app.tick()
        assert f"for {IDLE_LIMIT + 1 + REPEAT:.0f} s" in told(app), "and it goes on counting"
        live.events = [RunState("running")]
        app.tick()
        assert told(app) == "", "it is heard again"
        app.tick()
        live.busy_seconds += 60.0
        clock.now += BUSY_LIMIT - 1
        app.tick()
        assert told(app) == "", "a long step is no reason to worry"
        clock.now += 2
        app.tick()
        assert "but it is computing" in told(app)
        step = story.day_steps(1, 0)[0]
        ask = RateThis(1, 1, 500.0, "Tea?", step.action, step.clocks)
        live.events = [ask, Failed("the worker ran out of memory: 4 GB", "close other programs")]
        app.tick()
        await pilot.press("y", "n", "enter")
        assert app.screen is app.live, "nobody waits for a rating any more"
        assert "ran out of memory" in told(app)
        assert "close other programs; then: propersim resume" in told(app)
        await pilot.press("q")
    assert app.return_code == 0


def test_what_says_that_there_is_too_little_memory():
    class OutOfMemoryError(RuntimeError):
        """As torch has it."""

    yes = [MemoryError(), OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), OSError(12, "Cannot allocate memory")]
    yes.append(RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"))
    assert all(map(lacks_memory, yes))
    assert not any(map(lacks_memory, [RuntimeError("shape mismatch"), ValueError("out of memory"), KeyError("x")]))


async def test_a_worker_that_runs_out_of_memory(watched, undisturbed):
    app, live, path = watched()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.source.count > 20)
        # From here on it gets hardly more than it has; and a command without end is sent to it.
        most = psutil.Process(live.pid).memory_info().vms + (16 << 20)
        resource.prlimit(live.pid, resource.RLIMIT_AS, (most, most))
        live._write(b"x" * (48 << 20))
        await until(pilot, lambda: app.failure is not None)
        sound(app, "when memory has run out")
        assert "the worker ran out of memory" in told(app)
        assert f"propersim resume {app.source.about.run_id} --watch" in told(app)
        await still_usable(app, pilot)
    assert finish(path) == undisturbed


@pytest.fixture
def full_disk():
    """Files can hold no more than a few bytes meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(full: bool) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]) if full else before)

    yield fill
    fill(False)


async def test_where_nothing_can_be_saved(app_of, three_days, tmp_path, monkeypatch, full_disk):
    app = app_of(three_days, at=500)
    here, gone = tmp_path / "here", tmp_path / "gone"
    here.mkdir()
    gone.mkdir()
    app.settings.file = tmp_path / "three_days" / ("x" * 300) / "screen.toml"
    async with app.run_test(size=(120, 40), notifications=True) as pilot:

        def last() -> str:
            return [each.message for each in app._notifications][-1]

        for where in ("full", "read-only", "gone"):
            if where == "full":
                monkeypatch.chdir(here)
                full_disk(True)
            else:
                full_disk(False)
                monkeypatch.chdir(gone if where == "gone" else "/proc")
                shutil.rmtree(gone) if where == "gone" else None
            await pilot.press("s")
            assert "cannot be written" in last(), where
            await pilot.press("x", "end", "enter")
            wrong = str(app.screen.query_one("#wrong").content)
            assert "cannot be written" in wrong, where
            sound(app, where)
            await pilot.press("escape", "n", "b")
            assert app.screen is app.live
        app.action_set_layout("map", "small")
        await pilot.pause()
        assert "not saved" in last()
        assert not list(here.iterdir()), "nothing half written is left"
        monkeypatch.chdir(here)
        await pilot.press("s", "s")
        assert len(list(here.iterdir())) == 2, "and none is written over"


@pytest.mark.slow
async def test_terminals_of_no_size(app_of, three_days, live):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.push_screen(CompareScreen(three_days, "p01-random-test", "p01-random-test"))
        await settled(pilot)
        opened = [["escape"], ["i"], ["escape", "w"], ["escape", "r"], ["d", "slash", "a"], ["escape", "escape", "p"], ["o"]]
        opened += [
            ["escape", "escape", "g"],
            ["escape", "x"],
            ["escape", "question_mark"],
            ["escape", "j"],
            ["escape", "ctrl+p"],
            ["escape"],
        ]
        for keys in [[], *opened]:
            await pilot.press(*keys)
            for size in ((1, 1), (2, 200), (80, 24)) if keys else ((80, 0), (200, 2), (80, 24)):
                await pilot.resize_terminal(*size)
                assert app.is_running
            sound(app, f"after {keys}")
        while app.screen is not app.live:
            await pilot.press("escape")
        await pilot.press("n")
        assert app.frame.step.index == 501
