"""How far a person who rated and the judge agree: share of equal ratings, and Cohen's kappa, on the same recommendations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core.records import DIMENSIONS, Step


@dataclass(frozen=True)
class Agreed:
    """How far two raters agree where each said 0 or 1.

    Attributes:
        share: of equal ratings, 0–1; None where nothing was rated.
        kappa: Cohen's: (share − chance) / (1 − chance), 1 at most, 0 where they agree no more often than two who rate by chance, each
            as often 1 as they do; None where chance alone would have them always agree: each said the same throughout.
    """

    share: float | None = None
    kappa: float | None = None


@dataclass(frozen=True)
class Agreement:
    """A person's ratings beside the judge's.

    Attributes:
        rated: how many recommendations the person rated.
        dimensions: one for each of :data:`~propersim.core.records.DIMENSIONS`.
        overall: all four together, as four times as many ratings.
    """

    rated: int
    dimensions: tuple[Agreed, Agreed, Agreed, Agreed]
    overall: Agreed

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data: ``rated``, and for ``overall`` and each dimension ``share`` and ``kappa``."""
        named = zip(("overall", *DIMENSIONS), (self.overall, *self.dimensions), strict=True)
        return {"rated": self.rated, **{name: {"share": one.share, "kappa": one.kappa} for name, one in named}}


def agreement(steps: Iterable[Step]) -> Agreement:
    """Return how far the person and the judge agree; steps that no person rated are passed over."""
    both = [(step.rating.values, step.judged.values) for step in steps if step.judged is not None]
    columns = [[(mine[i], theirs[i]) for mine, theirs in both] for i in range(len(DIMENSIONS))]
    a, b, c, d = (agreed(column) for column in columns)
    return Agreement(len(both), (a, b, c, d), agreed([pair for column in columns for pair in column]))


def agreed(pairs: Sequence[tuple[int, int]]) -> Agreed:
    """Return how far two raters agree.

    Args:
        pairs: what the one and the other said of the same thing, each 0 or 1.
    """
    n = len(pairs)
    if not n:
        return Agreed()
    equal = sum(one == other for one, other in pairs)
    ones, others = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    # Whole numbers, all times n²: no rounding decides whether there is a kappa.
    chance = ones * others + (n - ones) * (n - others)
    return Agreed(equal / n, (equal * n - chance) / (n * n - chance) if chance < n * n else None)
