"""Names that are nearly right: the message says which one was perhaps meant."""

import json

import pytest

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.store.store import Store


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["run", "--assistant", "oracel"], "oracle"),
        (["run", "--user", "rutine"], "routine"),
        (["run", "--embedder", "hashin"], "hashing"),
        (["run", "--assistant", "llama", "--model", "homelmm"], "homelm"),
        (["run", "--scheme", "factord"], "factored"),
        (["run", "--world", "plann.txt"], "plan.txt"),
        (["run", "--persona", "min.yaml"], "mine.yaml"),
        (["run", "--config", "rn.toml"], "run.toml"),
        (["batch", "--variants", "oracl"], "oracle"),
        (["batch", "--set", "pairz=3"], "pairs"),
        (["report", "--figures", "f2"], "f1"),
        (["report", "--csv", "result.csv"], "results.csv"),
        (["models", "build", "homelmm"], "homelm"),
        (["models", "check", "homelmm"], "homelm"),
        (["judge", "last", "--judge", "llmm"], "llm"),
        (["judge", "last", "--with", "llmm"], "llm"),
        (["export", "last", "--format", "dpoo"], "dpo"),
        (["runs", "shw"], "show"),
    ],
    ids=" ".join,
)
def test_a_name_that_is_nearly_right(cli, tmp_path, arguments, meant):
    for name in ("plan.txt", "mine.yaml", "run.toml", "results.csv"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert f"id you mean {meant!r}?" in cli(*arguments, code=2).stderr


def test_a_run_that_is_nearly_right(cli, db):
    with Store(db) as store:
        first, second = (add_run(store, RunConfig(persona=persona, assistant="oracle")).id for persona in ("p01", "p07"))
    wrong = first[:-1] + ("2" if first[-1] != "2" else "3")
    for command in (("runs", "show"), ("replay",), ("export",), ("ctl",), ("runs", "rm"), ("judge",)):
        assert f"no run {wrong!r}; did you mean {first!r}?" in cli(*command, wrong, code=2).stderr
    # The beginning of an id is enough, so a beginning that is nearly right is understood too.
    assert f"did you mean {second!r}?" in cli("runs", "show", "p07-orakl", code=2).stderr
    assert "did you mean 'last'?" in cli("runs", "show", "lst", code=2).stderr
    assert "did you mean" not in cli("runs", "show", "zzzzzz", code=2).stderr
    assert "did you mean" not in cli("runs", "show", "zzzzzz", "--db", "none.sqlite", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runs", "list"], "error: No such command 'list'\n  one of ls, show, compare, check, prune, rm\n"),
        (["stare"], "error: No such command 'stare'\n  see `propersim --help`\n"),
        (["run", "--zzz"], "error: No such option: --zzz\n  see `propersim run --help`\n"),
        (["run", "--dayz", "3"], "error: No such option: --dayz; did you mean '--days'?\n  see `propersim run --help`\n"),
    ],
    ids=" ".join,
)
def test_commands_and_options_have_the_same_rule(cli, arguments, said):
    assert cli(*arguments, code=2).stderr == said


def test_an_option_of_another_command_is_said_to_be_its_option(cli):
    said = cli("run", "--open", "day 1 08:00", code=2).stderr
    assert "No such option: --open\n  `propersim run` does not have it, but `propersim replay` does" in said
    assert "`propersim watch` and" in cli("run", "--theme", "x", code=2).stderr
    assert "--persona" in cli("run", "--perzona", "p01", code=2).stderr


def test_a_misspelt_theme_is_refused_before_anything_begins(cli, tmp_path):
    for command in (("watch", "--persona", "p01"), ("demo",), ("replay", "last"), ("resume", "last")):
        said = cli(*command, "--theme", "catppucin-mocha", code=2).stderr
        assert "--theme: no 'catppucin-mocha'; did you mean 'catppuccin-mocha'?" in said


def test_no_learn_is_learn_none(cli, tmp_path):
    def learn(*arguments, **env):
        return json.loads(cli("run", "--days", "1", "--json", *arguments, env=env).stdout)["config"]["learn"]

    assert learn() == "dpo"
    assert learn("--no-learn") == learn("--no-learn", "--learn", "none") == "none"
    assert learn("--no-learn", PROPERSIM_LEARN="kto") == "none"
    error = cli("run", "--no-learn", "--learn", "kto", code=2).stderr
    assert "--no-learn: contradicts --learn kto" in error


def test_open_is_from_in_a_replay(cli):
    cli("run", "--days", "1")
    for option in ("--open", "--from"):
        assert "--from: 'tomorrow'" in cli("replay", "last", option, "tomorrow", code=2).stderr


def test_with_of_judge_still_works_and_is_not_listed(cli):
    cli("run", "--days", "1")
    new, old = (json.loads(cli("judge", "last", option, "offline", "--json").stdout) for option in ("--judge", "--with"))
    assert new == old
    help_text = cli("judge", "--help").stdout
    assert "--judge" in help_text
    assert "--with " not in help_text
