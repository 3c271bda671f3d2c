"""The same stored steps rated by another judge, and how far the two agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core.records import DIMENSIONS, Candidate, Rating, Step
from propersim.experiments.agreement import agreed
from propersim.persona.model import Persona
from propersim.user.judge import Judge

Rater = Callable[[Step, Candidate], Rating | None]
"""Rates a candidate at its step; None where it does not rate this one."""


@dataclass(frozen=True)
class Case:
    """One candidate that two judges have rated.

    Attributes:
        step: at which it was one.
        number: which of its candidates.
        stored: its rating in the run.
        other: what the other judge says.
    """

    step: Step
    number: int
    stored: Rating
    other: Rating

    @property
    def candidate(self) -> Candidate:
        """What was rated."""
        return self.step.candidates[self.number]

    @property
    def differ(self) -> tuple[str, ...]:
        """The dimensions in which they differ."""
        both = zip(DIMENSIONS, self.stored.values, self.other.values, strict=True)
        return tuple(name for name, one, two in both if one != two)


@dataclass(frozen=True)
class Compared:
    """Two judges in one dimension (or in all four together).

    Attributes:
        dimension: its name, or ``overall``.
        rated: how many ratings.
        accuracy: share of equal ones, 0–1; None where nothing was rated.
        kappa: Cohen's; see :class:`propersim.experiments.agreement.Agreed`.
        confusion: counts by (stored, other): 0 and 0, 0 and 1, 1 and 0, 1 and 1.
    """

    dimension: str
    rated: int
    accuracy: float | None
    kappa: float | None
    confusion: tuple[int, int, int, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        names = ("both_0", "stored_0_other_1", "stored_1_other_0", "both_1")
        return {
            "rated": self.rated,
            "accuracy": self.accuracy,
            "kappa": self.kappa,
            "confusion": dict(zip(names, self.confusion, strict=True)),
        }


def offline(persona: Persona) -> Rater:
    """Return the offline judge as a rater: it rates at the clocks that the run had."""
    judge = Judge(persona)
    return lambda step, one: judge.rate(one.text, step.action, step.minute, step.clocks, step.moment).rating


def pick(steps: Iterable[Step], *, sample: int = 0, silence: bool = False, seed: int = 0) -> list[tuple[Step, int]]:
    """Return (step, number of the candidate) of what is to be rated again, in the order of the run.

    Args:
        steps: of a run.
        sample: so many of them, drawn by ``seed``; 0 is all.
        silence: also silence, not recommendations alone.
        seed: of the sample.
    """
    found = [(step, number) for step in steps for number, one in enumerate(step.candidates) if silence or one.text is not None]
    if not sample or sample >= len(found):
        return found
    chosen = sorted(random.Random(seed).sample(range(len(found)), sample))
    return [found[place] for place in chosen]


def rate_again(chosen: Sequence[tuple[Step, int]], rate: Rater) -> Iterator[Case]:
    """Yield what the other judge says, one by one; what it does not rate is left out."""
    for step, number in chosen:
        other = rate(step, step.candidates[number])
        if other is not None:
            yield Case(step, number, step.candidates[number].rating, other)


def compare(cases: Sequence[Case]) -> list[Compared]:
    """Return how far the two agree: overall, then in each dimension."""
    columns = [[(case.stored.values[i], case.other.values[i]) for case in cases] for i in range(len(DIMENSIONS))]
    whole = [pair for column in columns for pair in column]
    return [_compared(name, pairs) for name, pairs in zip(("overall", *DIMENSIONS), (whole, *columns), strict=True)]


def _compared(name: str, pairs: Sequence[tuple[int, int]]) -> Compared:
    found = agreed(pairs)
    zero_zero, zero_one, one_zero, one_one = (pairs.count(pair) for pair in ((0, 0), (0, 1), (1, 0), (1, 1)))
    return Compared(name, len(pairs), found.share, found.kappa, (zero_zero, zero_one, one_zero, one_one))
