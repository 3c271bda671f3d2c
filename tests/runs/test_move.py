"""A user that moves in the middle of a run: planner, world, rubric and voice follow the day; the assistant is the same."""

from __future__ import annotations

import re

import gymnasium
import msgspec
import pytest
from typer.testing import CliRunner

import propersim.gym  # noqa: F401 - registers the environments
from propersim.assistant.api import messages
from propersim.cli.main import app
from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.records import to_json
from propersim.experiments.jobs import make_jobs
from propersim.experiments.rerate import compare, offline, pick, rate_again
from propersim.experiments.results import row_hash
from propersim.experiments.sweep import Sweep
from propersim.experiments.variants import variant_label
from propersim.inspector.grid import Grid
from propersim.llm_client import Session
from propersim.memory.state import AssistantState
from propersim.persona.library import load_persona, persona_path
from propersim.persona.move import moving
from propersim.runs.create import add_run, stored_persona
from propersim.runs.factory import make_llm_judge, make_llm_routine
from propersim.simulation.simulation import Simulation, figures_of
from propersim.store.store import Store
from propersim.user.days import MovingPlanner
from propersim.user.judge import OfflineJudge
from propersim.user.routine import Routine
from propersim.world.catalogue import activities, own_suggestions, setting_of
from propersim.world.floor_plan import built_in_world
from tests.runs.changing import go, goes_on_without_the_file, lived_in, resumed_is_never_stopped

DAY = 3
EAGER = RunConfig(persona="p02", assistant="eager", days=4, timestep=30.0, move=DAY)
OFFICE = built_in_world("office")


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """The database of an eager run with a move, its row, and its steps."""
    return lived_in(tmp_path_factory.mktemp("move"), EAGER)


@pytest.fixture(scope="module")
def moved():
    return moving(load_persona("p02"), DAY, load_persona("o01"))


@pytest.mark.parametrize("assistant", ["silent", "eager", "random", "oracle"])
def test_a_day_is_that_of_the_persona_who_lives_it_in_its_world(assistant, moved):
    run = Simulation(moved, assistant, days=4, timestep=15)
    before, after = (Simulation(moved.on_day(day), assistant, days=4, timestep=15) for day in (1, DAY))
    assert (before.world.setting, after.world.setting) == ("home", "office")
    for day in range(1, 5):
        alone = after if day >= DAY else before
        plans = [each.begin_day(day) for each in (run, alone)]
        assert plans[0] == plans[1]
        steps, theirs = (list(each.live(plan)) for each, plan in zip((run, alone), plans, strict=True))
        if assistant in ("silent", "oracle"):
            # The other controls draw by the id of the persona with which a run began.
            assert [to_json(step) for step in steps if step.index] == [
                to_json(step) for step in _renumbered(theirs, steps[0].index) if step.index
            ]
        assert figures_of(steps, day, 15, moved) == figures_of(steps, day, 15, moved.on_day(day))
        for step in steps:
            assert setting_of(step.action.activity) == alone.world.setting
            assert alone.world.free((step.x, step.y))


def _renumbered(steps, first):
    return [msgspec.structs.replace(step, index=first + number) for number, step in enumerate(steps)]


def test_each_day_is_planned_by_the_routine_of_who_lives_it(moved, world):
    planner = Simulation(moved, "silent", days=4).planner
    assert isinstance(planner, MovingPlanner)
    for day in range(1, 5):
        lives = moved.on_day(day)
        assert planner.plan(day) == Routine(lives, OFFICE if day >= DAY else world, 0).plan(day)


def test_what_is_said_in_the_office_is_in_its_words(moved):
    run = Simulation(moved, "eager", days=3)
    known = [line.lower() for lines in own_suggestions("office").values() for line in lines]
    for day in (2, 3):
        texts = [(step.answer.text or "").lower() for step in run.live(run.begin_day(day))]
        assert all(any(line in text for line in known) for text in texts) == (day >= DAY)


@pytest.mark.parametrize("stops", [(1,), (40, 25), (64,), (65, 1), (66, 1, 1, 10)])
def test_a_resumed_run_is_the_one_that_was_never_stopped(stops, lived, db):
    resumed_is_never_stopped(db, EAGER, stops, lived[1], warned=(DAY, "move"))


def test_a_run_goes_on_where_the_file_of_the_other_persona_is_gone(lived, db, tmp_path):
    goes_on_without_the_file(db, tmp_path, EAGER, "move_to", "o01", lived[1], stop=50)


def test_the_stored_ratings_are_those_of_the_judge_again(lived):
    _, run, steps = lived
    cases = list(rate_again(pick(steps), offline(stored_persona(run))))
    assert {step.day for step, _ in pick(steps)} == {1, 2, 3, 4}
    assert compare(cases)[0].accuracy == 1
    first = list(rate_again(pick(steps), offline(stored_persona(run).on_day(1))))
    assert {case.step.day for case in first if case.differ} <= {3, 4}


def test_a_batch_recognises_the_run_by_the_other_persona_and_not_by_its_path(lived, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_bytes(persona_path("o01").read_bytes())

    def hash_of(*options):
        (job,) = make_jobs(Sweep(personas=["p02"], variants=["eager"], days=4, options=["timestep=30", *options]))
        return job.hash

    assert hash_of("move=3") == hash_of("move=3", "move_to=o01") == hash_of("move=3", f"move_to={other}") == row_hash(lived[1])
    assert len({hash_of(), hash_of("move=3"), hash_of("move=2"), hash_of("move=3", "move_to=o02")}) == 4


def test_a_persona_in_the_office_runs_there_in_a_batch():
    at_home, at_work = make_jobs(Sweep(personas=["p02", "o01"], variants=["oracle"], days=2))
    assert (at_home.world_text, at_work.world_text) == (built_in_world("home").text, OFFICE.text)
    with pytest.raises(InputError, match="move=8 has no effect in runs of 4 days"):
        make_jobs(Sweep(personas=["p02"], variants=["oracle"], days=4, options=["move=8"]))
    assert variant_label(RunConfig(assistant="oracle", move=2)) == "oracle move=2"
    assert variant_label(RunConfig(move=2)) == "evidence move=2"


def test_options_that_do_not_go_together_are_refused():
    with pytest.raises(InputError, match="--move-to: has no effect without --move DAY"):
        RunConfig(move_to="o02").check_given(["move_to"])
    assert RunConfig(move_to="o02").resolved().move_to == ""
    with pytest.raises(InputError, match="--move: does not go with --reveal-persona on"):
        RunConfig(move=2, reveal_persona="on").checked()
    with pytest.raises(InputError, match="--move: does not go with --drift"):
        RunConfig(move=2, drift=2).checked()


def test_a_home_persona_does_not_suit_the_office_and_a_model_plays_the_user_at_home_only(db, moved):
    with Store(db) as store, pytest.raises(InputError, match="the floor plan does not suit Rosalind"):
        add_run(store, RunConfig(persona="p01", assistant="silent", world="office"))
    with Session() as session, Store(db) as kept:
        for make in (
            lambda: make_llm_routine(EAGER, load_persona("o01"), OFFICE, session, kept),
            lambda: make_llm_judge(EAGER, OfflineJudge(moved), session),
        ):
            with pytest.raises(InputError, match="at home only, not in the office"):
                make()


def test_maps_show_the_rules_of_the_day(lived):
    path, run, steps = lived
    with Store(path, read_only=True) as store:
        grid = Grid([row.plan for row in store.days(run)], steps, 30.0, OfflineJudge(stored_persona(run)).rules)
    assert {setting_of(action.activity) for action in grid.actions} == {"home", "office"}
    assert grid.on_day(2).open() != grid.on_day(3).open()
    assert grid.open() == grid.on_day(4).open()


def test_a_model_at_an_endpoint_is_told_where_it_is():
    def system(activity):
        phrase = {**activities(), **activities("office")}[activity].phrase
        first, second = messages(AssistantState(600.0, 0, activity, phrase, "kitchenette", 2))
        assert phrase in second["content"]
        assert f'"{phrase}' not in second["content"]
        return first["content"]

    assert "in the home of one person" in system("desk_work")
    assert "in the home" not in system("desk_tasks")
    assert "beside one person in an office" in system("desk_tasks")


def test_commands_say_who_lives_where(lived):
    path, run, _ = lived
    shown = CliRunner().invoke(app, ["runs", "show", run.id, "--db", str(path)])
    assert re.search(r"move\s+days of o01 \(office\) from day 3 on", shown.output)
    rated = CliRunner().invoke(app, ["judge", run.id, "--with", "human", "--sample", "0", "--db", str(path)], input="s\n" * 400)
    first, _, then = rated.stderr.partition("From now on this holds instead:")
    for text, which in ((first, "p02"), (then, "o01")):
        assert " ".join(load_persona(which).rubric.preference.text.split()) in " ".join(text.split())
    assert "[setting]\noffice" in CliRunner().invoke(app, ["world", "office"]).output
    assert "[setting]" not in CliRunner().invoke(app, ["world"]).output
    wrong = CliRunner().invoke(app, ["world", "offise"])
    assert isinstance(wrong.exception, InputError) or "no setting 'offise'" in wrong.output


@pytest.mark.parametrize("env", ["propersim/ProPer-v0", "propersim/User-v0"])
def test_agents_see_the_office_as_the_part_of_the_home_that_it_resembles(env):
    made = gymnasium.make(env, persona="o05", days=1, timestep=30.0)
    seen, _ = made.reset(seed=1)
    assert made.observation_space.contains(seen)


def test_a_run_without_a_move_stores_no_trace_of_it(db):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p01", assistant="silent", days=1))
    assert "move" not in run.persona_json
    assert '"world"' not in run.persona_json


def test_a_user_who_reacts_takes_up_what_the_world_of_the_day_has(db):
    config = RunConfig(persona="p02", assistant="oracle", days=4, timestep=5.0, move=DAY, reactive="on")
    with Store(db) as store:
        run = go(store, config)
        taken = [step for step in store.steps(run) if step.taken_up is not None]
        stopped = go(store, config, 250, 150)
        assert stopped.digest == run.digest
    assert {step.day >= DAY for step in taken} == {False, True}
    for step in taken:
        assert step.taken_up is not None
        assert setting_of(step.taken_up.activity) == ("office" if step.day >= DAY else "home")
