"""Choose topics and tones by evidence: the best known ones, or one to try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from propersim.memory.evidence import Evidence, Known

GOOD: Final = 0.5
"""Estimated probability from which a topic or tone counts as good."""
ALIKE: Final = 0.08
"""Topics whose probabilities differ by less are equally good."""


def good_topics(evidence: Evidence) -> tuple[str, ...]:
    """Return the best topics now, all equally good; empty where none is known to be good."""
    return _good(evidence.topics)


def knows_topic(evidence: Evidence | None) -> bool:
    """Return whether a topic is known to be good now.

    An assistant that reads no evidence needs to know none.
    """
    return evidence is None or bool(good_topics(evidence))


def good_tones(evidence: Evidence) -> tuple[str, ...]:
    """Return the best tones, all equally good; empty where none is known to be good."""
    return _good(evidence.tones)


def is_about_good(evidence: Evidence, topic: str | None, tone: str | None) -> bool:
    """Return whether a suggestion's topic and tone are among those that are known to be good.

    Args:
        evidence: what the ratings say of the moment.
        topic: topic of the suggestion; None where it has none.
        tone: its tone; likewise. Any tone will do where none is known to be good.
    """
    tones = good_tones(evidence)
    return topic in good_topics(evidence) and (not tones or tone in tones)


def _good(known: Sequence[Known]) -> tuple[str, ...]:
    if not known or known[0].chance < GOOD:
        return ()
    return tuple(one.name for one in known if one.chance > known[0].chance - ALIKE)


def topic_to_try(evidence: Evidence, draw: float) -> str:
    """Return a topic to try: one with the fewest ratings during this activity at this hour.

    Those that may be liked, by what other ratings say, are likelier.

    Args:
        evidence: what the ratings say of the moment.
        draw: a uniform random number in [0, 1).
    """
    return _to_try(evidence.topics, [one.here.total for one in evidence.topics], draw)


def topic_to_tell(evidence: Evidence, draw: float) -> str:
    """Return one of the topics that are known to be good now, or one to try where none is.

    Args:
        evidence: what the ratings say of the moment.
        draw: a uniform random number in [0, 1).
    """
    good = good_topics(evidence)
    return good[int(draw * len(good))] if good else topic_to_try(evidence, draw)


def tone_to_try(evidence: Evidence, draw: float) -> str:
    """Return a tone to try a topic with.

    It is one of the good tones, or, where none is known, one with the fewest ratings.

    Args:
        evidence: what the ratings say of the moment.
        draw: a uniform random number in [0, 1).
    """
    good = good_tones(evidence)
    if good:
        return good[int(draw * len(good))]
    return _to_try(evidence.tones, [one.ever.total for one in evidence.tones], draw)


def _to_try(known: Sequence[Known], rated: Sequence[int], draw: float) -> str:
    least = min(rated)
    rows = [one for one, count in zip(known, rated, strict=True) if count == least]
    left = draw * sum(one.chance for one in rows)
    for one in rows:
        left -= one.chance
        if left < 0:
            return one.name
    return rows[-1].name
