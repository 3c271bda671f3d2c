"""Warnings about a night: nothing to train on, malformed suggestions, a day without a welcome recommendation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import DayFigures, Night
from propersim.learning.night_warnings import MALFORMED, night_warnings

GOOD_NIGHT = Night(480, 3, adapter="00000480.safetensors", decisions=40, spoken=9, contents=10)
GOOD_DAY = DayFigures(3, steps=400, welcome=4, oracle_shown=9, answers=100, malformed=1)


def kinds(night=GOOD_NIGHT, figures=GOOD_DAY):
    return [one.kind for one in night_warnings(night, figures)]


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


@given(st.integers(0, 200), st.integers(0, 200))
def test_too_many_were_malformed(malformed, others):
    drawn = malformed + others
    expected = drawn > 0 and malformed / drawn > MALFORMED
    found = night_warnings(GOOD_NIGHT, DayFigures(3, welcome=1, malformed=malformed, answers=drawn))
    assert [one.kind for one in found] == ["malformed"] * expected
    assert all(f"{malformed} of {drawn}" in one.text for one in found)


@pytest.mark.parametrize(("welcome", "oracle", "said"), [(0, 9, True), (1, 9, False), (0, 0, False)])
def test_nothing_was_welcome_where_something_could_have_been(welcome, oracle, said):
    assert kinds(figures=DayFigures(3, welcome=welcome, oracle_shown=oracle)) == ["no-welcome"] * said


def test_training_in_the_middle_of_a_day_is_judged_without_the_day():
    assert kinds(figures=None) == []


def test_several_warnings_at_once():
    assert kinds(Night(480, 3), DayFigures(3, oracle_shown=2, answers=10, malformed=10)) == ["no-pairs", "malformed", "no-welcome"]
