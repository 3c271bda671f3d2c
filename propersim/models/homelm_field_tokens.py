"""HomeLM's prompt: a state as at most 96 tokens, one token per field.

Fields that change often stand at fixed positions at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Final

from propersim.memory.state import AssistantState, Past, Summary
from propersim.world.catalogue import activities, home_activity, topics

BOS, EOS, PAD, SPEAK, SILENT = "<bos>", "<eos>", "<pad>", "<speak>", "<silent>"
LONGEST: Final = 96
"""Maximum tokens of a prompt."""
ANSWER: Final = 40
"""Maximum tokens of an answer, the end token included."""

BUCKETS: Final = (0, 5, 10, 15, 20, 30, 45, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480, 600, 720, 960)
"""Lower bounds, in minutes, of the buckets for how long the current action has gone on."""

WAITS: Final[tuple[float, ...]] = (
    *(0, 5, 10, 15, 20, 22.5, 25, 27.5),
    *range(30, 150, 5),
    *range(150, 240, 15),
    *range(240, 480, 30),
    *(480, 600, 720, 960),
)
"""Lower bounds, in minutes, of the buckets for the time since a recommendation: finer, because personas want gaps of many lengths and a
recommendation that is a few minutes early is unwelcome."""

COUNTS: Final = 16
"""Number of count tokens, from 0 to COUNTS - 1; the last stands for larger counts too."""

QUARTERS: Final = 112
"""Number of quarter-hour tokens of the day's clock: activities mostly begin at a quarter hour, which is then a single token."""

FIVES: Final = 3
"""Number of five-minute tokens within a quarter hour."""

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RECENT: Final = 3
_TOKENS: Final = {"away_at_work": "work_out"}
"""Activities whose token has another name, because the tokenizer of the shipped weights was made before they were renamed."""


@cache
def rooms() -> tuple[str, ...]:
    """Return the rooms that have a token."""
    return (*sorted({place.split("/")[0] for a in activities().values() for place in a.at}), "other")


@cache
def field_tokens() -> tuple[str, ...]:
    """Return all tokens that are not text, in the order of their ids."""
    names = [PAD, BOS, EOS, SPEAK, SILENT, "<memory>", "<just>"]
    names += [f"<block:{i}>" for i in (1, 2, 3)] + [f"<hour:{i}>" for i in (1, 2, 3, 4)]
    names += [f"<d:{day}>" for day in DAYS]
    names += [f"<t:{_clock(number)}>" for number in range(QUARTERS)]
    names += [f"<m:{5 * five:02}>" for five in range(FIVES)]
    names += [f"<since:{bound}>" for bound in BUCKETS]
    for name in ("gap", "need"):
        names += [f"<{name}:{bound:g}>" for bound in WAITS]
    for name in ("n", "shown", "good"):
        names += [f"<{name}:{count}>" for count in range(COUNTS)]
    names += [f"<f:{focus}>" for focus in range(1, 6)] + [f"<s:{score}>" for score in range(5)] + [f"<r:{room}>" for room in rooms()]
    names += [_activity(name) for name in activities()] + [f"<o:{name}>" for name in topics()] + ["<o:none>"]
    return tuple(names)


def bucket(minutes: float, bounds: Sequence[float] = BUCKETS) -> int:
    """Return the index of the bucket that contains a time in minutes."""
    return max(0, bisect_right(bounds, minutes) - 1)


def quarter(minute: float) -> int:
    """Return the index of the quarter hour of a minute of the day's clock."""
    return min(QUARTERS - 1, max(0, int(minute // 15)))


def five(minute: float) -> int:
    """Return the index of the five minutes within the quarter hour."""
    return int(max(0.0, minute) % 15 // 5)


def _wait(minutes: float) -> float:
    return WAITS[bucket(minutes, WAITS)]


def _clock(number: int) -> str:
    return f"{number // 4:02}:{number % 4 * 15:02}"


def _activity(name: str) -> str:
    name = home_activity(name)
    return f"<a:{_TOKENS.get(name, name)}>" if name in activities() else "<a:other>"


def _topic(name: str | None) -> str:
    return f"<o:{name}>" if name in topics() else "<o:none>"


def _count(name: str, count: int) -> str:
    return f"<{name}:{min(COUNTS - 1, max(0, count))}>"


def _score(score: float | None) -> list[str]:
    return [] if score is None else [f"<s:{min(4, max(0, round(score)))}>"]


def _summary(mark: str, row: Summary) -> list[str]:
    start = [mark, *(_activity(name) for name in row.activities[:1])]
    return [*start, _count("n", row.shown), *map(_topic, row.topics[:2]), *_score(row.mean_score)] if row.shown else start


def _recent(rows: Sequence[Past], now: str) -> list[str]:
    runs = [next(group) for _, group in groupby(rows, key=lambda row: (row.activity, row.topic, row.score))]
    result: list[str] = []
    for row in runs[-_RECENT:]:
        result += ["<just>", *([_activity(row.activity)] if row.activity != now else []), _topic(row.topic), *_score(row.score)]
    return result


def tokens(state: AssistantState) -> list[str]:
    """Return the tokens of a state, ending just before the decision."""
    result = [BOS]
    for i, row in reversed(list(enumerate(state.blocks[:3], 1))):
        result += _summary(f"<block:{i}>", row) if row.shown else []
    for i, row in reversed(list(enumerate(state.hours[:4], 1))):
        result += _summary(f"<hour:{i}>", row)
    for past in reversed(state.memories[:5]):
        result += ["<memory>", _activity(past.activity), _topic(past.topic), *_score(past.score)]
    result += _recent(state.recent, state.activity)
    result += [f"<d:{DAYS[state.weekday % 7]}>", f"<r:{state.room if state.room in rooms() else 'other'}>"]
    result.append(f"<since:{BUCKETS[bucket(state.since)]}>")
    if state.timers is not None:
        timers = state.timers
        result += [_count("shown", timers.shown), f"<gap:{_wait(timers.gap):g}>"]
        result += [_count("good", timers.satisfying), f"<need:{_wait(timers.need):g}>"]
    result += [f"<f:{min(5, max(1, state.focus))}>", _activity(state.activity)]
    result += [f"<m:{5 * five(state.minute):02}>", f"<t:{_clock(quarter(state.minute))}>"]
    return result


def render(state: AssistantState) -> str:
    """Return the text of a state's prompt, which the tokenizer splits into the prompt's tokens."""
    return "".join(tokens(state))


@cache
def _ids() -> dict[str, int]:
    return {token: i for i, token in enumerate(field_tokens())}


def encode(state: AssistantState) -> list[int]:
    """Return the token ids of a state's prompt, without the tokenizer.

    Field tokens have the lowest ids, in their order.
    """
    ids = _ids()
    return [ids[token] for token in tokens(state)]
