"""Watching with the options of an unfinished run: resume that one, or begin a new one."""

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


@pytest.mark.parametrize(("answers", "found"), [([""], True), (["r"], True), (["N"], False), (["what", "n"], False)])
def test_enter_resumes_and_n_begins_anew(store, monkeypatch, capsys, answers, found):
    left = iter(answers)
    monkeypatch.setattr("builtins.input", lambda: next(left))
    assert resumes(store, store.run("last")) is found
    told = capsys.readouterr().err
    assert "Enter: resume it at day 1 of 1, 08:57 · n: begin a new run · q: quit" in told
    assert store.run("last").id in told
    assert next(left, None) is None


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
