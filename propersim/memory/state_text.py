"""Describe a state in words, for models that read text.

The parts that change least come first. Untrusted text (suggestions, a model's description of the day, names in a custom floor plan) is
written as a JSON string without angle brackets, so that it can close neither its quotes nor the block around the state.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cache
from typing import Final

from propersim.core.clock import FULL_WEEKDAYS, format_minutes, format_time
from propersim.core.prompts import quoted
from propersim.memory.evidence import Evidence
from propersim.memory.evidence_text import brief_verdicts, counts, verdicts
from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.world.catalogue import HOME, all_activities, setting_of, topics
from propersim.world.setting import settings

ROLE: Final = (
    "You are a proactive assistant in the home of one person. Every few minutes you either stay silent or make one suggestion. "
    "Speak only where the moment is right and the suggestion is something this person likes; too many are worse than none. "
    "A suggestion is one short, friendly, specific sentence."
)
"""The task of an assistant, the same for all models that read text; :func:`in_place` says it for other settings."""
INSTRUCTION: Final = (
    f"{ROLE} "
    'Answer with JSON only: {"speak": false} to stay silent, or for example '
    '{"speak": true, "suggestion": "Shall I put on some quiet jazz for you?"} or '
    '{"speak": true, "suggestion": "The ferns by the window could do with some water."}'
)
"""The beginning of every prompt of a local model, always the same, so that it is computed once."""

EVIDENCE_INSTRUCTION: Final = (
    "You are a proactive assistant in the home of one person. From this person's ratings of such moments, decide to stay silent or to make "
    'one short, specific suggestion. Answer in JSON: {"speak": false}, or for example '
    '{"speak": true, "topic": "music", "tone": "gentle", "suggestion": "Shall I put on some quiet jazz for you?"}'
)
"""The beginning of every prompt of a local model that reads evidence."""

_LONGEST: Final = 160
"""Characters of a past suggestion or name in the text."""


def in_place(text: str, activity: str) -> str:
    """Return an instruction as it is said in the setting of an activity.

    It does not say "in the home" where the user is in the office.

    Args:
        text: the instruction, for the home.
        activity: id of the user's activity.
    """
    return text.replace(settings()[HOME].assists, settings()[setting_of(activity)].assists)


def describe(state: AssistantState) -> str:
    """Return a state in words, some ten to twenty lines."""
    return "\n".join(_lines(state))


def describe_evidence(state: AssistantState) -> str:
    """Return a moment and what the ratings say of it, in two lines."""
    since = format_minutes(state.since) if state.since >= 1 else "just begun"
    return (
        f"Now: {FULL_WEEKDAYS[state.weekday % 7]}, {format_time(state.minute, wrap=True)}, {known_activity(state.activity, state.phrase)} "
        f"in the {known_room(state.room)} ({since}).\n"
        f"Ratings: {brief_verdicts(state.evidence or Evidence())}"
    )


def _lines(state: AssistantState) -> Iterator[str]:
    earlier = [_summary(row) for row in (*state.blocks[::-1], *state.hours[::-1])]
    if earlier:
        yield "Earlier today:"
        yield from earlier
    if state.memories:
        yield "Similar moments in the past:"
        yield from (_past(row, "silence") for row in state.memories[::-1])
    if state.evidence is not None:
        yield "What this person's ratings say:"
        yield from (f"- {line}" for line in counts(state.evidence))
    if state.recent:
        yield "The last 10 minutes:"
        yield from (_past(row, "") for row in state.recent)
    yield "Now:"
    yield f"- {FULL_WEEKDAYS[state.weekday % 7]}, {format_time(state.minute, wrap=True)}"
    if state.timers is not None:
        yield f"- {_timers(state.timers)}"
    since = f"for {format_minutes(state.since)}" if state.since >= 1 else "just begun"
    doing = known_activity(state.activity, state.phrase)
    yield f"- the user is {doing} in the {known_room(state.room)} ({since}); absorbed: {state.focus} of 5"
    if state.evidence is not None:
        yield f"- {' '.join(verdicts(state.evidence))}"


def _summary(row: Summary) -> str:
    start, end = row.hours_ago + row.hours, row.hours_ago
    doing = " and ".join(_doing(name) for name in row.activities)
    line = f"- {start:.3g} to {end:.3g} h ago: {doing or 'nothing seen'}; {_count(row.shown, 'suggestion')}"
    if row.shown and row.topics:
        line += " about " + ", ".join(_topic(name) for name in row.topics)
    return line if row.mean_score is None else f"{line}, rated {row.mean_score:.1f} of 4"


def _past(row: Past, silence: str) -> str:
    said = silence if row.topic is None and not row.text else f"suggested {quoted(row.text or row.topic or '', limit=_LONGEST)}"
    rated = "" if row.score is None else f", rated {row.score} of 4"
    return f"- {_ago(row.minutes_ago)} ago, {_doing(row.activity)}" + (f": {said}{rated}" if said else "")


def _timers(timers: Timers) -> str:
    return (
        f"{_count(timers.shown, 'suggestion')} today, the last {format_minutes(timers.gap)} ago; "
        f"{timers.satisfying} well received, the last {format_minutes(timers.need)} ago"
        if timers.shown
        else f"no suggestion yet today, awake for {format_minutes(timers.gap)}"
    )


def _ago(minutes: float) -> str:
    return format_minutes(minutes) if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"


def _count(count: int, noun: str) -> str:
    return f"no {noun}s" if not count else f"{count} {noun}{'' if count == 1 else 's'}"


def known_activity(activity: str, phrase: str) -> str:
    """Return an activity in words, quoted unless the words are the catalogue's.

    Args:
        activity: id of the activity.
        phrase: the activity in words.
    """
    return _known(phrase, (_doing(activity),) if activity in all_activities() else ())


def known_room(room: str) -> str:
    """Return the name of a room, quoted unless the catalogue names it."""
    return _known(room, _rooms())


@cache
def _rooms() -> frozenset[str]:
    """Return the rooms that the catalogue of activities names."""
    return frozenset(place.partition("/")[0] for activity in all_activities().values() for place in activity.at)


def _doing(name: str) -> str:
    known = all_activities().get(name)
    return known.phrase if known else quoted(name, limit=_LONGEST)


def _topic(name: str) -> str:
    return _known(name, topics())


def _known(text: str, names: Container[str]) -> str:
    """Return a text as it is where it is one of our own names, else quoted."""
    return text if text in names else quoted(text, limit=_LONGEST)
