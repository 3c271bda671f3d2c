"""Confidence intervals of means over personas, by bootstrap: personas are drawn anew, and within each of them its seeds.

A persona that was run with one seed only brings no spread of its own, so intervals over such personas are a little too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Interval = tuple[float, float]
Values = Mapping[str, Sequence[float]]
"""For each persona the values of its seeds."""

LEVEL: Final = 0.95
RESAMPLES: Final = 2_000
FEWEST: Final = 5
"""Personas below which no interval is given."""


def mean_interval(values: Values) -> Interval | None:
    """Return the interval of the mean over personas; None for fewer than :data:`FEWEST`."""
    return _interval([values], lambda mean: mean)


def difference_interval(values: Values, others: Values) -> Interval | None:
    """Return the interval of the mean over some personas less that over other ones; None where either are too few."""
    return _interval([values, others], lambda mean, other: mean - other)


def _interval(groups: Sequence[Values], statistic: Callable[..., Any]) -> Interval | None:
    if any(len(values) < FEWEST for values in groups):
        return None
    import numpy as np
    from scipy.stats import bootstrap

    # One stream for all draws: the same values always give the same interval.
    rng = np.random.default_rng(0)
    drawing = [_drawing(values, rng) for values in groups]

    def of_drawn(*drawn: Any, axis: int) -> Any:
        return statistic(*(means(which).mean(axis=axis) for means, which in zip(drawing, drawn, strict=True)))

    found = bootstrap(
        [np.arange(len(values)) for values in groups],
        of_drawn,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        vectorized=True,
        rng=rng,
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _drawing(values: Values, rng: Any) -> Callable[[Any], Any]:
    """Return what gives, for drawn personas (by place, array of any shape), the mean over seeds of theirs that are drawn as well."""
    import numpy as np

    counts = np.array([len(one) for one in values.values()])
    table = np.zeros((len(counts), counts.max()))
    for place, one in enumerate(values.values()):
        table[place, : len(one)] = one
    if counts.max() == 1:
        return lambda which: table[which, 0]

    def means(which: Any) -> Any:
        total = np.zeros(which.shape)
        for draw in range(counts.max()):
            chosen = rng.integers(0, counts[which])
            total += np.where(draw < counts[which], table[which, chosen], 0.0)
        return total / counts[which]

    return means
