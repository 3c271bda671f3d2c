"""Evidence is forgotten where a day's ratings contradict the earlier ones, and only there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.feedback import FeedbackMode
from propersim.memory.evidence_change import PRIOR, USUAL, ChangeCheck
from propersim.memory.evidence_tables import Tally
from propersim.memory.evidence_text import counts
from propersim.persona.drift import load_run_persona
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation
from tests.memory.feeding import fed

CLEAR, UNCLEAR = Tally(9, 1), Tally(5, 5)


def evidence(memory, steps):
    last = steps[-1]
    return memory.at(last.day + 1, last.minute, last.action.activity, last.action.start)


def settled(enough=30, margin=0.2):
    """Return a check that has seen a day without contradictions."""
    check = ChangeCheck(enough, margin)
    for _ in range(USUAL):
        check.compare(CLEAR, True)
    assert not check.end_day()
    return check


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([(30, 0.2), (100, 0.3)]))
def test_a_change_needs_enough_contradictions(contradictions, agreements, limits):
    check = settled(*limits)
    for rating, count in ((False, contradictions), (True, agreements)):
        for _ in range(count):
            check.compare(CLEAR, rating)
    for _ in range(50):
        check.compare(UNCLEAR, False)
        check.compare(Tally(1, 0), False)
    total, usual = contradictions + agreements, PRIOR[0] / (PRIOR[1] + USUAL)
    assert check.end_day() == (total >= limits[0] and contradictions / total > usual + limits[1])
    assert not check.end_day()


@given(st.integers(30, 400))
def test_the_first_days_tell_no_change(number):
    """It must be known first how often ratings contradict each other anyway."""
    check = ChangeCheck(30, 0.2)
    for _ in range(number):
        check.compare(CLEAR, False)
    assert not check.end_day()


@given(st.floats(0, 0.6), st.integers(30, 300))
def test_ratings_that_always_contradict_each_other_are_no_change(share, number):
    """Noise is told from a change by the days before."""
    check = ChangeCheck(30, 0.3)
    told = []
    for _ in range(30):
        for index in range(number):
            check.compare(CLEAR, index >= share * number)
        told.append(check.end_day())
    if share <= 0.3:
        assert not any(told)


@pytest.mark.parametrize(
    "mode", [FeedbackMode(), FeedbackMode(delayed=True), FeedbackMode(noise=0.1, seed=1)], ids=["complete", "late", "noisy"]
)
@pytest.mark.parametrize("persona", ["p04", "p05"])
def test_a_user_who_changes_is_noticed_on_that_day_and_no_other_is(persona, mode):
    steady = list(Simulation(load_persona(persona), "eager", seed=2, days=9, timestep=5.0))
    memory = fed(steady, mode)
    assert evidence(memory, steady).changed == ()
    steps = list(Simulation(load_run_persona(persona, drift=8), "eager", seed=2, days=9, timestep=5.0))
    memory = fed(steps, mode)
    found = evidence(memory, steps)
    changed = dict(found.changed)
    assert "tones" in changed
    assert set(changed.values()) == {8}
    since = fed([step for step in steps if step.day >= 8], mode)
    fresh = evidence(since, steps)
    if "topics" in changed:
        assert found.topics == fresh.topics
    assert found.tones == fresh.tones
    if "times" in changed:
        assert (found.clock, found.kind, found.activity, found.missed_clock, found.recent) == (
            fresh.clock, fresh.kind, fresh.activity, fresh.missed_clock, fresh.recent,
        )  # fmt: skip
    if "gaps" in changed:
        assert (found.pace, found.too_soon, found.soon_enough, found.full) == (fresh.pace, fresh.too_soon, fresh.soon_enough, fresh.full)
    assert sum("day 8 contradicted" in text for text in counts(found)) == len(changed)


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([1, 3, 4, 6]), st.integers(0, 3))
def test_few_ratings_are_forgotten_never(days, seed):
    """With ratings of what was shown alone, a day has too few to tell a change."""
    steps = list(Simulation(load_persona("p04"), "random", seed=seed, days=days))
    memory = fed(steps, FeedbackMode("shown"))
    assert evidence(memory, steps).changed == ()
