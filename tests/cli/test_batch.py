"""Batches as a user meets them: real processes, real kills; what is done is never done again."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from propersim.core.config import RunConfig
from propersim.experiments.jobs import make_jobs
from propersim.experiments.results import read_csv
from propersim.experiments.sweep import Sweep
from propersim.persona.library import personas_folder
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.waiting import wait_for


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "propersim", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        start_new_session=True,
    )


def states(db):
    with Store(db, read_only=True) as store:
        return {row.id: row.state for row in store.runs()}


def until(holds, process, seconds=120):
    wait_for(holds, process=process, seconds=seconds)


def under_way(db, steps):
    """Whether some run has so many steps and is not over."""
    with Store(db, read_only=True) as store:
        return any(row.state == "running" and row.steps > steps for row in store.runs())


@pytest.mark.slow
def test_a_batch_makes_its_runs_once_and_knows_them_again_by_store_and_csv(cli, tmp_path):
    asked = ("batch", "--personas", "p19-p20", "--variants", "silent,oracle", "--days", "2", "--csv", "r.csv", "--jobs", "2")
    first = json.loads(cli(*asked, "--json").stdout)
    assert (first["done"], first["failed"], first["left"]) == (4, 0, 0)
    assert {row["state"] for row in first["runs"]} == {"finished"}
    assert [(row["persona"], row["variant"]) for row in first["runs"][:3]] == [("p19", "silent"), ("p19", "oracle"), ("p20", "silent")]
    assert all((row["f1"], row["f1_last_3_days"]) == (1.0, None) for row in first["runs"] if row["variant"] == "oracle")
    runs = states(tmp_path / "runs.sqlite")
    assert sorted(runs) == sorted(row["run"] for row in first["runs"])
    csv = (tmp_path / "r.csv").read_text(encoding="utf-8")
    assert csv.count("\n") == 1 + 4 * 2

    again = cli(*asked)
    assert again.stdout.count("done before") == 4
    assert re.search(r"F1, all days +unwelcome +score ", again.stdout.splitlines()[0])
    assert all(row["unwelcome"] == 0 for row in first["runs"])
    assert states(tmp_path / "runs.sqlite") == runs

    tables = json.loads(cli("report", "--at", "1,2", "--json").stdout)
    os.unlink(tmp_path / "r.csv")
    cli(*asked)
    assert (tmp_path / "r.csv").read_text(encoding="utf-8") == csv

    cli("report", "--csv-out", "again.csv")
    assert (tmp_path / "again.csv").read_text(encoding="utf-8") == csv
    for path in tmp_path.glob("runs.sqlite*"):
        if path.is_file():
            path.unlink()
    more = json.loads(cli(*asked, "--seeds", "2", "--json").stdout)
    assert [row["state"] for row in more["runs"]] == ["known"] * 4 + ["finished"] * 4
    assert more["runs"][0]["hash"] == first["runs"][0]["hash"]
    assert len(states(tmp_path / "runs.sqlite")) == 4
    # From the files alone the same tables come again.
    assert json.loads(cli("report", "--csv", "again.csv", "--at", "1,2", "--json").stdout) == tables
    assert json.loads(cli("report", "--csv", "r.csv", "--json").stdout)["runs"] == 8


def test_the_report_draws_curves_and_shows_the_columns_that_are_asked_for(cli, tmp_path):
    # Made in this process: a batch would start one for each run.
    with Store(tmp_path / "runs.sqlite") as store:
        for persona in ("p02", "p06", "p17", "p20", "p24"):
            for variant in ("silent", "oracle"):
                Runner(store, add_run(store, RunConfig(persona=persona, assistant=variant, days=2)), FreeGate()).go()
    first = cli("report", "--at", "2", "--figures", "f1,score", "--curves", "c.svg", "--markdown").stdout
    whole, days, *_ = [[cell.strip() for cell in line.strip("|").split("|")] for line in first.splitlines() if line.startswith("| variant")]
    assert whole[:7] == ["variant", "feedback", "days", "personas", "F1", "unwelcome", "score"]
    assert whole[7:] == ["in band from day 3", "F1 weekdays", "F1 weekends", "distinct", "ratings per day", "seconds per run"]
    assert days == ["variant", "days", "personas", "F1", "score", "seconds per run"]
    assert re.search(r"\n\| oracle +\| none +\| 2 +\| 5 +\| 1\.00 \[1\.00, 1\.00\] \| 0\.0 \[0\.0, 0\.0\] ", first)
    assert re.search(r"\n\| oracle +\| 2 +\| 5 +\| 1\.00 \[1\.00, 1\.00\] \| 4\.00 \[4\.00, 4\.00\] \|", first)
    lines = [line for line in first.splitlines() if "| silent − oracle " in line]
    assert len(lines) == 2
    assert all("-1.00 [-1.00, -1.00]*" in line for line in lines)
    assert re.search(r"p20 +\| O- C\+ E\+ A- N- \| 0\.25–0\.31 ", first)
    drawn = (tmp_path / "c.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(drawn)
    said = "".join(root.itertext())
    assert all(word in said for word in ("F1 of welcome recommendations", "oracle", "silent", "day"))
    for option in ("--curves", "--csv-out"):
        assert "c.svg: already exists" in cli("report", option, "c.svg", code=2).stderr
    assert (tmp_path / "c.svg").read_text(encoding="utf-8") == drawn
    assert "--csv-out and --curves: both are r.csv" in cli("report", "--csv-out", "r.csv", "--curves", "./r.csv", code=2).stderr
    cli("report", "--csv-out", "r.csv")
    assert "--csv and --curves: both are r.csv" in cli("report", "--csv", "r.csv", "--curves", "r.csv", "--force", code=2).stderr
    cli("report", "--csv", "r.csv", "--csv-out", "r.csv", "--force")
    cli("report", "--at", "2", "--curves", "c.svg", "--json", "--force")
    assert (tmp_path / "c.svg").read_text(encoding="utf-8") == drawn


@pytest.mark.slow
def test_two_batches_of_the_same_runs_at_once_share_them(tmp_path):
    options = ("--personas", "p20,p25,p30", "--variants", "silent,oracle", "--days", "2", "--jobs", "1", "--csv", "r.csv", "--json")
    both = [start(tmp_path, "batch", *options) for _ in range(2)]
    told = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    names = [[one["run"] for one in json.loads(out)["runs"]] for out, _ in told]
    assert sorted(names[0]) == sorted(names[1]) == sorted(states(tmp_path / "runs.sqlite"))
    assert set(states(tmp_path / "runs.sqlite").values()) == {"finished"}
    assert len(read_csv(tmp_path / "r.csv")) == len(names[0]) == 6


def test_the_report_names_what_it_pools_and_the_days_that_no_run_has(cli, tmp_path):
    (tmp_path / "mine.yaml").write_text(cli("personas", "new").stdout, encoding="utf-8")
    cli("batch", "--personas", "p02,mine.yaml", "--variants", "oracle", "--days", "2")
    said = cli("report", "--figures", "f1", "--markdown").stdout
    assert [line for line in said.splitlines() if line.startswith("#")][:2] == ["## Built-in personas", "## Personas from files"]
    assert "No run has day 3, day 5, day 14, days 3–5, days 12–14." in said
    assert "as all built-in ones here: Developed on: p01–p16; Not conditional personas." in said
    assert "No intervals: fewer than five personas." in said
    assert "The columns are explained at the end." in said
    assert "\n- distinct: Share of the recommendations whose text was not shown before" in said
    assert "\n- malformed:" not in said, "no table has it"
    assert "| 3–5" not in said
    said = cli("report", "--at", "1,2,3,1-2", "--figures", "f1", "--markdown").stdout
    assert "| files − built-in |" in said
    assert said.index("## Differences over the whole run") < said.index("## Differences on days 1–2")
    assert re.search(r"\| oracle +\| 2 +\| 1 ", said)
    assert re.search(r"\| oracle +\| 1–2 +\| 1 ", said)
    assert "No run has day 3." in said
    later = cli("report", "--at", "7", "--markdown").stdout
    assert "No run has day 7." in later
    assert re.search(r"\| oracle +\| none +\| 2 +\| 1 +\| 1\.00 ", later), "the whole run is told whatever days are asked for"
    assert not re.search(r"\| oracle +\| 7 ", later)
    found = json.loads(cli("report", "--json").stdout)
    assert found["periods"] == ["run", "1", "2", "3", "5", "14", "3-5", "12-14"]
    assert found["missing"] == ["3", "5", "14", "3-5", "12-14"]
    assert {tuple(row["days"]) for row in found["variants"]} == {(2, 2)}


def test_a_sweep_file_is_run_and_options_override_it(cli, tmp_path):
    (tmp_path / "s.toml").write_text(
        """
        personas = "p03,p04"
        days = 2
        variants = ["coarse"]
        [set]
        timestep = 30
        [variant.coarse]
        from = "random"
        timestep = 60
        [ablate]
        from = "silent"
        timestep = [20, 40]
        """,
        encoding="utf-8",
    )
    found = json.loads(cli("batch", "s.toml", "--personas", "p03", "--days", "1", "--json").stdout)
    assert [(row["persona"], row["variant"], row["days"]) for row in found["runs"]] == [
        ("p03", "random timestep=60.0", 1),
        ("p03", "silent timestep=20.0", 1),
        ("p03", "silent timestep=40.0", 1),
    ]
    again = json.loads(cli("batch", "s.toml", "--personas", "p03", "--days", "1", "--variants", "coarse,silent", "--json").stdout)
    assert [(row["variant"], row["state"]) for row in again["runs"]] == [
        ("random timestep=60.0", "known"), ("silent timestep=30.0", "finished"),
    ]  # fmt: skip
    assert "has no effect without --engine ray" in cli("batch", "s.toml", "--address", "auto", code=2).stderr
    assert "--variants: no 'coars'; did you mean 'coarse'?" in cli("batch", "s.toml", "--variants", "coars", code=2).stderr


def test_a_run_that_was_made_by_itself_is_known_too(cli):
    digest = json.loads(cli("run", "--persona", "p07", "--assistant", "random", "--days", "2", "--json").stdout)["run"]
    (row,) = json.loads(cli("batch", "--personas", "p07", "--variants", "random", "--days", "2", "--json").stdout)["runs"]
    assert (row["state"], row["run"]) == ("known", digest)


def test_what_is_the_same_run_by_two_names_is_made_once(tmp_path):
    (tmp_path / "mine.yaml").write_bytes((personas_folder() / "p02.yaml").read_bytes())
    personas = ["p02", str(tmp_path / "mine.yaml"), "gone.yaml"]
    jobs = make_jobs(Sweep(personas=personas, variants=["ars", "ar", "oracle"], seeds=range(2), days=1, options=["memory=none"]))
    assert [(job.persona, job.variant, job.seed, job.state) for job in jobs if job.hash] == [
        (persona, variant, seed, "waiting") for seed in (0, 1) for persona in ("p02",) for variant in ("none", "oracle")
    ]
    assert len({job.hash for job in jobs if job.hash}) == 4
    assert {job.state for job in jobs if not job.hash} == {"failed"}


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_where_it_was(cli, tmp_path):
    db = tmp_path / "runs.sqlite"
    asked = ("batch", "--personas", "p25", "--variants", "random,oracle", "--days", "20", "--jobs", "2", "--csv", "r.csv")
    batch = start(tmp_path, *asked)
    until(lambda: under_way(db, 300), batch)
    os.kill(batch.pid, signal.SIGKILL)
    batch.communicate()
    before = states(db)
    assert set(before.values()) != {"finished"}
    found = json.loads(cli(*asked, "--json").stdout)
    assert found["done"] == 2
    assert set(before) <= {row["run"] for row in found["runs"]}
    assert states(db) == {row["run"]: "finished" for row in found["runs"]}
    reference = json.loads(cli("run", "--persona", "p25", "--assistant", "random", "--days", "20", "--db", "other.sqlite", "--json").stdout)
    with Store(db, read_only=True) as store:
        (row,) = (row for row in store.runs() if row.assistant == "random")
    assert row.digest == reference["digest"]
    assert {one.digest for one in read_csv(tmp_path / "r.csv").values()} >= {row.digest[:16]}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_its_workers_stop_politely_and_it_goes_on(cli, tmp_path, number):
    db = tmp_path / "runs.sqlite"
    asked = ("batch", "--personas", "p25", "--variants", "random,oracle", "--days", "20", "--jobs", "1")
    batch = start(tmp_path, *asked, "--json")
    until(lambda: under_way(db, 300), batch)
    batch.send_signal(number)
    out, err = batch.communicate(timeout=360)
    assert batch.returncode == 130, err
    assert "give the same command again" in err
    assert "Traceback" not in err
    assert json.loads(out)["left"] > 0
    assert set(states(db).values()) <= {"stopped", "finished", "new"}
    assert "stopped" in states(db).values()
    # The rest is shorter work: the one that was stopped goes on, and is not begun again.
    (stopped, *_) = (run for run, state in states(db).items() if state == "stopped")
    cli("batch", "--personas", "p25", "--variants", stopped.split("-")[1], "--days", "20")
    assert states(db)[stopped] == "finished"


def test_a_broken_persona_fails_alone_and_can_be_mended(cli, tmp_path):
    text = (personas_folder() / "p02.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text.replace("age: ", "age: 9"), encoding="utf-8")
    asked = ("batch", "--personas", "mine.yaml,p03", "--variants", "silent", "--days", "1", "--csv", "r.csv")
    done = cli(*asked, code=3)
    assert "1 of 2 runs failed" in done.stderr
    assert "mine.yaml: 1 problem" in done.stderr
    assert {one.persona for one in read_csv(tmp_path / "r.csv").values()} == {"p03"}
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    found = json.loads(cli(*asked, "--json").stdout)
    assert [row["state"] for row in found["runs"]] == ["finished", "known"]
    assert {one.persona for one in read_csv(tmp_path / "r.csv").values()} == {"p02", "p03"}


@pytest.mark.parametrize("personas", ["gone.yaml", "p03,gone.json", "p03, gone.toml", "folder/gone.yml", "gone.png", "p03,gone.jsonl"])
def test_a_persona_file_that_is_missing_is_refused_before_anything_runs(cli, tmp_path, personas):
    done = cli("batch", "--personas", personas, "--variants", "silent", "--days", "1", code=2)
    assert done.stderr.splitlines()[0] == f"error: --personas: {personas.split(',')[-1].strip()}: no such file"
    assert not (tmp_path / "runs.sqlite").exists()


def test_a_batch_of_which_nothing_can_run_is_exit_2(cli, tmp_path):
    (tmp_path / "mine.yaml").write_text("[]", encoding="utf-8")
    done = cli("batch", "--personas", "mine.yaml", "--variants", "silent,oracle", "--days", "1", code=2)
    assert "error: 2 of 2 runs failed" in done.stderr


def test_a_run_that_another_process_has_is_listed_and_does_not_stop_the_rest(cli, tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        run = add_run(store, RunConfig(persona="p03", assistant="oracle", days=1))
        store.hold(run)
        store.update_run(run, state="running")
        done = cli("batch", "--personas", "p03", "--variants", "oracle,silent", "--days", "1", "--wait", "0", code=3)
    assert f"run {run.id} is being run by another process" in done.stderr
    assert "1 of 2 runs failed" in done.stderr
    assert sorted(states(tmp_path / "runs.sqlite").values()) == ["finished", "interrupted"]
    assert cli("batch", "--personas", "p03", "--variants", "oracle,silent", "--days", "1").stdout.count("done before") == 1
    assert states(tmp_path / "runs.sqlite")[run.id] == "finished"


@pytest.mark.slow
def test_a_worker_that_is_killed_is_started_again(tmp_path):
    db = tmp_path / "runs.sqlite"
    batch = start(tmp_path, "batch", "--personas", "p25", "--variants", "random", "--days", "10", "--jobs", "1", "--json")
    until(lambda: under_way(db, 100), batch)
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            if parent == batch.pid:
                os.kill(int(name), signal.SIGKILL)
    out, err = batch.communicate(timeout=720)
    assert batch.returncode == 0, err
    assert [row["state"] for row in json.loads(out)["runs"]] == ["finished"]
    assert list(states(db).values()) == ["finished"]


@pytest.mark.slow
def test_a_run_begun_under_other_versions_is_begun_anew(cli, tmp_path):
    db = tmp_path / "runs.sqlite"
    asked = ("batch", "--personas", "p03", "--variants", "silent", "--days", "1")
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p03", assistant="silent", days=1))
        versions = {**json.loads(run.versions_json), "numpy": "0.1"}
        store.update_run(run, versions_json=json.dumps(versions), steps=5, state="stopped")
    assert "a new run is made" in cli(*asked).stderr
    assert sorted(states(db).values()) == ["finished", "stopped"]
    with Store(db) as store:
        store.update_run(next(row for row in store.runs() if row.state == "finished"), versions_json=json.dumps(versions))
    done = cli(*asked, "--any-versions")
    assert "done before" in done.stdout
    assert "1 of the known runs were made under other versions" in done.stderr
    assert "different" not in cli("report").stderr
    # Without the flag it is made again, once, and both are kept.
    assert "1 run made under other versions: made again" in cli(*asked, "--csv", "r.csv").stderr
    assert sorted(states(db).values()) == ["finished", "finished", "stopped"]
    assert "done before" in cli(*asked, "--csv", "r.csv").stdout
    assert len(states(db)) == 3
    with Store(db) as store:
        newest = next(row for row in store.runs() if row.state == "finished")
        store.update_run(newest, versions_json=json.dumps(versions))
    cli("batch", "--personas", "p04", "--variants", "silent,oracle", "--days", "1")
    assert cli("report").stderr.splitlines() == ["silent: pools runs made under different numpy"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["batch", "--personas", "p99"], "no persona 'p99'"),
        (["batch", "--personas", "p16-p01"], "no persona 'p16-p01'"),
        (["batch", "--personas", ","], "none given"),
        (["batch", "--variants", "orcale"], "did you mean 'oracle'?"),
        (["batch", "gone.toml"], "gone.toml: cannot be read"),
        (["batch", "--engine", "rya"], "did you mean 'ray'?"),
        (["batch", "--engine", "slurm", "--slurm", "a;b=1"], "not name=value of an option of sbatch"),
        (["batch", "--slurm", "partition=x"], "has no effect without --engine slurm"),
        (["batch", "--engine", "ray", "--wait", "3"], "has no effect without --engine local"),
        (["batch", "--engine", "ray", "--address", "ray://h:10001"], "cannot send results as they come"),
        (["batch", "--seeds", "0"], "'--seeds'"),
        (["batch", "--set", "pears=3"], "one of until"),
        (["batch", "--set", "seed=3"], "not name=value of an option"),
        (["batch", "--set", "pairs=many"], "pairs"),
        (["batch", "--set", "memory=all"], "--memory: no 'all'"),
        (["batch", "--set", "candidates=x"], "--candidates: must be a whole number, not 'x'"),
        (["batch", "--set", "n=17"], "--candidates: must be 1 to 16, not 17"),
        (["batch", "--set", "timestep=nan"], "--timestep: must be 0.5 to 60, not nan"),
        (["batch", "--set", "feedback-noise=-1"], "--feedback-noise: must be 0 to 0.5, not -1.0"),
        (["batch", "--set", "max-cost=much"], "--max-cost: must be a number, not 'much'"),
        (["batch", "--csv", "none/r.csv", "--personas", "p01", "--variants", "silent", "--days", "1"], "cannot be written"),
        (["report"], "no finished runs"),
        (["report", "--csv", "none.csv"], "none.csv: cannot be read"),
        (["report", "--at", "1,soon"], "not a list of days"),
        (["report", "--at", "0"], "days start at 1"),
        (["report", "--at", "5-3"], "5-3 ends before it begins"),
        (["report", "--figures", "f1,scores"], "did you mean 'score'?"),
        (["export", "last", "--format", "xml"], "one of jsonl, dpo"),
        (["export", "last"], "runs.sqlite: no such database"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_exit_2_with_a_message_and_nothing_is_run(cli, tmp_path, arguments, complaint):
    done = cli(*arguments, code=2)
    assert complaint in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "runs.sqlite").exists() or states(tmp_path / "runs.sqlite") == {}


@pytest.mark.parametrize(("engine", "package"), [("ray", "Ray"), ("slurm", "submitit")])
def test_an_engine_whose_package_is_missing_is_an_error_before_anything_else(cli, tmp_path, monkeypatch, engine, package):
    monkeypatch.setattr("propersim.experiments.engines.find_spec", lambda name: None)
    done = cli("batch", "--engine", engine, "--personas", "p01-p12", "--variants", "silent,oracle", "--csv", "r.csv", code=2)
    assert done.stderr == f"error: --engine {engine}: {package} is not installed\n  pip install 'propersim[{engine}]'\n"
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_of_machines_that_cannot_be_reached_no_outcome_is_printed(cli, monkeypatch):
    monkeypatch.setattr("propersim.experiments.engines.find_spec", lambda name: name)
    asked = ("batch", "--engine", "ray", "--address", "nothere.invalid:6379", "--personas", "p01", "--variants", "silent", "--days", "1")
    done = cli(*asked, code=3)
    assert "the Ray cluster nothere.invalid:6379 cannot be reached" in done.stderr
    assert done.stdout == cli(*asked, "--json", code=3).stdout == ""
    # Where all runs are there already, no machine is needed.
    cli("batch", *asked[5:])
    assert "done before" in cli(*asked).stdout
