"""Bootstrap confidence intervals of means over personas.

Personas are resampled, and the seeds of each persona with them.

A persona that was run with a single seed contributes no variance between seeds, so intervals over such personas are slightly narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

ConfidenceInterval = tuple[float, float]
PersonaValues = Mapping[str, Sequence[float]]
"""For each persona the values of its seeds."""

LEVEL: Final = 0.95
RESAMPLES: Final = 2_000
FEWEST: Final = 5
"""Fewest personas for which an interval is computed."""


def mean_interval(values: PersonaValues) -> ConfidenceInterval | None:
    """Return the interval of the mean over personas; None for fewer than :data:`FEWEST`."""
    return _interval([values], lambda mean: mean)


def difference_interval(values: PersonaValues, others: PersonaValues) -> ConfidenceInterval | None:
    """Return the interval of the mean over some personas minus the mean over others.

    It is None where either are too few.
    """
    return _interval([values, others], lambda mean, other: mean - other)


def _interval(groups: Sequence[PersonaValues], statistic: Callable[..., Any]) -> ConfidenceInterval | None:
    """Return the percentile interval of a statistic of the means of some groups.

    Args:
        groups: groups of personas.
        statistic: takes the mean of each group, as arrays over resamples.
    """
    if any(len(values) < FEWEST for values in groups):
        return None
    if all(len({value for seeds in values.values() for value in seeds}) == 1 for values in groups):
        # Nothing varies, as with most figures of controls: no need to draw.
        same = float(statistic(*(next(iter(values.values()))[0] for values in groups)))
        return same, same
    import numpy as np

    # A fixed seed: the same values always give the same interval.
    rng = np.random.default_rng(0)
    resamplers = [_seed_resampler(values, rng) for values in groups]
    # The personas of all groups are drawn before the seeds of any.
    chosen = [rng.integers(0, len(values), (RESAMPLES, len(values))) for values in groups]
    resampled = statistic(*(means(which).mean(axis=-1) for means, which in zip(resamplers, chosen, strict=True)))
    low, high = np.quantile(resampled, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)


def _seed_resampler(values: PersonaValues, rng: Any) -> Callable[[Any], Any]:
    """Return a function from indices of personas to their means over resampled seeds.

    The indices are an array of any shape; the means have the same shape.
    """
    import numpy as np

    counts = np.array([len(seeds) for seeds in values.values()])
    table = np.zeros((len(counts), counts.max()))
    for place, seeds in enumerate(values.values()):
        table[place, : len(seeds)] = seeds
    if counts.max() == 1:
        return lambda which: table[which, 0]

    def means(which: Any) -> Any:
        total = np.zeros(which.shape)
        for draw in range(counts.max()):
            chosen = rng.integers(0, counts[which])
            total += np.where(draw < counts[which], table[which, chosen], 0.0)
        return total / counts[which]

    return means
