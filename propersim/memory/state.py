"""The assistant's state at a step (paper, section 4.1).

It has the present, the day so far in summaries, and similar past steps.
"""

from __future__ import annotations

from dataclasses import dataclass

from propersim.memory.day_log import Entry
from propersim.memory.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Past:
    """A past activity, and what the assistant said during it.

    Attributes:
        activity: id of the activity.
        topic: topic of the recommendation; None for silence.
        text: the recommendation in words; "" for silence.
        score: its score, 0–4; None where the memory level has no scores.
        minutes_ago: minutes since it happened; for a recalled pair, since it last happened.
        similarity: cosine to the present activity; 1 for entries of the diary.
    """

    activity: str
    topic: str | None
    text: str = ""
    score: int | None = None
    minutes_ago: float = 0.0
    similarity: float = 1.0


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over an interval of earlier today.

    Attributes:
        hours_ago: end of the interval, in hours before now.
        hours: length of the interval.
        shown: recommendations shown in it.
        topics: their topics, most frequent first, at most three.
        activities: the activities that took most of it, at most two.
        mean_score: mean score of the recommendations shown; None where the memory level has no scores, or none was shown.
    """

    hours_ago: float
    hours: float
    shown: int
    topics: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    mean_score: float | None = None


@dataclass(frozen=True, slots=True)
class Timers:
    """The assistant's own clocks in its state (``--clocks on``).

    Unlike :class:`propersim.core.records.Clocks` they know no rubric: they start at 0 at waking, not at G_min.

    Attributes:
        gap: minutes since the last recommendation of today; since waking where there was none.
        need: minutes since the last satisfying one (preference, timing and communication at 1), likewise.
        shown: recommendations shown today.
        satisfying: satisfying ones among them.
    """

    gap: float
    need: float
    shown: int
    satisfying: int


@dataclass(frozen=True, slots=True)
class AssistantState:
    """The assistant's internal state at a step. Never holds the persona or the rubric.

    Attributes:
        minute: minute of the day's clock.
        weekday: 0 for Monday.
        activity: id of the user's activity.
        phrase: the activity in words.
        room: name of the room.
        focus: how absorbed the user looks, 1–5.
        since: minutes since the activity began.
        recent: the last 10 minutes in detail, newest last.
        hours: up to four 1-hour summaries before that, newest first.
        blocks: up to three 4-hour summaries before those, newest first.
        memories: up to five similar past (action, recommendation) pairs, most similar first.
        timers: the clocks; None where the assistant has none (``--clocks off``).
        evidence: counts of earlier ratings that concern the moment; None at other memory levels than ``evidence``.
        log: the log of today so far, oldest entry first; None where the assistant keeps none (``--day-log off``).
    """

    minute: float
    weekday: int
    activity: str
    phrase: str
    room: str
    focus: int
    since: float = 0.0
    recent: tuple[Past, ...] = ()
    hours: tuple[Summary, ...] = ()
    blocks: tuple[Summary, ...] = ()
    memories: tuple[Past, ...] = ()
    timers: Timers | None = None
    evidence: Evidence | None = None
    log: tuple[Entry, ...] | None = None
