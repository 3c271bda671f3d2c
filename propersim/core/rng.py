"""Make every random choice reproducible: one generator per (seed, purpose, day, step)."""

from __future__ import annotations

import random
from hashlib import blake2b


def generator(seed: int, purpose: str, *place: int | str) -> random.Random:
    """Return a generator seeded from its arguments alone.

    Args:
        seed: the run's seed.
        purpose: use of the numbers; streams of different purposes are independent.
        *place: position in the run, such as day and step.
    """
    return random.Random(_digest(seed, purpose, place))


def uniform(seed: int, purpose: str, *place: int | str) -> float:
    """Return a number in [0, 1) that depends on the arguments alone.

    This is faster than :func:`generator`.

    Args:
        seed: the run's seed.
        purpose: use of the number.
        *place: position in the run, such as day and step.
    """
    return (_digest(seed, purpose, place) >> 11) / (1 << 53)


def _digest(seed: int, purpose: str, place: tuple[int | str, ...]) -> int:
    text = "/".join((str(seed), purpose, *map(str, place)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
