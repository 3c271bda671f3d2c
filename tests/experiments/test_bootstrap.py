"""Bootstrap intervals of means over personas."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.experiments.bootstrap import FEWEST, LEVEL, RESAMPLES, difference_interval, mean_interval, mean_intervals
from tests.known import known

SINGLE = {f"p{number:02}": [number / 7] for number in range(8)}
SEEDS = {f"p{number:02}": [number / 7, number * number % 5] for number in range(8)}


def test_intervals_are_those_that_scipy_drew():
    # scipy.stats.bootstrap, percentile, 2,000 resamples, seed 0; version 1.17.1.
    interval = mean_interval(SEEDS)
    assert interval is not None
    assert np.allclose(interval, (0.49977678571428613, 2.062946428571426))


def test_an_interval_holds_the_mean_and_is_the_same_again():
    interval = mean_interval(SINGLE)
    assert interval is not None
    assert interval[0] < 0.5 < interval[1]
    assert interval == mean_interval(SINGLE)
    interval = difference_interval(SINGLE, {name: [2.0] for name in list(SINGLE)[:6]})
    assert interval is not None
    assert interval[0] < -1.5 < interval[1]
    assert mean_interval(dict(list(SINGLE.items())[:4])) is None


def by_loops(groups):
    """The interval of the mean, or of a difference of means, drawn one seed after another."""
    rng = np.random.default_rng(0)
    chosen = [rng.integers(0, len(values), (RESAMPLES, len(values))) for values in groups]
    means = []
    for values, which in zip(groups, chosen, strict=True):
        counts = np.array([len(seeds) for seeds in values.values()])
        table = np.zeros((len(counts), counts.max()))
        for place, seeds in enumerate(values.values()):
            table[place, : len(seeds)] = seeds
        total = np.zeros(which.shape)
        for draw in range(counts.max()) if counts.max() > 1 else ():
            total += np.where(draw < counts[which], table[which, rng.integers(0, counts[which])], 0.0)
        means.append((total / counts[which] if counts.max() > 1 else table[which, 0]).mean(axis=-1))
    return np.quantile(means[0] - means[1] if len(means) == 2 else means[0], ((1 - LEVEL) / 2, (1 + LEVEL) / 2))


@given(counts=st.lists(st.lists(st.integers(1, 4), min_size=FEWEST, max_size=9), min_size=2, max_size=2), alike=st.booleans())
@settings(max_examples=25, deadline=None)
def test_intervals_are_drawn_as_before_for_any_numbers_of_seeds(counts, alike):
    chance = np.random.default_rng(5)
    first, second = (
        {f"p{place}": list(chance.normal(size=max(each) if alike else number)) for place, number in enumerate(each)} for each in counts
    )
    assert np.allclose(known(mean_interval(first)), by_loops([first]), rtol=0, atol=1e-12)
    assert np.allclose(known(difference_interval(first, second)), by_loops([first, second]), rtol=0, atol=1e-12)


def test_an_interval_is_the_same_alone_and_together_with_others():
    chance = np.random.default_rng(3)
    figures = {str(n): {f"p{p}": list(chance.normal(size=3)) for p in range(11)} for n in range(11)}
    together = mean_intervals(figures)
    assert together == {name: mean_interval(values) for name, values in figures.items()}
