"""From the command line, variables and files to the options of a run."""

from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from propersim.cli.options import takes_run_options
from propersim.core.config import NEEDS, OPTIONS, RunConfig, read_config_file
from propersim.core.errors import InputError
from propersim.experiments.variants import check_options, variant_config
from tools import reference_pages

NAMES = [
    "--model",
    "smollm2",
    "--learn",
    "kto",
    "--scheme",
    "paper",
    "--pairs",
    "50",
    "--reveal-persona",
    "on",
    "--clocks",
    "off",
    "--embedder",
    "hashing",
]
CHOSEN = RunConfig(model="smollm2", learn="kto", scheme="paper", pairs=50, reveal_persona="on", clocks="off", n=4)


@pytest.fixture
def given(monkeypatch):
    """What a command with the options of a run is handed."""
    monkeypatch.delenv("PROPERSIM_ASSISTANT")
    app, found = typer.Typer(), []

    @app.command()
    @takes_run_options
    def command(chosen: RunConfig) -> None:
        found.append(chosen)

    def give(*arguments, **variables):
        found.clear()
        done = CliRunner().invoke(app, list(arguments), env=variables)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return found[0] if found else done.output

    return give


def test_nothing_given_is_the_defaults(given):
    assert given() == RunConfig()


@pytest.mark.parametrize("candidates", ["-n", "--candidates"])
def test_on_the_command_line(given, candidates):
    assert given(*NAMES, candidates, "4") == CHOSEN


def test_by_variables(given):
    variables = {f"PROPERSIM_{name[2:].upper().replace('-', '_')}": value for name, value in zip(NAMES[::2], NAMES[1::2], strict=True)}
    assert given(PROPERSIM_CANDIDATES="4", **variables) == CHOSEN


@pytest.mark.parametrize("candidates", ["n", "candidates"])
def test_by_a_file(given, tmp_path, candidates):
    lines = [f"{name[2:]} = {value if value.isdigit() else repr(value)}" for name, value in zip(NAMES[::2], NAMES[1::2], strict=True)]
    (tmp_path / "mine.toml").write_text("\n".join([*lines, f"{candidates} = 4"]), encoding="utf-8")
    assert given("--config", str(tmp_path / "mine.toml")) == CHOSEN
    assert given("--config", str(tmp_path / "mine.toml"), "-n", "3").n == 3
    (tmp_path / "mine.toml").write_text("candidate = 4", encoding="utf-8")
    with pytest.raises(InputError, match="did you mean 'candidates'"):
        read_config_file(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("option", "values"),
    [("--pairs", {"pairs": -1}), ("--candidates", {"n": 0}), ("--candidates", {"n": 99}), ("--learn", {"learn": "ppo"}),
     ("--scheme", {"scheme": "papers"}), ("--reveal-persona", {"reveal_persona": "yes"}), ("--clocks", {"clocks": "maybe"})],
)  # fmt: skip
def test_what_is_out_of_range_names_the_option(option, values):
    with pytest.raises(InputError, match=option):
        RunConfig(**values).checked()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("--learn ", ["dpo", "kto", "none"]), ("--quantize n", ["nf4", "none"]), ("--assistant o", ["oracle"]),
     ("--user-ratings ", ["routine", "llm", "auto"])],
)  # fmt: skip
def test_the_shell_completes_the_values_of_an_option(cli, typed, offered):
    asked = {"_PROPERSIM_COMPLETE": "complete_bash", "COMP_WORDS": f"propersim run {typed}", "COMP_CWORD": "3"}
    assert cli(env=asked).stdout.split() == offered


def test_help_lists_the_values_of_an_option(cli):
    help_text = cli("run", "--help").stdout
    for option in OPTIONS.values():
        assert option.name in help_text
        assert all(choice in help_text for choice in option.choices()), option.name


@pytest.mark.parametrize("given", ["command line", "variable", "file"])
def test_a_wrong_value_is_one_line_with_a_suggestion(cli, tmp_path, given):
    (tmp_path / "mine.toml").write_text('scheme = "papers"', encoding="utf-8")
    arguments = {"command line": ["--scheme", "papers"], "file": ["--config", "mine.toml"]}.get(given, [])
    error = cli("run", *arguments, code=2, env={"PROPERSIM_SCHEME": "papers"} if given == "variable" else {}).stderr
    blamed = {"command line": "--scheme", "variable": "--scheme (from PROPERSIM_SCHEME)", "file": "mine.toml: scheme"}[given]
    assert error.splitlines() == [f"error: {blamed}: no 'papers'; did you mean 'paper'?", "  one of factored, paper"]


def test_the_version_is_printed(cli):
    assert cli("--version").stdout == f"propersim {version('propersim')}\n"


@pytest.mark.parametrize("key", ["days", "seed", "persona", "max-cost", "db"])
def test_an_integer_in_a_file_that_python_cannot_print_is_one_line(tmp_path, key):
    (tmp_path / "mine.toml").write_text(f"{key} = 0x{'f' * 9000}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"mine\.toml: {key} is an integer of hundreds of digits$"):
        read_config_file(tmp_path / "mine.toml")


ALONE = {
    "ask_every": 5, "optimism": 0.5, "model": "smollm2", "quantize": "none", "device": "cpu", "starter": "none", "day_log": "on",
    "memory": "ar", "clocks": "off", "learn": "kto",
    "scheme": "paper",
    "decisions": "gate", "pairs": 9, "n": 3, "feedback": "shown", "feedback_noise": 0.1, "feedback_delay": "on", "exploration_budget": 7,
    "drift": 20, "drift_to": "p02", "move": 20, "move_to": "o02",
    "reactive": "on", "embedder": "http://127.0.0.1:1/v1#m", "reveal_persona": "on", "user_model": "m", "user_base_url": "http://127.0.0.1:1/v1",
    "user_price": "1,1", "rating_calls": "question", "base_url": "http://127.0.0.1:1/v1", "price": "1,1", "max_cost": 1.0,
}  # fmt: skip
"""A value of each option that has no effect in a run of the oracle."""


@pytest.mark.parametrize("field", NEEDS)
def test_an_option_without_what_it_needs_is_refused_where_it_is_given(cli, field):
    option, need = OPTIONS[field], NEEDS[field].what
    # Only a user that is none of this machine's is without what this option needs.
    user = ("--user", "llm", "--user-model", "m", "--user-base-url", "http://127.0.0.1:1/v1") if field == "reactive" else ()
    done = cli("run", "--assistant", "oracle", *user, option.name, str(ALONE[field]), code=2)
    assert done.stderr == f"error: {option.name}: has no effect without {need}\n  also give that, or leave {option.name} out\n"


def test_defaults_that_a_run_does_not_need_are_ignored(cli, tmp_path):
    (tmp_path / "run.toml").write_text("ask-every = 5\nmemory = 'ar'\n", encoding="utf-8")
    until = ("--assistant", "oracle", "--until", "day 1 07:30", "--json")
    for arguments, variables in ((("--config", "run.toml"), {}), ((), {"PROPERSIM_MODEL": "smollm2"}), (("--ask-every", "1"), {})):
        cli("run", *until, *arguments, env=variables)


@pytest.mark.parametrize("field", NEEDS)
def test_help_says_what_an_option_needs(field):
    command = reference_pages.commands()["propersim run"]
    (parameter,) = (one for one in command.params if one.name == field)
    assert parameter.help.endswith(f" Only with {NEEDS[field].what}.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("resume", "last", "--speed", "5"), "--speed: has no effect without --watch"),
        (("judge", "last", "--max-cost", "1"), "--max-cost: has no effect without --judge llm"),
        (("doctor", "--base-url", "http://127.0.0.1:1/v1"), "--base-url: has no effect without --model"),
        (("report", "--force"), "--force: has no effect without --csv-out, --curves or --html"),
        (("export", "last", "--force"), "--force: has no effect without --out"),
        (("personas", "new", "--force"), "--force: has no effect without --output"),
        (("personas", "import", "x.yaml", "--user-model", "m"), "--user-model: has no effect without --with-llm"),
        (("models", "check", "smollm2", "--sentences", "9"), "--sentences: has no effect without the model homelm"),
        (("batch", "--variants", "oracle,silent", "--set", "pairs=9"), "--set pairs=9: has no effect without an --assistant that learns"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_other_commands_have_the_same_rule(cli, arguments, said):
    assert f"error: {said}" in cli(*arguments, code=2).stderr


def test_an_option_of_a_batch_has_to_have_an_effect_on_some_run():
    configs = [variant_config(variant, persona="p01", seed=0, days=1) for variant in ("oracle", "evidence")]
    check_options(["pairs=9"], configs)
    with pytest.raises(InputError, match="--set rating-calls=one: has no effect without --user llm"):
        check_options(["rating-calls=one"], configs)
