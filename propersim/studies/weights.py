"""Scores under other weights of the four dimensions, and which variants change places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, pairwise
from typing import NamedTuple

from propersim.core.records import DIMENSIONS

APART = 0.05
"""Least difference in score, of 0 to 4, at which one variant is called better than another."""
PARTS = 10
"""Weights are multiples of one part in so many."""


class Comparison(NamedTuple):
    """Two variants under all weightings.

    Attributes:
        first: the variant of the higher score at equal weights.
        second: the other one.
        by_dimension: the first minus the second in each dimension.
        higher: share of the weightings under which the first has the higher score, 0–1.
    """

    first: str
    second: str
    by_dimension: tuple[float, ...]
    higher: float


@cache
def weightings() -> tuple[tuple[int, ...], ...]:
    """Return all weightings in tenths: four numbers from 1 on that sum to 10."""
    return tuple(_split(PARTS, len(DIMENSIONS)))


def _split(whole: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (whole,)
        return
    for first in range(1, whole - parts + 2):
        for rest in _split(whole - first, parts - 1):
            yield (first, *rest)


def score(dimensions: Sequence[float], weights: Sequence[int]) -> float:
    """Return a score from 0 to 4: the weighted mean of the dimensions, times 4.

    Args:
        dimensions: mean of each dimension over the steps, 0–1.
        weights: weight of each.
    """
    return 4 * sum(value * weight for value, weight in zip(dimensions, weights, strict=True)) / sum(weights)


def order(means: Mapping[str, Sequence[float]], weights: Sequence[int]) -> list[str]:
    """Return variants from the highest score to the lowest, those of the same score by name."""
    # Rounded, so that variants do not differ by the order in which numbers were added.
    return sorted(means, key=lambda name: (-round(score(means[name], weights), 9), name))


def share(value: float) -> str:
    """Return a share in percent; only a whole one is 100 %, and only none is 0 %."""
    percent = round(100 * value)
    return "over 99 %" if percent == 100 and value < 1 else "under 1 %" if percent == 0 and value > 0 else f"{percent} %"


def compare(means: Mapping[str, Sequence[float]], first: str, second: str) -> Comparison:
    """Return how two variants compare under all weightings.

    Args:
        means: mean of each dimension over the steps, 0–1, by variant.
        first: a variant.
        second: another one.
    """
    apart = tuple(mine - theirs for mine, theirs in zip(means[first], means[second], strict=True))
    higher = sum(round(score(apart, weights), 9) > 0 for weights in weightings()) / len(weightings())
    return Comparison(first, second, apart, higher)


def neighbours(means: Mapping[str, Sequence[float]]) -> list[Comparison]:
    """Return each variant against the next one in the order of equal weights."""
    return [compare(means, first, second) for first, second in pairwise(order(means, EQUAL))]


def pairs_apart(means: Mapping[str, Sequence[float]]) -> list[Comparison]:
    """Return the pairs of variants that are :data:`APART` or more apart, the higher one first."""
    every = (compare(means, first, second) for first, second in combinations(order(means, EQUAL), 2))
    return [one for one in every if round(sum(one.by_dimension), 9) >= APART]


EQUAL = (1,) * len(DIMENSIONS)
"""The weights of the score."""
