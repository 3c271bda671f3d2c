"""What ``last`` means: the newest run on which the command can act, and a message where that is not the newest."""

import json

import pytest

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.store.store import Store


@pytest.fixture
def runs(cli, db):
    """Two stopped runs, then a finished one; their ids, oldest first."""
    with Store(db) as store:
        stopped = [add_run(store, RunConfig(persona="p01", assistant=name, days=1)).id for name in ("silent", "oracle")]
        for run in stopped:
            store.update_run(store.run(run), state="stopped")
    finished = json.loads(cli("run", "--assistant", "oracle", "--until", "day 1 09:00", "--json", "--db", db).stdout)["run"]
    return [*stopped, finished]


def test_resume_last_resumes_the_newest_unfinished_run_and_says_so(cli, db, runs):
    older, newer, finished = runs
    done = cli("resume", "last", "--json", "--db", db)
    assert json.loads(done.stdout)["run"] == newer
    assert f"the newest run, {finished}, is finished; last is {newer} (Rosalind Achterberg, day 1 of 1, stopped)" in done.stderr
    assert f"also unfinished: {older} (" in done.stderr
    assert json.loads(cli("resume", "last", "--json", "--db", db).stdout)["run"] == older
    done = cli("resume", "last", "--json", "--db", db)
    assert json.loads(done.stdout)["run"] == finished
    assert f"run {finished} is already finished; no run is unfinished" in done.stderr


def test_resuming_a_finished_run_names_the_unfinished_ones(cli, db, runs):
    older, newer, finished = runs
    done = cli("resume", finished, "--db", db)
    assert f"run {finished} is already finished; unfinished: {newer} (" in done.stderr
    assert older in done.stderr


def test_resuming_a_finished_run_names_those_that_are_running(cli, db, runs):
    older, newer, finished = runs
    with Store(db) as store:
        store.hold(store.run(newer))
        store.update_run(store.run(newer), state="running")
        assert f"unfinished: {older} (" in (err := cli("resume", finished, "--db", db).stderr)
        assert f"; {newer} is running\n" in err
        store.update_run(store.run(older), state="finished")
        done = cli("resume", finished, "--db", db)
        assert f"run {finished} is already finished; no other run can be resumed; {newer} is running" in done.stderr


@pytest.mark.parametrize("command", [("export", "last"), ("judge", "last")])
def test_commands_that_read_steps_pass_over_a_run_without_any(cli, db, runs, command):
    with Store(db) as store:
        empty = add_run(store, RunConfig(persona="p02", assistant="oracle", days=1)).id
    done = cli(*command, "--db", db)
    assert f"the newest run, {empty}, has no steps yet; last is {runs[2]} (Rosalind Achterberg, finished)" in done.stderr
    assert done.stdout


def test_last_is_the_newest_run_where_the_command_can_act_on_any(cli, db, runs):
    done = cli("runs", "show", "last", "--json", "--db", db)
    assert json.loads(done.stdout)["run"] == runs[2]
    assert not done.stderr
