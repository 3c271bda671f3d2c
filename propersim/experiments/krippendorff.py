"""Krippendorff's alpha: agreement of any number of raters on categories.

Ratings may be missing. Two raters of all items have Cohen's kappa as well (``agreement.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from propersim.experiments.bootstrap import FEWEST, LEVEL, RESAMPLES, ConfidenceInterval

Unit = Sequence[int | None]
"""The ratings of one item, one of each rater; None where a rater gave none."""
Cluster = Sequence[Unit]
"""Units that are drawn together when intervals are computed."""
_DEFINED = 0.5
"""Least share of resamples that must have an alpha for an interval."""
_ROUNDING = 1e-9


def alpha(units: Iterable[Unit]) -> float | None:
    """Return Krippendorff's alpha of ratings in categories (nominal).

    It is 1 − observed / expected disagreement (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C): 1 where all
    agree, 0 for agreement by chance, below 0 for less than that. A unit with fewer than two ratings does not count.

    Args:
        units: the ratings of each item.

    Returns:
        Alpha, at most 1; None where no item has two ratings, or all ratings are the same.
    """
    totals: Counter[int] = Counter()
    disagreement = 0.0
    for unit in units:
        counts, apart = _counted(unit)
        totals.update(counts)
        disagreement += apart
    n = totals.total()
    expected = n * n - sum(count * count for count in totals.values())
    return 1 - (n - 1) * disagreement / expected if expected else None


def alpha_interval(clusters: Sequence[Cluster]) -> ConfidenceInterval | None:
    """Return the 95 % interval of alpha by bootstrap over clusters.

    Resamples in which alpha is not defined are left out. The seed is fixed: the same ratings give the same interval.

    Args:
        clusters: the units that are drawn together, such as those of one item.

    Returns:
        The interval; None where fewer than five clusters have a unit with two ratings, or most resamples have no alpha.
    """
    import numpy as np

    tables = [[_counted(unit) for unit in cluster] for cluster in clusters]
    tables = [counted for cluster in tables if (counted := [(counts, apart) for counts, apart in cluster if counts])]
    categories = sorted({value for cluster in tables for counts, _ in cluster for value in counts})
    if len(tables) < FEWEST or len(categories) < 2:
        return None
    totals = np.array([[sum(counts[value] for counts, _ in cluster) for value in categories] for cluster in tables], float)
    apart = np.array([sum(one for _, one in cluster) for cluster in tables])
    rng = np.random.default_rng(0)
    times = np.apply_along_axis(np.bincount, 1, rng.integers(0, len(tables), (RESAMPLES, len(tables))), minlength=len(tables))
    drawn = times @ totals
    n = drawn.sum(axis=1)
    expected = n * n - (drawn * drawn).sum(axis=1)
    defined = expected > _ROUNDING
    if defined.mean() < _DEFINED:
        return None
    found = 1 - (n[defined] - 1) * (times @ apart)[defined] / expected[defined]
    low, high = np.quantile(found, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)


def _counted(unit: Unit) -> tuple[Counter[int], float]:
    """Return the counts of an item's categories, and the disagreement of its pairs.

    Both are empty where fewer than two raters rated it.
    """
    counts = Counter(value for value in unit if value is not None)
    m = counts.total()
    if m < 2:
        return Counter(), 0.0
    return counts, (m * m - sum(count * count for count in counts.values())) / (m - 1)
