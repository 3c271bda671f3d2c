"""Damaged rows of a database: one line that names the run, exit code 2, no traceback."""

import json
import sqlite3

import pytest

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
