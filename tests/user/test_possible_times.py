"""The times at which a persona's routine may have an activity are true upper bounds, and no wider than the plans need."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core import clock
from propersim.persona.library import load_persona, persona_ids
from propersim.persona.model import Persona
from propersim.simulation.unreachable import unreachable_rules
from propersim.user.possible_times import possible_times, waking_time
from propersim.user.routine import Routine
from propersim.world.floor_plan import load_world

WORLD = load_world()
LIN = {"text": "Wakes up at 11am. Stays up past midnight.", "wake": "11:00", "sleep": "27:00", "habits": []}
PLAN = [
    {"text": "watch TV in the morning", "activity": "watch_series", "minutes": 60, "between": ["11:00", "12:00"]},
    {"text": "order takeout for lunch", "activity": "lunch", "minutes": 30, "between": ["11:00", "27:00"]},
    {"text": "play video games before bed", "activity": "video_games", "minutes": 120, "between": ["24:30", "27:00"]},
]


def person(which="p05", rubric=None, **values):
    data = load_persona(which).model_dump(mode="json", exclude_none=True)
    return Persona.model_validate({**data, **values, "rubric": {**data["rubric"], **(rubric or {})}})


def check(persona, seed, day):
    """Check that each action of a day lies within the possible times of its activity."""
    possible = possible_times(persona, WORLD)
    awake = waking_time(persona)
    actions = Routine(persona, WORLD, seed).plan(day).actions
    assert awake.start <= actions[0].start
    assert actions[-1].end <= awake.end
    for action in actions:
        at = int(action.start)
        for start, end in sorted((one.start, one.end) for one in possible[action.activity] if clock.weekday(day) in one.weekdays):
            at = end if start <= at < end else at
        assert at >= action.end, action


@settings(max_examples=15)
@given(st.sampled_from(persona_ids()), st.integers(0, 10**6), st.integers(1, 14))
def test_no_action_is_planned_outside_the_possible_times(name, seed, day):
    check(load_persona(name), seed, day)


@settings(max_examples=15)
@given(st.sampled_from(persona_ids()), st.integers(0, 10**6), st.integers(1, 14), st.integers(0, 59))
def test_nor_where_hours_are_late_and_off_the_grid(name, seed, day, minute):
    habit = {"text": "feed the cat", "activity": "lunch", "at": f"13:{minute:02}", "minutes": 15 + minute % 7}
    check(person(name, lifestyle={**LIN, "habits": [habit]}, daily_plan=[PLAN[0], PLAN[2]]), seed, day)
    check(person(name, lifestyle=LIN, daily_plan=PLAN), seed, day)


def test_a_daily_requirement_ends_with_its_window():
    """Not later by what a habit may be late; 5 minutes that are too short for an action may follow."""
    late = person(lifestyle=LIN, daily_plan=PLAN)
    assert max(one.end for one in possible_times(late, WORLD)["lunch"]) == 27 * 60 + 5
    noon = person(lifestyle=LIN, daily_plan=[{**PLAN[1], "between": ["12:00", "13:00"]}])
    assert max(one.end for one in possible_times(noon, WORLD)["lunch"] if one.start == 12 * 60) == 13 * 60 + 5


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [("03:05", "03:15", True), ("03:10", "04:00", True), ("02:30", "03:00", False), ("12:00", "13:00", False)],
)
def test_a_window_after_the_last_lunch_never_comes(start, end, wanted):
    windows = [{"start": start, "end": end, "during": ["lunch"]}, {"during": ["lunch"]}]
    found = unreachable_rules(person(lifestyle=LIN, daily_plan=PLAN, rubric={"timing": {"text": "-", "windows": windows}}))
    assert any("timing.windows" in line and start in line for line in found) is wanted


def test_waking_hours_are_those_of_the_traits():
    """Falling asleep differs by what the table of the traits says, not by an hour."""
    careful = person(lifestyle=LIN, daily_plan=PLAN, big_five={**load_persona("p05").big_five.model_dump(), "conscientiousness": "high"})
    assert waking_time(careful)[:2] == (11 * 60 - 5, 27 * 60 + 5)
