"""HomeLM's prompt: a state as at most 96 tokens, every field one token, what changes fast at fixed places at the end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Final

from propersim.memory.state import Past, State, Summary
from propersim.world.catalogue import activities, topics

BOS, EOS, PAD, SPEAK, SILENT = "<bos>", "<eos>", "<pad>", "<speak>", "<silent>"
LONGEST: Final = 96
"""Most tokens of a prompt."""
ANSWER: Final = 40
"""Most tokens of an answer, the end included."""

BUCKETS: Final = (0, 5, 10, 15, 20, 30, 45, 60, 75, 90, 105, 120, 150, 180, 210, 240, 300, 360, 420, 480, 600, 720, 960)
"""Lower bounds of the steps in which it is told how long an action has gone on."""

WAITS: Final[tuple[float, ...]] = (
    *(0, 5, 10, 15, 20, 22.5, 25, 27.5),
    *range(30, 150, 5),
    *range(150, 240, 15),
    *range(240, 480, 30),
    *(480, 600, 720, 960),
)
"""Lower bounds of the steps in which it is told how long nothing was said: finer, for people want all sorts of gaps between suggestions,
and whoever speaks a few minutes too soon has spoken in vain."""

COUNTS: Final = 16
"""Counts are told from 0 up to this one less, which stands for more as well."""

QUARTERS: Final = 112
"""The day's clock is told in quarters of an hour, as people tell it: what begins at one can be learned from one token,"""

FIVES: Final = 3
"""and, in another token, in steps of five minutes within them."""

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RECENT: Final = 3


@cache
def rooms() -> tuple[str, ...]:
    """Return the rooms that have a token."""
    return (*sorted({place.split("/")[0] for a in activities().values() for place in a.at}), "other")


@cache
def field_tokens() -> tuple[str, ...]:
    """Return all tokens that are not text, in the order of their ids."""
    found = [PAD, BOS, EOS, SPEAK, SILENT, "<memory>", "<just>"]
    found += [f"<block:{i}>" for i in (1, 2, 3)] + [f"<hour:{i}>" for i in (1, 2, 3, 4)]
    found += [f"<d:{day}>" for day in DAYS]
    found += [f"<t:{_clock(number)}>" for number in range(QUARTERS)]
    found += [f"<m:{5 * five:02}>" for five in range(FIVES)]
    found += [f"<since:{bound}>" for bound in BUCKETS]
    for name in ("gap", "need"):
        found += [f"<{name}:{bound:g}>" for bound in WAITS]
    for name in ("n", "shown", "good"):
        found += [f"<{name}:{count}>" for count in range(COUNTS)]
    found += [f"<f:{focus}>" for focus in range(1, 6)] + [f"<s:{score}>" for score in range(5)] + [f"<r:{room}>" for room in rooms()]
    found += [f"<a:{name}>" for name in activities()] + [f"<o:{name}>" for name in topics()] + ["<o:none>"]
    return tuple(found)


def bucket(minutes: float, bounds: Sequence[float] = BUCKETS) -> int:
    """Return the number of the step that a time falls into."""
    return max(0, bisect_right(bounds, minutes) - 1)


def quarter(minute: float) -> int:
    """Return the number of the quarter of an hour of the day's clock."""
    return min(QUARTERS - 1, max(0, int(minute // 15)))


def five(minute: float) -> int:
    """Return the number of the five minutes within the quarter."""
    return int(max(0.0, minute) % 15 // 5)


def _wait(minutes: float) -> float:
    return WAITS[bucket(minutes, WAITS)]


def _clock(number: int) -> str:
    return f"{number // 4:02}:{number % 4 * 15:02}"


def _activity(name: str) -> str:
    return f"<a:{name}>" if name in activities() else "<a:other>"


def _topic(name: str | None) -> str:
    return f"<o:{name}>" if name in topics() else "<o:none>"


def _count(name: str, count: int) -> str:
    return f"<{name}:{min(COUNTS - 1, max(0, count))}>"


def _score(score: float | None) -> list[str]:
    return [] if score is None else [f"<s:{min(4, max(0, round(score)))}>"]


def _summary(mark: str, row: Summary) -> list[str]:
    found = [mark, *(_activity(name) for name in row.activities[:1])]
    return [*found, _count("n", row.shown), *map(_topic, row.topics[:2]), *_score(row.mean_score)] if row.shown else found


def _recent(rows: Sequence[Past], now: str) -> list[str]:
    runs = [next(group) for _, group in groupby(rows, key=lambda row: (row.activity, row.topic, row.score))]
    found: list[str] = []
    for row in runs[-_RECENT:]:
        found += ["<just>", *([_activity(row.activity)] if row.activity != now else []), _topic(row.topic), *_score(row.score)]
    return found


def tokens(state: State) -> list[str]:
    """Return a state as tokens, ending just before the decision."""
    found = [BOS]
    for i, row in reversed(list(enumerate(state.blocks[:3], 1))):
        found += _summary(f"<block:{i}>", row) if row.shown else []
    for i, row in reversed(list(enumerate(state.hours[:4], 1))):
        found += _summary(f"<hour:{i}>", row)
    for past in reversed(state.memories[:5]):
        found += ["<memory>", _activity(past.activity), _topic(past.topic), *_score(past.score)]
    found += _recent(state.recent, state.activity)
    found += [f"<d:{DAYS[state.weekday % 7]}>", f"<r:{state.room if state.room in rooms() else 'other'}>"]
    found.append(f"<since:{BUCKETS[bucket(state.since)]}>")
    if state.timers is not None:
        timers = state.timers
        found += [_count("shown", timers.shown), f"<gap:{_wait(timers.gap):g}>"]
        found += [_count("good", timers.satisfying), f"<need:{_wait(timers.need):g}>"]
    found += [f"<f:{min(5, max(1, state.focus))}>", _activity(state.activity)]
    found += [f"<m:{5 * five(state.minute):02}>", f"<t:{_clock(quarter(state.minute))}>"]
    return found


def render(state: State) -> str:
    """Return a state as the text that the tokenizer turns into the prompt's tokens."""
    return "".join(tokens(state))


@cache
def _ids() -> dict[str, int]:
    return {token: i for i, token in enumerate(field_tokens())}


def encode(state: State) -> list[int]:
    """Return the ids of a state's prompt, without the tokenizer: field tokens have the lowest ids, in their order."""
    ids = _ids()
    return [ids[token] for token in tokens(state)]
