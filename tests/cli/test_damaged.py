"""Damaged rows of a database: one line that names the run, exit code 2, no traceback."""

import csv
import json
import re
import sqlite3
from contextlib import closing

import pytest

from propersim.core.config import RunConfig
from propersim.runs.check import MOST_PROBLEMS, problems, quick_problem
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store

DAMAGE = {
    "options": "update runs set config_json = '{oh no'",
    "unknown option": "update runs set config_json = json_set(config_json, '$.flavour', 'sweet')",
    "wrong value": "update runs set config_json = json_set(config_json, '$.learn', 'ppo')",
    "options of another type": "update runs set config_json = 17",
    "no JSON object": "update runs set config_json = '[]'",
}
MORE_DAMAGE = {"persona": "update runs set persona_json = '{}'", "versions": "update runs set versions_json = '[['"}


@pytest.fixture
def damaged(cli, tmp_path):
    """A function that makes a run and damages its row."""

    def damage(statement):
        run = json.loads(cli("run", "--until", "day 1 07:30", "--json").stdout)["run"]
        connection = sqlite3.connect(tmp_path / "runs.sqlite")
        connection.execute(f"{statement}, state = 'stopped'")
        connection.commit()
        connection.close()
        return run

    return damage


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_damaged_options_are_one_line(cli, damaged, statement):
    run = damaged(statement)
    for arguments in (("resume", run), ("runs", "show", run), ("runs", "show", run, "--json")):
        done = cli(*arguments, code=2)
        assert done.stdout == ""
        assert done.stderr.count("\n") <= 2
        assert f"run {run}: its options cannot be read" in done.stderr
    assert run in cli("runs", "ls").stdout
    assert cli("runs", "rm", run, "--yes").stderr == f"deleted {run}\n"


@pytest.mark.parametrize("what", MORE_DAMAGE)
def test_a_damaged_persona_or_versions_is_one_line(cli, damaged, what):
    run = damaged(MORE_DAMAGE[what])
    done = cli(*(("resume",) if what == "persona" else ("runs", "show")), run, code=2)
    assert f"error: run {run}: its {what} cannot be read" in done.stderr
    assert done.stdout == ""


LAST = "(select steps - 1 from runs where runs.key = steps.run)"
QUICK = {
    "days cannot be read": "update runs set days = 'many'",
    "its options cannot be read": "update runs set config_json = '{oh no'",
    "its versions cannot be read": "update runs set versions_json = '[]'",
    "its persona cannot be read": "update runs set persona_json = '{}'",
    "0 of 1 complete day have figures": "update days set figures = null",
    "its days cannot be read": "update days set figures = '{'",
    "cannot be read": f"update steps set record = '{{oh' where idx = {LAST}",
    "is missing": f"delete from steps where idx = {LAST}",
    "step 0 cannot be read": "update steps set record = 17 where idx = 0",
    "the record of step 0 is that of step 1": "update steps set record = (select record from steps where idx = 1) where idx = 0",
}
ONLY_FULL = {
    "its persona cannot be read": "update runs set persona_json = json_set(persona_json, '$.rubric.preference.likes', 3)",
    "step 7 cannot be read": "update steps set record = '{' where idx = 7",
    "step 7 is missing": "delete from steps where idx = 7",
    "its warnings cannot be read": "insert into warnings values (1, -5, 1, 'x', 'y')",
    "the digest differs": "update steps set record = replace(record, ':4', ':3') where idx = 7",
}


@pytest.fixture
def finished(db):
    """A finished run in a new database."""
    with Store(db) as store:
        Runner(store, add_run(store, RunConfig(assistant="oracle", days=1, until="day 1 09:00")), FreeGate()).go()
    return db


def damage(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount > 0


@pytest.mark.parametrize(("said", "statement"), QUICK.items(), ids=QUICK)
def test_a_list_shows_what_a_few_records_tell_as_damaged(cli, finished, said, statement):
    assert cli("runs", "check").stdout.endswith(": intact\n")
    damage(finished, statement)
    listed = cli("runs", "ls", "--json")
    (row,) = json.loads(listed.stdout)
    assert row["state"] == "damaged"
    shown = cli("runs", "ls", "--state", "damaged")
    assert row["run"] in shown.stdout
    assert f"warning: 1 damaged run: `propersim runs check {row['run']}` says what is damaged" in shown.stderr
    assert cli("runs", "ls", "--state", "finished").stdout == ""
    checked = cli("runs", "check", code=2)
    assert said in checked.stdout
    assert "1 of 1 run is damaged" in checked.stderr
    assert cli("runs", "prune", "--state", "damaged", "--yes").stderr.endswith("deleted 1 run\n")


@pytest.mark.parametrize("index", [7, LAST], ids=["amid", "last"])
def test_nothing_is_made_of_a_run_in_which_a_step_is_missing(cli, finished, index, tmp_path):
    damage(finished, f"delete from steps where idx = {index}")
    for kind in ("jsonl", "csv", "parquet", "kto", "sharegpt"):
        done = cli("export", "last", "--format", kind, "--out", "r.out", code=2)
        assert re.search(r"error: run \S+: step \d+ is missing\n  `propersim runs check \S+` says what else is", done.stderr)
        assert not (tmp_path / "r.out").exists()
    assert "is missing" in cli("judge", "last", code=2).stderr


def test_a_report_leaves_out_a_run_of_which_a_day_is_missing(cli, tmp_path):
    for assistant in ("oracle", "silent"):
        cli("run", "--assistant", assistant, "--days", "2", "--timestep", "60")
    damage(tmp_path / "runs.sqlite", "delete from days where day = 2 and run = 1")
    cli("report", "--csv-out", "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8") as file:
        assert {row["variant"] for row in csv.DictReader(file)} == {"silent timestep=60.0"}
    damage(tmp_path / "runs.sqlite", "delete from days where day = 1 and run = 2")
    assert "1 of its 2 days have figures; delete it with" in cli("report", code=2).stderr


@pytest.mark.parametrize(("said", "statement"), ONLY_FULL.items(), ids=ONLY_FULL)
def test_a_check_of_a_run_reads_every_record(cli, finished, said, statement):
    damage(finished, statement)
    (found,) = json.loads(cli("runs", "check", "last", "--json", code=2).stdout)
    assert said in "; ".join(found["problems"])


def test_the_quick_check_finds_nothing_that_the_whole_check_does_not(finished):
    with Store(finished) as store:
        row = store.run("last")
        assert quick_problem(store, row, row.days_done) == ""
        assert problems(store, row) == []
        assert quick_problem(store, row._replace(steps=row.steps + 5), row.days_done) in problems(store, row._replace(steps=row.steps + 5))
        many = problems(store, row._replace(steps=1 << 39))
        assert len(many) == MOST_PROBLEMS
