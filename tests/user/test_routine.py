from collections import Counter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core import clock
from propersim.core.errors import PersonaError, WorldError
from propersim.core.records import DayPlan, from_json, to_json
from propersim.persona.library import load_persona, persona_ids, personas_folder
from propersim.persona.model import Persona
from propersim.persona.parsing import parse_persona
from propersim.simulation.simulation import Simulation
from propersim.user.routine import ON_TIME, SHORTEST, Routine
from propersim.user.rules import Rules
from propersim.user.traits import TAG_WEIGHTS
from propersim.world.catalogue import activities
from propersim.world.floor_plan import load_world, parse_world

HOME = load_world()
days = st.integers(1, 400)
seeds = st.integers(0, 10_000)
ids = st.sampled_from(persona_ids())


def minute(text):
    return clock.parse_time(text, latest=clock.LATEST)


@given(ids, seeds, days)
@settings(max_examples=150)
def test_a_day_is_covered_without_gap_or_overlap(which, seed, day):
    persona = load_persona(which)
    plan = Routine(persona, HOME, seed).plan(day)
    assert all(a.end == b.start for a, b in zip(plan.actions, plan.actions[1:], strict=False))
    assert all(action.minutes >= SHORTEST for action in plan.actions)
    assert abs(plan.wake - minute(persona.lifestyle.wake)) <= 60
    assert abs(plan.sleep - minute(persona.lifestyle.sleep)) <= 60
    assert plan.sleep <= clock.LATEST


@given(ids, seeds, days)
@settings(max_examples=150)
def test_every_requirement_is_done_every_day_in_its_time(which, seed, day):
    persona = load_persona(which)
    plan = Routine(persona, HOME, seed).plan(day)
    for number, need in enumerate(persona.daily_plan):
        (done,) = [action for action in plan.actions if action.source == f"requirement:{number}"]
        assert done.activity == need.activity
        assert done.minutes >= need.minutes
        if need.between:
            assert minute(need.between[0]) <= done.start
            assert done.start + need.minutes <= minute(need.between[1])
        else:
            assert 0 <= done.start - minute(need.at) <= ON_TIME


@given(ids, seeds, days)
@settings(max_examples=100)
def test_stated_times_are_kept_on_their_days(which, seed, day):
    persona = load_persona(which)
    plan = Routine(persona, HOME, seed).plan(day)
    for number, habit in enumerate(persona.lifestyle.habits):
        found = [action for action in plan.actions if action.source == f"habit:{number}"]
        assert len(found) == habit.applies_on(clock.weekday(day))
        for action in found:
            assert 0 <= action.start - minute(habit.at) <= ON_TIME
            assert action.minutes >= habit.minutes


@given(ids, seeds, days)
@settings(max_examples=100)
def test_activities_lie_in_rooms_that_have_their_object(which, seed, day):
    for action in Routine(load_persona(which), HOME, seed).plan(day).actions:
        place = action.place
        assert f"{place.room}/{place.object}" in activities()[action.activity].at
        assert HOME.places[f"{place.room}/{place.object}"] == place


@given(ids, seeds, days, st.sampled_from([1.0, 2.5, 5.0, 10.0]))
@settings(max_examples=30)
def test_the_timestep_changes_only_the_sampling_of_a_day(which, seed, day, timestep):
    persona = load_persona(which)
    fine = Simulation(persona, "silent", seed=seed, days=day, timestep=0.5)
    coarse = Simulation(persona, "silent", seed=seed, days=day, timestep=timestep)
    plan = fine.begin_day(day)
    assert coarse.begin_day(day) == plan
    at = {step.minute: step for step in fine.live(plan)}
    steps = list(coarse.live(plan))
    assert steps
    for step in steps:
        other = at[step.minute]
        assert (step.action, step.x, step.y, step.moment, step.clocks) == (other.action, other.x, other.y, other.moment, other.clocks)
        assert step.candidates == other.candidates
    assert [s.minute for s in steps] == [m for m in at if (m - plan.wake) % timestep == 0]


def test_days_differ_and_habits_recur(personas):
    for persona in personas.values():
        routine = Routine(persona, HOME, 0)
        plans = [routine.plan(day) for day in range(1, 15)]
        shapes = {tuple((a.activity, a.start) for a in plan.actions) for plan in plans}
        assert len(shapes) == 14, persona.id
        common = Counter(name for plan in plans for name in {a.activity for a in plan.actions})
        assert sum(count >= 12 for count in common.values()) >= 4, persona.id


def test_another_seed_gives_another_day():
    persona = load_persona("p01")
    assert Routine(persona, HOME, 0).plan(1) != Routine(persona, HOME, 1).plan(1)
    assert Routine(persona, HOME, 0).plan(3) == Routine(persona, HOME, 0).plan(3)


def test_a_plan_round_trips_through_json_byte_for_byte(personas):
    for persona in personas.values():
        data = to_json(Routine(persona, HOME, 0).plan(1))
        assert to_json(from_json(DayPlan, data)) == data


def test_receptive_spans_agree_with_the_rules_at_every_minute():
    for which in persona_ids():
        persona = load_persona(which)
        rules = Rules(persona).on_day(6)
        plan = Routine(persona, HOME, 5).plan(6)
        for action in plan.actions:
            at = action.start
            while at < action.end:
                inside = any(span.start <= at < span.end for span in plan.receptive)
                assert inside == rules.receptive(action.activity, at), (which, clock.format_time(at))
                at += 1.25


def test_gap_max_is_no_shorter_than_the_longest_time_without_a_window():
    for which in persona_ids():
        plan = Routine(load_persona(which), HOME, 1).plan(2)
        edges = [plan.wake, *(edge for span in plan.receptive for edge in (span.start, span.end)), plan.sleep]
        longest = max(b - a for a, b in zip(edges[::2], edges[1::2], strict=True))
        assert plan.gap_max >= longest + plan.gap_min


def _shares(trait, level, tag):
    """Return the share of free-time actions with a tag, over two weeks of one persona with the trait at a level."""
    total = tagged = 0
    for which in ("p06", "p20", "p32"):
        data = yaml.safe_load((personas_folder() / f"{which}.yaml").read_text(encoding="utf-8"))
        data["big_five"][trait] = level
        routine = Routine(Persona.model_validate(data), HOME, 3)
        for day in range(1, 29):
            for action in routine.plan(day).actions:
                if action.source == "ordinary":
                    total += 1
                    tagged += tag in activities()[action.activity].tags
    return tagged / total


@pytest.mark.parametrize(
    ("trait", "tag"),
    [
        ("conscientiousness", "chore"),
        ("extraversion", "social"),
        ("agreeableness", "helping"),
        ("openness", "learning"),
        ("neuroticism", "rest"),
    ],
)
def test_traits_shape_free_time_as_the_table_says(trait, tag):
    assert TAG_WEIGHTS[(trait, "high")][tag] > 1
    assert _shares(trait, "high", tag) > 1.1 * _shares(trait, "low", tag)


def test_conscientious_personas_are_punctual():
    def lateness(level):
        data = yaml.safe_load((personas_folder() / "p02.yaml").read_text(encoding="utf-8"))
        data["big_five"]["conscientiousness"] = level
        persona = Persona.model_validate(data)
        late = []
        for day in range(1, 29):
            for action in Routine(persona, HOME, 0).plan(day).actions:
                if action.source.startswith("habit:"):
                    late.append(action.start - minute(persona.lifestyle.habits[int(action.source[6:])].at))
        return sum(late) / len(late)

    assert lateness("high") < lateness("low")


def test_overlapping_stated_times_are_rejected():
    text = (personas_folder() / "p01.yaml").read_text(encoding="utf-8").replace('at: "10:40", minutes: 25', 'at: "09:40", minutes: 25')
    with pytest.raises(PersonaError, match="runs into"):
        Routine(parse_persona(text), HOME, 0).plan(1)


def test_a_daily_plan_that_does_not_fit_is_rejected():
    text = (personas_folder() / "p01.yaml").read_text(encoding="utf-8")
    text = text.replace('minutes: 30, between: ["19:15", "20:30"]', 'minutes: 150, between: ["12:00", "16:00"]')
    with pytest.raises(PersonaError, match="no room for"):
        Routine(parse_persona(text), HOME, 0).plan(1)


def test_a_home_without_the_objects_that_the_persona_needs_is_rejected():
    plan = HOME.text.replace("object P = studio/potters_wheel", "object P = studio/statue")
    with pytest.raises(WorldError, match="potters_wheel"):
        Routine(load_persona("p14"), parse_world(plan), 0)
