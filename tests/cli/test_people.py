"""``propersim study people``: participants one after another, what is refused, and a rehearsal from its runs to its report."""

import re
import sys

import msgspec
import pytest

from propersim.cli.headless import run_headless
from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.store.store import Store
from propersim.studies import study as studies
from propersim.studies.people.ratings import read_rows
from propersim.studies.people.sessions import PeopleFolder

_load = studies.load_study


@pytest.fixture
def spoken(tmp_path):
    """The id of a stored run that says much."""
    with Store(tmp_path / "runs.sqlite") as store:
        run = add_run(store, RunConfig(persona="p11", assistant="random", days=1))
        run_headless(store, run, as_json=True)
        silent = add_run(store, RunConfig(persona="p11", assistant="silent", days=1))
        run_headless(store, silent, as_json=True)
    return run.id


@pytest.fixture
def answers(monkeypatch):
    """Let people sit at the terminal who give some answers, and then nothing more."""

    def give(*texts, last=EOFError):
        left = list(texts)

        def answer():
            if not left:
                raise last
            return left.pop(0)

        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", answer)

    return give


def study(cli, tmp_path, *more, code=0):
    return cli("study", "people", "--db", str(tmp_path / "runs.sqlite"), *more, code=code)


def test_participants_come_one_after_another_and_see_no_report(cli, tmp_path, spoken, answers):
    answers("", "no", "", "agree", "1111", "0-11", "q", "", "agree", "w", "withdraw", "q")
    done = study(cli, tmp_path, "--run", spoken, "--participants", "3")
    assert done.stdout == ""
    assert done.stderr.count("Participant P01:") == 2, "who declines leaves the code to the next"
    assert "P01 can go on with" in done.stderr
    assert "1 of 3 participants have begun" in done.stderr
    assert "random" not in done.stderr
    folder = PeopleFolder(tmp_path / "runs.sqlite.people")
    assert folder.begun() == ["P01"]
    # The session goes on; the five of the run are rated twice.
    answers("1111", "1111", "1111", "1", "1", "1", "0", "-")
    more = study(cli, tmp_path, "--participant", "p1", "--csv", str(tmp_path / "r.csv"))
    assert "Welcome back" in more.stderr
    assert "10 of 10" in more.stderr
    assert [row.rating for row in read_rows([tmp_path / "r.csv"])].count("0-11") == 1
    report = study(cli, tmp_path, "--report", "--html", str(tmp_path / "r.html"))
    assert "1 participant, 5 recommendations, 5 ratings as a persona, 4 for themselves." in report.stdout
    assert "alpha" in report.stdout
    assert "<svg" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert study(cli, tmp_path, "--from", str(tmp_path / "r.csv"), "--markdown", code=2).stderr.startswith("error: --db")
    again = cli("study", "people", "--from", str(tmp_path / "r.csv"))
    assert again.stdout == report.stdout


def test_ctrl_c_and_the_end_of_the_input_keep_what_was_given(cli, tmp_path, spoken, answers):
    answers("", "agree", "1111", last=KeyboardInterrupt)
    done = study(cli, tmp_path, "--run", spoken, code=130)
    assert "all answers so far are kept" in done.stderr
    assert "--participant P01` goes on" in done.stderr
    answers("0000")
    done = study(cli, tmp_path, "--participant", "P01")
    assert "1 of 20 participants have begun" in done.stderr
    assert [one.values for one in PeopleFolder(tmp_path / "runs.sqlite.people").given("P01")] == ["1111", "0000"]


def test_what_does_not_fit_is_refused(cli, tmp_path, spoken, answers):
    done = study(cli, tmp_path, "--run", spoken, code=2)
    assert "there is no terminal to ask at" in done.stderr
    assert "no study with people" in study(cli, tmp_path, "--report", code=2).stderr
    assert not (tmp_path / "runs.sqlite.people").exists()
    for number in ("0", "-1", "10000", "x"):
        assert "--participants" in study(cli, tmp_path, "--participants", number, code=2).stderr
    answers()
    assert "no run 'nobody'" in study(cli, tmp_path, "--run", "nobody", code=2).stderr
    with Store(tmp_path / "runs.sqlite", read_only=True) as store:
        silent = store.runs()[0].id
    assert "there is nothing to rate" in study(cli, tmp_path, "--run", silent, code=2).stderr
    assert "no such database" in cli("study", "people", "--db", str(tmp_path / "none.sqlite"), "--run", spoken, code=2).stderr
    assert "no participant 'P21'" in study(cli, tmp_path, "--run", spoken, "--participant", "P21", code=2).stderr
    assert not (tmp_path / "runs.sqlite.people").exists(), "nothing has begun"
    answers("q")
    study(cli, tmp_path, "--run", spoken, "--every", "3")
    for more, message in (
        (("--run", spoken), "what is rated was drawn when the study began"),
        (("--quick",), "what is rated was drawn when the study began"),
        (("--every", "2"), "one in 3 recommendations has been drawn"),
        (("--no-own",), "also rate for themselves"),
        (("--participant", "Anna"), "no participant 'Anna'"),
        (("--rehearse", "--folder", str(tmp_path / "runs.sqlite.people")), "has people's answers, which are never mixed"),
    ):
        answers("q")
        assert message in study(cli, tmp_path, *more, code=2).stderr
    answers("", "agree", "q", "q")
    study(cli, tmp_path, "--participants", "2")
    answers("", "agree", "q")
    study(cli, tmp_path)
    answers("q")
    assert "P02 has begun" in study(cli, tmp_path, "--participants", "1", code=2).stderr
    assert "all 2 participants have begun" in study(cli, tmp_path).stderr
    assert "has no effect without the study people" in cli("study", "ablation", "--rehearse", code=2).stderr
    for given in (("--rehearse", "--participant", "P01"), ("--report", "--participants", "3")):
        assert f"{given[1]}: has no effect without the study people" in study(cli, tmp_path, *given, code=2).stderr
    (tmp_path / "other.csv").write_text("mine\n", encoding="utf-8")
    assert "no file of ratings" in study(cli, tmp_path, "--report", "--csv", str(tmp_path / "other.csv"), code=2).stderr
    assert (tmp_path / "other.csv").read_text(encoding="utf-8") == "mine\n"


def test_a_rehearsal_says_that_nobody_took_part_and_is_the_same_each_time(cli, tmp_path, spoken):
    done = study(cli, tmp_path, "--run", spoken, "--rehearse", "--participants", "6")
    assert "No person took part" in done.stdout
    assert done.stdout == study(cli, tmp_path, "--rehearse").stdout
    more = study(cli, tmp_path, "--rehearse", "--participants", "7")
    assert "7 participants" in more.stdout
    assert not (tmp_path / "runs.sqlite.people").exists()


@pytest.mark.slow
def test_the_smallest_form_runs_is_rehearsed_and_reported(cli, tmp_path, monkeypatch):
    one = _load("people")
    smallest = one._replace(quick=msgspec.structs.replace(one.quick, personas=one.quick.personas[:1], days=1))
    monkeypatch.setattr(studies, "load_study", lambda name: smallest)
    given = ("--quick", "--rehearse", "--participants", "6")
    done = study(cli, tmp_path, *given, "--yes", "--csv", str(tmp_path / "r.csv"), "--jobs", "2")
    assert "What came out" in done.stdout
    rows = read_rows([tmp_path / "r.csv"])
    assert {row.assistant for row in rows} == set(one.quick.variants)
    assert {row.participant for row in rows} == {f"P0{number}" for number in range(1, 7)}
    again = study(cli, tmp_path, *given)
    assert again.stdout == done.stdout
    assert not re.search("runs of", again.stderr), "nothing is run for what has been drawn"
