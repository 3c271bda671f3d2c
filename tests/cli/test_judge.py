"""``propersim judge``: stored steps rated again, and how far two judges agree."""

import json
import re

import pytest
from typer.testing import CliRunner

from propersim.cli.headless import run_headless
from propersim.cli.main import app
from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.records import DIMENSIONS
from propersim.experiments.rerate import compare, offline, pick, rate_again
from propersim.llm_client import Outage
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.gates import RunStopped
from propersim.store.store import Store
from tests.known import known
from tests.llm_client.faulty import Faulty, status
from tests.user.scripted import always, by_schema, question_of

run_cli = CliRunner()


@pytest.fixture
def spoken(tmp_path, capsys):
    """A database with a run of two days that says much, and its steps."""
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        run = add_run(store, RunConfig(persona="p11", assistant="random", days=2))
        run_headless(store, run, as_json=True)
        capsys.readouterr()
        return path, list(store.steps(run))


def test_the_judge_that_rated_agrees_with_itself(spoken):
    path, steps = spoken
    result = run_cli.invoke(app, ["judge", "last", "--db", str(path), "--json"])
    found = json.loads(result.stdout)
    assert found["rated"] == sum(one.text is not None for step in steps for one in step.candidates) > 20
    for name in DIMENSIONS:
        figures = found["agreement"][name]
        assert figures["accuracy"] == 1.0
        assert figures["confusion"]["both_0"] + figures["confusion"]["both_1"] == found["rated"]
    assert found["disagreements"] == []
    with_silence = json.loads(run_cli.invoke(app, ["judge", "last", "--db", str(path), "--silence", "--json"]).stdout)
    assert with_silence["rated"] == sum(len(step.candidates) for step in steps)
    assert with_silence["agreement"]["overall"]["accuracy"] == 1.0


def test_a_person_is_asked_and_what_differs_is_told(spoken):
    path, steps = spoken
    chosen = pick(steps, sample=4, seed=3)
    own = ["".join(str(value) for value in step.candidates[number].rating.values) for step, number in chosen]
    other = "".join("1" if bit == "0" else "0" for bit in own[0])
    answers = "\n".join([other, "nonsense", "11", own[1], "s", own[3]])
    result = run_cli.invoke(app, ["judge", "last", "--db", str(path), "--with", "human", "--sample", "4", "--seed", "3"], input=answers)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("propersim replay") == 1, "one of three differs"
    row = next(line.split() for line in result.stdout.splitlines() if line.startswith("timing"))
    assert row[1:3] == ["3", "67%"]
    assert "In their own words" in result.stderr
    ended = run_cli.invoke(app, ["judge", "last", "--db", str(path), "--with", "human", "--sample", "4"], input="1111\nq\n")
    assert re.search(r"^overall +4 ", ended.stdout, flags=re.MULTILINE)
    hushed = run_cli.invoke(app, ["judge", "last", "--db", str(path), "--with", "human"], input="")
    assert hushed.exit_code == 0
    assert re.search(r"^overall +0 +–", hushed.stdout, flags=re.MULTILINE)


def test_where_a_rubric_has_changed_the_judges_differ(spoken):
    _, steps = spoken
    cases = list(rate_again(pick(steps), offline(load_persona("p08"))))
    overall, *dimensions = compare(cases)
    assert overall.rated == 4 * len(cases)
    assert sum(one.confusion[1] + one.confusion[2] for one in dimensions) == sum(len(case.differ) for case in cases) > 0
    assert overall.accuracy == pytest.approx(sum(known(one.accuracy) for one in dimensions) / 4)


def test_a_sample_is_the_same_for_a_seed_and_in_order(spoken):
    _, steps = spoken
    one, same, other = pick(steps, sample=9, seed=1), pick(steps, sample=9, seed=1), pick(steps, sample=9, seed=2)
    assert one == same != other
    assert [step.index for step, _ in one] == sorted(step.index for step, _ in one)
    assert len(pick(steps, sample=10**9)) == len(pick(steps))


def test_what_is_wrong_is_said(spoken):
    path, _ = spoken
    assert run_cli.invoke(app, ["judge", "nobody", "--db", str(path)]).exit_code != 0
    wrong = run_cli.invoke(app, ["judge", "last", "--db", str(path), "--with", "huma"]).exception
    assert isinstance(wrong, InputError)
    assert "--with: no 'huma'; did you mean 'human'?" in wrong.message


def test_a_language_model_rates_again_in_three_ways_and_pays_once(spoken, tmp_path, monkeypatch):
    path, steps = spoken
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    chosen = pick(steps, sample=5, seed=1)
    moments = len({step.index for step, _ in chosen})

    def decide(asked, at):
        """Timing is bad in one way of asking, and preference in another."""
        if at.endswith("reason"):
            return "\x1b[31mso be it"
        question = question_of(asked) if at == "answer" else at.rsplit(".", 1)[-1]
        alike = {"too_often": 0, "too_seldom": 0, "communication": 1}
        return alike.get(question, int(question == "timing" if at.startswith("candidate_") else question == "preference"))

    with Faulty(last=by_schema(decide)) as server:
        given = ["judge", "last", "--db", str(path), "--with", "llm", "--sample", "5", "--seed", "1", "--rating-calls", "one, question"]
        given += ["--user-model", "any", "--user-base-url", server.url, "--user-price", "1,2", "--max-cost", "1"]
        dry = json.loads(run_cli.invoke(app, [*given, "--dry-run", "--json"]).stdout)["estimates"]
        assert not server.asked
        assert dry["one"]["calls"] == moments
        assert dry["question"]["calls"] == 25
        assert dry["one"]["cost"] > 0
        result = run_cli.invoke(app, [*given, "--json"])
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        assert len(server.asked) == moments + 25
        again = json.loads(run_cli.invoke(app, [*given, "--json"]).stdout)
        told = run_cli.invoke(app, [*given, "--show", "1"]).stdout
        assert len(server.asked) == moments + 25, "stored answers are not asked for again"
        everything = "\n".join(message["content"] for one in server.asked for message in one.body["messages"])
    assert found["rated"] == 5
    (between,) = found["between"]
    assert {name: figures["accuracy"] for name, figures in between["agreement"].items()} == {
        "overall": 0.5, "preference": 0.0, "timing": 0.0, "frequency": 1.0, "communication": 1.0,
    }  # fmt: skip
    stored = [step.candidates[number].rating for step, number in chosen]
    for way, (preference, timing) in {"one": (0, 1), "question": (1, 0)}.items():
        mine = found["ways"][way]["agreement"]
        assert mine["preference"]["accuracy"] == sum(one.preference == preference for one in stored) / 5
        assert mine["timing"]["accuracy"] == sum(one.timing == timing for one in stored) / 5
    *kinds, whole = found["calls"]
    assert [row["purpose"] for row in kinds] == [
        "rate", "rate: communication", "rate: preference", "rate: timing", "rate: too often", "rate: too seldom",
    ]  # fmt: skip
    assert whole["calls"] == moments + 25
    assert whole["tokens_out"] == (moments + 25) * 10
    assert whole["cost"] == pytest.approx((whole["tokens_in"] * 1 + whole["tokens_out"] * 2) / 1e6)
    assert again["calls"][-1]["cost"] == 0
    assert again["calls"][-1]["cached"] == moments + 25
    assert {**again, "calls": 0} == {**found, "calls": 0}
    assert "asked by one and by question" in told
    assert "so be it" in told
    assert "\x1b" not in told
    assert "score" not in everything.split("<today>", 1)[1].split("</today>")[0], "somebody else's scores are not shown"


def test_an_outage_in_the_middle_is_said_and_what_was_answered_is_free_next_time(spoken, tmp_path, monkeypatch):
    path, steps = spoken
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    good = by_schema(always())
    with Faulty([good] * 6, last=status(401, "expired")) as server:
        given = ["judge", "last", "--db", str(path), "--with", "llm", "--user-model", "any", "--user-base-url", server.url, "--json"]
        result = run_cli.invoke(app, [*given, "--sample", "9"])
        assert isinstance(result.exception, Outage)
        assert result.exception.exit_code == 3
        assert "cost nothing again" in known(result.exception.hint)
        assert result.stdout == ""
        done = int(result.stderr.split("outage; ")[1].split(" of ")[0])
        assert done == 6
        server.last = good
        found = json.loads(run_cli.invoke(app, [*given, "--sample", "9"]).stdout)
        assert found["calls"][-1]["cached"] == 6
        assert found["rated"] == 9
        there = len(pick(steps, silence=True))
        estimated = run_cli.invoke(app, [*given, "--silence", "--dry-run"])
        assert f"rating 40 of {there}, drawn" in estimated.stderr, "nobody pays for all of them by mistake"
        with monkeypatch.context() as patch:
            patch.setattr("propersim.user.llm.judge.LlmJudge.rate_all", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            result = run_cli.invoke(app, given)
        assert isinstance(result.exception, RunStopped)
        assert result.exception.exit_code == 130


def test_who_is_asked_and_how_must_be_said(spoken):
    path, _ = spoken
    given = ["judge", "last", "--db", str(path), "--with", "llm"]
    for more, wrong in (
        ([], "--user-model"),
        (["--user-model", "any"], "--user-base-url"),
        (["--user-model", "any", "--user-base-url", "http://127.0.0.1:1/v1", "--rating-calls", "one,questoin"], "did you mean 'question'"),
        (["--user-model", "any", "--user-base-url", "http://127.0.0.1:1/v1", "--user-price", "x"], "--user-price"),
    ):
        result = run_cli.invoke(app, [*given, *more])
        assert isinstance(result.exception, InputError)
        assert wrong in result.exception.message
