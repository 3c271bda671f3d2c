"""How far a person and the judge agree, against the textbook's sums."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import DIMENSIONS, Rating
from propersim.experiments.agreement import RaterAgreement, agreement, rater_agreement
from tests.known import known
from tests.tui import story

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=60)
BITS = st.tuples(*(st.integers(0, 1) for _ in range(4)))
STEPS = story.day_steps(1, 0)[:40]


def textbook(pairs):
    """Cohen (1960): (p_o − p_e) / (1 − p_e), in fractions."""
    n = len(pairs)
    if not n:
        return None
    observed = Fraction(sum(a == b for a, b in pairs), n)
    by_chance = sum(Fraction(sum(a == k for a, _ in pairs), n) * Fraction(sum(b == k for _, b in pairs), n) for k in (0, 1))
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


@given(PAIRS)
def test_it_is_cohens_kappa(pairs):
    found, kappa = rater_agreement(pairs), textbook(pairs)
    if kappa is None:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(float(kappa))
        assert -1 <= known(found.kappa) <= 1


@given(PAIRS.filter(bool))
def test_who_is_who_does_not_matter_nor_what_is_called_1(pairs):
    assert (
        rater_agreement(pairs)
        == rater_agreement([(b, a) for a, b in pairs])
        == rater_agreement([(1 - a, 1 - b) for a, b in pairs])
        == rater_agreement(pairs[::-1])
    )
    turned = rater_agreement([(a, 1 - b) for a, b in pairs])
    assert known(rater_agreement(pairs).share) + known(turned.share) == pytest.approx(1)


@given(st.lists(st.integers(0, 1), min_size=1))
def test_the_same_throughout_is_1_where_both_values_occur_and_undefined_where_not(values):
    found = rater_agreement([(value, value) for value in values])
    assert found.share == 1
    assert found.kappa == (1 if len(set(values)) == 2 else None)


def test_known_figures():
    assert rater_agreement([]) == RaterAgreement(None, None)
    assert rater_agreement([(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15) == RaterAgreement(0.7, pytest.approx(0.4))  # type: ignore[arg-type]
    assert rater_agreement([(1, 0)] * 9) == RaterAgreement(0, 0)


@given(st.lists(st.tuples(BITS, BITS, st.booleans()), max_size=40))
def test_of_steps_it_counts_those_that_a_person_rated(rows):
    steps, both = [], []
    for step, (mine, theirs, by_hand) in zip(STEPS, rows, strict=False):
        said = msgspec.structs.replace(step.answer, rating=Rating(*mine))
        steps.append(msgspec.structs.replace(step, candidates=(said,), judged=Rating(*theirs) if by_hand else None))
        both += [(mine, theirs)] if by_hand else []
    found = agreement(steps)
    assert found.rated == len(both)
    columns = [[(mine[i], theirs[i]) for mine, theirs in both] for i in range(4)]
    assert found.dimensions == tuple(rater_agreement(column) for column in columns)
    assert found.overall == rater_agreement([pair for column in columns for pair in column])
    plain = found.to_dict()
    assert list(plain) == ["rated", "rated_anew", "overall", *DIMENSIONS]
    assert agreement(steps, [step.index for step in steps[::2]]).anew == sum(step.judged is not None for step in steps[::2])
    if both:
        assert found.overall.share == pytest.approx(sum(known(one.share) for one in found.dimensions) / 4)
        assert plain["timing"] == {"share": found.dimensions[1].share, "kappa": found.dimensions[1].kappa if found.enough else None}
