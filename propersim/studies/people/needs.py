"""Simulate studies with people: their alpha, their power, and the hours that they take.

With a fixed seed, from the assumptions that stand here. No rating enters.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

PARTICIPANTS: Final = (5, 10, 20, 40)
"""Numbers of participants that are compared."""
PLANNED: Final = 20
"""Number of participants that is written about."""
ITEMS: Final = 80
"""Recommendations of a study: four personas, four assistants, five each."""
RATED: Final = 40
"""Recommendations that each participant rates: those of two of the personas."""
PER_ASSISTANT: Final = 10
"""Recommendations of each assistant among them."""

ONES: Final = 0.5
"""Assumed share of the judge's ratings that are 1."""
TURNED: Final = (0.05, 0.25)
"""Assumed share of ratings in which a participant differs from the judge: drawn for each between these."""
SD_ITEM: Final = 1.0
"""Assumed standard deviation of a participant's scores (0–4) over recommendations of one assistant."""
SD_PERSON: Final = 0.3
"""Assumed standard deviation over participants of the difference between two assistants."""
DIFFERENCES: Final = (0.25, 0.5, 1.0)
"""Differences in mean score that are looked for."""
POWER: Final = 0.8

CONSENT_S: Final = 180
"""Assumed seconds for the consent and what is asked before."""
READING_S: Final = 120
"""Assumed seconds to read a persona's rubric."""
RATING_S: Final = 20
"""Assumed seconds of a rating in four dimensions."""
OWN_S: Final = 8
"""Assumed seconds of a rating for oneself."""

STUDIES: Final = 400
"""Simulated studies for alpha."""
_TRIALS: Final = 4000
_LEVEL: Final = 0.95
_SEED: Final = 20


class Expected(NamedTuple):
    """Alpha in simulated studies.

    Attributes:
        participants: number of participants.
        per_item: mean number of ratings of a recommendation.
        between: alpha between people: median, and bounds of 95 % of the studies.
        judge: alpha between people and the judge, likewise.
    """

    participants: int
    per_item: float
    between: tuple[float, float, float]
    judge: tuple[float, float, float]


def seconds_of(personas: int, items: int, *, own: bool) -> int:
    """Return the assumed seconds of a session.

    Args:
        personas: number of personas as which the participant rates.
        items: number of recommendations.
        own: whether they are also rated for oneself.
    """
    return CONSENT_S + personas * READING_S + items * (RATING_S + OWN_S * own)


@cache
def expected_alphas() -> tuple[Expected, ...]:
    """Return alpha in simulated studies for each number of :data:`PARTICIPANTS`."""
    import numpy as np

    found = []
    for people in PARTICIPANTS:
        rng = np.random.default_rng((_SEED, people))
        between, judge = [], []
        for _ in range(STUDIES):
            truth = (rng.random(ITEMS) < ONES).astype(int)
            turned = rng.random((people, ITEMS)) < rng.uniform(*TURNED, (people, 1))
            # Each participant rates the items of half of the personas.
            quarter = np.arange(ITEMS) // (ITEMS // 4)
            rated = np.array([np.isin(quarter, rng.choice(4, 2, replace=False)) for _ in range(people)])
            ones = (rated & ((truth ^ turned) == 1)).sum(axis=0)
            zeros = rated.sum(axis=0) - ones
            between.append(_alpha(zeros, ones))
            judge.append(_alpha_of_pairs(*_pairs(truth, zeros, ones)))
        low, high = (1 - _LEVEL) / 2, (1 + _LEVEL) / 2
        ends = [tuple(float(value) for value in np.quantile(values, (0.5, low, high))) for values in (between, judge)]
        found.append(Expected(people, people * RATED / ITEMS, (ends[0][0], ends[0][1], ends[0][2]), (ends[1][0], ends[1][1], ends[1][2])))
    return tuple(found)


def _pairs(truth: Any, zeros: Any, ones: Any) -> tuple[float, float, float]:
    """Return the numbers of pairs of a person and the judge: both 0, different, both 1."""
    apart = (zeros * (truth == 1) + ones * (truth == 0)).sum()
    return float((zeros * (truth == 0)).sum()), float(apart), float((ones * (truth == 1)).sum())


def _alpha_of_pairs(zeros: float, apart: float, ones: float) -> float:
    """Return alpha of pairs of ratings: those that are both 0, that differ, and that are both 1."""
    none, one = 2 * zeros + apart, 2 * ones + apart
    return 1 - (none + one - 1) * 2 * apart / (2 * none * one)


def _alpha(zeros: Any, ones: Any) -> float:
    """Return alpha of items, from the numbers of ratings of 0 and of 1 of each."""
    import numpy as np

    m = zeros + ones
    two = m >= 2
    apart = float((2 * zeros * ones / np.maximum(m - 1, 1))[two].sum())
    none, one = float(zeros[two].sum()), float(ones[two].sum())
    return 1 - (none + one - 1) * apart / (2 * none * one)


@cache
def power(participants: int, difference: float) -> float:
    """Return the share of studies that find a difference in mean score between two assistants.

    Each participant rates :data:`PER_ASSISTANT` recommendations of either; a paired t test over participants, at 5 %. Its bound is that of
    simulated studies without a difference.

    Args:
        participants: number of participants.
        difference: the difference, of scores from 0 to 4.
    """
    import numpy as np

    rng = np.random.default_rng((_SEED, participants, 1))
    spread = (SD_PERSON**2 + 2 * SD_ITEM**2 / PER_ASSISTANT) ** 0.5
    drawn = rng.normal(0, spread, (2, _TRIALS, participants))
    none, some = drawn[0], drawn[1] + difference
    without, found = (abs(each.mean(axis=1)) / each.std(axis=1, ddof=1) for each in (none, some))
    return float((found > np.quantile(without, _LEVEL)).mean())


@cache
def smallest_difference(participants: int) -> float:
    """Return the smallest difference in mean score, in steps of .01, that 80 % of studies find.

    Args:
        participants: number of participants, at least 3.
    """
    steps = range(1, 401)
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if power(participants, steps[middle] / 100) >= POWER:
            high = middle
        else:
            low = middle + 1
    return steps[low] / 100
