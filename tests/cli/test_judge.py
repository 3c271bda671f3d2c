"""``propersim judge``: stored steps rated again, and how far two judges agree."""

import json

import pytest
from typer.testing import CliRunner

from propersim.cli.headless import carry_on
from propersim.cli.main import app
from propersim.config import RunConfig
from propersim.judging import compare, offline, pick, rate_again
from propersim.persona_files import load_persona
from propersim.records import DIMENSIONS
from propersim.run import add_run
from propersim.store import Store

run_cli = CliRunner()


@pytest.fixture
def spoken(tmp_path, capsys):
    """A database with a run of two days that says much, and its steps."""
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        run = add_run(store, RunConfig(persona="p11", assistant="random", days=2))
        carry_on(store, run, as_json=True)
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
    assert "overall              4" in ended.stdout
    hushed = run_cli.invoke(app, ["judge", "last", "--db", str(path), "--with", "human"], input="")
    assert hushed.exit_code == 0
    assert "overall              0      –" in hushed.stdout


def test_where_a_rubric_has_changed_the_judges_differ(spoken):
    _, steps = spoken
    cases = list(rate_again(pick(steps), offline(load_persona("p08"))))
    overall, *dimensions = compare(cases)
    assert overall.rated == 4 * len(cases)
    assert sum(one.confusion[1] + one.confusion[2] for one in dimensions) == sum(len(case.differ) for case in cases) > 0
    assert overall.accuracy == pytest.approx(sum(one.accuracy for one in dimensions) / 4)


def test_a_sample_is_the_same_for_a_seed_and_in_order(spoken):
    _, steps = spoken
    one, same, other = pick(steps, sample=9, seed=1), pick(steps, sample=9, seed=1), pick(steps, sample=9, seed=2)
    assert one == same != other
    assert [step.index for step, _ in one] == sorted(step.index for step, _ in one)
    assert len(pick(steps, sample=10**9)) == len(pick(steps))


def test_what_is_wrong_is_said(spoken):
    path, _ = spoken
    assert run_cli.invoke(app, ["judge", "nobody", "--db", str(path)]).exit_code != 0
    assert run_cli.invoke(app, ["judge", "last", "--db", str(path), "--with", "fate"]).exit_code == 2
