"""Choose the pairs that a night trains on from the replay buffer (paper, section 4.2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from propersim.core.interfaces import ReplayBuffer
from propersim.core.records import Pair
from propersim.core.rng import generator
from propersim.learning.held_out import shares
from propersim.models.presets import Teaching

MAX_REPEATS = 10
"""A rare pair is used at most this often in one pass."""
SCORED_MULTIPLE = 3
"""At most this many times a night's number of pairs are scored by the current adapter, to find the decisions that it gets wrong; a third
of them are the newest."""
BASE_WEIGHT = 0.03
"""Sampling weight of a decision that the adapter gets right; a decision that it gets wrong weighs 1 more."""

ErrorProbability = Callable[[Sequence[Pair]], list[float]]
"""Returns for each decision pair the probability that the adapter gives to the rejected option, 0–1."""


class ReplaySample(NamedTuple):
    """The pairs that a night trains on; a pair may occur more than once."""

    decisions: list[Pair]
    contents: list[Pair]

    @property
    def pairs(self) -> list[Pair]:
        """All pairs: decisions, then contents."""
        return [*self.decisions, *self.contents]


def sample_replay(
    replay: ReplayBuffer, teaching: Teaching, scheme: str, seed: int, at: int, wrong: ErrorProbability | None = None
) -> ReplaySample:
    """Sample a night's pairs from the replay buffer.

    ``factored``: at most ``content_share`` of the pairs are contents. Half of these are pairs won by preference, which are rare and may be
    repeated. Decisions are sampled with a weight that grows with how wrong the current adapter is about them, so that missed needs and
    unwelcome recommendations come first; the moments of one need share one weight. ``paper``: uniformly from all pairs.

    Args:
        replay: the replay buffer.
        teaching: number of pairs and size of the window.
        scheme: ``factored`` or ``paper``.
        seed: the run's seed.
        at: steps of the run so far.
        wrong: returns how wrong the adapter is about decisions, each 0–1; None weighs all decisions equally.
    """
    rng = generator(seed, "learning/lesson", at)
    if scheme == "paper":
        answers = replay("answer", teaching.window)
        return ReplaySample(rng.sample(answers, min(teaching.pairs, len(answers))), [])
    contents = _balanced(replay("content", teaching.content_window), round(teaching.pairs * teaching.content_share), 0.5, "preference", rng)
    decisions = replay("decision", teaching.window)
    share = dict(zip(((pair.index, pair.number) for pair in decisions), shares(decisions), strict=True))
    if len(decisions) > SCORED_MULTIPLE * teaching.pairs:
        # The newest pairs always take part: they hold the mistakes of the day that just ended.
        older, newest = decisions[: -teaching.pairs], decisions[-teaching.pairs :]
        decisions = [*rng.sample(older, (SCORED_MULTIPLE - 1) * teaching.pairs), *newest]
    room = min(teaching.pairs - len(contents), len(decisions))
    weights = wrong(decisions) if wrong is not None and room < len(decisions) else [1.0] * len(decisions)
    weights = [weight * share[pair.index, pair.number] for weight, pair in zip(weights, decisions, strict=True)]
    # Weighted sampling without replacement (Efraimidis and Spirakis): the largest keys win.
    keys = [rng.random() ** (1 / (weight + BASE_WEIGHT)) for weight in weights]
    picked = sorted(range(len(decisions)), key=lambda i: -keys[i])[:room]
    return ReplaySample([decisions[i] for i in sorted(picked)], contents)


def _balanced(pairs: list[Pair], room: int, share: float, rare: str, rng: random.Random) -> list[Pair]:
    """Sample up to ``room`` pairs, at least a share of them won by ``rare``.

    Each of these is used at most :data:`MAX_REPEATS` times.
    """
    wanted, others = [pair for pair in pairs if pair.won == rare], [pair for pair in pairs if pair.won != rare]
    room = min(room, len(pairs))
    count = min(round(room * max(share, len(wanted) / max(1, len(pairs)))), MAX_REPEATS * len(wanted))
    rng.shuffle(wanted)
    return [wanted[i % len(wanted)] for i in range(count)] + rng.sample(others, min(room - count, len(others)))
