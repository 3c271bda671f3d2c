"""Exports: the records themselves, and preference pairs in the schema of answers."""

import hashlib
import json
import subprocess
import sys

import pytest

from propersim.cli.headless import run_headless
from propersim.core.config import RunConfig
from propersim.core.records import Pair, Step, from_json
from propersim.runs.create import add_run
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


def test_an_export_may_be_cut_off(tmp_path, db, capsys):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, run, as_json=True)
    command = f"{sys.executable} -m propersim export {run.id} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""
    assert json.loads(done.stdout)["index"] == 0


def test_pairs_are_exported_in_the_schema_of_answers(tmp_path, db, capsys):
    with Store(db) as store:
        other = add_run(store, RunConfig(persona="p25", assistant="silent", days=1))
        run_headless(store, other, as_json=True)
        (step, *_) = store.steps(other)
        run = add_run(store, RunConfig(persona="p25", assistant="llama", days=1))
        pairs = [
            Pair(0, 0, "decision", (1, 2, 3), "", None, "speech"),
            Pair(0, 1, "decision", (1, 2, 3), None, "", "silence"),
            Pair(0, 2, "content", (1, 2), "Try the “new” café.", "Buy\nit!", "preference"),
            Pair(0, 3, "answer", (9,), None, "Go for a walk.", "score"),
        ]
        store.add_steps(run, [step], [1], 0.0, pairs)
    lines = export(tmp_path, run.id, "--format", "dpo").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [sorted(one) for one in found] == [["chosen", "kind", "prompt", "rejected", "step"]] * 4
    assert [one["kind"] for one in found] == ["decision", "decision", "content", "answer"]
    assert [one["prompt"] for one in found] == [[1, 2, 3], [1, 2, 3], [1, 2], [9]]
    assert [(json.loads(one["chosen"]), json.loads(one["rejected"])) for one in found] == [
        ({"speak": True}, {"speak": False}),
        ({"speak": False}, {"speak": True}),
        ({"speak": True, "suggestion": "Try the “new” café."}, {"speak": True, "suggestion": "Buy\nit!"}),
        ({"speak": False}, {"speak": True, "suggestion": "Go for a walk."}),
    ]
