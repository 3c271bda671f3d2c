"""Moments that are kept from a night's training, and the threshold."""

import math

from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import Pair
from propersim.learning.held_out import EVERY, MARGIN, THRESHOLDS, calibrated, is_held_out, mistakes, uncertainty

decisions = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def pairs(wanted):
    return [
        Pair(i, 0, "decision", (), "" if speaks else None, None if speaks else "", "speech" if speaks else "silence")
        for i, speaks in enumerate(wanted)
    ]


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_every_fifth_recent_step_is_kept(first, count):
    kept = [index for index in range(first, first + count) if is_held_out(index, first)]
    assert all(index % EVERY == 0 for index in kept)
    assert abs(len(kept) - count / EVERY) < 1
    assert not any(is_held_out(index, first) for index in range(first))


@given(decisions, st.sampled_from(THRESHOLDS))
def test_a_calibrated_threshold_makes_fewer_mistakes_or_is_the_usual_one(rows, usual):
    chances, wanted = [chance for chance, _ in rows], pairs(speaks for _, speaks in rows)
    found = calibrated(chances, wanted, usual)
    before, after = (mistakes(chances, wanted, threshold) for threshold in (usual, found))
    assert after <= before - MARGIN if found != usual else True
    assert all(mistakes(chances, wanted, other) >= min(after, before - MARGIN + 1) for other in THRESHOLDS)


def test_a_model_that_is_too_sure_gets_a_higher_threshold():
    chances = [0.62, 0.63, 0.64, 0.95, 0.96, 0.1]
    assert calibrated(chances, pairs([False, False, False, True, True, False]), 0.5) == 0.7
    assert calibrated(chances, pairs([True] * 5 + [False]), 0.5) == 0.5


@given(decisions)
def test_uncertainty_is_least_where_the_right_decision_is_sure(rows):
    chances, wanted = [chance for chance, _ in rows], pairs(speaks for _, speaks in rows)
    sure = [float(speaks) for _, speaks in rows]
    assert uncertainty(sure, wanted) == 0
    assert uncertainty(chances, wanted) >= 0
    if rows:
        assert math.isclose(uncertainty([0.5] * len(rows), wanted), math.log(2))
