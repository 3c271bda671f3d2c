"""Choose which recommendations a person is asked about."""

from __future__ import annotations

from propersim.core.rng import uniform


def is_asked(seed: int, every: int, number: int) -> bool:
    """Return whether a person is asked about a recommendation.

    Of every ``every`` consecutive recommendations of the run one is drawn, so that nobody can foresee which, and what is asked stands
    for what is not. The draw depends on the seed and the number alone: it is the same after a resume.

    Args:
        seed: seed of the run.
        every: one recommendation in how many; 1 asks about each.
        number: number of the recommendation in the run, from 0.
    """
    block, place = divmod(number, every)
    return place == int(uniform(seed, "human/ask", block) * every)
