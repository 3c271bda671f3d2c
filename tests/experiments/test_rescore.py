"""Stored runs under the rubric of another persona: the same days and words, with that rubric's ratings, clocks and oracle."""

import json

import pytest

from propersim.cli.headless import run_headless
from propersim.core.config import RunConfig
from propersim.experiments.rerate import offline
from propersim.experiments.rescore import AS, both_figures, hash_as, live_again, rated_as, result_as
from propersim.experiments.results import result_of
from propersim.persona.library import load_persona
from propersim.runs.create import add_run, stored_persona
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import Simulation
from propersim.store.store import Store
from propersim.studies.rated_again import rated_again
from propersim.studies.study import load_study
from propersim.studies.variety import variations as variety_of
from tests.known import known


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "runs.sqlite") as opened:
        yield opened


def lived(store, capsys, **options):
    """Return a finished run."""
    run = add_run(store, RunConfig(**{"persona": "p11", "assistant": "random", "days": 2, **options}))
    run_headless(store, run, as_json=True)
    capsys.readouterr()
    return store.run(run.id)


@pytest.mark.parametrize(
    "options", [{}, {"assistant": "oracle", "timestep": 7}, {"assistant": "eager", "days": 1}, {"until": "day 2 15:00"}]
)
def test_by_its_own_rubric_a_run_is_what_it_was(store, capsys, options):
    run = lived(store, capsys, **options)
    again = live_again(store, run, load_persona("p11"))
    assert again.steps == list(store.steps(run))
    assert again.days == store.day_figures(run)


def test_another_rubric_has_its_own_ratings_clocks_and_oracle(store, capsys):
    run, other = lived(store, capsys), load_persona("p17")
    steps = list(store.steps(run))
    again = live_again(store, run, other)
    assert [one.index for one in again.steps] == [one.index for one in steps]
    assert [one.action for one in again.steps] == [one.action for one in steps]
    assert [[each.text for each in one.candidates] for one in again.steps] == [[each.text for each in one.candidates] for one in steps]
    assert [one.shown for one in again.steps] == [one.shown for one in steps]
    # The gap is the time since anything was shown: it is the same once something was; at waking it is G_min.
    assert again.steps[0].clocks.gap == other.rubric.frequency.gap_min
    assert all(mine.clocks.gap == theirs.clocks.gap for mine, theirs in zip(again.steps, steps, strict=True) if theirs.clocks.shown)
    assert any(mine.clocks.need != theirs.clocks.need for mine, theirs in zip(again.steps, steps, strict=True) if theirs.clocks.shown)
    # The oracle is the one that lived these days with that rubric.
    plans = {one.plan.day: one.plan for one in store.days(run)}
    assert [one.oracle_shown for one in again.days] != [one.oracle_shown for one in store.day_figures(run)]
    rate = rated_as(again.steps)
    spoken = [one for one in steps if one.spoke]
    assert [rate(one, one.answer) for one in spoken] == [again.steps[one.index].rating for one in spoken]
    assert set(plans) == {1, 2}


def test_variety_is_counted_by_what_was_shown(store, capsys, tmp_path):
    """A clause of variety looks back at earlier days: the same run by the same rubric stays what it was."""
    (persona,) = (one for one in variety_of(load_persona("p11")) if one.rubric.variety is not None)
    path = tmp_path / "varied.json"
    path.write_text(persona.model_dump_json(exclude_none=True), encoding="utf-8")
    run = lived(store, capsys, persona=str(path), assistant="eager", timestep=20)
    again = live_again(store, run, load_persona(str(path)))
    assert again.steps == list(store.steps(run))
    assert again.days == store.day_figures(run)
    assert any(one.clocks.topics for one in again.steps)
    plain = live_again(store, run, load_persona("p11"))
    assert not any(one.clocks.topics for one in plain.steps)
    liked = [sum(one.rating.preference == 1 for one in each.steps if one.spoke) for each in (plain, again)]
    assert liked[0] > liked[1]


def test_a_user_who_moves_goes_where_the_run_went(store, capsys):
    run = lived(store, capsys, persona="p04", assistant="eager", timestep=20, move=2)
    steps, persona = list(store.steps(run)), stored_persona(run)
    again = live_again(store, run, persona)
    assert again.steps == steps
    assert again.days == store.day_figures(run)
    other = live_again(store, run, load_persona("p17"))
    assert [(one.action, one.x, one.y) for one in other.steps] == [(one.action, one.x, one.y) for one in steps]
    assert {one.clocks.gap for one in other.steps if one.minute == other.steps[0].minute} == {load_persona("p17").rubric.frequency.gap_min}


def test_a_user_who_reacts_did_what_is_recorded_whoever_rates(store, capsys):
    run = lived(store, capsys, assistant="oracle", reactive="on")
    steps = list(store.steps(run))
    assert sum(one.taken_up is not None for one in steps) > 2
    again = live_again(store, run, load_persona("p11"))
    assert [one.action.activity for one in again.steps] == [one.action.activity for one in steps]
    assert [one.rating for one in again.steps] == [one.rating for one in steps]
    assert [one.shown for one in again.days] == [one.shown for one in store.day_figures(run)]
    assert [one.reactions for one in again.days] == [one.reactions for one in store.day_figures(run)]
    other = live_again(store, run, load_persona("p17"))
    assert [one.action.activity for one in other.steps] == [one.action.activity for one in steps]


def test_a_run_with_a_move_is_lived_again_in_both_worlds(store, capsys):
    run = lived(store, capsys, persona="p02", assistant="eager", move=2)
    steps, other = list(store.steps(run)), load_persona("o02")
    again = live_again(store, run, other)
    assert [one.action for one in again.steps] == [one.action for one in steps]
    # The office is that of the run, and its rubric the given one on both days.
    rate = offline(other)
    spoken = [one for one in again.steps if one.spoke]
    assert {one.day for one in spoken} == {1, 2}
    assert [one.answer.rating for one in spoken] == [rate(one, one.answer) for one in spoken]
    assert [one.oracle_shown for one in again.days] != [one.oracle_shown for one in store.day_figures(run)]


def test_the_oracle_of_a_rubric_is_perfect_under_it(store, capsys):
    """What the oracle of p17 shows on its days is all welcome by the rubric of p17, whoever lives them."""
    run = lived(store, capsys, persona="p17", assistant="oracle")
    own = metrics(live_again(store, run, load_persona("p17")).days)
    by_other = metrics(live_again(store, run, load_persona("p11")).days)
    assert own["f1"] == 1
    assert by_other["f1"] < 1
    assert by_other["shown"] == own["shown"]


def test_days_under_another_rubric_are_those_of_a_run_with_it(store, capsys):
    """A person with another rubric lives the same days: a control that knows no rubric says the same, and is rated the same."""
    p11, p17 = load_persona("p11"), load_persona("p17")
    run = lived(store, capsys, assistant="eager", days=1)
    both = p11.model_copy(update={"rubric": p17.rubric})
    assert list(Simulation(both, "eager", days=1)) == live_again(store, run, both).steps


def test_a_result_under_another_rubric_has_its_own_name_and_hash(store, capsys):
    run, other = lived(store, capsys), load_persona("p17")
    result = known(result_of(store, run))
    again = live_again(store, run, other)
    found = result_as(result, again, other)
    assert found.variant == f"random{AS}p17"
    assert found.hash == hash_as(result, other) != result.hash
    assert len(found.hash) == len(result.hash)
    assert found.persona == "p11"
    assert found.wanted == other.rubric.frequency.per_day
    assert metrics(found.days) == both_figures(store.day_figures(run), again)[1]


def test_a_study_rates_runs_again_once(store, capsys):
    other = load_persona("p17")
    study = load_study("sensitivity")._replace(rated_as=lambda result: other if result.variant == "random" else None)
    runs = [lived(store, capsys), lived(store, capsys, assistant="silent")]
    results = [known(result_of(store, run)) for run in runs]
    (found,) = rated_again(study, store, results, {})
    assert found.variant == f"random{AS}p17"
    marked = found._replace(digest="known")
    assert rated_again(study, store, results, {found.hash: marked}) == [marked]
    # A run that is in no database is left out, unless its result is known.
    gone = results[0]._replace(hash="0" * len(found.hash))
    assert rated_again(study, store, [gone], {}) == []
    assert rated_again(study._replace(rated_as=None), store, results, {}) == []


def test_judge_as_another_persona_prints_both_figures(cli, tmp_path, capsys):
    with Store(tmp_path / "runs.sqlite") as opened:
        run = lived(opened, capsys)
        by_other = metrics(live_again(opened, run, load_persona("p17")).days)
        own = metrics(opened.day_figures(run))
    db = ("--db", str(tmp_path / "runs.sqlite"))
    found = json.loads(cli("judge", "last", "--as", "p17", "--json", *db).stdout)
    assert found["as"] == "p17"
    assert found["figures"]["run"]["unwelcome"] == own["unwelcome"]
    assert found["figures"]["other"]["oracle_welcome"] == by_other["oracle_welcome"] != own["oracle_welcome"]
    assert found["agreement"]["communication"]["accuracy"] < 1
    printed = cli("judge", "last", "--as", "p17", "--show", "0", *db).stdout
    assert "run (p11)" in printed
    assert "other (p17)" in printed
    same = json.loads(cli("judge", "last", "--as", "p11", "--silence", "--json", *db).stdout)
    assert same["figures"]["run"] == same["figures"]["other"]
    assert same["disagreements"] == []
    assert "--as: has no effect without --judge offline" in cli("judge", "last", "--judge", "human", "--as", "p17", *db, code=2).stderr
    assert "no persona" in cli("judge", "last", "--as", "p99", *db, code=2).stderr
