"""The command line as a user meets it: real processes, stdout is data, stderr is narration, exit codes by the table."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from propersim.persona.library import office_persona_ids, persona_ids, personas_folder
from propersim.store.store import Store
from tests.llm_client.faulty import Faulty, says

ROOT = Path(__file__).parents[2]


def propersim(*arguments, cwd, env=None):
    return subprocess.run(
        [sys.executable, "-m", "propersim", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        timeout=360,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def process(tmp_path):
    """The command line in a process of its own; most tests have it in theirs, which is the fixture ``cli``."""

    def call(*arguments, code=0, env=None):
        done = propersim(*arguments, cwd=tmp_path, env=env)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


DAY_KEYS = [
    *("day", "score", "preference", "timing", "frequency", "communication", "recs_per_hour", "shown", "welcome", "oracle_welcome"),
    *("success_rate", "precision", "recall", "f1", "unwelcome", "missed_needs", "content", "malformed", "in_band"),
    *("silent_score", "oracle_score", "headroom", "distinct", "rated", "steps"),
]


def test_run_prints_one_json_object(process):
    done = process("run", "--persona", "p07", "--assistant", "oracle", "--days", "2", "--json")
    found = json.loads(done.stdout)
    assert found["persona"] == "p07"
    assert found["seed"] == 0
    assert found["config"]["assistant"] == "oracle"
    assert [day["day"] for day in found["days"]] == [1, 2]
    assert all(key in found["days"][0] for key in DAY_KEYS)
    assert all(key in found["summary"] for key in DAY_KEYS if key != "day")
    assert found["steps"] == sum(day["steps"] for day in found["days"])
    assert re.fullmatch(r"[0-9a-f]{64}", found["digest"])
    again = json.loads(process("resume", found["run"], "--json").stdout)
    assert again == found


def test_same_seed_same_digest_in_two_processes(cli, process):
    here, there, other = (
        json.loads(command("run", "--days", "1", "--seed", seed, "--json").stdout)["digest"]
        for command, seed in ((cli, 5), (process, 5), (cli, 6))
    )
    assert here == there != other


def test_runs_are_listed_shown_and_removed(cli):
    assert json.loads(cli("runs", "ls", "--json").stdout) == []
    made = json.loads(cli("run", "--days", "1", "--json").stdout)
    run, summary = made["run"], made["summary"]
    (listed,) = json.loads(cli("runs", "ls", "--json").stdout)
    assert listed["run"] == run
    assert (listed["state"], listed["days_done"], listed["days"], listed["assistant"]) == ("finished", 1, 1, "random")
    assert (listed["f1"], listed["unwelcome"]) == (summary["f1"], summary["unwelcome"])
    assert summary["unwelcome"] == summary["shown"] - summary["welcome"] > 0
    head, row = cli("runs", "ls").stdout.splitlines()
    assert re.search(r" days +F1 +unwelcome +steps ", head)
    assert run in row
    assert re.search(rf" 1/1 +{summary['f1']:.2f} +{summary['unwelcome']} +{summary['steps']} ", row)
    shown = cli("runs", "show", run).stdout.splitlines()
    rows = [line.split() for line in shown if re.match(r"(all|1) ", line)]
    assert [row[:3] for row in rows] == [[name, f"{summary['f1']:.2f}", str(summary["unwelcome"])] for name in ("all", "1")]
    assert json.loads(cli("runs", "show", "last", "--json").stdout)["versions"]["propersim"]
    assert "digest" in cli("runs", "show", run).stdout
    cli("runs", "rm", run, "--yes")
    assert json.loads(cli("runs", "ls", "--json").stdout) == []
    assert "no run" in cli("runs", "show", run, code=2).stderr


def test_a_run_of_people_reads_as_a_table(cli):
    out = cli("run", "--days", "2", "--assistant", "oracle").stdout
    assert len(out.splitlines()) == 6
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["day", "all", "1", "2"]


def test_personas_are_listed_and_shown(cli):
    rows = json.loads(cli("personas", "ls", "--json").stdout)
    assert [row["id"] for row in rows if row["world"] == "home"] == persona_ids()
    assert [row["id"] for row in rows if row["world"] == "office"] == office_persona_ids()
    assert len(cli("personas", "ls").stdout.splitlines()) == 38
    found = json.loads(cli("personas", "show", "p01", "--json").stdout)
    assert found["big_five"]["openness"] == "high"
    assert found["rubric"]["frequency"] == {"min_per_day": 6, "max_per_day": 8}
    assert found["rubric"]["timing"]["windows"]
    assert found["rubric"]["text"]["timing"]
    by_path = json.loads(cli("personas", "show", personas_folder() / "p01.yaml", "--json").stdout)
    assert by_path == found
    text = cli("personas", "show", "p29").stdout
    assert "Nguyễn Thị Hoa" in text
    assert "Rubric: timing" in text


def test_rules_of_some_days_are_shown(cli, tmp_path):
    text = (personas_folder() / "p01.yaml").read_text(encoding="utf-8")
    text = text.replace('end: "22:30"}', 'end: "22:30", days: weekends}').replace(
        "max_per_day: 8", "max_per_day: 8\n    on_days: [{days: [sun], min_per_day: 2, max_per_day: 2.5}]"
    )
    (tmp_path / "days.yaml").write_text(text, encoding="utf-8")
    rules = json.loads(cli("personas", "show", "days.yaml", "--json").stdout)["rubric"]
    assert rules["timing"]["windows"][1] == {"start": "20:30", "end": "22:30", "days": "weekends"}
    assert rules["frequency"] == {"min_per_day": 6, "max_per_day": 8, "on_days": [{"days": ["sun"], "min_per_day": 2, "max_per_day": 2.5}]}
    assert '"min_per_day": 2, ' in cli("personas", "show", "days.yaml").stdout
    assert "6–8, Sun: 2–2.5" in cli("controls", "days.yaml", "--days", "1", "--seeds", "1").stdout


def test_every_persona_that_ships_validates_quickly_and_without_warnings(cli):
    done = cli("personas", "validate", "--quick")
    assert done.stdout.count(": ok\n") == 37
    assert done.stderr == ""


@pytest.mark.slow
def test_validate_warns_by_living_a_week(cli, tmp_path):
    assert cli("personas", "validate", "p04").stdout == "p04: ok\n"
    text = (personas_folder() / "p04.yaml").read_text(encoding="utf-8")
    (tmp_path / "busy.yaml").write_text(re.sub(r"never_during: \[.*?\]", "never_during: [any]", text), encoding="utf-8")
    done = cli("personas", "validate", "busy.yaml")
    assert "warning: busy.yaml: receptive in 0%" in done.stderr


def test_a_bad_persona_file_is_reported_with_line_and_field(cli, tmp_path):
    text = (
        (personas_folder() / "p01.yaml").read_text(encoding="utf-8").replace("age: 46", "age: 460").replace("[music, art]", "[musik, art]")
    )
    (tmp_path / "me.yaml").write_text(text, encoding="utf-8")
    for arguments in (("personas", "validate", "me.yaml"), ("personas", "show", "me.yaml"), ("run", "--persona", "me.yaml")):
        err = cli(*arguments, code=2).stderr
        assert "me.yaml: 2 problems" in err
        assert re.search(r"line 3, age: .*110.*not 460", err)
        assert "did you mean 'music'?" in err
    assert not (tmp_path / "runs.sqlite").exists() or json.loads(cli("runs", "ls", "--json").stdout) == []


def test_the_schema_is_printed(cli, tmp_path):
    jsonschema.Draft202012Validator.check_schema(json.loads(cli("personas", "schema").stdout))
    cli("personas", "schema", "-o", "schema.json")
    assert json.loads((tmp_path / "schema.json").read_text(encoding="utf-8"))["title"] == "propersim persona"


def test_help_begins_with_a_single_run_and_cuts_no_summary(cli):
    listed = cli("--help").stdout.partition("Commands:")[2]
    assert re.findall(r"^  (\w+)", listed, flags=re.MULTILINE)[:4] == ["watch", "run", "resume", "replay"]
    for group in ((), ("runs",), ("personas",), ("models",)):
        assert "..." not in cli(*group, "--help").stdout.partition("Commands:")[2]


@pytest.mark.parametrize(
    "command", [("run",), ("batch",), ("report",), ("judge",), ("personas", "import"), ("models", "build"), ("runs", "ls")]
)
def test_help_names_kinds_of_values_and_not_types_of_python(cli, command):
    shown = cli(*command, "--help").stdout
    assert not re.search(r"<(str|int|float|path|list)\b", shown)
    assert re.search(r"--(db|output|out) PATH", shown)


def test_counts_agree_with_their_nouns(process):
    done = process("run", "--assistant", "silent", "--days", "1", "--until", "day 1 07:30", "--timestep", "60", "--persona", "p04")
    assert ", 1 day\n" in done.stderr
    assert not re.search(r"\b1 (days|steps|runs|calls)\b", done.stderr + done.stdout)


@pytest.mark.parametrize("command", ["new", "schema"])
def test_a_written_file_is_overwritten_with_force_alone(cli, tmp_path, command):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    error = cli("personas", command, "-o", "mine.txt", code=2).stderr
    assert "mine.txt: already exists" in error
    assert "--force" in error
    assert mine.read_text(encoding="utf-8") == "mine"
    cli("personas", command, "-o", "mine.txt", "--force")
    assert mine.read_text(encoding="utf-8") != "mine"
    assert "no/such.txt" in cli("personas", "schema", "-o", "no/such.txt", code=2).stderr
    # A device is no file that could be lost.
    cli("personas", "schema", "-o", "/dev/null")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--persona", "p99"], "no persona 'p99'"),
        (["run", "--assistant", "oracel"], "did you mean 'oracle'?"),
        (["run", "--assistant", "homelm"], "no 'homelm': that is a model, which llama has by default\n  give --assistant llama\n"),
        (["run", "--assistant", "HomeLM"], "that is a model, which llama has by default"),
        (["run", "--assistant", "smollm2"], "with --model smollm2\n  give --assistant llama --model smollm2\n"),
        (["run", "--user", "alien"], "--user: no 'alien'"),
        (["run", "--days", "0"], "greater than or equal to 1"),
        (["run", "--days", "many"], "'--days'"),
        (["run", "--timestep", "nan"], "timestep"),
        (["run", "--timestep", "0.01"], "timestep"),
        (["run", "--until", "tomorrow"], "write 'day 3 08:30'"),
        (["run", "--until", "day 2 09:00", "--days", "1"], "--until: day 2 is after the last one of --days 1"),
        (["run", "--until", "day 15"], "--until: day 15 is after the last one of --days 14"),
        (["run", "--until", "day 99 23:00", "--days", "98"], "--until: day 99 is after the last one of --days 98"),
        (["run", "--world", "nowhere.txt"], "nowhere.txt: cannot be read"),
        (["run", "--db", "none/runs.sqlite"], "does not exist"),
        (["run", "--config", "none.toml"], "cannot be read"),
        (["run", "--no-such-option"], "No such option"),
        (["resume", "p01"], "no such database"),
        (["replay", "p01"], "no such database"),
        (["runs", "rm", "p01"], "no such database"),
        (["watch"], "the screen needs a terminal"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_exit_2_with_a_message(cli, arguments, complaint):
    done = cli(*arguments, code=2)
    assert complaint in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            [*command, "last", *more]
            for command, more in (
                (["resume"], []),
                (["replay"], []),
                (["export"], []),
                (["judge"], []),
                (["ctl"], []),
                (["serve"], []),
                (["runs", "show"], []),
                (["runs", "compare"], ["last"]),
                (["runs", "check"], []),
                (["runs", "rm"], []),
                (["models", "export"], ["--to", "adapter"]),
            )
        ),
        ["runs", "ls"],
        ["runs", "ls", "--json"],
        ["runs", "check"],
        ["runs", "prune", "--state", "failed"],
        ["report"],
    ],
    ids=" ".join,
)
def test_a_database_that_does_not_exist_is_named_as_such(cli, tmp_path, arguments):
    done = cli(*arguments, "--db", "nothere.sqlite", code=2)
    assert done.stderr == "error: nothere.sqlite: no such database\n  give the database of the run with --db\n"
    assert done.stdout == ""
    assert not (tmp_path / "nothere.sqlite").exists()


def test_without_any_run_a_list_says_how_to_begin(cli, db):
    # The usual database does not exist before the first run.
    assert cli("runs", "ls").stderr == "no runs in runs.sqlite yet: begin a run with `propersim watch` or `propersim run`\n"
    assert cli("runs", "ls", "--json").stdout == "[]\n"
    Store(db).close()
    assert "no runs in runs.sqlite yet" in cli("runs", "ls", "--state", "failed").stderr
    assert "runs.sqlite: has no runs yet" in cli("export", "last", code=2).stderr


def test_options_come_from_file_environment_and_command_line_in_that_order(cli, tmp_path, monkeypatch):
    monkeypatch.delenv("PROPERSIM_ASSISTANT")
    (tmp_path / "run.toml").write_text('persona = "p02"\nassistant = "silent"\nseed = 3\ndays = 1\n')

    def config(*arguments, **env):
        return json.loads(cli("run", "--config", "run.toml", "--json", *arguments, env=env).stdout)["config"]

    assert [config()[key] for key in ("persona", "assistant", "seed", "days")] == ["p02", "silent", 3, 1]
    assert config(PROPERSIM_SEED="4")["seed"] == 4
    assert config("--seed", "5", PROPERSIM_SEED="4")["seed"] == 5
    (tmp_path / "run.toml").write_text('personna = "p02"\n')
    assert "did you mean 'persona'?" in cli("run", "--config", "run.toml", code=2).stderr
    (tmp_path / "run.toml").write_text("persona = [\n")
    assert "not valid TOML" in cli("run", "--config", "run.toml", code=2).stderr


def test_a_floor_plan_of_your_own(cli, tmp_path):
    plan = cli("world").stdout
    assert "[legend]" in plan
    assert "--world FILE" in plan
    (tmp_path / "mine.txt").write_text(plan, encoding="utf-8")
    mine = json.loads(cli("run", "--days", "1", "--world", "mine.txt", "--json").stdout)
    assert mine["digest"] == json.loads(cli("run", "--days", "1", "--json").stdout)["digest"]
    (tmp_path / "mine.txt").write_text(plan.replace("+hhh", "#hhh").replace("##########+####", "###############"), encoding="utf-8")
    assert "cannot be reached" in cli("run", "--world", "mine.txt", code=2).stderr


def test_until_ends_early(cli):
    found = json.loads(cli("run", "--until", "day 2 09:00", "--json").stdout)
    assert [day["day"] for day in found["days"]] == [1, 2]
    assert found["days"][1]["steps"] < 200


def test_doctor_says_what_is_there(cli):
    key = "sk-of-nobody-9f8e7d6c5b4a"
    with Faulty([says({"ready": True})], models=("any", "m\x1b[31mo"), key=key) as server:
        asked = cli("doctor", "--json", "--base-url", server.url, "--model", "any", env={"OPENAI_API_KEY": key})
    assert key not in asked.stdout + asked.stderr
    found = json.loads(asked.stdout)
    peer = found["endpoint"]
    assert (peer["reachable"], peer["usable"], peer["listed"], peer["models"], peer["form"]) == (
        True,
        True,
        True,
        ["any", "m[31mo"],
        "json_schema",
    )
    assert (peer["price"], peer["key_from"], peer["problem"]) == ([0, 0], "OPENAI_API_KEY", None)
    for key in ("torch", "device", "model", "parameters", "quantization", "linear4bit_layers", "database"):
        assert key in found
    assert found["personas"] == 32
    assert found["linear4bit_layers"] > 0
    rows = {row["model"]: row for row in found["models"]}
    assert list(rows) == ["homelm", "homelm-eager", "smollm2", "llama-3.3-70b"]
    assert rows["homelm"]["there"] is True
    assert rows["homelm"]["fits"] is True
    assert rows["llama-3.3-70b"]["needs"] > 40e9
    assert all(row["fits"] == (row["needs"] <= row["available"]) and row["day_s"] > 0 and row["problem"] is None for row in rows.values())
    out = cli("doctor", "--base-url", server.url, "--model", "any", env={"PROPERSIM_API_KEY": "", "OPENAI_API_KEY": ""}).stdout
    assert re.search(rf"^✗ +endpoint +any at {server.url}: cannot be reached: .*\n +→ check --base-url", out, flags=re.MULTILINE)
    assert "key: none" in out
    assert re.search(r"^✓ +torch ", out, flags=re.MULTILINE)
    assert all(f"{name}: " in out for name in rows)
    assert "needs about 49 GB" in out
    assert "database" in out
    assert json.loads(cli("doctor", "--json").stdout)["endpoint"] is None
    for wrong, said in (
        (("--base-url", server.url), "--model"),
        (("--model", "any"), "no model 'any'"),
        (("--base-url", "ftp://x", "--model", "y"), "http"),
    ):
        assert said in cli("doctor", *wrong, code=2).stderr


def test_doctor_warns_of_a_server_that_cuts_prompts():
    from propersim.cli.doctor import endpoint_lines, examine_endpoint

    with Faulty(last=says({"ready": True}, usage=(512, 5, 0))) as server:
        cut = examine_endpoint(server.url, "any")
    assert cut["usable"]
    assert "reports 512 tokens for a prompt of about 3000" in cut["warning"]
    assert any(line.startswith("warning: ") and "8192 tokens" in line for line in endpoint_lines(cut))
    with Faulty(last=says({"ready": True}, usage=(2900, 5, 0))) as server:
        whole = examine_endpoint(server.url, "any")
    assert whole["warning"] is None
    assert not any("warning" in line for line in endpoint_lines(whole))


@pytest.mark.parametrize(("name", "value"), [("ALL_PROXY", "socks5://127.0.0.1:1"), ("SSL_CERT_FILE", "/no/such/file.pem")])
def test_doctor_says_in_one_line_what_the_environment_names_in_vain(name, value, monkeypatch):
    from propersim.cli.doctor import endpoint_lines, examine_endpoint

    monkeypatch.setenv(name, value)
    first = endpoint_lines(examine_endpoint("https://models.invalid/v1", "any"))[0]
    assert first.startswith("any at https://models.invalid/v1: cannot be reached: ")
    assert name in first


def test_models_ls_says_what_there_is(cli):
    rows = json.loads(cli("models", "ls", "--json").stdout)
    assert [(row["model"], row["parameters"]) for row in rows] == [
        ("homelm", 1_459_328),
        ("homelm-eager", 1_377_408),
        ("smollm2", 134_515_008),
        ("llama-3.3-70b", 70_553_706_496),
    ]
    assert rows[0]["there"] is True
    assert rows[0]["card"]["perplexity"] > 1
    assert all(row["about"] and row["tried"] and row["source"] and row["problem"] is None for row in rows)
    out = cli("models", "ls").stdout
    assert out.count("\n") == 5
    assert "134,515,008" in out


def test_a_damaged_database_is_exit_2(cli, tmp_path):
    (tmp_path / "runs.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    for arguments in (("run",), ("runs", "ls"), ("resume", "x")):
        assert "runs.sqlite" in cli(*arguments, code=2).stderr
    assert json.loads(cli("doctor", "--json").stdout)["database"]["problem"]


def test_controls_prints_a_table(cli):
    out = cli("controls", "p01", "p15", "--days", "2").stdout
    assert [line.split()[0] for line in out.splitlines()] == ["persona", "p01", "p15", "mean"]
    (one,) = json.loads(cli("controls", "p01", "--days", "2", "--json").stdout)
    assert one["oracle"] >= 3.6


def test_output_may_be_cut_off(tmp_path):
    done = subprocess.run(f"{sys.executable} -m propersim personas ls | head -1", shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == ""


def test_what_goes_wrong_in_a_process_is_its_exit_code_and_a_message(process):
    for arguments, complaint in ((("run", "--persona", "p99"), "no persona 'p99'"), (("run", "--days", "many"), "'--days'")):
        done = process(*arguments, code=2)
        assert complaint in done.stderr
        assert done.stdout == ""
