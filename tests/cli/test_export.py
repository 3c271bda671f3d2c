"""The command ``export``: records, tables, and conversations; files and messages."""

import csv
import hashlib
import io
import json
import subprocess
import sys

import msgspec
import pytest

from propersim.cli.headless import run_headless
from propersim.core.config import RunConfig
from propersim.core.records import Candidate, Pair, Rating, Step, from_json
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.simulation.simulation import Simulation
from propersim.store.store import Store


def export(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "propersim", "export", *arguments], cwd=folder, capture_output=True, text=True, timeout=360, check=True
    )


def test_steps_are_exported_as_they_are_stored(tmp_path, db, capsys):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="oracle", days=1))
        run_headless(store, run, as_json=True)
        steps = list(store.steps(run))
    found = json.loads(capsys.readouterr().out)
    lines = export(tmp_path, run.id).stdout.splitlines()
    assert [from_json(Step, line) for line in lines] == steps
    export(tmp_path, run.id, "--out", "steps.jsonl")
    assert (tmp_path / "steps.jsonl").read_text(encoding="utf-8").splitlines() == lines
    assert hashlib.sha256((tmp_path / "steps.jsonl").read_bytes()).hexdigest() == found["digest"]
    nothing = export(tmp_path, run.id, "--format", "dpo", "--out", "pairs.jsonl")
    assert nothing.stdout == ""
    assert "no preference pairs" in nothing.stderr
    assert not (tmp_path / "pairs.jsonl").exists()


def test_an_existing_file_is_overwritten_with_force_alone_and_never_by_nothing(tmp_path, db, capsys):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, run, as_json=True)
        empty = add_run(store, RunConfig(persona="p25", assistant="eager", days=1))
    mine = tmp_path / "mine.jsonl"
    mine.write_text("mine", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        export(tmp_path, run.id, "--out", "mine.jsonl")
    assert refused.value.returncode == 2
    assert "mine.jsonl: already exists" in refused.value.stderr
    assert "--force" in refused.value.stderr
    assert "no steps yet" in export(tmp_path, empty.id, "--out", "mine.jsonl", "--force").stderr
    assert mine.read_text(encoding="utf-8") == "mine"
    export(tmp_path, run.id, "--out", "mine.jsonl", "--force")
    assert mine.read_text(encoding="utf-8").startswith("{")


@pytest.mark.parametrize("beside", ["", "-wal"])
def test_a_database_is_never_overwritten(tmp_path, db, capsys, beside):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, run, as_json=True)
        before = db.read_bytes()
        target = f"{db.name}{beside}"
        assert (tmp_path / target).exists()
        with pytest.raises(subprocess.CalledProcessError) as refused:
            export(tmp_path, run.id, "--out", target, "--force")
        assert (refused.value.returncode, refused.value.stdout) == (2, "")
        assert f"{target}: belongs to a database, which is never overwritten" in refused.value.stderr
        assert db.read_bytes() == before


def test_a_failed_file_is_one_message_whatever_was_being_read(tmp_path, db, capsys):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, run, as_json=True)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        export(tmp_path, run.id, "--out", "none/r.jsonl")
    assert refused.value.stderr.strip().splitlines() == [
        "error: none/r.jsonl: cannot be written: No such file or directory",
        "  choose another file",
    ]


def test_an_export_may_be_cut_off(tmp_path, db, capsys):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, run, as_json=True)
    command = f"{sys.executable} -m propersim export {run.id} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""
    assert json.loads(done.stdout)["index"] == 0


def test_pairs_are_exported_as_whole_answers(tmp_path, db):
    text, other = "Try the “new” café today.", "Buy\nit now!"
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="llama", days=1))
        (first, second, *_) = Simulation(load_persona("p25"), "silent", days=1)
        wanted = Candidate(None, Rating(0, 0, 1, 1))
        said = (wanted, Candidate(other, Rating(0, 1, 1, 1)), Candidate(text, Rating(1, 1, 1, 1)))
        pairs = [
            Pair(0, 0, "decision", (1, 2, 3), "", None, "speech"),
            Pair(0, 1, "content", (1, 2), text, other, "preference"),
            Pair(0, 2, "answer", (9,), None, other, "score"),
            Pair(1, 0, "decision", (1, 2, 3), None, "", "silence"),
        ]
        store.add_steps(run, [msgspec.structs.replace(first, candidates=said), second], [1, 1], 0.0, pairs)
    done = export(tmp_path, run.id, "--format", "dpo")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [sorted(one) for one in found] == [["chosen", "kind", "prompt", "rejected", "step", "won"]] * 3
    assert [one["kind"] for one in found] == ["decision", "content", "answer"]
    assert {tuple(message["role"] for message in one["prompt"]) for one in found} == {("system", "user")}
    assert "waking up slowly" in found[0]["prompt"][1]["content"]
    assert [(json.loads(one["chosen"][0]["content"]), json.loads(one["rejected"][0]["content"])) for one in found] == [
        ({"speak": True, "suggestion": text}, {"speak": False}),
        ({"speak": True, "suggestion": text}, {"speak": True, "suggestion": other}),
        ({"speak": False}, {"speak": True, "suggestion": other}),
    ]
    assert "left out: 1 decision pair for silence" in done.stderr


def test_tables_are_of_one_row_a_step(tmp_path, db):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="oracle", days=1))
        run_headless(store, run, as_json=True)
        steps = list(store.steps(run))
    rows = list(csv.DictReader(io.StringIO(export(tmp_path, run.id, "--format", "csv").stdout)))
    assert [(int(row["step"]), row["text"], row["score"]) for row in rows] == [
        (step.index, step.answer.text or "", str(step.rating.score)) for step in steps
    ]
    labelled = [json.loads(line) for line in export(tmp_path, run.id, "--format", "kto").stdout.splitlines()]
    assert {one["label"] for one in labelled} == {True}, "the oracle makes no mistake"
    welcome = [json.loads(line) for line in export(tmp_path, run.id, "--format", "sharegpt").stdout.splitlines()]
    assert sum(one["spoke"] for one in welcome) == sum(step.welcome for step in steps) > 0
    assert [turn["from"] for turn in welcome[0]["conversations"]] == ["system", "human", "gpt"]


def test_a_parquet_file_is_no_text(tmp_path, db, cli):
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra data")
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="oracle", days=1))
        run_headless(store, run, as_json=True)
        steps = list(store.steps(run))
    assert "--format parquet is no text" in cli("export", "last", "--format", "parquet", code=2).stderr
    cli("export", "last", "--format", "parquet", "--out", "steps.parquet")
    table = parquet.read_table(tmp_path / "steps.parquet")
    assert table.column("text").to_pylist() == [step.answer.text for step in steps]
    assert table.schema.metadata[b"propersim.run"] == run.id.encode()


def test_an_interrupted_run_and_one_that_a_process_is_running_are_exported(tmp_path, db, cli):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="random", days=2, until="day 1 12:00"))
        run_headless(store, run, as_json=True)
        count = store.step_count(run)
        store.hold(run)
        store.update_run(run, state="running")
        assert store.run(run.id).state == "running"
        for kind in ("jsonl", "csv"):
            assert len(export(tmp_path, run.id, "--format", kind).stdout.splitlines()) == count + (kind == "csv")
        assert export(tmp_path, run.id, "--format", "kto").stdout
        store.release()
        assert store.run(run.id).state == "interrupted"
        assert export(tmp_path, run.id, "--format", "sharegpt").stdout


def test_a_failed_export_leaves_the_file_as_it_was(tmp_path, db):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, run, as_json=True)
        store.connection.execute("update steps set record = 'damaged' where idx = 40")
        store.connection.commit()
    (tmp_path / "mine.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        export(tmp_path, run.id, "--format", "csv", "--out", "mine.csv", "--force")
    assert failed.value.returncode == 2
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir() if "mine" in path.name] == ["mine.csv"]
