"""Trackers: what they are sent, in which order, and that none of them disturbs a batch or a run."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from propersim.core import plugins
from propersim.core.config import RunConfig
from propersim.experiments.trackers import tracking
from propersim.experiments.trackers.mlflow_tracker import STATES
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.waiting import wait_for

ROOT = Path(__file__).parents[3]
RECORDER = """
import json, os, sys, time

HERE = os.environ["RECORDED"]

class Recorder:
    def __init__(self, project):
        self.write("made", project)

    def write(self, *what):
        print("tracker says hello")
        with open(HERE, "a") as file:
            file.write(json.dumps(what) + "\\n")

    def begin(self, run):
        known = [json.loads(line) for line in open(HERE)]
        self.write("begin", run.id, dict(run.options))
        return [each[2] for each in known if each[:2] == ["day", run.id]]

    def log(self, run, day, figures):
        self.write("day", run, day, figures)

    def end(self, run, state):
        self.write("end", run, state)

class Failing(Recorder):
    def log(self, run, day, figures):
        if day == 2 and "random" in run:
            raise RuntimeError("no room left")
        super().log(run, day, figures)

class Hanging(Recorder):
    def log(self, run, day, figures):
        time.sleep(3600)

def refuse(project):
    raise OSError("the server is down")

def leave(project):
    os._exit(3)
"""
NAMES = {"recorder": "Recorder", "failing": "Failing", "hanging": "Hanging", "refusing": "refuse", "leaving": "leave", "missing": "nothing"}


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A package with trackers, which other processes see too; returns a function that reads what was recorded."""
    folder = tmp_path / "site"
    metadata = folder / "propersim_recorder-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "propersim_recorder.py").write_text(RECORDER)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: propersim-recorder\nVersion: 1.0\n")
    lines = [f"{name} = propersim_recorder:{target}" for name, target in NAMES.items()]
    (metadata / "entry_points.txt").write_text("\n".join([f"[{plugins.TRACKERS}]", *lines, ""]))
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    path = tmp_path / "recorded.jsonl"
    path.touch()
    monkeypatch.setenv("RECORDED", str(path))
    plugins.installed.cache_clear()
    yield lambda: [json.loads(line) for line in path.read_text().splitlines()]
    plugins.installed.cache_clear()


def days_of(lines, run):
    return [line[2] for line in lines if line[:2] == ["day", run]]


def test_a_run_is_sent_day_by_day_with_its_options_and_without_addresses(recorded, cli):
    options = ("--assistant", "oracle", "--days", "2")
    done = json.loads(cli("run", *options, "--track", "recorder", "--json").stdout)
    made, begin, *days, end = recorded()
    assert made == ["made", "propersim"]
    assert begin[:2] == ["begin", done["run"]]
    assert begin[2].items() >= {"persona": "p01", "assistant": "oracle", "seed": 0, "days": 2, "variant": "oracle"}.items()
    assert "propersim=" in begin[2]["versions"]
    assert not any("://" in str(value) for value in begin[2].values())
    assert [day[2] for day in days] == [1, 2]
    for day, figures in zip(days, done["days"], strict=True):
        assert day[3].items() >= {name: value for name, value in figures.items() if value is not None}.items()
    assert days[-1][3]["f1_so_far"] == done["summary"]["f1"]
    assert days[-1][3]["unwelcome_so_far"] == done["summary"]["unwelcome"]
    assert end == ["end", done["run"], "finished"]
    cli("resume", done["run"], "--track", "recorder")
    assert [line[0] for line in recorded()[5:]] == ["made", "begin"], "a run that is over, of which nothing is missing, is left as it is"


def test_options_with_addresses_are_left_out(recorded, cli, db):
    cli("run", "--assistant", "oracle", "--until", "day 1 07:30")
    with Store(db) as store:
        (run,) = store.runs()
        config = {**json.loads(run.config_json), "base_url": "http://me:secret@host", "embedder": "http://host#model", "user": "llm"}
        found = tracking._options(run._replace(config_json=json.dumps(config)))
    assert not {"base_url", "embedder", "persona_json"} & set(found)
    assert found["user"] == "llm"


def test_a_batch_is_followed_and_what_a_failed_tracker_lacks_is_sent_the_next_time(recorded, cli):
    asked = ("batch", "--personas", "p01", "--variants", "oracle,random", "--days", "3", "--jobs", "2", "--json")
    done = cli(*asked, "--track", "failing")
    runs = {row["variant"]: row["run"] for row in json.loads(done.stdout)["runs"]}
    assert {row["state"] for row in json.loads(done.stdout)["runs"]} == {"finished"}
    assert done.stderr.count("warning: --track: failing could not record run") == 1
    assert "RuntimeError: no room left; the runs go on" in done.stderr
    assert days_of(recorded(), runs["oracle"]) == [1, 2, 3]
    assert days_of(recorded(), runs["random"]) == [1]
    again = cli(*asked, "--track", "recorder")
    assert "warning" not in again.stderr
    assert days_of(recorded(), runs["oracle"]) == [1, 2, 3]
    assert days_of(recorded(), runs["random"]) == [1, 2, 3]
    ends = [line for line in recorded() if line[0] == "end"]
    assert ends == [["end", runs["oracle"], "finished"], ["end", runs["random"], "finished"]]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("refusing", "refusing of propersim-recorder 1.0 cannot be made (OSError: the server is down)"),
        ("missing", "missing: propersim_recorder:nothing cannot be loaded"),
        ("leaving", "the process of the tracker leaving ended before it had everything; see "),
    ],
)
def test_a_tracker_that_cannot_be_made_stops_nothing(recorded, cli, name, complaint):
    done = cli("run", "--assistant", "oracle", "--days", "2", "--track", name, "--json")
    assert json.loads(done.stdout)["state"] == "finished"
    assert done.stderr.count("warning:") == 1
    assert complaint in done.stderr


def test_a_tracker_that_hangs_is_ended(recorded, cli, monkeypatch):
    monkeypatch.setattr(tracking, "SILENT_SECONDS", 0.2)
    done = cli("run", "--assistant", "oracle", "--days", "1", "--track", "hanging", "--json")
    assert json.loads(done.stdout)["state"] == "finished"
    assert "the process of the tracker hanging was ended before it had everything" in done.stderr


def test_what_cannot_be_used_is_refused_before_anything_is_run(recorded, cli, db, monkeypatch):
    assert "no 'recoder'; did you mean 'recorder'?" in cli("run", "--track", "recoder", code=2).stderr
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install 'propersim[mlflow]'" in cli("batch", "--track", "mlflow", code=2).stderr
    assert not db.exists()
    assert "--track: has no effect with --watch" in cli("resume", "last", "--watch", "--track", "recorder", code=2).stderr


@pytest.mark.slow
def test_a_batch_that_is_interrupted_goes_on_in_the_same_tracked_run(recorded, cli, tmp_path):
    asked = ("batch", "--personas", "p01", "--variants", "oracle", "--days", "60", "--track", "recorder")
    process = subprocess.Popen([sys.executable, "-m", "propersim", *asked], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: sum(line[0] == "day" for line in recorded()) >= 2, process=process, seconds=120)
    process.send_signal(signal.SIGINT)
    process.communicate()
    before = recorded()
    ((_, run, state),) = [line for line in before if line[0] == "end"]
    assert state == "stopped"
    assert days_of(before, run) == list(range(1, len(days_of(before, run)) + 1))
    assert len(days_of(before, run)) < 60
    cli(*asked)
    assert days_of(recorded(), run) == list(range(1, 61))
    assert recorded()[-1] == ["end", run, "finished"]
    assert len({line[1] for line in recorded() if line[0] == "begin"}) == 1


# -- real trackers ------------------------------------------------------------------------------------------------


def follow(folder, tracker, cli):
    """Follow two days of a run, then its other two, then the run again when it is over; return the run's id."""
    warnings: list[str] = []
    with Store(folder / "runs.sqlite") as store:
        row = add_run(store, RunConfig(assistant="oracle", days=4))
        with pytest.raises(RunStopped):
            Runner(store, row, FreeGate(steps=900)).go()
        row = store.run(row.id)
        assert row.days_done == 2
        followed = tracking.Tracking(tracker, store.path, warnings.append)
        followed.follow(row, store.day_figures(row))
        followed.close()
    for _ in range(2):
        warnings += [line for line in cli("resume", row.id, "--track", tracker).stderr.splitlines() if "warning" in line]
    assert not warnings
    return row.id


@pytest.mark.slow
def test_mlflow_has_each_day_once(tmp_path, cli, monkeypatch):
    pytest.importorskip("mlflow", reason="needs the extra mlflow")
    uri = f"sqlite:///{tmp_path / 'track.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    run = follow(tmp_path, "mlflow", cli)
    code = (
        "import json\nfrom mlflow import MlflowClient\nclient = MlflowClient()\n"
        "(run,) = client.search_runs([client.get_experiment_by_name('propersim').experiment_id])\n"
        "days = [one.step for one in client.get_metric_history(run.info.run_id, 'f1_so_far')]\n"
        "print(json.dumps([run.info.run_name, run.info.status, run.data.params['persona'], days]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [run, STATES["finished"], "p01", [1, 2, 3, 4]]


@pytest.mark.slow
def test_trackio_has_each_day_once(tmp_path, cli, monkeypatch):
    pytest.importorskip("trackio", reason="needs the extra trackio")
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "track"))
    run = follow(tmp_path, "trackio", cli)
    code = (
        "import json\nfrom trackio.sqlite_storage import SQLiteStorage as Storage\n"
        "print(json.dumps([[name, Storage.get_run_config('propersim', name)['persona'], "
        "[one['step'] for one in Storage.get_logs('propersim', name)]] for name in Storage.get_runs('propersim')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[run, "p01", [1, 2, 3, 4]]]
