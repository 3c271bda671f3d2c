"""Watching with the options of an unfinished run: resume that one, or begin a new one."""

import json
import sys
from types import SimpleNamespace

import msgspec
import pytest
import typer

from propersim.cli.resume_prompt import resumes
from propersim.core.config import RunConfig
from propersim.runs.create import add_run, find_unfinished
from propersim.store.store import Store

ONE_DAY = RunConfig(persona="p01", assistant="oracle", days=1)


@pytest.fixture
def store(cli, db):
    """A database with a run of the oracle that stopped in the middle of the first day."""
    cli("run", "--assistant", "oracle", "--days", "1", "--until", "day 1 09:00", "--db", db)
    with Store(db) as opened:
        run = opened.run("last")
        opened.update_run(run, state="stopped")
        yield opened


def test_an_unfinished_run_of_the_same_options_is_found(store):
    config = RunConfig(persona="p01", assistant="oracle", days=1, until="day 1 09:00")
    run = store.run("last")

    def found() -> list[str]:
        return [one.id for one in find_unfinished(store, config)]

    assert found() == [run.id]
    for column, value in (("state", "finished"), ("persona_json", "{}"), ("world_text", ""), ("versions_json", "{}"), ("steps", 0)):
        before = getattr(run, column)
        store.update_run(run, **{column: value})
        assert found() == [], column
        store.update_run(run, **{column: before})
    assert find_unfinished(store, ONE_DAY) == [], "other options"
    new = add_run(store, config)
    assert found() == [run.id], "a run without steps is not resumed"
    store.update_run(new, state="stopped", steps=1)
    assert found() == [new.id, run.id], "newest first"


def test_a_run_in_which_a_person_took_over_is_found_by_the_options_that_began_it(store):
    run = store.run("last")
    config = RunConfig(persona="p01", assistant="oracle", days=1, until="day 1 09:00")
    store.update_run(run, config_json=json.dumps({**json.loads(run.config_json), "user": "both"}))
    assert [one.id for one in find_unfinished(store, config)] == [run.id]
    assert find_unfinished(store, msgspec.structs.replace(config, user="human")) == [], "rated by hand from the start on"
    assert find_unfinished(store, msgspec.structs.replace(config, timestep=10)) == [], "another option"
    # A language model rated before the person did.
    store.update_run(run, config_json=json.dumps({**json.loads(run.config_json), "user_ratings": "llm"}))
    assert find_unfinished(store, config) == []


def test_watch_starts_a_run_without_steps_instead_of_adding_one(store, cli, monkeypatch):
    shown = []

    def screen(path, run_id, *, live, start_at=None, **options):
        shown.append((run_id, options["new"]))
        return 0

    monkeypatch.setattr(sys.modules["propersim.cli.main"], "_find_screen", lambda: SimpleNamespace(load=lambda: screen))
    watch = ("watch", "--assistant", "random", "--days", "1", "--db", store.path)
    cli(*watch)
    cli(*watch)
    cli(*watch, "--seed", "3")
    (first, _), (again, new), (other, _) = shown
    assert again == first
    assert new, "nothing has been seen of it"
    assert other != first
    store.update_run(store.run(first), state="stopped")
    cli(*watch, "--new")
    assert shown[-1] == (first, True)
    store.update_run(store.run(first), versions_json="{}")
    cli(*watch)
    assert shown[-1][0] != first, "its records would name other versions"
    assert len(store.runs()) == 4


@pytest.mark.parametrize(("answers", "found"), [([""], True), (["r"], True), (["N"], False), (["what", "n"], False)])
def test_enter_resumes_and_n_begins_anew(store, monkeypatch, capsys, answers, found):
    left = iter(answers)
    monkeypatch.setattr("builtins.input", lambda: next(left))
    assert resumes(store, store.run("last")) is found
    told = capsys.readouterr().err
    assert "Enter: resume it at day 1 of 1, 08:57 · n: begin a new run · q: quit" in told
    assert store.run("last").id in told
    assert next(left, None) is None


def test_the_question_says_that_a_person_rated(store, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", str)
    run = store.run("last")
    store.update_run(run, config_json=json.dumps({**json.loads(run.config_json), "user": "both"}))
    assert resumes(store, store.run("last"))
    assert f"unfinished: {run.id}, stopped, rated by you in part\n" in capsys.readouterr().err


def test_further_unfinished_runs_are_counted(store, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", str)
    assert resumes(store, store.run("last"), more=4)
    assert "stopped; 4 more unfinished: propersim runs ls\n" in capsys.readouterr().err


def test_q_and_the_end_of_the_input_leave(store, monkeypatch):
    for answer in ("q", EOFError()):

        def read(answer=answer):
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr("builtins.input", read)
        with pytest.raises(typer.Exit):
            resumes(store, store.run("last"))
