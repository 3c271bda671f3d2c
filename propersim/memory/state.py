"""What the assistant sees at a step: the moment, the day so far in summary, similar past moments (paper, section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened: an action, and what the assistant said during it.

    Attributes:
        activity: id of the activity.
        topic: topic of the recommendation; None is silence.
        text: the recommendation in words; "" for silence.
        score: how it was rated, 0–4; None where the memory level keeps no scores.
        minutes_ago: how long ago; for a retrieved memory, since it last happened.
        similarity: cosine to the present moment; 1 for what is not retrieved.
    """

    activity: str
    topic: str | None
    text: str = ""
    score: int | None = None
    minutes_ago: float = 0.0
    similarity: float = 1.0


@dataclass(frozen=True, slots=True)
class Summary:
    """A stretch of earlier today, counted.

    Attributes:
        hours_ago: where the stretch ends, in hours before now.
        hours: its length.
        shown: recommendations shown in it.
        topics: their topics, most frequent first, at most three.
        activities: what the user did most, at most two.
        mean_score: of what was shown; None where the memory level keeps no scores, or nothing was shown.
    """

    hours_ago: float
    hours: float
    shown: int
    topics: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    mean_score: float | None = None


@dataclass(frozen=True, slots=True)
class Timers:
    """The clocks in the state (``--clocks on``), minutes and counts of today.

    Attributes:
        gap: minutes since the last recommendation; since waking where there was none.
        need: minutes since the last well-rated one (preference, timing and communication at 1), likewise.
        shown: recommendations shown today.
        satisfying: well-rated ones among them.
    """

    gap: float
    need: float
    shown: int
    satisfying: int


@dataclass(frozen=True, slots=True)
class State:
    """The assistant's internal state at a step. Never holds the persona or the rubric.

    Attributes:
        minute: the day's clock.
        weekday: 0 is Monday.
        activity: id of what the user is doing.
        phrase: the same in words.
        room: where.
        focus: how absorbed the user looks, 1–5.
        since: minutes since the action began.
        recent: the last 10 minutes in detail, newest last.
        hours: up to four 1-hour summaries before that, newest first.
        blocks: up to three 4-hour summaries before those, newest first.
        memories: up to five similar past (action, recommendation) pairs, most similar first.
        timers: clocks; None where they are not given.
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
