"""Agreement of two raters on the same recommendations.

It is the share of equal ratings, and Cohen's kappa.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core.records import DIMENSIONS, RunWarning, Step
from propersim.store.store import RunRow, Store


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


KAPPA_FROM = 20
"""Fewest recommendations rated by a person from which on Cohen's kappa is reported: before that a single rating would change it by much."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of a person's ratings with the judge's, in the dimensions that the person rated.

    Attributes:
        rated: number of recommendations that the person rated, in one dimension at least.
        dimensions: agreement in each of :data:`~propersim.core.records.DIMENSIONS`.
        overall: agreement over the ratings of all four dimensions together.
        anew: number of recommendations that the person rated anew after an undo; they are in none of the other figures.
    """

    rated: int
    dimensions: tuple[RaterAgreement, RaterAgreement, RaterAgreement, RaterAgreement]
    overall: RaterAgreement
    anew: int = 0

    @property
    def enough(self) -> bool:
        """Whether there are ratings enough to report kappa."""
        return self.rated >= KAPPA_FROM

    @property
    def so_far(self) -> str:
        """How many of the ratings that kappa needs there are; "" where there are enough."""
        return "" if self.enough else f"{self.rated} of {KAPPA_FROM} ratings"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the counts, and ``share`` and ``kappa`` overall and per dimension.

        The counts are ``rated`` and ``rated_anew``. A kappa is null below :data:`KAPPA_FROM` ratings.
        """
        named = zip(("overall", *DIMENSIONS), (self.overall, *self.dimensions), strict=True)
        return {
            "rated": self.rated,
            "rated_anew": self.anew,
            **{name: {"share": result.share, "kappa": result.kappa if self.enough else None} for name, result in named},
        }


def agreement(steps: Iterable[Step], seen: Collection[int] = ()) -> Agreement:
    """Return the agreement of the person and the judge.

    Dimensions and steps that the person left unrated are skipped.

    Args:
        steps: steps of a run.
        seen: indices of steps that the person rated anew after seeing the judge's rating; they are only counted.
    """
    given = [
        (step.index in seen, step.rating.values, step.judged.values) for step in steps if step.judged is not None and step.rating.given
    ]
    both = [(person, judge) for anew, person, judge in given if not anew]
    columns = [
        [(one, other) for person, judge in both if (one := person[i]) is not None and (other := judge[i]) is not None]
        for i in range(len(DIMENSIONS))
    ]
    a, b, c, d = (rater_agreement(column) for column in columns)
    return Agreement(len(both), (a, b, c, d), rater_agreement([pair for column in columns for pair in column]), len(given) - len(both))


def person_agreement(store: Store, run: RunRow) -> Agreement:
    """Return the agreement of the person and the judge in a stored run.

    Ratings given anew after an undo are left out: the judge's rating had been in sight.
    """
    return agreement(store.rated_by_person(run, 0, 1 << 62), undone(store.warnings(run)))


def undone(warnings: Iterable[RunWarning]) -> frozenset[int]:
    """Return the indices of the steps whose rating a person undid, from the warnings of a run."""
    return frozenset(each.at for each in warnings if each.kind == "undo")


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
