"""Moments of HomeLM's corpus: random states that are consistent in themselves.

They are independent of every persona.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from functools import cache, lru_cache
from typing import Final, NamedTuple

from propersim.homelm_pretraining.sentences import settings
from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.world.catalogue import Activity, activities, topics

RELATED: Final = 0.5
"""Share of the topics that are related to the activity; the rest are drawn from all topics."""

_ROUTINE: Final = {
    "wake_up": (5, 11), "wash": (5, 12), "shower": (5, 24), "breakfast": (5, 11), "lunch": (11, 15), "dinner": (17, 22),
    "family_meal": (12, 21), "evening_wash": (20, 28), "desk_work": (7, 20), "deep_work": (7, 22), "video_meeting": (8, 19),
    "email": (7, 21), "away_at_work": (6, 22), "commute": (6, 21),
}  # fmt: skip


class _Event(NamedTuple):
    minute: float
    activity: str
    topic: str
    score: int


@lru_cache(maxsize=64)
def possible(hour: int) -> tuple[str, ...]:
    """Return the activities that are possible at an hour of the day's clock."""
    names = []
    for name, activity in activities().items():
        low, high = _ROUTINE.get(name, activity.hours)
        if low <= hour < high:
            names.append(name)
    return tuple(names)


@cache
def related(activity: str) -> tuple[str, ...]:
    """Return the topics related to an activity, once for each of its tags that lists them."""
    table, seen = settings()["affinity"], activities()[activity]
    return tuple(topic for name, listed in table.items() if seen.is_a(name) for topic in listed)


def any_topic(rng: random.Random, activity: str) -> str:
    """Draw a topic for an activity: a related one with probability :data:`RELATED`, else any."""
    near = related(activity)
    return rng.choice(near) if near and rng.random() < RELATED else rng.choice(list(topics()))


def _activity_at(rng: random.Random, minute: float) -> str:
    return rng.choice(possible(int(minute // 60)))


def _day(rng: random.Random, woke: float, now: float, activity: str, since: float) -> tuple[list[tuple[float, str]], list[_Event]]:
    doings, at = [], woke
    while at < now - since:
        name = _activity_at(rng, at)
        doings.append((at, name))
        at += rng.uniform(*activities()[name].minutes)
    doings.append((now - since, activity))
    rate = math.exp(rng.uniform(math.log(0.05), math.log(8.0))) / 60
    taste = rng.choice((0.0, 0.2, 0.5, 0.9))
    events, at = [], woke + rng.expovariate(rate)
    while at < now:
        during = next(name for start, name in reversed(doings) if start <= at)
        score = 4 if rng.random() < taste else rng.choice((0, 1, 1, 2, 2, 3))
        events.append(_Event(at, during, any_topic(rng, during), score))
        at += 2.5 + rng.expovariate(rate)
    return doings, events


def _summary(doings: list[tuple[float, str]], events: list[_Event], start: float, end: float, now: float, scores: bool) -> Summary:
    said = [e for e in events if start <= e.minute < end]
    during = [name for i, (at, name) in enumerate(doings) if at < end and (doings[i + 1][0] if i + 1 < len(doings) else now) > start]
    listed = tuple(name for name, _ in Counter(e.topic for e in said).most_common(3))
    doing = tuple(name for name, _ in Counter(during).most_common(2))
    mean = sum(e.score for e in said) / len(said) if scores and said else None
    return Summary((now - end) / 60, (end - start) / 60, len(said), listed, doing, mean)


def _memories(rng: random.Random, activity: str, scores: bool) -> tuple[Past, ...]:
    memories: list[Past] = []
    for _ in range(rng.choice((0, 1, 3, 5, 5, 5))):
        name = activity if rng.random() < 0.7 else rng.choice(list(activities()))
        topic = None if sum(m.topic is None for m in memories) < 2 and rng.random() < 0.3 else any_topic(rng, name)
        memories.append(Past(name, topic, "", rng.randint(0, 4) if scores else None, rng.uniform(60, 9000), rng.random()))
    return tuple(memories)


def moment(rng: random.Random, *, history: bool | None = None, timers: bool | None = None) -> AssistantState:
    """Draw a random state.

    Args:
        rng: source of random numbers.
        history: whether the state has the day so far and memories; None decides at random.
        timers: whether the state has the clocks; None decides at random.
    """
    woke = rng.gauss(7.0, 1.0) * 60
    woke = min(max(woke, 300.0), 660.0)
    now = rng.uniform(woke, min(woke + rng.uniform(14, 18) * 60, 1679.0))
    name = _activity_at(rng, now)
    seen: Activity = activities()[name]
    since = min(rng.uniform(0, seen.minutes[1]) if rng.random() < 0.8 else 0.0, now - woke)
    doings, events = _day(rng, woke, now, name, since)
    good = [e for e in events if e.score == 4]
    start = woke if rng.random() < 0.6 else woke - rng.choice((20, 45, 60, 90, 180))  # at waking, the clocks may start above 0
    clocks = Timers(now - (events[-1].minute if events else start), now - (good[-1].minute if good else start), len(events), len(good))
    with_history = rng.random() < 0.8 if history is None else history
    with_timers = rng.random() < 0.8 if timers is None else timers
    scores = rng.random() < 0.3
    recent: list[Past] = []
    for i in range(4, 0, -1):
        at = now - 2.5 * i
        if at < woke:
            continue
        hit = next((e for e in events if at <= e.minute < at + 2.5), None)
        during = next(doing for begun, doing in reversed(doings) if begun <= at)
        recent.append(Past(during, hit.topic if hit else None, "", hit.score if hit and scores else None, 2.5 * i))
    early = now - 10.0
    ends = [early - 60 * i for i in range(4) if early - 60 * i > woke]
    hours = [_summary(doings, events, max(woke, end - 60), end, now, scores) for end in ends]
    ends = [early - 240 * i for i in range(1, 4) if early - 240 * i > woke]
    blocks = [_summary(doings, events, max(woke, end - 240), end, now, scores) for end in ends]
    return AssistantState(
        minute=now,
        weekday=rng.randrange(7),
        activity=name,
        phrase=seen.phrase,
        room=rng.choice(seen.at).split("/")[0],
        focus=min(5, max(1, seen.focus + rng.choice((-1, 0, 0, 0, 1)))),
        since=since,
        recent=tuple(recent) if with_history else (),
        hours=tuple(hours) if with_history else (),
        blocks=tuple(blocks) if with_history else (),
        memories=_memories(rng, name, scores) if with_history else (),
        timers=clocks if with_timers else None,
    )
