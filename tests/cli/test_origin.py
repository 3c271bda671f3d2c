"""A wrong value is blamed on the place it came from: command line, variable, or key of a file."""

from __future__ import annotations

import io
import json
import sqlite3
import sys

import pytest

TINY = ("--until", "day 1 07:30", "--timestep", "60")
WRONG = {
    "scheme = 'papers'": "scheme: no 'papers'; did you mean 'paper'?",
    "timestep = 999": "timestep: must be 0.5 to 60, not 999",
    "timestep = nan": "timestep: must be 0.5 to 60, not nan",
    "seed = 1.5": "seed: must be a whole number, not '1.5'",
    "seed = true": "seed: must be a whole number, not 'True'",
    "seed = 9223372036854775808": "seed: must be -9223372036854775808 to 9223372036854775807, not 9223372036854775808",
    "persona = 7": "persona: must be text in quotes, not '7'",
    "persona = 'nobody'": "persona: no persona 'nobody'",
    "world = 'none.txt'": "world: none.txt: cannot be read: No such file or directory",
    "embedder = 'none'": "embedder: 'none': no such folder",
    "user-price = 'cheap'": "user-price: not two numbers with a comma between them: 'cheap'",
    "until = 'noon'": "until: 'noon' is not a moment; write 'day 3 08:30' or 'day 3'",
    "home = 'mine.txt'": "unknown option 'home'; it is 'world' now",
    "sede = 3": "unknown option 'sede'; did you mean 'seed'?",
    "days = [1]": "days must be a single value",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_file_is_named_with_its_key(cli, tmp_path, line):
    (tmp_path / "mine.toml").write_text(line, encoding="utf-8")
    err = cli("run", "--config", "mine.toml", code=2).stderr
    first = err.splitlines()[0]
    assert first == f"error: mine.toml: {WRONG[line]}"
    assert "PROPERSIM" not in err
    assert "--" not in first


@pytest.mark.parametrize("given", ["argument", "variable"])
def test_a_variable_is_named_and_an_option_alone_is_not(cli, given):
    wrong = {"--timestep": "999", "--days": "many", "--scheme": "papers", "--seed": "9223372036854775808", "--max-cost": "nan"}
    for option, value in wrong.items():
        variable = f"PROPERSIM_{option[2:].replace('-', '_').upper()}"
        err = cli("run", *((option, value) if given == "argument" else ()), code=2, env={variable: value}).stderr
        assert option in err
        assert (variable in err) is (given == "variable")
        assert err.count("\n") <= 2


@pytest.mark.parametrize(
    ("given", "advice"),
    [("argument", "or leave --until out"), ("variable", "or unset PROPERSIM_UNTIL"), ("file", "or remove it from the file")],
)
def test_the_advice_fits_the_place_that_a_value_came_from(cli, tmp_path, given, advice):
    (tmp_path / "mine.toml").write_text("until = 'day 40'\n", encoding="utf-8")
    arguments = {"argument": ("--until", "day 40"), "file": ("--config", "mine.toml")}.get(given, ())
    err = cli("run", "--days", "2", *arguments, code=2, env={"PROPERSIM_UNTIL": "day 40"} if given == "variable" else None).stderr
    assert err.splitlines()[1].endswith(advice)


@pytest.mark.parametrize(
    "command", [("run", "--assistant", "llama"), ("batch", "--personas", "p01", "--variants", "evidence", "--days", "1")]
)
def test_a_device_of_a_variable_that_is_not_there(cli, monkeypatch, command):
    monkeypatch.setattr("propersim.models.devices.devices_there", lambda: ("cpu",))
    err = cli(*command, code=2, env={"PROPERSIM_DEVICE": "cuda"}).stderr
    assert "--device (from PROPERSIM_DEVICE) cuda: torch finds no such device" in err
    assert "give --device cpu, or unset PROPERSIM_DEVICE" in err


def test_a_variable_that_is_no_option_is_named(cli):
    err = cli(
        "run", *TINY, env={"PROPERSIM_HOME": "x", "PROPERSIM_SEDE": "3", "PROPERSIM_CACHE": "c", "PROPERSIM_LAYOUT__MAP": "small"}
    ).stderr
    assert [line for line in err.splitlines() if line.startswith("warning")] == [
        "warning: PROPERSIM_HOME is not used; it is PROPERSIM_WORLD now",
        "warning: PROPERSIM_SEDE is not used; did you mean 'PROPERSIM_SEED'?",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"), [(("run", "--home", "x"), "--home; it is --world now"), (("home",), "'home'; it is 'world' now")]
)
def test_an_old_name_says_the_new_one(cli, arguments, said):
    assert said in cli(*arguments, code=2).stderr.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--seed", "9223372036854775808"), "--seed: must be -9223372036854775808 to 9223372036854775807"),
        (("--seed", "-9223372036854775809"), "--seed: must be"),
        (("--pairs", "99999999999999999999"), "--pairs"),
        (("--until", "day 99999999999999999999 09:00"), "--until: "),
        (("--embedder", "foo"), "--embedder: 'foo': no such folder"),
        (("--embedder", "~nobody-of-this-name/x"), "--embedder: "),
        (("--embedder", "x" * 300), "--embedder: "),
        (("--model", ""), "--model: is empty"),
        (("--model", " "), "--model: is empty"),
        (("--persona", ""), "--persona: is empty"),
        (("--persona", "x" * 300), "File name too long"),
        (("--timestep", "nan"), "not 'nan'"),
        (("--db", "/dev/null"), "/dev/null: is a device or pipe, not a database"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_a_value_that_is_not_used_is_checked_all_the_same(cli, arguments, said):
    done = cli("run", "--assistant", "oracle", *TINY, *arguments, code=2)
    assert said in done.stderr
    assert done.stderr.count("\n") <= 2


@pytest.mark.parametrize("seed", [2**63 - 1, -(2**63), 0])
def test_the_largest_seeds_run(cli, seed):
    assert json.loads(cli("run", "--assistant", "silent", *TINY, "--seed", str(seed), "--json").stdout)["seed"] == seed


def test_other_commands_check_their_values_too(cli, monkeypatch):
    cli("run", "--assistant", "oracle", *TINY)
    for arguments, said in (
        (("judge", "last", "--judge", "llm", "--rating-calls", "foo"), "--rating-calls: no 'foo'"),
        (("export", "last", "--out", ""), ".: cannot be written: Is a directory"),
        (("personas", "schema", "-o", "none/x.json"), "none/x.json: cannot be written: No such file or directory"),
        (("personas", "new", "-o", "a/" * 2000), "cannot be written"),
        (("runs", "show", "\udcff"), "no run"),
        (("serve", "last", "--host", " "), "--host: is empty"),
        (("resume", "last", "--max-cost", "nan"), "--max-cost"),
        (("replay", "last", "--from", "day " + "9" * 5000), "--from: "),
    ):
        done = cli(*arguments, code=2)
        assert said in done.stderr
        assert "[Errno" not in done.stderr
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "no answer on standard input" in cli("runs", "rm", "last", code=2).stderr
    assert len(json.loads(cli("runs", "ls", "--json").stdout)) == 1


def test_a_wrong_speed_leaves_no_run_behind(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["propersim.cli.main"], "_need_terminal", lambda: None)
    for speed in ("abc", "nan", "0", ""):
        assert "--speed: speed is" in cli("watch", "--assistant", "silent", "--speed", speed, code=2).stderr
    assert "--speed (from PROPERSIM_SPEED): speed is" in cli("watch", code=2, env={"PROPERSIM_SPEED": "abc"}).stderr
    assert not (tmp_path / "runs.sqlite").exists()


def test_files_with_a_byte_order_mark_are_read(cli, tmp_path):
    (tmp_path / "mine.toml").write_text('seed = 7\nmemory = "ars"\n', encoding="utf-8-sig")
    persona = json.loads(cli("personas", "show", "p03", "--json").stdout)
    from propersim.persona.library import load_persona

    (tmp_path / "me.json").write_text(load_persona("p03").model_dump_json(), encoding="utf-8-sig")
    assert json.loads(cli("personas", "show", "me.json", "--json").stdout)["name"] == persona["name"]
    (tmp_path / "plan.txt").write_text(cli("world").stdout, encoding="utf-8-sig")
    found = json.loads(cli("run", "--config", "mine.toml", "--persona", "me.json", "--world", "plan.txt", *TINY, "--json").stdout)
    assert (found["seed"], found["config"]["memory"]) == (7, "ars")
    cli("report", "--csv-out", "r.csv")
    (tmp_path / "r.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "r.csv").read_bytes())
    assert json.loads(cli("report", "--csv", "r.csv", "--json").stdout)["runs"] == 1


EVIL = "Ro\u202esa\u200b \x1b[31mRed\x07\u2066"


def test_names_from_files_cannot_steer_the_terminal(cli, tmp_path):
    from propersim.persona.library import load_persona

    persona = load_persona("p03").model_copy(update={"name": EVIL, "id": "evil"})
    (tmp_path / "me.json").write_text(persona.model_dump_json(), encoding="utf-8")
    run = ("run", "--assistant", "oracle", *TINY, "--persona", "me.json")
    cli(*run)
    connection = sqlite3.connect(tmp_path / "runs.sqlite")
    with connection:
        connection.execute("update runs set error = ?, model = ?", (EVIL, EVIL))
    connection.close()
    commands = (
        *(run, ("runs", "ls"), ("runs", "show", "last"), ("personas", "show", "me.json"), ("controls", "me.json", "--days", "1")),
        *(("report",), ("judge", "last"), ("personas", "import", "me.json", "-o", "out"), ("personas", "validate", "--quick", "me.json")),
    )
    for arguments in commands:
        done = cli(*arguments)
        for text in (done.stdout, done.stderr):
            assert all(ch.isprintable() or ch == "\n" for ch in text), arguments
    assert "Rosa [31mRed" in cli("runs", "ls").stdout


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("models", "prepare", ""), "MODEL"),
        (("models", "check", " "), "MODEL"),
        (("runs", "show", ""), "RUN"),
        (("runs", "rm", "x", ""), "RUN"),
    ],
)
def test_an_empty_argument_is_named(cli, arguments, name):
    err = cli(*arguments, code=2).stderr
    assert err.splitlines()[0] == f"error: {name} is empty"
