import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import DayFigures
from propersim.simulation.metrics import metrics


@st.composite
def figures(draw):
    steps = draw(st.integers(1, 500))
    shown = draw(st.integers(0, steps))
    welcome = draw(st.integers(0, shown))
    success = draw(st.integers(welcome, shown))
    dims = tuple(draw(st.integers(0, steps)) for _ in range(4))
    silent = draw(st.integers(0, 4 * steps))
    oracle = draw(st.integers(silent, 4 * steps))
    return DayFigures(
        day=1, steps=steps, hours=steps / 24, dimensions=dims, shown=shown, welcome=welcome, success=success, silent=silent,
        oracle=oracle, oracle_shown=draw(st.integers(0, 40)), answers=steps, in_band=draw(st.booleans()),
    )  # fmt: skip


@given(figures())
def test_metrics_are_in_range_and_consistent(day):
    result = metrics([day])
    assert 0 <= result["score"] <= 4
    assert result["score"] == pytest.approx(sum(result[d] for d in ("preference", "timing", "frequency", "communication")))
    for name in ("precision", "recall", "f1", "success_rate"):
        assert result[name] is None or 0 <= result[name] <= 1
    assert result["false_alarms"] >= 0
    assert result["missed_needs"] >= 0
    if result["precision"] and result["recall"] and day.welcome <= day.oracle_shown:
        assert result["f1"] == pytest.approx(2 * result["precision"] * result["recall"] / (result["precision"] + result["recall"]))


@given(st.lists(figures(), min_size=1, max_size=5))
def test_metrics_of_days_pool_counts_and_sums(days):
    result = metrics(days)
    steps = sum(d.steps for d in days)
    assert result["steps"] == steps
    assert result["score"] == pytest.approx(sum(sum(d.dimensions) for d in days) / steps)
    shown, wanted, welcome = (sum(getattr(d, n) for d in days) for n in ("shown", "oracle_shown", "welcome"))
    if shown + wanted:
        assert result["f1"] == pytest.approx(2 * min(welcome, wanted) / (shown + wanted))


def test_a_ratio_without_denominator_is_none():
    quiet = metrics([DayFigures(day=1, steps=10, hours=1, dimensions=(10, 10, 10, 10), silent=40, oracle=40)])
    for name in ("precision", "recall", "f1", "success_rate", "score_spoken", "content", "headroom", "malformed"):
        assert quiet[name] is None
    assert quiet["shown"] == 0
    empty = metrics([])
    assert empty["score"] is None
    assert empty["in_band"] is None


def test_f1_is_zero_where_only_one_side_shows_something():
    assert metrics([DayFigures(day=1, steps=10, shown=3)])["f1"] == 0
    assert metrics([DayFigures(day=1, steps=10, oracle_shown=3)])["f1"] == 0


def test_headroom_needs_a_difference_between_the_controls():
    assert metrics([DayFigures(day=1, steps=100, dimensions=(0, 0, 0, 0), silent=391, oracle=400)])["headroom"] is None
    assert metrics([DayFigures(day=1, steps=100, dimensions=(95, 95, 95, 95), silent=360, oracle=400)])["headroom"] == pytest.approx(0.5)
