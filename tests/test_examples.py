"""The examples run, and print what they promise."""

import importlib.util
import json
import os
import re
import shutil
import site
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from propersim import load_run
from propersim.core.errors import InputError
from propersim.experiments.jobs import make_jobs
from propersim.experiments.sweep import read_sweep
from tests.known import known
from tests.llm_client.answering import answers_schema
from tests.llm_client.faulty import Faulty
from tests.tui import story

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def load(name):
    spec = known(importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    known(spec.loader).exec_module(module)
    return module


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "sweeps").glob("*.toml")), ids=lambda path: path.name)
def test_sweeps_name_runs_that_can_be_made(path):
    sweep = read_sweep(path)
    jobs = make_jobs(sweep)
    assert len(jobs) == len(sweep.personas) * len(sweep.variants) * len(sweep.seeds)
    assert {job.state for job in jobs} == {"waiting"}
    assert f"propersim batch examples/sweeps/{path.name}" in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_plug_in_is_installed_run_and_resumed(tmp_path):
    """In an environment of its own, as its author would: pip, then the commands."""
    pytest.importorskip("hatchling", reason="needs the extra dev")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    # The packages of this environment, and this checkout, are seen from there.
    (packages / "base.pth").write_text("\n".join([str(ROOT), *site.getsitepackages(), ""]))
    copy = shutil.copytree(ROOT / "examples" / "plugin", tmp_path / "plugin")
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in copy.iterdir()) < 60
    python = tmp_path / "venv" / "bin" / "python"
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PROPERSIM_ASSISTANT")}

    def call(*arguments, code=0):
        done = subprocess.run([python, "-m", *arguments], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout

    call("pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation", str(copy))
    (listed,) = json.loads(call("propersim", "plugins", "--check", "--json"))
    assert (listed["group"], listed["name"], listed["package"], listed["version"]) == ("assistants", "habit", "propersim-habit", "0.1")
    asked = ("--assistant", "habit", "--persona", "p11", "--days", "2", "--json")
    whole = json.loads(call("propersim", "run", *asked))
    assert whole["summary"]["f1"] > 0.2
    stop_at = """
from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store

with Store("runs.sqlite") as store:
    Runner(store, add_run(store, RunConfig(assistant="habit", persona="p11", days=2)), FreeGate(steps=500)).go()
"""
    stopped = subprocess.run([python, "-c", stop_at], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert "RunStopped" in stopped.stderr
    resumed = json.loads(call("propersim", "resume", "last", "--json"))
    assert resumed["run"] != whole["run"]
    assert resumed["digest"] == whole["digest"]
    call("pytest", "-q", "-p", "no:cacheprovider", str(copy))


def test_the_guide_has_the_plug_in_as_it_is():
    guide = (ROOT / "docs" / "how-to" / "plug-in.md").read_text(encoding="utf-8")
    for name in ("pyproject.toml", "propersim_habit.py"):
        assert (ROOT / "examples" / "plugin" / name).read_text(encoding="utf-8") in guide, name


def test_a_day_is_simulated(capsys):
    load("simulate_a_day").main()
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(re.fullmatch(r"\d\d:\d\d\S*  .+ \(score 4 of 4\)", line) for line in lines), lines


def test_an_assistant_of_ones_own_lies_between_silent_and_oracle():
    example = load("own_assistant")
    assert example.f1("silent", days=1) == 0.0
    assert example.f1("oracle", days=1) == 1.0
    assert 0.0 < example.f1(example.BestSoFar(), days=3) < 1.0


def test_a_stored_run_is_not_read_without_its_database():
    done = subprocess.run([sys.executable, ROOT / "examples" / "read_run.py"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "usage: python examples/read_run.py RUNS.sqlite [RUN [PAIRS.jsonl]]\n"


def test_a_stored_run_is_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    story.add(tmp_path / "runs.sqlite")
    before = set(tmp_path.iterdir())
    load("read_run").main("runs.sqlite")
    alone = capsys.readouterr().out.splitlines()
    assert set(tmp_path.iterdir()) == before, "no file was asked for"
    load("read_run").main("runs.sqlite", "last", "pairs.jsonl")
    first, *rest = capsys.readouterr().out.splitlines()
    assert alone == [first, *rest[:-1]]
    (tmp_path / "mine.jsonl").write_text("mine")
    with pytest.raises(InputError, match="already exists"):
        load("read_run").main("runs.sqlite", "last", "mine.jsonl")
    assert "p01" in first
    assert re.fullmatch(r"day 1: \d+ steps, \d+ recommendations, \d+ welcome", rest[0])
    assert rest[-1] == "0 preference pairs"
    assert not (tmp_path / "pairs.jsonl").exists()


@pytest.mark.slow
def test_a_bandit_learns_when_to_speak():
    pytest.importorskip("gymnasium", reason="needs the extra gym")
    example = load("bandit")
    rows = example.days(example.LinUCB(), count=10)
    assert len(rows) == 11
    first, last = ([sum(row[name] for row in rows[part]) for name in ("welcome", "unwelcome")] for part in (slice(0, 3), slice(7, 10)))
    assert last[0] > first[0]
    assert last[1] < first[1]
    assert rows[-1]["f1"] > 0.5
    assert example.days(lambda x: 0, count=1, feedback="shown")[-1]["f1"] == 0


def test_a_model_at_an_endpoint_is_the_agent(capsys):
    pytest.importorskip("gymnasium", reason="needs the extra gym")
    example = load("endpoint_agent")
    with Faulty(last=answers_schema(seed=1, texts=lambda rng, least, most: "Shall I put on some quiet jazz for you?")) as server:
        example.main(server.url, "any", timestep=60.0)
        asked = [one.last_words for one in server.asked if one.body.get("messages")]
    *said, last = capsys.readouterr().out.splitlines()
    assert said
    assert all("Shall I put on some quiet jazz for you? (score" in line for line in said)
    assert re.fullmatch(rf"\d+ of {len(said)} recommendations welcome, F1 \d\.\d\d", last)
    assert "waking up slowly" in asked[0]
    assert "quiet jazz" in asked[-1], "the text has what was said before"


@pytest.mark.slow
def test_the_notebook_runs(tmp_path, monkeypatch):
    for name in ("matplotlib", "pandas", "pyarrow", "nbclient", "nbformat", "ipykernel"):
        pytest.importorskip(name, reason=f"needs {name}, of the extra dev")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "examples" / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code), "it is stored without outputs"
    story.add(tmp_path / "runs.sqlite")
    # The kernel is a process of its own, in the folder of the run.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), *sys.path])))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("PROPERSIM_DB", raising=False)
    with warnings.catch_warnings():
        # nbclient and its libraries warn of their own asynchronous code.
        warnings.simplefilter("ignore", DeprecationWarning)
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    about, figure, unwelcome = code
    assert "p01" in about.outputs[0].text
    assert any("image/png" in output.get("data", {}) for output in figure.outputs)
    steps = load_run(tmp_path / "runs.sqlite").to_pandas()
    shown = steps[steps["spoke"]]
    assert unwelcome.outputs[0].text == f"{len(shown) - int(shown['welcome'].sum())} of {len(shown)} recommendations were unwelcome\n"
    assert "You should log the costs of the tour now." in unwelcome.outputs[1].data["text/plain"] + unwelcome.outputs[1].data["text/html"]
