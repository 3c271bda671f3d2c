"""Runs in processes of their own, controlled from another: paused, resumed, stopped, and killed."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from propersim.core.config import RunConfig
from propersim.runs.control import RunControl
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.live import LiveRun
from propersim.runs.runner import Runner
from propersim.store.store import Store
from propersim_tui.data.run_list import read_runs
from tests.waiting import wait_for

LONG = RunConfig(persona="p01", assistant="random", days=2000)


def started(db, tmp_path):
    with Store(db) as store:
        run = add_run(store, LONG).id
    command = [sys.executable, "-m", "propersim", "resume", run, "--db", str(db)]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: steps(db, run) > 0, "the first step", process=process)
    return run, process


def steps(db, run):
    with Store(db, read_only=True) as store:
        return store.run(run).steps


def test_a_headless_run_is_paused_resumed_and_stopped(cli, db, tmp_path):
    run, process = started(db, tmp_path)
    try:
        status = json.loads(cli("ctl", run, "--json").stdout)
        assert (status["run"], status["running"], status["state"]) == (run, True, "running")
        paused = json.loads(cli("ctl", "pause", run, "--json").stdout)
        assert (paused["running"], paused["state"], paused["waiting_for"]) == (True, "paused", None)
        assert f"{run}: PAUSED, day " in cli("ctl", run, "status").stdout
        (row,) = json.loads(cli("runs", "ls", "--state", "paused", "--json").stdout)
        assert (row["run"], row["state"], row["doing"]) == (run, "running", "paused")
        assert " PAUSED " in cli("runs", "ls").stdout
        assert json.loads(cli("runs", "ls", "--state", "training", "--json").stdout) == []
        assert [(item.id, item.doing) for item in read_runs(db)] == [(run, "PAUSED")]
        at = steps(db, run)
        assert json.loads(cli("ctl", run, "pause", "--json").stdout)["steps"] == at, "a run that is paused stays so"
        assert f"{run}: LIVE, day " in cli("ctl", run, "resume").stdout
        wait_for(lambda: steps(db, run) > at, "another step", process=process)
        stopped = cli("ctl", run, "stop").stdout
        assert f"{run}: not running (stopped), day " in stopped
        _, messages = process.communicate(timeout=60)
        assert process.returncode == 130
        assert re.search(rf"resume it with: \S*propersim resume {run}", messages)
    finally:
        process.kill()
        process.communicate()
    assert "it is stopped" in cli("ctl", run, "pause", code=2).stderr


def test_a_paused_run_that_was_killed_is_not_running(cli, db, tmp_path):
    run, process = started(db, tmp_path)
    cli("ctl", run, "pause")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    status = json.loads(cli("ctl", run, "status", "--json").stdout)
    assert (status["running"], status["state"]) == (False, "interrupted")
    for action in ("pause", "resume", "stop"):
        done = cli("ctl", run, action, code=2)
        assert f"run {run} is not running: it is interrupted" in done.stderr
        assert f"propersim resume {run}" in done.stderr


def test_a_run_of_the_screen_is_paused_and_resumed_and_the_screen_is_told(cli, db):
    with Store(db) as store:
        run = add_run(store, LONG).id
    live = LiveRun(db, run, speed=None)
    live.start()
    events = []

    def told(name):
        events.extend(live.poll())
        return [event for event in events if type(event).__name__ == name]

    try:
        wait_for(lambda: told("Committed"), "the first step")
        assert json.loads(cli("ctl", run, "pause", "--json").stdout)["state"] == "paused"
        assert [event.paused for event in wait_for(lambda: told("Controlled"), "the message")] == [True]
        assert json.loads(cli("ctl", run, "resume", "--json").stdout)["state"] == "running"
        cli("ctl", run, "stop")
        assert [event.state for event in wait_for(lambda: [e for e in told("RunState") if e.state == "stopped"], "the end")] == ["stopped"]
    finally:
        live.close()


def test_a_request_of_before_does_not_reach_the_next_start(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="silent", days=1))
        store.lock_folder.mkdir(exist_ok=True)
        control = RunControl(store, run)
        control.send("stop")
        seen = RunControl(store, run)
        seen.begin()
        assert seen.look() is None
        assert Runner(store, run, FreeGate()).go().state == "finished"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"stop"', '{"request": "stop"}', '{"request": ["stop"], "id": 1}', "\x00" * 5000, "[" * 900]
)
def test_a_damaged_request_is_ignored(db, text):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="silent", days=1))
        store.lock_folder.mkdir(exist_ok=True)
        (store.lock_folder / f"{run.key}.request").write_text(text, encoding="utf-8")
        (store.lock_folder / f"{run.key}.answer").write_text(text, encoding="utf-8")
        control = RunControl(store, run)
        assert control.look() is None
        assert control.doing() == "running"
        assert not control.answered("x")


def test_unknown_names_are_refused(cli):
    cli("run", "--days", "1", "--assistant", "silent")
    assert "did you mean 'pause'?" in cli("ctl", "last", "paus", code=2).stderr
    assert "is not running: it is finished" in cli("ctl", "last", "pause", code=2).stderr
    assert "not running (finished)" in cli("ctl", "last").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("last", "xyz"), "error: no action 'xyz'\n  one of pause, resume, stop, status\n"),
        (("stop", "last"), " is not running: it is finished\n  see `propersim runs ls --state live`\n"),
        (("stop",), "no run 'stop'\n  name the run too: propersim ctl last stop\n"),
        (("paus",), "no run 'paus'\n  name the run too: propersim ctl last pause\n"),
        (("paus", "last"), "error: no action 'paus'; did you mean 'pause'?\n  one of pause, resume, stop, status\n"),
        (("pause", "stop"), "no run 'pause'\n  name the run too: propersim ctl last pause\n"),
        (("fast",), "no run 'fast'; did you mean 'last'?\n  see `propersim runs ls`\n"),
    ],
)
def test_run_and_action_come_in_either_order_where_it_is_clear_which_is_which(cli, arguments, said):
    cli("run", "--days", "1", "--assistant", "silent")
    assert cli("ctl", *arguments, code=2).stderr.endswith(said)
