"""Estimate survival, the share of things that have had no event yet, as Kaplan and Meier do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """The time over which one thing was watched.

    Attributes:
        time: until when.
        ended: whether the event happened then; else the watching ended, and what came later is not known.
    """

    time: float
    ended: bool


class SurvivalPoint(NamedTuple):
    """A time at which some of the watched things had the event.

    Attributes:
        time: the time.
        at_risk: number of things that were still watched and had had no event before.
        events: number of things that had the event at this time.
        share: estimated share of things without the event after this time.
    """

    time: float
    at_risk: int
    events: int
    share: float


def survival(spans: Sequence[Span]) -> list[SurvivalPoint]:
    """Return the estimate of Kaplan and Meier, a point for each time of an event, in order.

    Of those that were watched until a time of an event, and no longer, the event is taken to come first.
    """
    points = []
    share = 1.0
    for time in sorted({span.time for span in spans if span.ended}):
        at_risk = at_risk_at(spans, time)
        events = sum(span.ended and span.time == time for span in spans)
        share *= 1 - events / at_risk
        points.append(SurvivalPoint(time, at_risk, events, share))
    return points


def at_risk_at(spans: Sequence[Span], time: float) -> int:
    """Return how many are watched until a time or longer, and had no event before it."""
    return sum(span.time >= time for span in spans)


def share_at(points: Sequence[SurvivalPoint], time: float) -> float:
    """Return the estimated share to which nothing has happened until a time, inclusive."""
    return next((point.share for point in reversed(points) if point.time <= time), 1.0)
