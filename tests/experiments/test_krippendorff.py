"""Krippendorff's alpha: published examples, and the rules that it follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.experiments.agreement import rater_agreement
from propersim.experiments.krippendorff import alpha, alpha_interval
from tests.known import known

RATINGS = st.lists(st.lists(st.sampled_from([0, 1, None]), min_size=4, max_size=4), min_size=1, max_size=20)


def by_unit(*raters):
    """Return the ratings of each item from the lines of raters, ``.`` for none."""
    return [[None if sign == "." else ord(sign) for sign in unit] for unit in zip(*(line.split() for line in raters), strict=True)]


@pytest.mark.parametrize(
    ("raters", "published"),
    [
        # Krippendorff 2011, examples A (binary, two raters), B (nominal, two raters) and C (nominal, four raters, missing ratings).
        (("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), 0.095),
        (("a a b b d c c c e d d a", "b a b b b c c c e d d d"), 0.692),
        (
            (
                "1 2 3 3 2 1 4 1 2 . . .",
                "1 2 3 3 2 2 4 1 2 5 . 3",
                ". 3 3 3 2 3 4 2 2 5 1 .",
                "1 2 3 3 2 4 4 1 2 5 1 .",
            ),
            0.743,
        ),
    ],
)
def test_alpha_is_that_of_the_published_examples(raters, published):
    assert alpha(by_unit(*raters)) == pytest.approx(published, abs=0.0005)


def test_alpha_is_not_defined_without_pairs_or_without_two_values():
    assert alpha([]) is None
    assert alpha([[0, None], [None, 1]]) is None
    assert alpha([[1, 1], [1, 1]]) is None
    assert alpha([[1, 1], [0, 0]]) == 1
    # Two of four alike, with as many of each value: (4 − 1) × 2 / 8 is taken off.
    assert alpha([[0, 1], [1, 0]]) == pytest.approx(-0.5)


@given(RATINGS, st.permutations(range(4)), st.randoms(use_true_random=False))
def test_the_order_of_raters_and_items_and_the_names_of_values_do_not_count(units, order, rng):
    expected = alpha(units)
    shuffled = rng.sample(units, len(units))
    assert alpha([[unit[at] for at in order] for unit in shuffled]) == pytest.approx(expected)
    assert alpha([[None if value is None else 1 - value for value in unit] for unit in units]) == pytest.approx(expected)
    assert expected is None or expected <= 1


@given(RATINGS)
def test_a_missing_rating_is_as_if_the_rater_were_not_there(units):
    expected = alpha(units)
    assert alpha([[value for value in unit if value is not None] for unit in units]) == pytest.approx(expected)
    assert alpha([*units, [1, None, None, None], [None] * 4]) == pytest.approx(expected)


@given(st.lists(st.integers(0, 1), min_size=2, max_size=30), st.integers(2, 6))
def test_alpha_is_one_where_all_agree(values, raters):
    units = [[value] * raters for value in values]
    assert alpha(units) == (1 if len(set(values)) == 2 else None)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=40, max_size=80))
def test_with_many_items_of_two_raters_alpha_is_near_kappa(pairs):
    kappa, found = rater_agreement(pairs).kappa, alpha(pairs)
    if kappa is not None and found is not None:
        ones = [sum(column) / len(pairs) for column in zip(*pairs, strict=True)]
        # They differ by the raters' rates of 1, which alpha takes to be the same, and by 1/n.
        assert found <= kappa + 1 / len(pairs)
        if abs(ones[0] - ones[1]) < 0.05:
            assert found == pytest.approx(kappa, abs=0.05)


def test_the_interval_holds_alpha_is_reproducible_and_draws_clusters_together():
    units = [[value, value if at % 4 else 1 - value, value] for at, value in enumerate([0, 1, 1, 0, 1] * 8)]
    low, high = known(alpha_interval([[unit] for unit in units]))
    assert low < known(alpha(units)) < high
    assert alpha_interval([[unit] for unit in units]) == (low, high)
    wide = known(alpha_interval([units[at : at + 8] for at in range(0, 40, 8)]))
    assert wide[1] - wide[0] > 0
    # Every unit thrice in a cluster of its own says no more than once.
    thrice = alpha_interval([[unit] * 3 for unit in units])
    assert thrice == pytest.approx((low, high), abs=0.02)
    assert alpha_interval([[unit] for unit in units[:4]]) is None, "too few"
    assert alpha_interval([[[1, 1]] for _ in range(9)]) is None, "all the same"
    assert alpha_interval([[[0, 0]], *([[1, None]] for _ in range(9))]) is None, "one item has two ratings"
