"""Rating stored steps again with another judge, and comparing the two judges."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from propersim.core.records import DIMENSIONS, Candidate, Rating, Step
from propersim.experiments.agreement import rater_agreement
from propersim.persona.model import Persona
from propersim.user.judge import OfflineJudge

Rater = Callable[[Step, Candidate], Rating | None]
"""Returns the rating of a candidate at its step; None where it does not rate the candidate."""


@dataclass(frozen=True)
class Case:
    """One candidate with the ratings of two judges.

    Attributes:
        step: step of the candidate.
        number: index of the candidate in the step.
        stored: the rating in the run.
        other: the other judge's rating.
    """

    step: Step
    number: int
    stored: Rating
    other: Rating

    @property
    def candidate(self) -> Candidate:
        """The candidate that was rated."""
        return self.step.candidates[self.number]

    @property
    def differ(self) -> tuple[str, ...]:
        """The dimensions in which the two ratings differ."""
        both = zip(DIMENSIONS, self.stored.values, self.other.values, strict=True)
        return tuple(name for name, stored, other in both if None not in (stored, other) and stored != other)


@dataclass(frozen=True)
class JudgeComparison:
    """Comparison of two judges in one dimension, or in all four together.

    Attributes:
        dimension: name of the dimension, or ``overall``.
        rated: number of ratings.
        accuracy: share of equal ratings, 0–1; None where nothing was rated.
        kappa: Cohen's kappa; see :class:`propersim.experiments.agreement.RaterAgreement`.
        confusion: counts by (stored, other) rating: (0, 0), (0, 1), (1, 0), (1, 1).
    """

    dimension: str
    rated: int
    accuracy: float | None
    kappa: float | None
    confusion: tuple[int, int, int, int]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        names = ("both_0", "stored_0_other_1", "stored_1_other_0", "both_1")
        return {
            "rated": self.rated,
            "accuracy": self.accuracy,
            "kappa": self.kappa,
            "confusion": dict(zip(names, self.confusion, strict=True)),
        }


def offline(persona: Persona) -> Rater:
    """Return the offline judge as a rater; it rates at the clocks that were recorded in the run."""
    judge = OfflineJudge(persona)
    return lambda step, candidate: judge.rate(candidate.text, step.action, step.day, step.minute, step.clocks, step.moment).rating


def pick(steps: Iterable[Step], *, sample: int = 0, silence: bool = False, seed: int = 0) -> list[tuple[Step, int]]:
    """Choose the candidates to rate again, as (step, index), in the order of the run.

    Args:
        steps: steps of a run.
        sample: size of the random sample; 0: all candidates.
        silence: whether to include silence besides recommendations.
        seed: seed of the sample.
    """
    candidates = [(step, number) for step in steps for number, each in enumerate(step.candidates) if silence or each.text is not None]
    if not sample or sample >= len(candidates):
        return candidates
    chosen = sorted(random.Random(seed).sample(range(len(candidates)), sample))
    return [candidates[place] for place in chosen]


def rate_again(chosen: Sequence[tuple[Step, int]], rate: Rater) -> Iterator[Case]:
    """Yield the chosen candidates with the other judge's ratings.

    Candidates that it does not rate are skipped, and so are those that a person left unrated in the run.
    """
    for step, number in chosen:
        if not step.candidates[number].rating.given:
            continue
        other = rate(step, step.candidates[number])
        if other is not None:
            yield Case(step, number, step.candidates[number].rating, other)


def compare(cases: Sequence[Case], *, kappa_from: int = 0) -> list[JudgeComparison]:
    """Return the comparison of the two judges: overall, then in each dimension.

    Args:
        cases: what both rated; a dimension that either left out is skipped.
        kappa_from: fewest cases from which on there is a kappa.
    """
    columns = [
        [(stored, other) for case in cases if (stored := case.stored.values[i]) is not None and (other := case.other.values[i]) is not None]
        for i in range(len(DIMENSIONS))
    ]
    whole = [pair for column in columns for pair in column]
    found = [_compared(name, pairs) for name, pairs in zip(("overall", *DIMENSIONS), (whole, *columns), strict=True)]
    return found if len(cases) >= kappa_from else [replace(one, kappa=None) for one in found]


def _compared(name: str, pairs: Sequence[tuple[int, int]]) -> JudgeComparison:
    agreement = rater_agreement(pairs)
    zero_zero, zero_one, one_zero, one_one = (pairs.count(pair) for pair in ((0, 0), (0, 1), (1, 0), (1, 1)))
    return JudgeComparison(name, len(pairs), agreement.share, agreement.kappa, (zero_zero, zero_one, one_zero, one_one))
