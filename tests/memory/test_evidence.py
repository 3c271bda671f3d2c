"""Evidence: counts of revealed ratings, told to models and people."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.clock import weekday
from propersim.core.feedback import FeedbackMode
from propersim.core.records import Rating
from propersim.memory.evidence import BESIDE, NEAR, Evidence
from propersim.memory.evidence_tables import HOUR, Tally
from propersim.memory.evidence_text import counts, verdict, verdicts
from propersim.memory.state import AssistantState
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation
from tests.memory.feeding import fed

STEPS = list(Simulation(load_persona("p11"), "random", seed=3, days=3, timestep=5.0))
COMPLETE, SHOWN = FeedbackMode(), FeedbackMode("shown")


def at(memory, step):
    return memory.at(step.day, step.minute, step.action.activity, step.action.start)


def tally(values):
    values = list(values)
    return Tally(sum(map(bool, values)), sum(not value for value in values))


@given(st.integers(1, len(STEPS) - 1))
@settings(max_examples=25, deadline=None)
def test_the_counts_are_those_of_the_rated_steps(index):
    """All counts equal those made anew from the steps before."""
    now, before = STEPS[index], STEPS[:index]
    found = at(fed(before), now)
    earlier = [step for step in before if step.day < now.day]
    spoken = [(step, step.rating) for step in earlier if step.spoke]
    near = {width: [s for s, _ in spoken if abs(s.minute - now.minute) <= width] for width in NEAR}
    assert found.clock == tuple(tally(s.rating.timing for s in near[width]) for width in NEAR)
    weekend = weekday(now.day) >= 5
    assert found.kind[1] == tally(s.rating.timing for s in near[NEAR[2]] if (weekday(s.day) >= 5) == weekend)
    assert found.before == tally(s.rating.timing for s, _ in spoken if 0 < now.minute - s.minute <= BESIDE)
    assert found.activity[0] == tally(s.rating.timing for s, _ in spoken if s.action.activity == now.action.activity)
    silent = [step for step in earlier if not step.spoke and abs(step.minute - now.minute) <= NEAR[2]]
    assert found.missed_clock == tally(not s.rating.timing for s in silent)
    today = [step for step in before if step.day == now.day]
    assert found.shown == sum(step.spoke for step in today)
    last = [step.minute for step in today if step.spoke]
    assert found.gap == (now.minute - last[-1] if last else None)
    topic = found.topics[0]
    said = [step for step in before if step.spoke and step.answer.topic == topic.name]
    assert topic.ever == tally(s.rating.preference for s in said)
    assert topic.here.total <= sum(s.action.activity == now.action.activity and abs(s.minute - now.minute) <= HOUR + 5 for s in said)
    assert [one.chance for one in found.topics] == sorted((one.chance for one in found.topics), reverse=True)


@given(st.integers(0, len(STEPS) - 1), st.floats(0.01, 4))
@settings(max_examples=25, deadline=None)
def test_optimism_raises_the_chances_of_topics_that_were_never_rated_here_and_no_others(index, optimism):
    plain, hopeful = (at(fed(STEPS[:index], optimism=amount), STEPS[index]) for amount in (0.0, optimism))
    chances = {one.name: one.chance for one in plain.topics}
    for one in hopeful.topics:
        hoped = one.chance if one.here.total else (one.chance * (1 + optimism) - optimism)
        assert hoped == pytest.approx(chances[one.name])
        assert one.chance > chances[one.name] or one.here.total
    assert [one.chance for one in hopeful.topics] == sorted((one.chance for one in hopeful.topics), reverse=True)
    assert replace(hopeful, topics=()) == replace(plain, topics=())


@given(st.data())
@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize(
    "mode", [SHOWN, FeedbackMode("shown", delayed=True), FeedbackMode(by_person=0)], ids=["shown", "delayed", "person"]
)
def test_ratings_that_are_not_revealed_change_nothing(mode, data):
    bits = st.integers(0, 1)
    others = st.builds(Rating, bits, bits, bits, bits)
    changed = []
    for step in STEPS[:200]:
        hidden = not step.spoke or mode.by_person is not None
        candidates = [msgspec.structs.replace(one, rating=data.draw(others)) if hidden else one for one in step.candidates]
        changed.append(msgspec.structs.replace(step, candidates=tuple(candidates)))
    assert at(fed(changed, mode), STEPS[200]) == at(fed(STEPS[:200], mode), STEPS[200])


def test_ratings_that_come_at_night_count_from_the_next_day_on():
    first = [step for step in STEPS if step.day == 1]
    noon, tomorrow = first[len(first) // 2], next(step for step in STEPS if step.day == 2)
    late, soon = fed(first, FeedbackMode(delayed=True)), fed(first)
    assert at(fed(first[: len(first) // 2], FeedbackMode(delayed=True)), noon).pace == Tally()
    for one in FeedbackMode(delayed=True).at_night([COMPLETE.reveal(step) for step in first]):
        late.reveal(one)
    assert at(late, tomorrow) == at(soon, tomorrow)
    with pytest.raises(ValueError, match="no ratings to be revealed"):
        late.reveal(COMPLETE.reveal(first[0]))


def test_noise_flips_a_dimension_of_all_candidates_of_a_step():
    noisy = FeedbackMode(noise=0.3, seed=5)
    flipped = 0
    for step in STEPS:
        clean, feedback = COMPLETE.reveal(step), noisy.reveal(step)
        assert feedback == noisy.reveal(step)
        flips = set()
        for one, other in zip(clean.candidates, feedback.candidates, strict=True):
            assert replace(one, rating=None) == replace(other, rating=None)
            flips.add(
                tuple(getattr(one.rating, n) != getattr(other.rating, n) for n in ("preference", "timing", "frequency", "communication"))
            )
        assert len(flips) == 1
        flipped += sum(flips.pop())
    assert 0.25 < flipped / (4 * len(STEPS)) < 0.35


@pytest.mark.parametrize(
    ("yes", "no", "said"), [(0, 0, "unknown"), (5, 1, "right"), (1, 5, "wrong"), (1, 1, "mixed"), (7, 3, "right"), (3, 7, "wrong")]
)
def test_a_tally_becomes_a_verdict(yes, no, said):
    assert verdict(Tally(yes, no), "right", "wrong") == said


def test_evidence_is_told_in_words():
    nothing = " ".join(verdicts(Evidence()))
    assert "This clock time: unknown." in nothing
    assert "Last suggestion today: none yet." in nothing
    assert counts(Evidence())[0].startswith("timing was right within 16 minutes of this clock time: unknown")
    full = at(fed(STEPS[:-1]), STEPS[-1])
    assert full.clock[2] == Tally(0, 4)
    assert verdicts(full)[0] == "This clock time: not receptive."
    assert "topics, best first: " in " ".join(counts(full))
    assert msgspec.json.decode(msgspec.json.encode(full), type=Evidence) == full
    assert AssistantState(0.0, 0, "a", "a", "kitchen", 1).evidence is None
