"""The simulated users of HomeLM's corpus, and what is taken from their lives."""

import random
from itertools import islice

import pytest

from propersim.core.clock import parse_time
from propersim.persona.library import load_persona, persona_ids
from propersim.persona.model import Persona
from propersim.pretraining.lives import Life
from propersim.pretraining.users import RECEPTIVE, routine_of, simulated_user

USERS = [simulated_user(random.Random(number)) for number in range(40)]


def rules(persona: Persona) -> tuple[str, ...]:
    """Return the parts of a rubric's rules, and the lifestyle, without their words."""
    rubric = persona.rubric
    return (
        str(rubric.preference.likes),
        str(rubric.timing.windows),
        str(sorted(rubric.communication.tones) + sorted(rubric.communication.avoid) + sorted(rubric.communication.boundaries)),
        f"{rubric.frequency.band} {rubric.frequency.gap_min}",
    )


def life(persona: Persona) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return persona.lifestyle.wake, persona.lifestyle.sleep, tuple((habit.activity, habit.at) for habit in persona.lifestyle.habits)


def test_no_user_has_the_rubric_or_the_lifestyle_of_a_persona():
    personas = [load_persona(name) for name in persona_ids()]
    assert len(personas) == 32
    rubrics, lives = {rules(one) for one in personas}, {life(one) for one in personas}
    likes = {rules(one)[0] for one in personas}
    for pair in USERS:
        for user in pair:
            assert rules(user) not in rubrics
            assert rules(user)[0] not in likes
            assert life(user) not in lives


def test_users_differ_in_everything_that_a_rubric_can_say():
    users = [user for pair in USERS for user in pair]
    assert 0.4 < sum(user.conditional for user in users) / len(users) < 0.95
    windows = [window for user in users for window in user.rubric.timing.windows]
    assert any(window.start is None for window in windows)
    assert any(window.during is None for window in windows)
    assert any(window.days for window in windows)
    assert any(user.rubric.frequency.on_days for user in users)
    assert {user.rubric.frequency.max_per_day for user in users} >= {1, 2, 4, 8}
    assert max(user.rubric.frequency.max_per_day for user in users) >= 16
    assert any(parse_time(user.lifestyle.wake) >= 10 * 60 for user in users)


def test_both_rubrics_of_a_user_can_be_lived():
    for first, second in USERS[:10]:
        assert first.lifestyle == second.lifestyle
        assert first.rubric != second.rubric
        for persona in (first, second):
            plans = [routine_of(persona, 0).plan(day) for day in range(1, 8)]
            share = sum(span.minutes for plan in plans for span in plan.receptive) / sum(plan.sleep - plan.wake for plan in plans)
            assert RECEPTIVE[0] <= share <= RECEPTIVE[1]


@pytest.mark.parametrize("number", range(4))
def test_a_life_gives_weighed_moments(number):
    """The same user gives the same moments; each says how likely it is that a recommendation is right."""
    moments = list(islice(Life(random.Random(number)).moments(), 150))
    assert moments == list(islice(Life(random.Random(number)).moments(), 150))
    assert all(0 <= moment.right <= 1 <= moment.weight for moment in moments)
    assert all(moment.state.evidence is not None for moment in moments)
    assert len({moment.state.minute for moment in moments}) > 50


@pytest.mark.slow
def test_evidence_tells_when_a_recommendation_is_right():
    """Where ratings say that the user is receptive at this clock time, recommendations are right far more often than elsewhere."""
    good = bad = 0.0
    counts = [0.0, 0.0]
    for number in range(6):
        for moment in Life(random.Random(100 + number)).moments():
            evidence = moment.state.evidence
            assert evidence is not None
            known = evidence.clock[1]
            if known.total < 3:
                continue
            receptive = known.yes > known.no
            counts[receptive] += moment.weight
            good, bad = good + moment.weight * moment.right * receptive, bad + moment.weight * moment.right * (not receptive)
    assert good / counts[True] > 4 * bad / counts[False]
