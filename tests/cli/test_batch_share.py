"""`batch --share`: several runs in one process, with the records that each has alone; real processes, real kills."""

import contextlib
import json
import os
import signal

import psutil
import pytest

from propersim.core.errors import StoreError
from propersim.store.store import Store
from tests.cli.test_batch import start, states, until
from tests.tiny_models import chat_tokenizer, tiny_folder  # noqa: F401 - fixtures

PERSONAS = ("p01", "p02", "p03")
PAPER = ("--learn", "dpo", "--scheme", "paper", "--memory", "ar", "--model", "homelm-eager")


def asked(variant, *options):
    sets = [part for option in options for part in ("--set", option)]
    return ("batch", "--personas", ",".join(PERSONAS), "--variants", variant, *sets, "--days", "2", "--jobs", "1", "--share", "3", "--json")


def digests(db):
    with Store(db, read_only=True) as store:
        return {row.persona: row.digest for row in store.runs()}


def nights(db):
    """The number of adapters that the nights of each run have made."""
    with contextlib.suppress(StoreError), Store(db, read_only=True) as store:
        return {row.persona: sum(bool(night.adapter) for night in store.nights(row)) for row in store.runs()}
    return {}


def workers(batch):
    return psutil.Process(batch.pid).children()


def digests_alone(cli, tmp_path, *options):
    for persona in PERSONAS:
        cli("run", "--persona", persona, "--assistant", "llama", *options, "--days", "2", "--db", "alone.sqlite", "--json")
    return digests(tmp_path / "alone.sqlite")


@pytest.mark.slow
def test_interrupted_damaged_and_killed_all_have_the_records_of_runs_alone_in_the_end(cli, tmp_path):
    db, command = tmp_path / "runs.sqlite", asked("paper", "timestep=15")
    batch = start(tmp_path, *command)
    until(lambda: any(nights(db).values()), batch, 900)
    assert len(workers(batch)) == 1
    batch.send_signal(signal.SIGINT)
    out, err = batch.communicate(timeout=600)
    assert batch.returncode == 130, err
    assert "give the same command again" in err
    assert set(states(db).values()) == {"stopped"}
    # One of them cannot be continued, and the others are.
    damaged = next(persona for persona, count in nights(db).items() if count)
    with Store(db) as store:
        (run,) = (row for row in store.runs() if row.persona == damaged)
        (adapter,) = store.adapter_folder(run).glob("*.safetensors")
    kept = adapter.read_bytes()
    adapter.write_bytes(kept[:-100])
    batch = start(tmp_path, *command)
    until(lambda: sum(count == 2 for count in nights(db).values()), batch, 900)
    # What is killed begins again, in a new process.
    (worker,) = workers(batch)
    os.kill(worker.pid, signal.SIGKILL)
    out, err = batch.communicate(timeout=900)
    assert batch.returncode == 3, err
    assert "1 of 3 runs failed" in err
    assert f"  {damaged} paper timestep=15.0 seed 0: " in err
    assert sorted(row["state"] for row in json.loads(out)["runs"]) == ["failed", "finished", "finished"]
    adapter.write_bytes(kept)
    cli(*command)
    assert nights(db) == dict.fromkeys(PERSONAS, 2)
    assert digests(db) == digests_alone(cli, tmp_path, *PAPER, "--timestep", "15")


@pytest.mark.slow
def test_a_model_that_reads_text_has_the_records_of_runs_alone(cli, tmp_path, tiny_folder):  # noqa: F811
    options = ("timestep=10", "until=day 2 09:00", f"model={tiny_folder}")
    cli(*asked("paper-new", *options))
    alone = ("--learn", "dpo", "--scheme", "paper", "--memory", "ar", "--model", tiny_folder, "--timestep", "10", "--until", "day 2 09:00")
    assert digests(tmp_path / "runs.sqlite") == digests_alone(cli, tmp_path, *alone)


@pytest.mark.slow
def test_runs_without_a_model_have_processes_of_their_own(tmp_path):
    command = ("batch", "--personas", "p01,p02", "--variants", "evidence,random", "--set", "timestep=30", "--days", "1")
    batch = start(tmp_path, *command, "--share", "4", "--jobs", "2", "--json")
    most = 0
    while batch.poll() is None:
        with contextlib.suppress(psutil.Error):
            most = max(most, len(workers(batch)))
    out, err = batch.communicate()
    assert batch.returncode == 0, err
    assert [row["state"] for row in json.loads(out)["runs"]] == ["finished"] * 4
    assert most == 2


def test_sharing_is_refused_without_a_model(cli):
    assert "--share" in cli("batch", "--personas", "p01", "--variants", "silent", "--days", "1", "--share", "2", code=2).stderr
