from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import Candidate, DayFigures, Rating
from propersim.simulation.metrics import DayCounter, DayShown, metrics, ratings_given
from propersim.simulation.simulation import Simulation


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
    assert result["unwelcome"] == day.shown - day.welcome >= 0
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


def spoken(step, text, *others, score=4):
    """The step as it would be if a text had been shown, beside other candidates."""
    values: Any = [int(i < score) for i in range(4)]
    rating = Rating(*values)
    return msgspec.structs.replace(step, candidates=tuple(Candidate(one, rating) for one in (text, *others)), shown=0)


def test_ratings_given_depend_on_the_feedback_mode(personas):
    (step, *_) = Simulation(personas["p01"], "silent", days=1)
    silence, pair = spoken(step, None, "Tea?"), spoken(step, "Tea?", None, "Art?", score=1)
    assert [ratings_given(one) for one in (step, silence, pair)] == [1, 2, 3]
    assert [ratings_given(one, "shown") for one in (step, silence, pair)] == [0, 0, 1]
    counters = DayCounter(1, 2.5), DayCounter(1, 2.5, feedback="shown")
    for counter in counters:
        for one in (silence, pair, pair):
            counter.add(one)
    assert [counter.figures().rated for counter in counters] == [8, 2]
    assert metrics([counter.figures() for counter in counters])["rated"] == 10
    assert metrics([counters[0].figures()])["unwelcome"] == 2
    assert metrics([counters[0].figures(), DayFigures(day=2)])["rated"] is None


@given(st.lists(st.lists(st.sampled_from([None, "a", "b", "c", "d"]), max_size=6), min_size=1, max_size=12))
def test_distinct_is_the_share_of_texts_that_the_week_has_not_seen(personas, said):
    step = next(iter(Simulation(personas["p01"], "silent", days=1)))
    days: list[DayFigures] = []
    weeks: list[DayShown] = []
    for number, texts in enumerate(said, 1):
        counter = DayCounter(number, 2.5, earlier=weeks[-6:])
        for text in texts:
            counter.add(spoken(step, text))
        days.append(counter.figures())
        weeks.append(counter.today)
    new, shown = 0, 0
    for number, texts in enumerate(said):
        week = [text for day in said[max(0, number - 6) : number] for text in day]
        for at, text in enumerate(texts):
            shown += text is not None
            new += text is not None and text not in week + texts[:at]
    assert metrics(days)["distinct"] == (new / shown if shown else None)


def test_distinct_is_not_known_without_the_days_before(personas):
    (step, *_) = Simulation(personas["p01"], "silent", days=1)
    counter = DayCounter(2, 2.5)
    counter.add(spoken(step, "Tea?"))
    assert counter.figures().repeated is None
    assert metrics([counter.figures()])["distinct"] is None
