"""Bootstrap intervals of means over personas."""

import numpy as np

from propersim.experiments.bootstrap import difference_interval, mean_interval

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
