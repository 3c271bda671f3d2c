"""A user whose rubric changes in the middle of a run: everything that knows rules follows, nothing else changes."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from propersim.cli.main import app
from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.interfaces import Situation
from propersim.core.records import to_json
from propersim.experiments.jobs import make_jobs
from propersim.experiments.rerate import compare, offline, pick, rate_again
from propersim.experiments.results import row_hash
from propersim.experiments.sweep import Sweep
from propersim.inspector.grid import Grid
from propersim.llm_client import Session
from propersim.persona.drift import drifting
from propersim.persona.library import persona_path
from propersim.runs.create import add_run, stored_persona
from propersim.simulation.simulation import Simulation, figures_of
from propersim.store.store import Store
from propersim.user.judge import OfflineJudge
from propersim.user.llm.judge import LlmJudge
from propersim.user.routine import Routine
from tests.runs.changing import goes_on_without_the_file, lived_in, resumed_is_never_stopped

DAY = 3
EAGER = RunConfig(persona="p01", assistant="eager", days=4, timestep=30.0, drift=DAY, drift_to="p08")


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The database of an eager run with a change of rubric, its row, and its steps."""
    return lived_in(tmp_path_factory.mktemp("drift"), EAGER)


@pytest.mark.parametrize("assistant", ["silent", "eager", "random", "oracle"])
def test_the_day_is_the_same_and_the_rubric_another(assistant, personas):
    one, other = personas["p01"], personas["p08"]
    run, before, after = (
        Simulation(persona, assistant, days=4, timestep=15)
        for persona in (drifting(one, DAY, other), one, one.model_copy(update={"rubric": other.rubric}))
    )
    differ = False
    for day in range(1, 5):
        plans = [each.begin_day(day) for each in (run, before, after)]
        assert plans[0] == plans[2 if day >= DAY else 1]
        assert plans[0].actions == plans[1].actions
        steps, old, new = ([to_json(step) for step in each.live(plan)] for each, plan in zip((run, before, after), plans, strict=True))
        assert steps == (new if day >= DAY else old)
        differ = differ or old != new
    assert differ


def test_figures_use_the_band_of_the_day(personas):
    persona = drifting(personas["p01"], 2, personas["p12"])
    for day in (1, 2):
        run = Simulation(persona, "oracle", days=2)
        steps = list(run.live(run.begin_day(day)))
        assert figures_of(steps, day, 2.5, persona) == figures_of(steps, day, 2.5, persona.on_day(day))
    low, high = (persona.on_day(day).rubric.frequency.band for day in (1, 2))
    assert low != high


def test_the_routine_plans_by_the_rubric_of_the_day(personas, world):
    persona = drifting(personas["p01"], 2, personas["p08"])
    plans = [Routine(persona, world, 0).plan(day) for day in (1, 2)]
    assert plans == [Routine(persona.on_day(day), world, 0).plan(day) for day in (1, 2)]


@pytest.mark.parametrize("stops", [(1,), (40, 25), (80,), (33, 1, 1, 40)])
def test_a_resumed_run_is_the_one_that_was_never_stopped(stops, lived, db):
    resumed_is_never_stopped(db, EAGER, stops, lived[1], warned=(DAY, "drift"))


def test_a_run_goes_on_where_the_file_of_the_other_persona_is_gone(lived, db, tmp_path):
    goes_on_without_the_file(db, tmp_path, EAGER, "drift_to", "p08", lived[1], stop=90)


def test_the_stored_ratings_are_those_of_the_judge_again(lived):
    _, run, steps = lived
    cases = list(rate_again(pick(steps), offline(stored_persona(run))))
    assert {step.day for step, _ in pick(steps)} == {1, 2, 3, 4}
    assert compare(cases)[0].accuracy == 1
    # The judge of the first rubric alone disagrees from that day on.
    first = list(rate_again(pick(steps), offline(stored_persona(run).on_day(1))))
    assert {case.step.day for case in first if case.differ} == {3, 4}


def test_a_batch_recognises_the_run_by_the_other_rubric_and_not_by_its_path(lived, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_bytes(persona_path("p08").read_bytes())

    def hash_of(*options):
        (job,) = make_jobs(Sweep(personas=["p01"], variants=["eager"], days=4, options=["timestep=30", *options]))
        return job.hash

    assert hash_of("drift=3", "drift_to=p08") == hash_of("drift=3", f"drift_to={other}") == row_hash(lived[1])
    hashes = {hash_of(), hash_of("drift=3", "drift_to=p08"), hash_of("drift=2", "drift_to=p08"), hash_of("drift=3", "drift_to=p13")}
    assert len(hashes) == 4


def test_a_persona_without_a_known_other_rubric_makes_its_own_jobs_fail(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_bytes(persona_path("p01").read_bytes())
    jobs = make_jobs(Sweep(personas=[str(mine), "p01"], variants=["drift", "oracle"], days=8))
    assert [(job.state, job.variant) for job in jobs] == [
        ("failed", "drift"), ("waiting", "oracle"), ("waiting", "drift")
    ]  # fmt: skip
    assert "--drift-to" in jobs[0].hint


def test_options_that_do_not_go_together_are_refused():
    with pytest.raises(InputError, match="--drift-to: has no effect without --drift DAY"):
        RunConfig(drift_to="p02").check_given(["drift_to"])
    assert RunConfig(drift_to="p02").resolved().drift_to == ""
    with pytest.raises(InputError, match="--drift: does not go with --reveal-persona on"):
        RunConfig(drift=2, reveal_persona="on").checked()
    with pytest.raises(InputError, match="--drift: must be 0 to 10000"):
        RunConfig(drift=-1).checked()


def test_the_llm_judge_is_told_the_rubric_of_the_day(personas):
    persona = drifting(personas["p04"], 2, personas["p08"])
    run = Simulation(persona, "silent", days=2)
    with Session() as session:
        judge, told = LlmJudge(OfflineJudge(persona), session.model_client("http://127.0.0.1:1/v1", "any")), []
        for day in (1, 2):
            step = next(iter(run.live(run.begin_day(day))))
            seen = Situation(day, 0, step.minute, step.action, 2.5, step.clocks, step.moment)
            (request,) = judge.estimate_requests(["Read a poem."], seen)
            told.append(request.messages[0]["content"])
    for text, here in zip(told, (1, 2), strict=True):
        for day in (1, 2):
            said = " ".join(persona.on_day(day).rubric.timing.text.split())
            assert (said in " ".join(text.split())) == (day == here)


def test_maps_show_the_rubric_of_the_day_after_the_night(lived, personas):
    path, run, steps = lived
    judge = OfflineJudge(stored_persona(run))
    with Store(path, read_only=True) as store:
        grid = Grid([row.plan for row in store.days(run)], steps, 30.0, judge.rules)
    for day in (1, 2, 3, 4):
        rules = OfflineJudge(stored_persona(run).on_day(day)).rules.on_weekday(grid.weekday)
        minutes = [grid.minute(column) for column in range(grid.columns)]
        expected = [[int(rules.receptive(a.activity, m) and bool(rules.liked(a.activity, m))) for m in minutes] for a in grid.actions]
        assert grid.on_day(day).open() == expected
    assert grid.on_day(2).open() != grid.on_day(3).open()
    assert grid.open() == grid.on_day(4).open()


def test_commands_say_whose_rubric_holds(lived, personas):
    path, run, _ = lived
    shown = CliRunner().invoke(app, ["runs", "show", run.id, "--db", str(path)])
    assert re.search(r"drift\s+rubric of p08 from day 3 on", shown.output)
    rated = CliRunner().invoke(app, ["judge", run.id, "--with", "human", "--sample", "0", "--db", str(path)], input="s\n" * 400)
    first, _, then = rated.stderr.partition("From now on this holds instead:")
    for text, rubric in ((first, personas["p01"].rubric), (then, personas["p08"].rubric)):
        assert " ".join(rubric.preference.text.split()) in " ".join(text.split())


def test_a_run_without_a_change_stores_no_trace_of_it(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p01", assistant="silent", days=1))
    assert "drift" not in run.persona_json
