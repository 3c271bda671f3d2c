"""The pairs that a night trains on, chosen from the replay buffer (paper, section 4.2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from propersim.core.interfaces import Replay
from propersim.core.records import Pair
from propersim.core.rng import generator
from propersim.models.presets import Teaching

MOST_REPEATS = 10
"""A rare pair is used no more often than this in one pass."""
ASKED = 3
"""So many times a night's pairs, decisions are asked of today's adapter, to find those that it is wrong about; a third are the newest."""
KNOWN = 0.03
"""Weight in the choice of a decision that the adapter is right about; one that it is wrong about has 1 more."""

Wrong = Callable[[Sequence[Pair]], list[float]]


class ReplaySample(NamedTuple):
    """The pairs of a night; a pair may be in it more than once."""

    decisions: list[Pair]
    contents: list[Pair]

    @property
    def pairs(self) -> list[Pair]:
        """Both kinds."""
        return [*self.decisions, *self.contents]


def sample_replay(replay: Replay, teaching: Teaching, scheme: str, seed: int, at: int, wrong: Wrong | None = None) -> ReplaySample:
    """Choose a night's pairs.

    ``factored``: up to ``content_share`` of them contents, half of these won by preference where there are so many (the rare ones
    more than once). Decisions by chance, the likelier the more wrong today's adapter is about them: rare moments that it misses
    and false alarms come first, what it knows seldom. ``paper``: uniformly from all.

    Args:
        replay: the buffer.
        teaching: how many, from how large a window.
        scheme: ``factored`` or ``paper``.
        seed: of the run.
        at: steps of the run so far.
        wrong: how wrong the adapter is about decisions, each 0–1; None takes all for equally wrong.
    """
    rng = generator(seed, "learning/lesson", at)
    if scheme == "paper":
        found = replay("answer", teaching.window)
        return ReplaySample(rng.sample(found, min(teaching.pairs, len(found))), [])
    contents = _balanced(replay("content", teaching.content_window), round(teaching.pairs * teaching.content_share), 0.5, "preference", rng)
    decisions = replay("decision", teaching.window)
    if len(decisions) > ASKED * teaching.pairs:
        # Today's mistakes are never left out.
        older, newest = decisions[: -teaching.pairs], decisions[-teaching.pairs :]
        decisions = [*rng.sample(older, (ASKED - 1) * teaching.pairs), *newest]
    room = min(teaching.pairs - len(contents), len(decisions))
    weights = wrong(decisions) if wrong is not None and room < len(decisions) else [1.0] * len(decisions)
    keys = [rng.random() ** (1 / (weight + KNOWN)) for weight in weights]
    picked = sorted(range(len(decisions)), key=lambda i: -keys[i])[:room]
    return ReplaySample([decisions[i] for i in sorted(picked)], contents)


def _balanced(pairs: list[Pair], room: int, share: float, rare: str, rng: random.Random) -> list[Pair]:
    """Choose pairs so that at least a share of them is of the rare kind, each of those at most :data:`MOST_REPEATS` times."""
    some, others = [one for one in pairs if one.won == rare], [one for one in pairs if one.won != rare]
    room = min(room, len(pairs))
    wanted = min(round(room * max(share, len(some) / max(1, len(pairs)))), MOST_REPEATS * len(some))
    rng.shuffle(some)
    return [some[i % len(some)] for i in range(wanted)] + rng.sample(others, min(room - wanted, len(others)))
