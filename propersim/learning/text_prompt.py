"""A state in words, for models that read text: what changes least comes first, the moment itself last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from propersim.assistant.state import Past, State, Summary, Timers
from propersim.clock import format_minutes, format_time
from propersim.text import clean
from propersim.world.catalogue import activities, topics

INSTRUCTION: Final = (
    "You are a proactive assistant in the home of one person. Every few minutes you either stay silent or make one suggestion. "
    "Speak only where the moment is right and the suggestion is something this person likes; too many are worse than none. "
    "A suggestion is one short, friendly, specific sentence. "
    'Answer with JSON only: {"speak": false} to stay silent, or for example '
    '{"speak": true, "suggestion": "Shall I put on some quiet jazz for you?"} or '
    '{"speak": true, "suggestion": "The ferns by the window could do with some water."}'
)
"""What every prompt begins with, the same in all of them, so that it can be computed once."""

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST: Final = 160
"""Characters of a past suggestion that are told."""


def describe(state: State) -> str:
    """Return a state in words, some ten to twenty lines; never the persona, which is not in it."""
    return "\n".join(_lines(state))


def _lines(state: State) -> Iterator[str]:
    earlier = [_summary(row) for row in (*state.blocks[::-1], *state.hours[::-1])]
    if earlier:
        yield "Earlier today:"
        yield from earlier
    if state.memories:
        yield "Similar moments in the past:"
        yield from (_past(row, "silence") for row in state.memories[::-1])
    if state.recent:
        yield "The last 10 minutes:"
        yield from (_past(row, "") for row in state.recent)
    yield "Now:"
    yield f"- {_DAYS[state.weekday % 7]}, {format_time(state.minute, wrap=True)}"
    if state.timers is not None:
        yield f"- {_timers(state.timers)}"
    since = f"for {format_minutes(state.since)}" if state.since >= 1 else "just begun"
    yield f"- the user is {_said(state.phrase)} in the {_said(state.room)} ({since}); absorbed: {state.focus} of 5"


def _summary(row: Summary) -> str:
    start, end = row.hours_ago + row.hours, row.hours_ago
    doing = " and ".join(_doing(name) for name in row.activities)
    found = f"- {start:.3g} to {end:.3g} h ago: {doing or 'nothing seen'}; {_times(row.shown, 'suggestion')}"
    if row.shown and row.topics:
        found += " about " + ", ".join(_topic(name) for name in row.topics)
    return found if row.mean_score is None else f"{found}, rated {row.mean_score:.1f} of 4"


def _past(row: Past, silence: str) -> str:
    said = silence if row.topic is None and not row.text else f'suggested "{_said(row.text) or _topic(row.topic or "")}"'
    rated = "" if row.score is None else f", rated {row.score} of 4"
    return f"- {_ago(row.minutes_ago)} ago, {_doing(row.activity)}" + (f": {said}{rated}" if said else "")


def _timers(timers: Timers) -> str:
    return (
        f"{_times(timers.shown, 'suggestion')} today, the last {format_minutes(timers.gap)} ago; "
        f"{timers.satisfying} well received, the last {format_minutes(timers.need)} ago"
        if timers.shown
        else f"no suggestion yet today, awake for {format_minutes(timers.gap)}"
    )


def _ago(minutes: float) -> str:
    return format_minutes(minutes) if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"


def _times(count: int, what: str) -> str:
    return f"no {what}s" if not count else f"{count} {what}{'' if count == 1 else 's'}"


def _doing(name: str) -> str:
    known = activities().get(name)
    return known.phrase if known else _said(name)


def _topic(name: str) -> str:
    return name if name in topics() else _said(name)


def _said(text: str) -> str:
    return clean(text, limit=_LONGEST)
