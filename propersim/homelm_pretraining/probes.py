"""Targets of the probes in HomeLM's pretraining: fields of the state and random rules.

Linear probes predict every field, and many random rules ("between these hours, after so long, not during that"), from inner layers at the
position just before the decision. They are discarded afterwards. They make the fields easy to use when the adapter is trained on ratings.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from propersim.core.rng import generator
from propersim.memory.state import State
from propersim.models.homelm_field_tokens import BUCKETS, COUNTS, FIVES, QUARTERS, WAITS, bucket, five, quarter
from propersim.world.catalogue import activities

Flags = npt.NDArray[np.uint8]

RULES: Final = 512
"""Number of random rules."""


@cache
def _tags() -> tuple[str, ...]:
    return tuple(sorted({tag for a in activities().values() for tag in a.tags}))


def columns(states: Sequence[State]) -> dict[str, npt.NDArray[np.int64]]:
    """Return the fields of states as numbers, shape (states,) per field; -1 is unknown."""
    names = {name: i for i, name in enumerate(activities())}
    rows = [
        (
            quarter(s.minute),
            FIVES * quarter(s.minute) + five(s.minute),
            s.weekday,
            names.get(s.activity, names["other"]),
            min(5, max(1, s.focus)),
            bucket(s.since),
            *(
                (
                    bucket(s.timers.gap, WAITS),
                    bucket(s.timers.need, WAITS),
                    min(COUNTS - 1, s.timers.shown),
                    min(COUNTS - 1, s.timers.satisfying),
                )
                if s.timers
                else (-1, -1, -1, -1)
            ),
        )
        for s in states
    ]
    table = np.asarray(rows, np.int64).reshape(len(rows), 10)
    return dict(zip(("quarter", "clock", "day", "activity", "focus", "since", "gap", "need", "shown", "good"), table.T, strict=True))


def tag_table() -> Flags:
    """Return which activity has which tag, 0 or 1, shape (activities, tags)."""
    return np.asarray([[tag in a.tags for tag in _tags()] for a in activities().values()], np.uint8)


def field_flags(seen: dict[str, npt.NDArray[np.int64]]) -> Flags:
    """Return the targets of the field probes for every state; 255 is no target.

    The columns say whether each field reaches each of its levels, then give day and activity one-hot, then the activity's tags.
    """
    parts: list[Flags] = []
    seen = {**seen, "five": seen["clock"] % FIVES}
    for name, steps in (
        ("quarter", QUARTERS),
        ("five", FIVES),
        ("focus", 6),
        ("since", len(BUCKETS)),
        ("gap", len(WAITS)),
        ("need", len(WAITS)),
        ("shown", COUNTS),
        ("good", COUNTS),
    ):
        flags = (seen[name][:, None] >= np.arange(1, steps)[None, :]).astype(np.uint8)
        flags[seen[name] < 0] = 255
        parts.append(flags)
    parts.append((seen["day"][:, None] == np.arange(7)[None, :]).astype(np.uint8))
    parts.append((seen["activity"][:, None] == np.arange(len(activities()))[None, :]).astype(np.uint8))
    parts.append(tag_table()[seen["activity"]])
    return np.concatenate(parts, axis=1)


def _rule(rng: random.Random, seen: dict[str, npt.NDArray[np.int64]], tags: Flags) -> npt.NDArray[np.bool_]:
    count = len(seen["quarter"])
    held: npt.NDArray[np.bool_] = np.zeros(count, bool)
    for _ in range(rng.randint(1, 3)):
        part: npt.NDArray[np.bool_] = np.ones(count, bool)
        kind = rng.random()
        if kind < 0.75:
            # Rules of people mostly name full and half hours, less often quarters, seldom other times.
            grain = rng.choice((6, 6, 3, 3, 1))
            start = grain * rng.randrange(72 // grain, 300 // grain)
            part &= (seen["clock"] >= start) & (seen["clock"] < start + grain * rng.randint(max(1, 6 // grain), 48 // grain))
        if kind > 0.65:
            named = rng.sample(range(tags.shape[1]), rng.randint(1, 3))
            part &= tags[:, named].any(axis=1)
        held |= part
    for _ in range(rng.randint(0, 2)):
        held &= tags[:, rng.randrange(tags.shape[1])] == 0
    if rng.random() < 0.85:
        held &= seen["need"] >= rng.randrange(WAITS.index(15), WAITS.index(480))
    if rng.random() < 0.4:
        held &= seen["gap"] >= rng.randrange(WAITS.index(10), WAITS.index(240))
    if rng.random() < 0.6:
        held &= seen["good"] < rng.randrange(1, COUNTS)
    if rng.random() < 0.2:
        held &= seen["shown"] < rng.randrange(2, COUNTS)
    if rng.random() < 0.15:
        held &= seen["focus"] <= rng.randrange(1, 5)
    if rng.random() < 0.1:
        held &= (seen["day"] >= 5) == (rng.random() < 0.5)
    return held


def rule_flags(seen: dict[str, npt.NDArray[np.int64]], *, seed: int = 0) -> Flags:
    """Return for every state which random rules hold, shape (states, RULES).

    The value is 255 where the clocks are unknown.
    """
    rng = generator(seed, "homelm/rules")
    tags = tag_table()[seen["activity"]]
    flags = np.stack([_rule(rng, seen, tags) for _ in range(RULES)], axis=1).astype(np.uint8)
    flags[seen["need"] < 0] = 255
    return flags
