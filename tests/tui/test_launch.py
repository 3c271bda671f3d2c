"""The way in and out: a real worker in its own process, a real terminal, a real kill."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.runs.create import add_run
from propersim.runs.live import LiveRun
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.launch import watch
from propersim_tui.widgets.notice import Notice
from tests.known import known
from tests.tui import story
from tests.tui.conftest import FakeLive
from tests.tui.hosts import shown_step

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


async def until(pilot, condition: Callable[[], object]) -> None:
    """Let the app run until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited too long; the screen says: {pilot.app.query_one(Notice).content}"
        await pilot.pause(0.01)


@pytest.fixture
def new_run(tmp_path):
    """A database with a new run of the random control, and the run's id."""
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        row = add_run(store, RunConfig(persona="p01", assistant="random", days=5000))
    return path, row.id


@pytest.mark.slow
async def test_a_worker_that_is_killed_and_resumed(new_run):
    path, run = new_run
    live = LiveRun(path, run, speed=None)
    live.start()
    source = RunSource(path, run, live)
    app = PropersimApp(source, speed=None)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            # At full speed not every tick draws: what is shown may be a little behind what is known.
            await until(pilot, lambda: source.count > 500 and app.frame is not None and app.frame.step is not None)
            os.kill(known(live.pid), signal.SIGKILL)
            await until(pilot, lambda: app.query_one(Notice).is_open)
            assert "SIGKILL" in str(app.query_one(Notice).content)
            assert f"propersim resume {run} --watch" in str(app.query_one(Notice).content)
            at = shown_step(app).index
            await pilot.press("b")
            assert shown_step(app).index == at - 1
    finally:
        live.close()
        source.close()
    before = source.count
    again = LiveRun(path, run, speed=None)
    again.start()
    source = RunSource(path, run, again)
    try:
        async with PropersimApp(source, speed=None).run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: source.count > before + 100)
    finally:
        again.close()
        source.close()


@pytest.mark.slow
async def test_keys_answer_while_the_worker_runs_at_full_speed(new_run):
    path, run = new_run
    live = LiveRun(path, run, speed=None)
    live.start()
    source = RunSource(path, run, live)
    app = PropersimApp(source, speed=None)
    answered = 0
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: source.count > 200)
            for key in ("minus", "plus") * 15:
                before = app.status.speed

                def changed(before: float | None = before) -> bool:
                    return app.status.speed != before

                # As the driver does it; the pilot's own press waits for the screen to be still, which it never is.
                app.post_message(events.Key(key, None))
                await until(pilot, changed)
                answered += 1
    finally:
        live.close()
        source.close()
    # How soon is measured by tools/latency/; here only that each is.
    assert answered == 30


def _in_terminal(path: Path, run: str, options: str, keys: list[bytes]) -> tuple[int, str, str]:
    """Watch a run in a terminal of its own; type keys one by one once there is a screen.

    Returns:
        The exit code, what was drawn, and what was printed after the screen was left.
    """
    code = "import sys; from pathlib import Path; from propersim_tui.launch import watch; "
    code += f"sys.exit(watch(Path({str(path)!r}), {run!r}, {options}))"
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code], stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True)
    os.close(side)
    seen, waiting = b"", list(keys)
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            if select.select([main], [], [], 0.05)[0]:
                try:
                    seen += os.read(main, 65536)
                except OSError:  # the other end is closed: the process has ended
                    break
            elif waiting and b"Day " in seen:
                os.write(main, waiting.pop(0))
        code_back = process.wait(timeout=5)
    finally:
        process.kill()
        process.wait()
        os.close(main)
    screen, _, told = seen.decode(errors="replace").rpartition("\x1b[?1049l")
    return code_back, screen, re.sub(r"\x1b[^a-zA-Z]*[a-zA-Z]", "", told).strip()


@pytest.mark.slow
def test_q_leaves_and_says_how_to_go_on(new_run):
    path, run = new_run
    code, screen, told = _in_terminal(path, run, "live=True", [b"n", b"q"])
    assert code == 0, told
    assert "Day 1 of 5000" in screen
    assert f"propersim resume {run} --watch" in told
    with Store(path, read_only=True) as store:
        row = store.run(run)
        assert row.state == "stopped"
        assert store.step_count(row) >= 1


@pytest.mark.slow
def test_replay_leaves_with_0_and_says_nothing(three_days):
    code, screen, told = _in_terminal(three_days, "last", "live=False, start_at=(2, 540.0)", [b"q"])
    assert (code, told) == (0, "")
    assert "Day 2" in screen
    assert "REPLAY paused" in screen, "who names a moment wants to stand on it"


def test_a_run_that_is_over_is_left_with_the_command_that_shows_it_again(tmp_path, monkeypatch, capsys):
    path = tmp_path / "runs.sqlite"
    story.add(path, days=1, of=1, state="finished")

    def finish(app):
        app.playback.phase = "finished"

    monkeypatch.setattr("propersim_tui.launch.LiveRun", lambda *_, **__: FakeLive())
    monkeypatch.setattr(FakeLive, "start", lambda self: None, raising=False)
    monkeypatch.setattr("propersim_tui.launch.PropersimApp.run", finish)
    assert watch(path, "last", live=True) == 0
    assert f"look again: propersim replay p01-random-test --db {path}" in capsys.readouterr().err
    assert watch(path, "last", live=False) == 0
    assert capsys.readouterr().err == "", "who gave the command knows it"


def test_replay_from_a_day_that_is_not_there(three_days):
    with pytest.raises(InputError, match="day 7") as caught:
        watch(three_days, "last", live=False, start_at=(7, 0.0))
    assert caught.value.hint == "it has 3 days"


def test_a_run_whose_persona_is_damaged_is_an_error_that_says_so(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=1)
    with Store(path) as store:
        store.update_run(row, persona_json='{"id": 3}')
    with pytest.raises(InputError, match="persona cannot be read"):
        watch(path, row.id, live=False)
