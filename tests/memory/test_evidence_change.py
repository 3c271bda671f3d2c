"""Evidence is forgotten where a day's ratings contradict the earlier ones, and only there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.feedback import Feedback, FeedbackMode
from propersim.memory.evidence import EvidenceMemory
from propersim.memory.evidence_change import ENOUGH, MARGIN, PRIOR, ChangeCheck
from propersim.memory.evidence_tables import Tally
from propersim.memory.evidence_text import counts
from propersim.persona.drift import load_run_persona
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation

CLEAR, UNCLEAR = Tally(9, 1), Tally(5, 5)


def fed(steps, mode):
    memory = EvidenceMemory()
    today: list[Feedback] = []
    for step in steps:
        seen = mode.reveal(step)
        if today and today[-1].day != seen.day:
            for one in mode.at_night(today):
                memory.reveal(one)
            today = []
        today.append(seen)
        memory.observe(mode.at_once(seen))
    return memory


def evidence(memory, steps):
    last = steps[-1]
    return memory.at(last.day + 1, last.minute, last.action.activity, last.action.start)


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_change_needs_enough_contradictions(contradictions, agreements):
    check = ChangeCheck()
    for _ in range(contradictions):
        check.compare(CLEAR, False)
    for _ in range(agreements):
        check.compare(CLEAR, True)
    for _ in range(50):
        check.compare(UNCLEAR, False)
        check.compare(Tally(1, 0), False)
    total = contradictions + agreements
    assert check.end_day() == (total >= ENOUGH and contradictions / total > PRIOR[0] / PRIOR[1] + MARGIN)
    assert not check.end_day()


@given(st.floats(0, 0.6), st.integers(ENOUGH, 300))
def test_ratings_that_always_contradict_each_other_are_no_change(share, number):
    """Noise is told from a change by the days before: after a few of them, it never counts as one."""
    check = ChangeCheck()
    told = []
    for _ in range(30):
        for index in range(number):
            check.compare(CLEAR, index >= share * number)
        told.append(check.end_day())
    if share <= PRIOR[0] / PRIOR[1] + MARGIN - 0.01:
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
    assert {"topics", "tones"} <= set(changed)
    assert set(changed.values()) == {8}
    since = fed([step for step in steps if step.day >= 8], mode)
    fresh = evidence(since, steps)
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
