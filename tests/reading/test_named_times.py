"""Times of day and weekdays that a recommendation names and that do not fit the present one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.reading.named_times import misplaced_time
from tests.reading.test_classifier import rows


def right(row: dict[str, Any]) -> bool:
    found = misplaced_time(row["text"], row["minute"], row["weekday"])
    return found is None if row["named"] is None else found is not None and row["named"] in found


# The held-out half was scored once: 36 of 39 (docs/concepts/reading.md).
@pytest.mark.parametrize(("half", "least"), [("dev", 0.97), ("held", 0.92)])
def test_labelled_cases(half: str, least: float) -> None:
    cases = rows("named_times", half)
    assert len(cases) >= 30
    assert sum(map(right, cases)) >= least * len(cases)


@given(st.text(max_size=300), st.floats(0, 1680), st.integers(0, 6))
def test_any_text(text: str, minute: float, weekday: int) -> None:
    assert misplaced_time(text, minute, weekday) is None or misplaced_time(text, minute, weekday) != ""


@given(st.floats(240, 1439), st.sampled_from(["Begin the morning with a walk.", "Sort the post this morning."]), st.integers(0, 6))
def test_the_morning_is_over_at_noon(minute: float, text: str, weekday: int) -> None:
    assert misplaced_time(text, minute, weekday) == (None if minute < 720 else "the morning")


@given(st.floats(240, 1439), st.integers(0, 6))
def test_a_plan_for_tomorrow_or_tonight_always_fits(minute: float, weekday: int) -> None:
    for text in ("Tomorrow morning, a walk might be nice.", "You could watch a film tonight.", "Visit the market on Saturday morning."):
        assert misplaced_time(text, minute, weekday) is None
