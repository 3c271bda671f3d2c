import pytest

import propersim as ps
from propersim.assistant.controls import Control
from propersim.core.errors import InputError
from propersim.core.interfaces import Response
from propersim.core.records import Step, from_json, to_json
from propersim.simulation.simulation import figures_of
from tests.known import known


def test_the_python_api_yields_steps_in_order():
    run = ps.Simulation(ps.load_persona("p01"), assistant="oracle", seed=0, days=1)
    steps = list(run)
    assert all(isinstance(step, ps.Step) for step in steps)
    assert [step.index for step in steps] == list(range(len(steps)))


@pytest.mark.parametrize("assistant", ["silent", "eager", "random", "oracle"])
def test_the_same_seed_gives_the_same_records(assistant, personas):
    def records(seed):
        return [to_json(step) for step in ps.Simulation(personas["p14"], assistant, seed=seed, days=1)]

    assert records(3) == records(3)
    assert records(3) != records(4)


def test_records_round_trip_and_stay_small(personas):
    for which in ("p01", "p11", "p29"):
        for step in ps.Simulation(personas[which], "eager", days=1):
            data = to_json(step)
            assert len(data) <= 2000
            assert from_json(Step, data) == step


def test_records_are_frozen(personas):
    step = next(iter(ps.Simulation(personas["p01"], "silent")))
    with pytest.raises(AttributeError):
        step.day = 2  # type: ignore[misc]


class Recalling(Control):
    """Shows a drawn suggestion; the other two candidates are recalled."""

    name = "recalling"

    def respond(self, observation):
        return Response((None, "Brew a pot of tea.", "Read a poem.", "Water the ferns."), 1, recalled=2)


def test_each_candidate_is_stored_with_its_origin(personas):
    for step in ps.Simulation(personas["p01"], Recalling(), days=1, until=(1, 8 * 60)):
        assert [one.origin for one in step.candidates] == [None, "drawn", "recalled", "recalled"]
    spoken = [step for step in ps.Simulation(personas["p01"], "oracle", days=1) if step.spoke]
    assert {step.answer.origin for step in spoken} == {"drawn"}


def test_the_user_walks_along_the_floor_plan(personas, world):
    steps = list(ps.Simulation(personas["p01"], "silent", days=1, timestep=0.5))
    walking = [step for step in steps if (step.x, step.y) != (step.action.place.x, step.action.place.y)]
    assert walking
    assert all(world.free((step.x, step.y)) for step in steps)


def test_until_ends_the_run_early(personas):
    steps = list(ps.Simulation(personas["p01"], "silent", days=14, until=(2, 9 * 60)))
    assert steps[-1].day == 2
    assert steps[-1].minute < 9 * 60 <= steps[-1].minute + 2.5


@pytest.mark.parametrize("wrong", [{"days": 0}, {"timestep": 0}, {"timestep": 1e9}, {"days": 10**9}])
def test_arguments_out_of_range_are_rejected(personas, wrong):
    with pytest.raises(InputError):
        ps.Simulation(personas["p01"], "silent", **wrong)


def test_the_shadow_scores_are_those_of_runs_of_the_controls(personas):
    for which in ("p03", "p11", "p22"):
        for name in ("oracle", "silent"):
            for step in ps.Simulation(personas[which], name, seed=1, days=3):
                assert step.rating.score == getattr(step.shadow, name)
                assert name == "silent" or step.spoke == step.shadow.spoke


def test_an_assistant_that_shows_no_candidate_of_its_own_is_a_fault(personas):
    class Wrong(Control):
        name = "wrong"

        def respond(self, observation):
            return Response(("hello",), shown=1)

    with pytest.raises(ValueError, match="showed candidate 1 of 1"):
        list(ps.Simulation(personas["p01"], Wrong(), days=1))


def test_several_candidates_are_rated_and_one_is_shown(personas):
    class Two(Control):
        name = "two"

        def respond(self, observation):
            return Response((None, "Bake an olive oil cake."), shown=0)

    steps = list(ps.Simulation(personas["p01"], Two(), days=1))
    assert all(len(step.candidates) == 2 and not step.spoke for step in steps)
    assert steps[-1].clocks.shown == 0


def test_figures_follow_from_the_steps(personas):
    persona = personas["p12"]
    steps = list(ps.Simulation(persona, "random", seed=1, days=1))
    figures = figures_of(steps, 1, 2.5, persona)
    assert figures.steps == len(steps)
    assert sum(figures.dimensions) == sum(known(step.rating.score) for step in steps)
    assert figures.shown == sum(step.spoke for step in steps)
    assert figures.welcome == sum(step.welcome for step in steps)
