"""A user who reacts: the plan stays one, habits keep their times, patience runs out and comes back."""

from __future__ import annotations

import itertools
from functools import cache

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.records import Clocks, Step, UserState, to_json
from propersim.persona.library import load_persona, persona_ids
from propersim.persona.move import moving, usual_moves, world_on_day
from propersim.simulation.simulation import Simulation, figures_of
from propersim.user.patience import Patience, patience_table
from propersim.user.reaction import SOURCE, Reaction, is_free_time, plan_at, plan_with, takes_up_table
from propersim.user.routine import GRID, SHORTEST, Routine
from propersim.user.rules import Rules
from propersim.world.catalogue import activities, topics
from propersim.world.floor_plan import load_world
from tests.known import known

PERSONAS = persona_ids()


@cache
def parts_of(persona):
    loaded, world = load_persona(persona), load_world()
    return loaded, Routine(loaded, world, 0), Reaction(loaded, world, 0), Rules(loaded)


def test_each_topic_has_activities_that_the_catalogue_knows():
    table = takes_up_table().activities
    assert table.keys() == topics().keys()
    for names in table.values():
        assert set(names) <= activities().keys()
        assert names


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(PERSONAS),
    st.integers(1, 14),
    st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from(sorted(topics()))), min_size=1, max_size=12),
)
def test_a_plan_that_gives_way_stays_a_plan(persona, day, said):
    _, routine, reaction, rules = parts_of(persona)
    morning = plan = routine.plan(day)
    for index, (share, topic) in enumerate(sorted(said)):
        minute = plan.wake + share * (plan.sleep - plan.wake)
        taken = reaction.take_up(plan, index, minute, topic)
        assert taken == reaction.take_up(plan, index, minute, topic), "the same again"
        if taken is None:
            continue
        assert taken.source == f"{SOURCE}:{index}"
        assert taken.activity in takes_up_table().activities[topic]
        assert minute < taken.start <= minute + takes_up_table().within
        kind = activities()[taken.activity]
        assert kind.minutes[0] <= taken.minutes
        assert kind.hours[0] * 60 <= taken.start
        assert taken.start + kind.minutes[0] <= kind.hours[1] * 60
        before, plan = plan, plan_with(plan, taken, rules.on_day(day))
        past = [action for action in before.actions if action.end <= minute]
        assert list(plan.actions[: len(past)]) == past, "what was done stays as it was"
        assert plan.actions[len(past)].activity == before.actions[len(past)].activity, "the present action goes on until then"
        edges = [(one.end, other.start) for one, other in itertools.pairwise(plan.actions)]
        assert all(end == start for end, start in edges), "no gap and no overlap"
        assert all(one.activity != other.activity for one, other in itertools.pairwise(plan.actions) if taken in (one, other))
    assert (plan.wake, plan.sleep, plan.gap_min) == (morning.wake, morning.sleep, morning.gap_min)
    assert all(action.minutes >= SHORTEST or action in morning.actions for action in plan.actions)
    assert all(action.start % GRID == 0 and action.end % GRID == 0 for action in plan.actions if action not in morning.actions)
    assert [one for one in plan.actions if not is_free_time(one)] == [one for one in morning.actions if not is_free_time(one)]
    assert plan.receptive == rules.on_day(day).receptive_spans(plan.actions)
    assert plan.gap_max == rules.on_day(day).gap_max(plan.actions, plan.receptive)


def test_habits_requirements_meals_and_washing_are_no_free_time():
    kinds = set()
    for persona in PERSONAS:
        _, routine, _, _ = parts_of(persona)
        for action in routine.plan(1).actions:
            if not is_free_time(action):
                kinds.add(action.source.partition(":")[0] if action.source != "ordinary" else action.activity)
            else:
                assert action.source.partition(":")[0] in ("interest", "ordinary")
                assert not activities()[action.activity].is_a("bedtime")
    assert kinds >= {"habit", "requirement", "breakfast", "lunch", "dinner", "wash", "evening_wash"}


def test_the_plan_at_a_step_follows_from_the_morning_and_the_steps():
    persona = load_persona("p11")
    run = Simulation(persona, "oracle", days=1, reactive=True)
    morning = run.begin_day(1)
    steps: list[Step] = []
    for step in run.live(morning):
        assert step.action in plan_at(morning, steps, run.judge.rules).actions
        steps.append(step)
        assert run.plan == plan_at(morning, steps, run.judge.rules)
    taken = [step.taken_up for step in steps if step.taken_up is not None]
    assert len(taken) > 3
    lived = {step.action.source for step in steps}
    assert sum(one.source in lived for one in taken) >= len(taken) - 1, "nearly all of it is done, unless another gives way"
    assert known(figures_of(steps, 1, 2.5, persona).reactions).taken_up == len(taken)


@pytest.mark.parametrize("assistant", ["oracle", "random", "eager"])
def test_a_day_that_is_resumed_anywhere_goes_on_as_it_was(assistant):
    persona = load_persona("p11")
    run = Simulation(persona, assistant, days=1, reactive=True)
    every = list(run.live(run.begin_day(1)))
    for cut in range(1, len(every), 23):
        again = Simulation(persona, assistant, days=1, reactive=True)
        again.index = cut
        rest = list(again.live(again.begin_day(1), every[:cut]))
        assert [to_json(step) for step in rest] == [to_json(step) for step in every[cut:]]


def test_a_stored_activity_that_cannot_be_is_shown_all_the_same():
    _, routine, _, rules = parts_of("p01")
    plan = routine.plan(1)
    for start, end in ((0.0, 5.0), (9000.0, 9010.0), (plan.wake, plan.sleep)):
        strange = msgspec.structs.replace(plan.actions[0], activity="levitate", start=start, end=end)
        assert strange in plan_with(plan, strange, rules.on_day(1)).actions


def test_without_reactions_nothing_changes():
    persona = load_persona("p11")
    plain = Simulation(persona, "oracle", days=1)
    steps = list(plain)
    assert all(step.taken_up is None and step.clocks.patience is None and not step.muted for step in steps)
    assert b"patience" not in to_json(steps) + to_json(figures_of(steps, 1, 2.5, persona))


class Asked:
    """An assistant that speaks at every step, and counts how often it is asked."""

    name = "asked"

    def __init__(self, answer):
        self._answer, self.asked, self.seen, self.night = answer, 0, [], []

    def respond(self, observation):
        self.asked += 1
        return self._answer

    def observe(self, feedback):
        self.seen.append(feedback)

    def reveal(self, feedback):
        self.night += feedback


def test_a_muted_assistant_is_not_asked_and_told_nothing():
    from propersim.core.interfaces import Response

    persona = load_persona("p04")
    assistant = Asked(Response(("Check the deadline against the team calendar.", None)))
    run = Simulation(persona, assistant, days=1, reactive=True)
    steps = list(run)
    muted = [step for step in steps if step.muted]
    assert muted
    assert assistant.asked == len(steps) - len(muted)
    for step, feedback in zip(steps, assistant.seen, strict=True):
        assert feedback.muted == step.muted
        assert feedback.rated != step.muted
        if step.muted:
            assert not step.spoke
            assert step.rating.timing == (not step.moment.wanted), "the need goes on"
            again = run.judge.rate("Take a walk.", step.action, step.day, step.minute, step.clocks, step.moment)
            assert again.rating.timing == 0
            assert "switched" in again.rating.reasons[1]
            assert "switched" in step.rating.reasons[1]
    figures = figures_of(steps, 1, 2.5, persona)
    reactions = known(figures.reactions)
    full = int(patience_table().full_of(persona))
    assert sum(step.spoke for step in steps[:full]) == full, "the first ones are borne"
    assert steps[full].muted
    assert reactions.first_mute == pytest.approx(full * 2.5 / 60)
    assert reactions.muted_hours == pytest.approx(len(muted) * 2.5 / 60)
    assert reactions.mutes == 3, "two hours, four hours, and the rest of the day"
    assert figures.rated == sum(len(step.candidates) for step in steps if not step.muted)


def test_patience_comes_back_in_time_and_by_welcome_ones():
    table = patience_table()
    one = Patience(3, 420, 1380)
    assert (one.left(420), one.muted(420)) == (3, None)
    one.show(420, welcome=False)
    assert one.left(420) == 3 - table.cost
    assert one.left(480) == pytest.approx(3 - table.cost + table.per_hour)
    one.show(480, welcome=True)
    assert one.left(480) == 3, "never more than full"
    for minute in (500, 501, 502):
        assert one.muted(minute) is None
        one.show(minute, welcome=False)
    assert one.muted(503) == 502 + table.mutes[0]
    assert one.muted(502 + table.mutes[0]) is None
    one.show(700, welcome=True)
    assert one.muted(700) is None, "a welcome one mutes nothing"


@given(st.lists(st.tuples(st.integers(0, 950), st.booleans()), max_size=40), st.integers(1, 5))
def test_patience_stays_between_nothing_and_full(said, full):
    one = Patience(full, 420, 1380)
    for minute, welcome in sorted(said):
        if one.muted(420 + minute) is not None:
            continue
        one.show(420 + minute, welcome=welcome)
        assert 0 <= one.left(420 + minute) <= full
        until = one.muted(420 + minute)
        assert until is None or 420 + minute < until <= 1380
        assert (until is None) or not welcome


def test_a_rating_that_a_person_left_out_costs_no_patience():
    from propersim.user.clocks import DayClocks

    clocks = DayClocks(420, 60, Patience(3, 420, 1380))
    clocks.show(430, satisfying=False, welcome=None)
    assert clocks.at(430).patience == 3
    clocks.show(440, satisfying=False, welcome=False)
    assert clocks.at(440).patience == 2
    assert msgspec.json.decode(to_json(clocks.at(440)))["patience"] == 2.0


def test_a_model_that_rates_is_told_that_the_assistant_is_muted():
    from propersim.core.interfaces import Situation
    from propersim.user.llm.judge import describe_now

    action = parts_of("p01")[1].plan(1).actions[3]
    for clocks, told in ((Clocks(30, 30, 3, 0, 0.5, 961), True), (Clocks(30, 30, 3, 0, 2.0), False), (Clocks(30, 30, 3, 0), False)):
        words = describe_now(Situation(1, 9, 900, action, 2.5, clocks, UserState()))
        assert ("You have muted the assistant until 16:01" in words) == told


def test_after_a_move_things_are_taken_up_where_the_user_is():
    home = load_persona("p02")
    persona = moving(home, 2, load_persona(usual_moves()["p02"]))
    run = Simulation(persona, "oracle", days=4, reactive=True)
    taken = [step for step in run if step.taken_up is not None]
    rooms = {day: set(world_on_day(persona, run.world, day).rooms.values()) for day in (1, 2)}
    assert any(step.day > 1 for step in taken)
    for step in taken:
        assert step.taken_up is not None
        assert step.taken_up.place.room in rooms[min(step.day, 2)]
    assert known(run.reaction).patience(known(run.plan)).full == patience_table().full_of(persona.on_day(2))
