"""Runs that are stopped, killed and carried on: the same records as of a run that never was."""

import json
import os
import random
import signal
import subprocess
import sys
from functools import partial
from typing import Any

import pytest

from propersim.core.config import RunConfig
from propersim.core.errors import InputError, PersonaError, StoreBusy
from propersim.persona.library import personas_folder
from propersim.runs.create import add_run, check_versions
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner, result
from propersim.store.store import Store
from tests.waiting import wait_for

DAYS = 3


def go(store, run, steps=None):
    return Runner(store, run, FreeGate(steps)).go()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nobody disturbed."""
    with Store(tmp_path_factory.mktemp("whole") / "runs.sqlite") as store:
        run = go(store, add_run(store, RunConfig(persona="p25", days=DAYS, assistant="random")))
        return result(store, run)


@pytest.mark.parametrize("stops", [[1], [0, 0, 1], [17, 400, 3, 1, 250], [399], [1000]])
def test_stopped_and_resumed_is_the_same_as_never_stopped(db, whole, stops):
    for steps in stops:
        with Store(db) as store:
            rows = store.runs()
            run = rows[0] if rows else add_run(store, RunConfig(persona="p25", days=DAYS, assistant="random"))
            with pytest.raises(RunStopped):
                go(store, run, steps)
            assert store.run(run.id).state == "stopped"
    with Store(db) as store:
        found = result(store, go(store, store.runs()[0]))
    assert found["digest"] == whole["digest"]
    assert found["days"] == whole["days"]
    assert found["summary"] == whole["summary"]


def test_repeated_texts_of_the_week_and_ratings_are_counted_across_resumes(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", days=9, assistant="eager", timestep=10.0))
        for steps in (300, 450, 60):
            with pytest.raises(RunStopped):
                go(store, run, steps)
        run = go(store, store.run(run.id))
        said: dict[int, list[str]] = {}
        for step in store.steps(run):
            said.setdefault(step.day, []).append(step.answer.text or "")
        for row in store.days(run):
            figures = row.figures
            assert figures is not None
            week = [text for day in range(row.day - 6, row.day) for text in said.get(day, [])]
            texts = said[row.day]
            assert figures.repeated == sum(text in week or text in texts[:at] for at, text in enumerate(texts))
            assert figures.rated == figures.steps
        assert any(day.figures and day.figures.repeated for day in store.days(run))


def test_carrying_on_a_finished_run_changes_nothing(db, whole):
    with Store(db) as store:
        run = go(store, add_run(store, RunConfig(persona="p25", days=DAYS, assistant="random")))
        again = go(store, run)
    assert again == run
    assert again.digest == whole["digest"]


def test_the_digest_depends_on_seed_persona_and_assistant_only(db, whole):
    others: list[dict[str, Any]] = [
        {"persona": "p25"},
        {"persona": "p25", "seed": 1},
        {"persona": "p24"},
        {"persona": "p25", "assistant": "oracle"},
    ]
    with Store(db) as store:
        digests = [go(store, add_run(store, RunConfig(**{"assistant": "random", "days": DAYS, **options}))).digest for options in others]
    assert digests[0] == whole["digest"]
    assert len(set(digests)) == 4


def test_a_run_begun_under_other_versions_is_refused_unless_forced(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(days=1, assistant="random"))
        with pytest.raises(RunStopped):
            go(store, run, 5)
        then = {**json.loads(run.versions_json), "numpy": "0.1"}
        store.update_run(run, versions_json=json.dumps(then))
        with pytest.raises(InputError, match=r"numpy was 0\.1"):
            check_versions(store, store.run(run.id), force=False)
        forced = check_versions(store, store.run(run.id), force=True)
        assert json.loads(forced.versions_json)["forced"][0]["then"]["numpy"] == "0.1"
        assert check_versions(store, forced, force=False) == forced


def test_a_fault_in_the_middle_is_kept_with_the_run(db, monkeypatch):
    with Store(db) as store:
        run = add_run(store, RunConfig(days=1, assistant="random"))
        monkeypatch.setattr("propersim.user.judge.OfflineJudge.rate", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            go(store, run)
        row = store.run(run.id)
        assert row.state == "failed"
        assert "ZeroDivisionError" in row.error
        monkeypatch.undo()
        assert go(store, row).state == "finished"


def test_a_week_that_cannot_be_planned_is_said_before_the_run_begins(db, tmp_path):
    text = (
        (personas_folder() / "p01.yaml")
        .read_text(encoding="utf-8")
        .replace('at: "09:00", minutes: 60, days: [sat]', 'at: "07:45", minutes: 60, days: [sat]')
    )
    (tmp_path / "me.yaml").write_text(text, encoding="utf-8")
    with Store(db) as store:
        with pytest.raises(PersonaError, match="on Sat"):
            add_run(store, RunConfig(persona=str(tmp_path / "me.yaml"), assistant="random"))
        assert store.runs() == []


def start(db, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "propersim", *arguments, "--db", str(db)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def steps_of(db, which="last"):
    """Return the number of stored steps of a run; 0 where there is no run yet."""
    with Store(db, read_only=True) as store:
        return store.run(which).steps if store.runs() else 0


def has_stepped(worker, db, which, before):
    return worker.poll() is not None or steps_of(db, which) > before


@pytest.mark.parametrize(("wanted", "days"), [(3, 40), pytest.param(22, 150, marks=pytest.mark.slow)])
def test_killed_at_any_moment_and_resumed_is_the_same_as_never_killed(db, wanted, days):
    """Real kills at random moments, some of them inside a transaction."""
    rng = random.Random(7)
    with Store(db) as store:
        reference = go(store, add_run(store, RunConfig(persona="p25", days=days, assistant="random")))
        run = add_run(store, RunConfig(persona="p25", days=days, assistant="random"))
    kills = stored = 0
    for attempt in range(80):
        worker = start(db, "resume", run.id)
        # Start-up takes too long to be hit by chance alone: kill a random time after the first step, if the worker has not finished then.
        wait_for(partial(has_stepped, worker, db, run.id, stored), "a step")
        try:
            worker.wait(timeout=rng.random() * 0.06)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            kills += 1
        worker.communicate()
        with Store(db, read_only=True) as store:
            row = store.run(run.id)
            assert row.state in ("interrupted", "finished"), (attempt, row.state)
            assert store.step_count(row) == row.steps
            stored = row.steps
        if row.state == "finished" or kills >= wanted:
            break
    assert kills >= min(wanted, 20), f"only {kills} kills before the run was over: make it longer"
    worker = start(db, "resume", run.id, "--json")
    out, err = worker.communicate(timeout=720)
    assert worker.returncode == 0, err
    found = json.loads(out)
    assert found["digest"] == reference.digest
    assert found["steps"] == reference.steps


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(db):
    worker = start(db, "run", "--persona", "p25", "--days", "3000")
    wait_for(lambda: steps_of(db) > 500, "500 steps", process=worker)
    with Store(db, read_only=True) as store:
        rows = store.runs()
    worker.send_signal(signal.SIGINT)
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 130
    assert f"propersim resume {rows[0].id}".encode() in err
    # To stop a run is no error.
    assert b"\nstopped; everything so far is in " in err
    assert b"error" not in err
    assert b"Traceback" not in err
    with Store(db, read_only=True) as store:
        assert store.run("last").state == "stopped"


def test_a_second_process_on_the_same_run_is_refused(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(days=2, assistant="random"))
        store.hold(run)
        worker = start(db, "resume", run.id)
        _, err = worker.communicate(timeout=60)
        assert worker.returncode == StoreBusy.exit_code == 3
        assert b"another process" in err
        assert b"Traceback" not in err


def test_a_file_that_may_not_grow_is_exit_3_with_the_command_to_go_on(db):
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 1200; exec {sys.executable} -m propersim run --assistant eager --days 30 --db {db}"],
        capture_output=True,
        text=True,
        timeout=360,
    )
    assert done.returncode == 3, done.stderr
    assert "cannot be written" in done.stderr
    with Store(db, read_only=True) as store:
        run = store.run("last")
        assert 0 < run.steps == store.step_count(run)
    assert f"propersim resume {run.id}" in done.stderr


PLACES = [
    *(("insert into steps", 1), ("insert into steps", 50), ("update runs", 2), ("commit", 3), ("update days", 1)),
    *(("insert into days", 1), ("insert into steps", 300), ("commit", 2)),
]


@pytest.mark.parametrize("places", [PLACES[1::2], pytest.param(PLACES, marks=pytest.mark.slow)], ids=["some", "all"])
def test_killed_inside_a_transaction_and_resumed_is_the_same_as_never_killed(db, kill_inside, places):
    with Store(db) as store:
        reference = go(store, add_run(store, RunConfig(persona="p25", days=4, assistant="random")))
        run = add_run(store, RunConfig(persona="p25", days=4, assistant="random"))
    for statement, count in places:
        kill_inside(db, run.id, statement, count)
        with Store(db, read_only=True) as store:
            row = store.run(run.id)
            assert row.state == "interrupted"
            assert store.step_count(row) == row.steps
    with Store(db) as store:
        again = go(store, store.run(run.id))
    assert again.digest == reference.digest
