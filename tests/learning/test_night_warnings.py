"""Warnings about a night: nothing to train on, malformed suggestions, a day without a welcome recommendation."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.feedback import Feedback, RevealedCandidate, RevealedRating
from propersim.core.records import DayFigures, Night
from propersim.learning.night_warnings import MALFORMED, night_warnings
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation

GOOD_NIGHT = Night(480, 3, adapter="00000480.safetensors", decisions=40, spoken=9, contents=10)
GOOD_DAY = DayFigures(3, steps=400, answers=100, malformed=1)


ACTION = next(iter(Simulation(load_persona("p01"), "silent", days=1, timestep=60.0))).action


def kinds(night=GOOD_NIGHT, figures=GOOD_DAY, day=()):
    return [one.kind for one in night_warnings(night, figures, day)]


def test_a_good_night_has_no_warnings():
    assert night_warnings(GOOD_NIGHT, GOOD_DAY) == []


def test_nothing_to_learn_from():
    (warned,) = night_warnings(Night(480, 3), None)
    assert (warned.at, warned.day, warned.kind) == (480, 3, "no-pairs")
    assert "no preference pairs" in warned.text


@pytest.mark.parametrize("spoken", [0, 40])
def test_one_side_won_everything(spoken):
    """Pairs that all prefer the same option teach a constant answer: the policy begins to collapse."""
    (warned,) = night_warnings(Night(480, 3, adapter="x", decisions=40, spoken=spoken), None)
    assert warned.kind == "no-pairs"
    assert warned.text == f"Trained on 40 pairs; speaking was preferred in {spoken}."
    assert night_warnings(Night(480, 3, adapter="x", decisions=40, spoken=spoken, contents=5), None) == []


@pytest.mark.parametrize(("margin", "accuracy", "warned"), [(-0.03, 0.0, True), (0.4, 0.5, True), (0.0, None, True), (0.4, 0.75, False)])
@pytest.mark.parametrize("loaded", [True, False])
def test_a_training_that_taught_nothing(margin, accuracy, warned, loaded):
    night = msgspec.structs.replace(GOOD_NIGHT, margin=margin, accuracy=accuracy, loaded=loaded)
    found = night_warnings(night, GOOD_DAY)
    assert [one.kind for one in found] == ["nothing-learned"] * warned
    assert all(f"margin {margin:.2f}" in one.text for one in found)


@given(st.integers(0, 200), st.integers(0, 200))
def test_too_many_were_malformed(malformed, others):
    drawn = malformed + others
    expected = drawn > 0 and malformed / drawn > MALFORMED
    found = night_warnings(GOOD_NIGHT, DayFigures(3, malformed=malformed, answers=drawn))
    assert [one.kind for one in found] == ["malformed"] * expected
    assert all(f"{malformed} of {drawn}" in one.text for one in found)


def day_of(*scores: int | None) -> list[Feedback]:
    """Return a day on which a recommendation was shown for each score; None is a rating that is not revealed."""
    ratings = [None if score is None else RevealedRating(*(int(i < score) for i in range(4))) for score in scores]
    return [Feedback(i, 3, 600.0 + i, ACTION, (RevealedCandidate("Tea?", rating=rating),), 0) for i, rating in enumerate(ratings)]


@pytest.mark.parametrize(("scores", "said"), [((2, 3), True), ((2, 4), False), ((), False), ((None, None), False), ((None, 3), True)])
def test_nothing_was_welcome(scores, said):
    """What is not revealed to the assistant is in no warning either."""
    assert kinds(day=day_of(*scores)) == ["no-welcome"] * said


def test_one_recommendation_that_was_not_welcome_is_said_in_words_for_one():
    assert [each.text for each in night_warnings(GOOD_NIGHT, GOOD_DAY, day_of(2))] == [
        "The day's only rated recommendation was not welcome."
    ]


@pytest.mark.parametrize(
    "night",
    [
        pytest.param(msgspec.structs.replace(GOOD_NIGHT, held_out=40, wrong_before=3, wrong_after=5, loaded=False), id="not-used"),
        pytest.param(Night(480, 1, held_out=4, loaded=False), id="too-few-moments"),
        pytest.param(Night(480, 3, held_out=10, wrong_before=1, wrong_after=1, loaded=False), id="too-few-mistakes"),
    ],
)
def test_a_night_that_goes_as_it_should_is_no_reason_for_a_warning(night):
    """The line of the night in the feed says what it did, and why."""
    assert night_warnings(night, None) == []


def test_training_in_the_middle_of_a_day_is_judged_without_the_day():
    assert kinds(figures=None) == []


def test_several_warnings_at_once():
    assert kinds(Night(480, 3), DayFigures(3, answers=10, malformed=10), day_of(1)) == ["no-pairs", "malformed", "no-welcome"]
