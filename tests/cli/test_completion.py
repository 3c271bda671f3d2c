"""Values that the shell completes."""

import pytest
import typer

from propersim.cli import completion
from propersim.cli.main import app
from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.store.store import Store


@pytest.mark.parametrize(("begin", "values"), [("p03", ["p03"]), ("Rosa", ["rosalind"]), ("hank", ["hank"]), ("zz", [])])
def test_personas_by_the_beginning_of_an_id_or_a_name(begin, values):
    # Shells drop values that do not begin with what was typed.
    assert [value for value, _ in completion.personas(begin)] == values


def _context(**params: object) -> typer.Context:
    """Return the context of a command line that is being completed."""
    context = typer.Context(typer.main.get_command(app))
    context.params = params
    return context


def test_runs_of_the_database_of_the_command(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    here = _context()
    assert completion.runs(here, "") == [], "there is no database yet"
    cli("run", "--persona", "p29", "--assistant", "silent", "--until", "day 1 06:00")
    found = completion.runs(here, "")
    assert [found[0][0], found[1][0][:11]] == ["last", "p29-silent-"]
    assert "finished" in found[1][1]
    assert completion.runs(here, "p29") == found[1:]
    assert completion.runs(_context(db=tmp_path / "none.sqlite"), "") == []
    (tmp_path / "runs.sqlite").rename(tmp_path / "other.sqlite")
    assert completion.runs(here, "") == []
    assert completion.runs(_context(db=tmp_path / "other.sqlite"), "") == found
    monkeypatch.setenv("PROPERSIM_DB", str(tmp_path / "other.sqlite"))
    assert completion.runs(here, "") == found
    (tmp_path / "other.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    assert completion.runs(here, "") == []


def test_each_command_is_offered_the_runs_on_which_it_can_act(cli, db):
    with Store(db) as store:
        ids = {state: add_run(store, RunConfig(assistant="silent", seed=at)).id for at, state in enumerate(("new", "stopped", "finished"))}
        for state, run in ids.items():
            store.update_run(store.run(run), state=state, steps=0 if state == "new" else 5)
        live = add_run(store, RunConfig(assistant="silent", seed=9))
        store.hold(live)
        store.update_run(live, state="running")
        ids["running"] = live.id

        def offered(command):
            words = f"propersim {command} p"
            asked = {
                "_PROPERSIM_COMPLETE": "complete_bash",
                "COMP_WORDS": words,
                "COMP_CWORD": str(words.count(" ")),
                "PROPERSIM_DB": str(db),
            }
            found = cli(env=asked).stdout.split()
            return {state for state, run in ids.items() if run in found}

        assert offered("resume") == {"new", "stopped"}
        assert offered("ctl") == offered("ctl pause") == {"running"}
        assert offered("replay") == offered("export") == offered("judge") == {"stopped", "finished"}
        assert offered("serve") == {"stopped", "finished", "running"}
        assert offered("runs rm") == {"new", "stopped", "finished"}
        assert offered("runs show") == offered("runs check") == {"new", "stopped", "finished", "running"}


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("propersim batch --variants oracle,ea", ["oracle,eager"]),
        ("propersim batch --personas p01,p3", ["p01,p30", "p01,p31", "p01,p32"]),
        ("propersim runs ls --state fin", ["finished"]),
        ("propersim runs prune --state failed,int", ["failed,interrupted"]),
        ("propersim runs ls --sort unw", ["unwelcome"]),
        ("propersim report --figures f1,sc", ["f1,score"]),
        ("propersim personas validate p31", ["p31"]),
        ("propersim run --assistant or", ["oracle"]),
        ("propersim ctl last pa", ["pause"]),
    ],
)
def test_bash_is_offered_values(cli, words, values):
    environment = {"_PROPERSIM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    assert cli(env=environment).stdout.split() == values


def test_models_and_themes():
    assert "homelm" in dict(completion.models("home"))
    assert ("propersim", "") in completion.themes("prop")


def test_a_run_can_be_given_the_name_of_its_persona(cli):
    cli("run", "--persona", "rosalind", "--assistant", "silent", "--until", "day 1 08:00")
    shown = cli("runs", "show", "last", "--json").stdout
    assert '"persona": "p01"' in shown
    assert "p29" in cli("batch", "--personas", "hoa", "--variants", "silent", "--days", "1").stdout
    assert "did you mean p01 (Rosalind Achterberg)" in cli("run", "--persona", "rosalin", code=2).stderr
