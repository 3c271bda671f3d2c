"""Keep some moments from a night's training, and calibrate the threshold on the others.

The kept moments tell whether the training made the assistant worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Final

from propersim.core.records import Pair

DAYS: Final = 3
"""Days before a night whose moments are kept, and whose decisions calibrate the threshold."""
EVERY: Final = 5
"""Every so many-th step of them is kept from the training."""
FEWEST: Final = 10
"""Fewest kept moments that have to settle whether speaking was right; with fewer the adapter of before stays."""
THRESHOLDS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
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


def mistakes(chances: Sequence[float], decisions: Sequence[Pair], threshold: float) -> int:
    """Return how many decisions are wrong.

    Args:
        chances: probability of speaking at each decision.
        decisions: the decisions, as pairs.
        threshold: probability of speaking that has to be exceeded to speak.
    """
    return sum((chance > threshold) != (pair.won == "speech") for chance, pair in zip(chances, decisions, strict=True))


def uncertainty(chances: Sequence[float], decisions: Sequence[Pair]) -> float:
    """Return the mean cross-entropy of decisions, in nats; 0 without any.

    Args:
        chances: probability of speaking at each decision.
        decisions: the decisions, as pairs.
    """
    right = [chance if pair.won == "speech" else 1 - chance for chance, pair in zip(chances, decisions, strict=True)]
    return -fmean(math.log(max(LEAST, p)) for p in right) if right else 0.0


def calibrated(chances: Sequence[float], decisions: Sequence[Pair], usual: float) -> float:
    """Return the threshold with the fewest mistakes.

    It is the usual one unless another makes fewer mistakes by at least :data:`MARGIN`.

    Args:
        chances: probability of speaking at each decision.
        decisions: the decisions, as pairs.
        usual: the threshold that is used where nothing is calibrated.
    """
    counts = {threshold: mistakes(chances, decisions, threshold) for threshold in (*THRESHOLDS, usual)}
    best = min(counts, key=lambda threshold: (counts[threshold], abs(threshold - usual)))
    return best if counts[usual] - counts[best] >= MARGIN else usual
