"""Keep some moments from a night's training, and calibrate the threshold on the others.

The kept moments tell whether the training made the assistant worse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from propersim.core.records import Pair

DAYS: Final = 3
"""Days before a night whose moments are kept, and whose decisions calibrate the threshold."""
EVERY: Final = 5
"""Every so many-th step of them is kept from the training."""
THRESHOLDS: Final = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Thresholds that a calibration chooses from."""
LEAST: Final = 1e-6
"""Smallest probability that a cross-entropy is computed with."""
MARGIN: Final = 2
"""Fewest mistakes by which another threshold has to be better than the usual one."""


def is_held_out(index: int, recent: int) -> bool:
    """Return whether a step is kept from the training.

    Args:
        index: index of the step.
        recent: index of the first step of the last :data:`DAYS` days.
    """
    return index >= recent and index % EVERY == 0


def needs(decisions: Sequence[Pair]) -> list[int]:
    """Return the number of each decision's need, from 0; -1 where silence is preferred.

    A need is a run of moments in which speaking is preferred, at most :data:`EVERY` steps apart. While the assistant stays silent, the same
    need lasts, often for an hour. It is met once.

    Args:
        decisions: decisions in the order of their steps, as pairs.
    """
    numbers: list[int] = []
    number, before = -1, None
    for pair in decisions:
        if pair.won != "speech":
            numbers.append(-1)
            before = None
            continue
        if before is None or pair.index - before > EVERY:
            number += 1
        numbers.append(number)
        before = pair.index
    return numbers


def shares(decisions: Sequence[Pair]) -> list[float]:
    """Return the weight of each decision; the moments of one need weigh 1 together.

    Every decision in which silence is preferred weighs 1.

    Args:
        decisions: decisions in the order of their steps, as pairs.
    """
    numbers = needs(decisions)
    lengths = Counter(numbers)
    return [1.0 if number < 0 else 1 / lengths[number] for number in numbers]


def mistakes(chances: Sequence[float], decisions: Sequence[Pair], threshold: float) -> int:
    """Return how many recommendations would be unwelcome, plus how many needs would be missed.

    Args:
        chances: probability of speaking at each decision.
        decisions: the decisions in the order of their steps, as pairs.
        threshold: probability of speaking that has to be exceeded to speak.
    """
    numbers = needs(decisions)
    spoken = [number for chance, number in zip(chances, numbers, strict=True) if chance > threshold]
    return spoken.count(-1) + len(set(numbers) - {-1} - set(spoken))


def uncertainty(chances: Sequence[float], decisions: Sequence[Pair]) -> float:
    """Return the mean cross-entropy of decisions in nats, weighted by their shares.

    It is 0 without any.

    Args:
        chances: probability of speaking at each decision.
        decisions: the decisions in the order of their steps, as pairs.
    """
    weights = shares(decisions)
    right = [chance if pair.won == "speech" else 1 - chance for chance, pair in zip(chances, decisions, strict=True)]
    total = sum(weight * math.log(max(LEAST, p)) for weight, p in zip(weights, right, strict=True))
    return -total / sum(weights) if weights else 0.0


def calibrated(chances: Sequence[float], decisions: Sequence[Pair], usual: float) -> float:
    """Return the threshold with the fewest mistakes.

    It is the usual one unless a higher one makes fewer mistakes by at least :data:`MARGIN`. A lower one is never chosen: the adapter was
    trained on these moments, so it is surer of them than it will be of others.

    Args:
        chances: probability of speaking at each decision.
        decisions: the decisions, as pairs.
        usual: the threshold that is used where nothing is calibrated.
    """
    counts = {threshold: mistakes(chances, decisions, threshold) for threshold in (usual, *THRESHOLDS) if threshold >= usual}
    best = min(counts, key=lambda threshold: (counts[threshold], abs(threshold - usual)))
    return best if counts[usual] - counts[best] >= MARGIN else usual
