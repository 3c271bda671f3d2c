"""Agreement of two raters on the same recommendations.

It is the share of equal ratings, and Cohen's kappa.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core.records import DIMENSIONS, Step


@dataclass(frozen=True)
class RaterAgreement:
    """Agreement of two raters on ratings of 0 or 1.

    Attributes:
        share: share of equal ratings, 0–1; None where nothing was rated.
        kappa: Cohen's kappa (Cohen 1960): (share − chance) / (1 − chance), at most 1; chance is the share of equal ratings expected
            of two independent raters with the same rates of 1. None where chance is 1, because each rater gave one value throughout.
    """

    share: float | None = None
    kappa: float | None = None


@dataclass(frozen=True)
class Agreement:
    """Agreement of a person's ratings with the judge's.

    Attributes:
        rated: number of recommendations that the person rated.
        dimensions: agreement in each of :data:`~propersim.core.records.DIMENSIONS`.
        overall: agreement over the ratings of all four dimensions together.
    """

    rated: int
    dimensions: tuple[RaterAgreement, RaterAgreement, RaterAgreement, RaterAgreement]
    overall: RaterAgreement

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: ``rated``, and ``share`` and ``kappa`` overall and per dimension."""
        named = zip(("overall", *DIMENSIONS), (self.overall, *self.dimensions), strict=True)
        return {"rated": self.rated, **{name: {"share": result.share, "kappa": result.kappa} for name, result in named}}


def agreement(steps: Iterable[Step]) -> Agreement:
    """Return the agreement of the person and the judge; steps that no person rated are skipped."""
    both = [(step.rating.values, step.judged.values) for step in steps if step.judged is not None]
    columns = [[(person[i], judge[i]) for person, judge in both] for i in range(len(DIMENSIONS))]
    a, b, c, d = (rater_agreement(column) for column in columns)
    return Agreement(len(both), (a, b, c, d), rater_agreement([pair for column in columns for pair in column]))


def rater_agreement(pairs: Sequence[tuple[int, int]]) -> RaterAgreement:
    """Return the agreement of two raters.

    Args:
        pairs: pairs of the two ratings of the same item, each 0 or 1.
    """
    n = len(pairs)
    if not n:
        return RaterAgreement()
    equal = sum(one == other for one, other in pairs)
    ones, others = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    # Multiplied by n² to stay in integers: rounding must not decide whether kappa is defined.
    chance = ones * others + (n - ones) * (n - others)
    return RaterAgreement(equal / n, (equal * n - chance) / (n * n - chance) if chance < n * n else None)
