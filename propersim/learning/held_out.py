"""Keep some moments from a night's training, and calibrate the threshold on the others.

The kept moments tell whether the training made the assistant worse.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
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


def mistakes(chances: Mapping[int, float], decisions: Sequence[Pair], threshold: float, kept: Container[int] | None = None) -> int:
    """Return how many recommendations would be unwelcome, plus how many needs would be missed.

    With ``kept``, unwelcome recommendations are counted at these steps, and the needs that have one of them. A need is met where the
    assistant speaks at any of its moments, kept or not: at every fifth moment alone most needs would seem to be missed.

    Args:
        chances: probability of speaking by step; steps that are not in it are silent.
        decisions: the decisions in the order of their steps, as pairs.
        threshold: probability of speaking that has to be exceeded to speak.
        kept: indices of the steps that count; None is all.
    """
    numbers = needs(decisions)
    counts = [kept is None or pair.index in kept for pair in decisions]
    spoken = [chances.get(pair.index, 0.0) > threshold for pair in decisions]
    unwelcome = sum(counted and speaks and number < 0 for counted, speaks, number in zip(counts, spoken, numbers, strict=True))
    wanted = {number for counted, number in zip(counts, numbers, strict=True) if counted and number >= 0}
    met = {number for speaks, number in zip(spoken, numbers, strict=True) if speaks}
    return unwelcome + len(wanted - met)


def uncertainty(chances: Mapping[int, float], decisions: Sequence[Pair]) -> float:
    """Return the mean cross-entropy of decisions in nats, weighted by their shares.

    It is 0 without any.

    Args:
        chances: probability of speaking by step.
        decisions: the decisions in the order of their steps, as pairs.
    """
    weights = shares(decisions)
    right = [chances[pair.index] if pair.won == "speech" else 1 - chances[pair.index] for pair in decisions]
    total = sum(weight * math.log(max(LEAST, p)) for weight, p in zip(weights, right, strict=True))
    return -total / sum(weights) if weights else 0.0


def calibrated(chances: Mapping[int, float], decisions: Sequence[Pair], usual: float) -> float:
    """Return the threshold with the fewest mistakes.

    It is the usual one unless a higher one makes fewer mistakes by at least :data:`MARGIN`. A lower one is never chosen: the adapter was
    trained on these moments, so it is surer of them than it will be of others.

    Args:
        chances: probability of speaking by step.
        decisions: the decisions, as pairs.
        usual: the threshold that is used where nothing is calibrated.
    """
    counts = {threshold: mistakes(chances, decisions, threshold) for threshold in (usual, *THRESHOLDS) if threshold >= usual}
    best = min(counts, key=lambda threshold: (counts[threshold], abs(threshold - usual)))
    return best if counts[usual] - counts[best] >= MARGIN else usual
