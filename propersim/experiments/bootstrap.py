"""Bootstrap confidence intervals of means over personas.

Personas are resampled, and the seeds of each persona with them.

A persona that was run with a single seed contributes no variance between seeds, so intervals over such personas are slightly narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

ConfidenceInterval = tuple[float, float]
PersonaValues = Mapping[str, Sequence[float]]
"""For each persona the values of its seeds."""

LEVEL: Final = 0.95
RESAMPLES: Final = 2_000
FEWEST: Final = 5
"""Fewest personas for which an interval is computed."""
_COLUMNS: Final = 8
"""Figures that are resampled together."""
_AT_ONCE: Final = 100
"""Resamples whose draws are counted at once."""


def mean_interval(values: PersonaValues) -> ConfidenceInterval | None:
    """Return the interval of the mean over personas; None for fewer than :data:`FEWEST`."""
    return mean_intervals({"": values})[""]


def mean_intervals(values: Mapping[str, PersonaValues]) -> dict[str, ConfidenceInterval | None]:
    """Return the intervals of several figures by name, each as :func:`mean_interval` does.

    Figures of the same runs are resampled together, which takes little longer than one of them.
    """
    return _intervals({name: [one] for name, one in values.items()}, lambda mean: mean)


def difference_interval(values: PersonaValues, others: PersonaValues) -> ConfidenceInterval | None:
    """Return the interval of the mean over some personas minus the mean over others.

    It is None where either are too few.
    """
    return difference_intervals({"": (values, others)})[""]


def difference_intervals(values: Mapping[str, tuple[PersonaValues, PersonaValues]]) -> dict[str, ConfidenceInterval | None]:
    """Return the intervals of the differences of several figures by name.

    Each is as :func:`difference_interval` returns it.
    """
    return _intervals(values, lambda mean, other: mean - other)


def _intervals(figures: Mapping[str, Sequence[PersonaValues]], statistic: Callable[..., Any]) -> dict[str, ConfidenceInterval | None]:
    """Return the percentile intervals of a statistic of the means of some groups, by figure.

    Args:
        figures: groups of personas, by name of the figure.
        statistic: takes the mean of each group, as arrays over resamples.
    """
    found: dict[str, ConfidenceInterval | None] = dict.fromkeys(figures)
    drawn: dict[tuple[tuple[int, ...], ...], list[str]] = {}
    for name, groups in figures.items():
        if any(len(values) < FEWEST for values in groups):
            continue
        if all(len({value for seeds in values.values() for value in seeds}) == 1 for values in groups):
            # Nothing varies, as with most figures of controls: no need to draw.
            same = float(statistic(*(next(iter(values.values()))[0] for values in groups)))
            found[name] = same, same
        else:
            drawn.setdefault(tuple(tuple(map(len, values.values())) for values in groups), []).append(name)
    for counts, every in drawn.items():
        for start in range(0, len(every), _COLUMNS):
            names = every[start : start + _COLUMNS]
            found.update(zip(names, _resampled(counts, [figures[name] for name in names], statistic), strict=True))
    return found


def _resampled(
    counts: tuple[tuple[int, ...], ...], figures: Sequence[Sequence[PersonaValues]], statistic: Callable[..., Any]
) -> Iterator[ConfidenceInterval]:
    """Yield the intervals of at most :data:`_COLUMNS` figures of the same runs.

    Args:
        counts: number of seeds of each persona, group by group.
        figures: groups of personas, figure by figure.
        statistic: takes the mean of each group, as arrays over resamples.
    """
    import numpy as np

    means = [draws.means([groups[number] for groups in figures]) for number, draws in enumerate(_draws(counts))]
    for column in range(len(figures)):
        low, high = np.quantile(statistic(*(each[:, column] for each in means)), ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        yield float(low), float(high)


@lru_cache(maxsize=2)
def _draws(counts: tuple[tuple[int, ...], ...]) -> list[_Draws]:
    """Return what is drawn in each resample of some groups of personas.

    It depends on the numbers of personas and seeds alone: a report draws once for all figures of the same runs.

    Args:
        counts: number of seeds of each persona, group by group.
    """
    import numpy as np

    # A fixed seed: the same values always give the same interval.
    rng = np.random.default_rng(0)
    # The personas of all groups are drawn before the seeds of any.
    chosen = [rng.integers(0, len(seeds), (RESAMPLES, len(seeds))) for seeds in counts]
    return [_Draws(np.array(seeds), which, rng) for seeds, which in zip(counts, chosen, strict=True)]


class _Draws:
    """How often each run of a group is drawn in each resample.

    Args:
        counts: number of seeds of each persona.
        chosen: indices of the drawn personas, of shape (resamples, personas).
        rng: draws the seeds.
    """

    def __init__(self, counts: Any, chosen: Any, rng: Any) -> None:
        import numpy as np

        runs = int(counts.sum())
        self._weights = np.zeros((len(chosen), runs))
        self._counts = counts
        first = np.cumsum(counts) - counts
        several = counts.max() > 1
        same = counts.min() == counts.max()
        of_chosen = counts[chosen]
        # All seeds are drawn before any is counted: counting goes by resamples, drawing by seeds.
        seeds = np.zeros((int(counts.max()), *chosen.shape), np.int32)
        for draw in range(len(seeds)) if several else ():
            # The same draws either way, but a single bound is faster than one for each persona.
            seeds[draw] = rng.integers(0, counts[0], chosen.shape) if same else rng.integers(0, of_chosen)
        begun = first[chosen]
        for start in range(0, len(chosen), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            drawn = begun[part] + seeds[:, part]
            drawn += (np.arange(drawn.shape[1]) * runs)[:, None]
            places = drawn.ravel() if same else drawn[np.arange(len(seeds))[:, None, None] < of_chosen[part]]
            times = np.bincount(places, minlength=drawn.shape[1] * runs).reshape(-1, runs)
            self._weights[part] = times

    def means(self, figures: Sequence[PersonaValues]) -> Any:
        """Return the mean over the drawn personas and seeds in each resample.

        Args:
            figures: values by persona, of at most :data:`_COLUMNS` figures.

        Returns:
            An array of shape (resamples, :data:`_COLUMNS`), a column for each figure.
        """
        import numpy as np

        # Always as many columns: how a product is rounded may depend on their number, and the same values always give the same interval.
        table = np.zeros((self._weights.shape[1], _COLUMNS))
        for column, values in enumerate(figures):
            table[:, column] = np.fromiter((value for seeds in values.values() for value in seeds), float, len(table))
        if self._counts.min() == self._counts.max():
            return self._weights @ table / (len(self._counts) * self._counts[0])
        return self._weights @ (table / np.repeat(self._counts, self._counts)[:, None]) / len(self._counts)
