"""Databases that older versions wrote: they open, replay and resume."""

import json
import sqlite3
from pathlib import Path

import msgspec
import pytest

from propersim.core.records import Step, to_json
from propersim.experiments.variants import variant_label
from propersim.runs.create import add_run, run_config
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.batches import read_batches
from propersim.store.many import figures_of
from propersim.store.store import Store
from tools.digests import stripped

BEFORE_WORLDS = Path(__file__).parents[1] / "data" / "runs_before_worlds.sql"
"""Two runs by the version that still called the floor plan a home: one finished, one stopped after 9 of its 38 steps."""
FINISHED = ("p01-oracle-old1", "1d1a9ff5c414fc9e53e386c72c35d96a8491a9496df4ee577b21c4faec94bdb7")
STOPPED = "p02-random-old2"


@pytest.fixture
def old(db):
    connection = sqlite3.connect(db)
    connection.executescript(BEFORE_WORLDS.read_text(encoding="utf-8"))
    connection.close()
    return db


@pytest.mark.parametrize("read_only", [True, False])
def test_runs_from_before_worlds_open_with_their_floor_plan(old, read_only):
    with Store(old, read_only=read_only) as store:
        stopped, finished = store.runs()
        assert (stopped.id, stopped.state, finished.id, finished.state) == (STOPPED, "stopped", FINISHED[0], "finished")
        assert "[legend]" in finished.world_text
        assert run_config(finished).world is None
        assert run_config(stopped).world == "cabin.txt"
        assert "home" not in json.loads(stopped.config_json)


def test_a_run_from_before_worlds_replays_with_its_digest(old, cli):
    with Store(old, read_only=True) as store:
        run = store.run(FINISHED[0])
        assert store.digest(run) == run.digest == FINISHED[1]
        steps = list(store.steps(run))
    assert len(steps) == 24
    assert all(isinstance(step, Step) for step in steps)
    shown = json.loads(cli("runs", "show", FINISHED[0], "--db", old, "--json").stdout)
    assert shown["digest"] == FINISHED[1]
    assert shown["config"]["world"] is None


def test_a_run_from_before_worlds_resumes_to_the_records_of_a_whole_run(old, tmp_path):
    """Reasons and origins apart: the steps that were stored before have the wording of then, and no origin."""

    def records(store, run):
        return [stripped(json.loads(to_json(step)), frozenset({"reasons", "origin"})) for step in store.steps(run)]

    with Store(old) as store:
        stopped = store.run(STOPPED)
        world = tmp_path / "cabin.txt"
        world.write_text(stopped.world_text, encoding="utf-8")
        config = msgspec.structs.replace(run_config(stopped), world=str(world))
        resumed = Runner(store, stopped, FreeGate()).go()
        whole = Runner(store, add_run(store, config), FreeGate()).go()
        assert resumed.state == "finished"
        assert len(records(store, resumed)) == 38
        assert records(store, resumed) == records(store, whole)


def test_a_damaged_row_does_not_stop_the_migration(old):
    connection = sqlite3.connect(old)
    connection.execute("update runs set config_json = '{oh no' where id = ?", (FINISHED[0],))
    connection.commit()
    connection.close()
    with Store(old) as store:
        assert store.run(FINISHED[0]).config_json == "{oh no"
        assert run_config(store.run(STOPPED)).world == "cabin.txt"


@pytest.mark.parametrize("read_only", [True, False])
def test_runs_of_the_model_of_then_keep_their_model_and_label(old, read_only):
    connection = sqlite3.connect(old)
    (text,) = connection.execute("select config_json from runs where id = ?", (STOPPED,)).fetchone()
    options = {**json.loads(text), "assistant": "llama", "model": "homelm", "memory": "ar", "learn": "dpo"}
    connection.execute("update runs set config_json = ? where id = ?", (json.dumps(options), STOPPED))
    connection.commit()
    connection.close()
    with Store(old, read_only=read_only) as store:
        config = run_config(store.run(STOPPED))
        assert config.model == "homelm-eager"
        assert variant_label(config).split(" ")[0] == "factored"


@pytest.mark.parametrize("read_only", [True, False])
def test_an_old_database_gets_the_index_of_figures_and_the_tables_of_batches(old, read_only):
    before = sqlite3.connect(old)
    figures = {key for (key,) in before.execute("select run from days where figures is not null")}
    assert figures
    before.close()
    with Store(old, read_only=read_only) as store:
        found = figures_of(store)
        assert found.keys() == figures
        assert all(list(found[run.key].days) == store.day_figures(run) for run in store.runs() if run.key in found)
        assert read_batches(store) == []
