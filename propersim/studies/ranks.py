"""Rank correlations over personas, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from propersim.experiments.bootstrap import FEWEST, LEVEL, ConfidenceInterval

RESAMPLES: Final = 10_000
"""Resamples of an interval: enough for the ends of one that is corrected for some dozens of comparisons."""
_AT_ONCE: Final = 1_000


class Correlation(NamedTuple):
    """A rank correlation.

    Attributes:
        rho: Spearman's rank correlation; None where one of the two is the same for all.
        interval: its 95 % interval; None for fewer than five personas.
        corrected: its interval at the level of Bonferroni: with it at most one in twenty *sets* of comparisons has a false one.
    """

    rho: float | None
    interval: ConfidenceInterval | None
    corrected: ConfidenceInterval | None


def rank_correlation(
    first: Sequence[float], second: Sequence[float], comparisons: int, *, fixed: Sequence[float] | None = None
) -> Correlation:
    """Return Spearman's rank correlation of two values of the same personas.

    Intervals are percentiles over resampled personas. Resamples in which one of the two is the same for all count as 0.

    Args:
        first: a value of each persona.
        second: another value of each persona, in the same order.
        comparisons: number of correlations that are tried, for ``corrected``.
        fixed: a third value of each persona, which is held fixed: the partial correlation is returned. None for the plain one.
    """
    import numpy as np

    values = [np.asarray(each, float) for each in (first, second, *([fixed] if fixed is not None else []))]
    if len(first) < 2 or any(len(set(each)) < 2 for each in (first, second)):
        return Correlation(None, None, None)
    a = values[0]
    rho = float(_correlated([each[None] for each in values])[0])
    if len(a) < FEWEST:
        return Correlation(rho, None, None)
    # A fixed seed: the same values always give the same interval.
    rng = np.random.default_rng(0)
    drawn = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, _AT_ONCE):
        chosen = rng.integers(0, len(a), (_AT_ONCE, len(a)))
        drawn[start : start + _AT_ONCE] = _correlated([each[chosen] for each in values])
    return Correlation(rho, _ends(drawn, 1 - LEVEL), _ends(drawn, (1 - LEVEL) / comparisons))


def _ends(drawn: Any, outside: float) -> ConfidenceInterval:
    """Return the percentile interval that leaves a share of the resamples outside."""
    import numpy as np

    low, high = np.quantile(drawn, (outside / 2, 1 - outside / 2))
    return float(low), float(high)


def _correlated(values: Sequence[Any]) -> Any:
    """Return the rank correlations of rows of two values.

    Where there is a third value, it is held fixed: they are partial correlations.
    """
    import numpy as np

    plain = _spearman(values[0], values[1])
    if len(values) == 2:
        return plain
    of_first, of_second = _spearman(values[0], values[2]), _spearman(values[1], values[2])
    size = np.sqrt((1 - of_first**2) * (1 - of_second**2))
    return np.divide(plain - of_first * of_second, size, out=np.zeros(len(plain)), where=size > 1e-9)


def _spearman(first: Any, second: Any) -> Any:
    """Return the rank correlations of rows; arrays of shape (resamples, personas)."""
    import numpy as np

    a, b = (_ranks(one) - (one.shape[1] - 1) / 2 for one in (first, second))
    size = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    return np.divide((a * b).sum(1), size, out=np.zeros(len(a)), where=size > 0)


def _ranks(values: Any) -> Any:
    """Return the ranks in each row, from 0; equal values share the mean of their ranks."""
    lower = (values[:, None, :] < values[:, :, None]).sum(2)
    equal = (values[:, None, :] == values[:, :, None]).sum(2)
    return lower + (equal - 1) / 2
