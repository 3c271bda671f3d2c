"""Damaged rows of the store: one line that says what to do, and the other runs go on."""

from __future__ import annotations

import json
import sqlite3

import pytest

from propersim.core.config import RunConfig, decode_config
from propersim.core.errors import StoreError
from propersim.experiments.results import results_of
from propersim.experiments.variants import stored_label
from propersim.store.store import Store

DAMAGE = {
    "config": ("config_json", '{"persona": "p01", "mem'),
    "options of another version": ("config_json", '{"persona": "p01", "telepathy": "on"}'),
    "config of the wrong type": ("config_json", "[]"),
    "persona": ("persona_json", "{}"),
    "versions": ("versions_json", "{"),
    "versions of the wrong type": ("versions_json", "[1]"),
    "days done": ("days_done", -3),
}


@pytest.fixture
def db(cli, tmp_path):
    """A database with one finished run."""
    cli("run", "--persona", "p01", "--assistant", "silent", "--until", "day 1 09:00")
    return tmp_path / "runs.sqlite"


def damage(db, column, value, where="1"):
    connection = sqlite3.connect(db)
    with connection:
        connection.execute(f"update runs set {column} = ? where {where}", (value,))
    connection.close()


def run_ids(db):
    with Store(db, read_only=True) as store:
        return [row.id for row in store.runs()]


@pytest.mark.parametrize("name", DAMAGE)
def test_a_report_on_a_damaged_run_is_one_line_that_names_it_and_says_what_to_do(name, db, cli):
    (run,) = run_ids(db)
    damage(db, *DAMAGE[name])
    done = cli("report", code=2)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: run {run}: ")
    assert f"`propersim runs rm {run}`" in line


def test_a_report_over_several_runs_leaves_the_damaged_one_out_and_says_so(db, cli):
    cli("run", "--persona", "p02", "--assistant", "silent", "--until", "day 1 09:00")
    _, damaged = run_ids(db)
    damage(db, "config_json", "{", f"id = '{damaged}'")
    warnings: list[str] = []
    with Store(db, read_only=True) as store:
        assert [one.persona for one in results_of(store, warnings.append).results.values()] == ["p02"]
    (line,) = warnings
    assert line.startswith(f"left out: run {damaged}: its options cannot be read")
    assert json.loads(cli("report", "--json").stdout)["runs"] == 1


def test_a_batch_goes_on_beside_a_damaged_run_and_makes_it_again(db, cli):
    batch = ("batch", "--personas", "p01", "--variants", "silent", "--days", "1", "--set", "until=day 1 09:00")
    assert "done before" not in cli(*batch).stdout
    damage(db, "versions_json", "{", "days = 1")
    damage(db, "config_json", "{", "days != 1")
    done = cli(*batch)
    assert "done before" not in done.stdout
    assert "run again: run p01-silent-" in done.stderr
    assert "left out: run p01-silent-" in done.stderr


def test_options_are_decoded_or_the_error_is_one_line():
    assert decode_config('{"persona": "p07", "days": 2}', "any") == RunConfig(persona="p07", days=2)
    for text in ("", "null", "{", '{"days": "two"}', '{"telepathy": 1}', "[" * 100_000, '{"days": "\\ud800\x1b[31m"}'):
        with pytest.raises(StoreError, match=r"^run p01-x: its options cannot be read .*`propersim runs rm p01-x`") as caught:
            decode_config(text, "p01-x")
        assert caught.value.message.isprintable()
        assert len(caught.value.message) < 300


def test_the_label_of_a_damaged_run_says_that_it_is_damaged():
    assert stored_label(json.dumps(RunConfig(assistant="oracle").to_dict()), "") == "oracle"
    assert stored_label("{", "llama homelm") == "llama homelm (damaged)"
