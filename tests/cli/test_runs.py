"""Lists of runs that are chosen and sorted, two runs compared, and runs deleted by state and age."""

import json
import sqlite3

import pytest

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.simulation.metrics import metrics
from propersim.store.store import Store


def make(db, persona, assistant, *, seed=0, days=1, steps=None):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona=persona, assistant=assistant, seed=seed, days=days))
        try:
            Runner(store, run, FreeGate(steps)).go()
        except RunStopped:
            assert steps is not None
        return run.id


@pytest.fixture
def three(db):
    """A finished oracle of two days, a stopped random run of one complete day, and a finished silent one of another persona."""
    return make(db, "p01", "oracle", days=2), make(db, "p01", "random", days=2, steps=500), make(db, "p07", "silent", seed=3)


def test_versions_with_several_values_have_lines_of_their_own(cli, db, three):
    with Store(db) as store:
        row = store.run("last")
        versions = {**json.loads(row.versions_json), "teaching": {"explore": 0.2, "rate": 0.001}}
        store.update_run(row, versions_json=json.dumps(versions))
    lines = cli("runs", "show", "last").stdout.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("teaching ")] == ["explore=0.2, rate=0.001"]
    assert "{" not in "".join(lines)
    assert json.loads(cli("runs", "show", "last", "--json").stdout)["versions"] == versions


def listed(cli, *arguments):
    return [row["run"] for row in json.loads(cli("runs", "ls", "--json", *arguments).stdout)]


def test_runs_are_chosen_by_state_and_words_and_sorted(cli, three):
    oracle, rand, silent = three
    assert listed(cli) == [silent, rand, oracle]
    assert listed(cli, "--reverse") == [oracle, rand, silent]
    assert listed(cli, "--state", "finished") == [silent, oracle]
    assert listed(cli, "--state", "stopped, failed") == [rand]
    assert listed(cli, "--state", "LIVE") == []
    assert listed(cli, "--filter", "P07 seed=3") == [silent]
    assert listed(cli, "--filter", "rosalind random") == [rand]
    assert listed(cli, "--sort", "f1")[0] == oracle
    assert listed(cli, "--sort", "unwelcome")[0] == rand
    assert listed(cli, "--filter", "rosalind silent") == []
    assert listed(cli, "--sort", "persona") == [rand, oracle, silent]
    assert listed(cli, "--sort", "persona", "--reverse") == [silent, rand, oracle]
    done = cli("runs", "ls", "--state", "failed")
    assert done.stdout == ""
    assert done.stderr.startswith("no such runs in ")
    assert "did you mean 'finished'?" in cli("runs", "ls", "--state", "finishd", code=2).stderr
    assert "did you mean 'unwelcome'?" in cli("runs", "ls", "--sort", "unwelcom", code=2).stderr


def test_two_runs_are_compared_over_the_days_that_both_have(cli, db, three):
    oracle, rand, _ = three
    found = json.loads(cli("runs", "compare", oracle, rand, "--json").stdout)
    assert [run["run"] for run in found["runs"]] == [oracle, rand]
    assert found["days"] == [1]
    assert found["options"] == {"assistant": ["oracle", "random"]}
    with Store(db, read_only=True) as store:
        first, second = (metrics([day.figures for day in store.day_heads(store.run(run))[:1] if day.figures]) for run in (oracle, rand))
    for name in ("f1", "unwelcome", "score"):
        values = {"first": first[name], "second": second[name], "difference": first[name] - second[name]}
        assert found["figures"][name] == values
    text = cli("runs", "compare", oracle, rand).stdout
    assert "Over the 1 day that both have completed" in text
    assert f"{first['score'] - second['score']:+.2f}" in text
    assert "assistant" in text


def test_runs_without_a_common_day_are_compared_by_their_options(cli, db, three):
    short = make(db, "p01", "eager", steps=3)
    found = json.loads(cli("runs", "compare", three[0], short, "--json").stdout)
    assert found["days"] == []
    assert found["figures"]["f1"] == {"first": None, "second": None, "difference": None}
    assert "There is no day that both have completed." in cli("runs", "compare", three[0], short).stdout


def test_prune_deletes_what_is_asked_and_never_a_live_run(cli, db, three, monkeypatch):
    oracle, rand, silent = three
    for arguments, said in (
        ((), "nothing to choose runs by"),
        (("--state", "live"), "live runs are never deleted"),
        (("--state", "stoped"), "did you mean 'stopped'?"),
        (("--older-than", "soon"), "is no age"),
        (("--older-than", "-3d"), "is no age"),
    ):
        assert said in cli("runs", "prune", *arguments, code=2).stderr
    assert "no such runs" in cli("runs", "prune", "--older-than", "1d", "--yes").stderr
    with sqlite3.connect(db) as rows:
        rows.execute("update runs set updated = '2020-01-01T00:00:00Z'")
        rows.execute("update runs set state = 'running' where id = ?", (silent,))
    rows.close()
    with Store(db) as store:
        # A run that a process holds is live, whatever its age.
        store.hold(store.run(silent))
        monkeypatch.setattr("builtins.input", lambda: "n")
        assert "nothing is deleted" in cli("runs", "prune", "--older-than", "30d").stderr
        assert listed(cli) == [silent, rand, oracle]
        assert "deleted 1 run" in cli("runs", "prune", "--older-than", "2 w", "--state", "failed,stopped", "--yes").stderr
        assert listed(cli) == [silent, oracle]
        monkeypatch.setattr("builtins.input", lambda: "y")
        asked = cli("runs", "prune", "--older-than", "30d").stderr
        assert "delete this run?" in asked
        assert oracle in asked
        assert silent not in asked
        assert listed(cli) == [silent]


def test_an_interrupt_at_a_question_begins_a_new_line(cli, db, monkeypatch):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p01", assistant="oracle", days=1)).id

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupt)
    done = cli("runs", "rm", run, code=130)
    assert done.stderr.endswith(" [y/N]: \ninterrupted\n")


def test_a_table_has_the_first_runs_and_says_how_many_there_are(cli, three, monkeypatch):
    every = [one["run"] for one in json.loads(cli("runs", "ls", "--json").stdout)]
    assert len(every) == 3
    shown = cli("runs", "ls", "--limit", "2")
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:]] == every[:2]
    assert "2 of 3 runs; --limit 0 lists all" in shown.stderr
    assert "runs; --limit" not in cli("runs", "ls", "--limit", "3").stderr
    assert len(json.loads(cli("runs", "ls", "--json", "--limit", "1").stdout)) == 1
    monkeypatch.setattr("propersim.cli.runs.PAGE", 1)
    assert "1 of 3 runs" in cli("runs", "ls").stderr
    assert "1 of 3 runs" in cli("runs", "ls", "--state", "finished,stopped,new,interrupted").stderr
    assert len(cli("runs", "ls", "--limit", "0").stdout.splitlines()) == 4
    assert "--limit" in cli("runs", "ls", "--limit", "-1", code=2).stderr
    for many in (2**63 - 1, 2**63, 10**30):
        assert len(cli("runs", "ls", "--limit", many).stdout.splitlines()) == 4
        assert len(cli("runs", "ls", "--limit", many, "--sort", "f1").stdout.splitlines()) == 4
