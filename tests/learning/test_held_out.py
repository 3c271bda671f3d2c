"""Moments that are kept from a night's training, and the threshold."""

import math

from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import Pair
from propersim.learning.held_out import EVERY, MARGIN, THRESHOLDS, calibrated, is_held_out, mistakes, needs, shares, uncertainty

decisions = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def pairs(wanted):
    return [
        Pair(i, 0, "decision", (), "" if speaks else None, None if speaks else "", "speech" if speaks else "silence")
        for i, speaks in enumerate(wanted)
    ]


def by_step(chances):
    return dict(enumerate(chances))


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_every_fifth_recent_step_is_kept(first, count):
    kept = [index for index in range(first, first + count) if is_held_out(index, first)]
    assert all(index % EVERY == 0 for index in kept)
    assert abs(len(kept) - count / EVERY) < 1
    assert not any(is_held_out(index, first) for index in range(first))


@given(decisions, st.sampled_from(THRESHOLDS))
def test_a_calibrated_threshold_makes_fewer_mistakes_or_is_the_usual_one(rows, usual):
    chances, wanted = by_step(chance for chance, _ in rows), pairs(speaks for _, speaks in rows)
    found = calibrated(chances, wanted, usual)
    before, after = (mistakes(chances, wanted, threshold) for threshold in (usual, found))
    assert after <= before - MARGIN if found != usual else True
    assert all(mistakes(chances, wanted, other) >= min(after, before - MARGIN + 1) for other in THRESHOLDS if other >= usual)


def test_a_model_that_is_too_sure_gets_a_higher_threshold_but_never_a_lower_one():
    chances = by_step([0.62, 0.63, 0.64, 0.95, 0.96, 0.1])
    assert calibrated(chances, pairs([False, False, False, True, True, False]), 0.5) == 0.7
    assert calibrated(by_step([0.4] * 20), pairs([True, False] * 10), 0.5) == 0.5
    assert calibrated(by_step([0.4, 0.1] * 20), pairs([True, False] * 20), 0.5) == 0.5
    assert all(threshold >= 0.5 for threshold in THRESHOLDS)


def test_a_need_is_met_or_missed_once():
    """Three needs of four, two and one moments; the first is met late, the second is missed, the third is met."""
    wanted = [True] * 4 + [False] + [True] * 2 + [False] * 2 + [True]
    chances = by_step([0.1, 0.1, 0.2, 0.9, 0.8, 0.3, 0.4, 0.1, 0.7, 0.9])
    assert needs(pairs(wanted)) == [0, 0, 0, 0, -1, 1, 1, -1, -1, 2]
    assert shares(pairs(wanted)) == [0.25] * 4 + [1, 0.5, 0.5, 1, 1, 1]
    assert mistakes(chances, pairs(wanted), 0.5) == 2 + 1
    assert mistakes(chances, pairs(wanted), 0.95) == 3


def test_a_kept_need_is_met_at_any_of_its_moments_and_others_do_not_count():
    wanted = [True] * 4 + [False] + [True] * 2 + [False] * 2 + [True]
    chances = by_step([0.1, 0.1, 0.2, 0.9, 0.8, 0.3, 0.4, 0.1, 0.7, 0.9])
    # Steps 0 and 5 are moments of the first and second need; the first is met at step 3. The unwelcome steps 4 and 8 do not count.
    assert mistakes(chances, pairs(wanted), 0.5, {0, 5}) == 1
    assert mistakes(chances, pairs(wanted), 0.5, {0, 8}) == 1
    # A step without a chance is silent.
    assert mistakes({3: 0.9}, pairs(wanted), 0.5, {0, 5, 8}) == 1


@given(decisions, st.sampled_from(THRESHOLDS), st.sets(st.integers(0, 60)))
def test_kept_mistakes_are_some_of_all(rows, threshold, kept):
    chances, wanted = by_step(chance for chance, _ in rows), pairs(speaks for _, speaks in rows)
    assert mistakes(chances, wanted, threshold, kept) <= mistakes(chances, wanted, threshold)
    assert mistakes(chances, wanted, threshold, set(chances)) == mistakes(chances, wanted, threshold)


@given(decisions, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_speaks_less(rows, one, other):
    chances, wanted = by_step(chance for chance, _ in rows), pairs(speaks for _, speaks in rows)
    silences = [chances[pair.index] for pair in wanted if pair.won != "speech"]
    low, high = sorted((one, other))
    unwelcome = [sum(chance > threshold for chance in silences) for threshold in (low, high)]
    missed = [mistakes(chances, wanted, threshold) - count for threshold, count in zip((low, high), unwelcome, strict=True)]
    assert unwelcome[0] >= unwelcome[1]
    assert 0 <= missed[0] <= missed[1] <= max(needs(wanted), default=-1) + 1
    assert math.isclose(sum(shares(wanted)), len(silences) + max(needs(wanted), default=-1) + 1)


@given(decisions)
def test_uncertainty_is_least_where_the_right_decision_is_sure(rows):
    chances, wanted = by_step(chance for chance, _ in rows), pairs(speaks for _, speaks in rows)
    sure = by_step(float(speaks) for _, speaks in rows)
    assert uncertainty(sure, wanted) == 0
    assert uncertainty(chances, wanted) >= 0
    if rows:
        assert math.isclose(uncertainty(by_step([0.5] * len(rows)), wanted), math.log(2))
