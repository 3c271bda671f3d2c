"""Observations as numbers and as text, and their spaces."""

from __future__ import annotations

import json
import math
import multiprocessing
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, Final, NoReturn

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.error import CustomSpaceError
from gymnasium.vector.utils import create_shared_memory

from propersim.core.clock import LATEST, weekday
from propersim.core.interfaces import Observation
from propersim.core.records import Clocks
from propersim.memory.evidence import NEAR, Evidence
from propersim.memory.evidence_tables import Tally
from propersim.memory.state import AssistantState, Timers
from propersim.world.catalogue import activities, home_activity, tones, topics
from propersim.world.floor_plan import load_world
from propersim.world.setting import home_room

MOST_STEPS: Final = 2 * LATEST
"""Most steps of a day, at the shortest timestep."""
LONGEST_GAP: Final = 10_000.0
"""Longest duration of a clock, in minutes; the user's clocks begin at G_min, which is long where few recommendations are wanted."""
MAX_TEXT: Final = 16_000
"""Longest text of an observation, in characters; of a longer one, the end is kept: the present stands last."""

_TALLIES: Final = (
    *(f"clock_{width:g}" for width in NEAR),
    *("kind_6", "kind_16", "weekday", "before", "after"),
    *("activity", "activity_31", "activity_6", "activity_kind"),
    *("recent", "recent_activity", "missed", "missed_activity", "action", "missed_action", "pace"),
)
_PARTS: Final = ("times", "gaps", "topics", "tones")
_NUMBERS: Final = (
    *("latest_known", "latest_timing", "latest_frequency", "latest_missed", "latest_same_action", "latest_ago"),
    *("gap_known", "gap", "shown", "good", "beyond_too_soon", "beyond_soon_enough", "below_most_fine", "below_full"),
    *("best_topic", "best_topic_here", "best_tone"),
    *(f"changed_{part}" for part in _PARTS),
)

EVIDENCE_FIELDS: Final[tuple[str, ...]] = (
    *(f"{name}_{what}" for name in _TALLIES for what in ("mean", "known")),
    *_NUMBERS,
    *(f"topic_{name}" for name in topics()),
    *(f"tone_{name}" for name in tones()),
)
"""Names of the numbers in ``observation["evidence"]``, in order; docs/how-to/gymnasium.md explains them. All are within -1 and 1."""

Floats = npt.NDArray[np.float32]


@cache
def activity_ids() -> tuple[str, ...]:
    """Return the ids of the home's activities; the observation has the index.

    Those of other settings are seen as the activity of the home that they resemble.
    """
    return tuple(activities())


@cache
def room_names() -> tuple[str, ...]:
    """Return the names of the rooms of the default floor plan; the observation has the index.

    Rooms of other settings are seen as the room of the home that they resemble.
    """
    return tuple(sorted(set(load_world().rooms.values())))


@cache
def _numbers_of() -> tuple[dict[str, int], dict[str, int]]:
    return {name: i for i, name in enumerate(activity_ids())}, {name: i for i, name in enumerate(room_names())}


def moment_spaces() -> dict[str, spaces.Space[Any]]:
    """Return the spaces of clock and activity, which both environments have."""
    return {
        "minute": _minutes(),
        "weekday": spaces.Discrete(7),
        "activity": spaces.Discrete(len(activity_ids())),
        "room": spaces.Discrete(len(room_names())),
        "since": _minutes(),
        "focus": spaces.Discrete(10),
    }


def clock_space() -> spaces.Box:
    """Return the space of two durations in minutes and two counts of recommendations.

    Its shape is (4,).
    """
    high = np.array([LONGEST_GAP, LONGEST_GAP, MOST_STEPS, MOST_STEPS], np.float32)
    return spaces.Box(np.zeros(4, np.float32), high, dtype=np.float32)


def clock_values(clocks: Timers | Clocks) -> Floats:
    """Return the values of :func:`clock_space`: gap, need, shown, satisfying."""
    gap, need = min(clocks.gap, LONGEST_GAP), min(clocks.need, LONGEST_GAP)
    return np.array([gap, need, clocks.shown, clocks.satisfying], np.float32)


def assistant_spaces() -> dict[str, spaces.Space[Any]]:
    """Return the spaces of an assistant's observation by key, without the text."""
    evidence = spaces.Box(-1.0, 1.0, (len(EVIDENCE_FIELDS),), np.float32)
    return {**moment_spaces(), "timers": clock_space(), "evidence": evidence}


class TextSpace(spaces.Text):
    """A space of texts, the empty one included, that is not shared between processes.

    Gymnasium's ``AsyncVectorEnv`` reads texts in shared memory only once, before the first reset.

    Args:
        longest: most characters.
    """

    def __init__(self, longest: int = MAX_TEXT) -> None:
        super().__init__(longest, min_length=0, charset=_characters())

    def __repr__(self) -> str:
        """Return a short form: there are several hundred characters."""
        return f"TextSpace({self.max_length})"


@create_shared_memory.register(TextSpace)
def _not_shared(space: TextSpace, n: int = 1, ctx: ModuleType = multiprocessing) -> NoReturn:
    raise CustomSpaceError("texts cannot be read from shared memory: pass vector_kwargs={'shared_memory': False} to make_vec")


def seen_space(shows: str, parts: dict[str, spaces.Space[Any]]) -> spaces.Space[Any]:
    """Return the space of observations: a ``dict`` of parts, ``text``, ``brief``, or ``both``."""
    if shows in ("text", "brief"):
        return TextSpace()
    return spaces.Dict({**parts, "text": TextSpace()} if shows == "both" else parts)


@cache
def _characters() -> frozenset[str]:
    codes = (*range(0x20, 0x250), *range(0x2010, 0x2028), *range(0x2030, 0x203B), 0x20AC, 0x2192, 0x2212)
    return frozenset({"\n", *(chr(code) for code in codes if chr(code).isprintable())})


def spelled(text: str) -> str:
    r"""Return a text in the characters of :class:`TextSpace`.

    Others become JSON escapes such as ``\u4e2d``. Of a text longer than :data:`MAX_TEXT` the end is returned.
    """
    known = _characters()
    other = {ord(ch): json.dumps(ch)[1:-1] for ch in set(text) - known}
    return (text.translate(other) if other else text)[-MAX_TEXT:]


def moment_values(seen: Observation) -> dict[str, Any]:
    """Return the values of :func:`moment_spaces`."""
    activity_numbers, room_numbers = _numbers_of()
    action = seen.action
    return {
        "minute": np.array([seen.minute], np.float32),
        "weekday": np.int64(weekday(seen.day)),
        "activity": np.int64(activity_numbers[home_activity(action.activity)]),
        "room": np.int64(room_numbers[home_room(action.place.room)]),
        "since": np.array([seen.minute - action.start], np.float32),
        "focus": np.int64(action.focus),
    }


def assistant_values(seen: Observation, state: AssistantState) -> dict[str, Any]:
    """Return the values of :func:`assistant_spaces`.

    Args:
        seen: the moment.
        state: the state at it, with timers and evidence.

    Raises:
        ValueError: the state lacks them.
    """
    timers, evidence = state.timers, state.evidence
    if timers is None or evidence is None:
        raise ValueError("the state has no timers or no evidence")
    return {**moment_values(seen), "timers": clock_values(timers), "evidence": evidence_values(evidence)}


def evidence_values(evidence: Evidence) -> Floats:
    """Return the numbers named by :data:`EVIDENCE_FIELDS`, shape (fields,)."""
    return np.fromiter(_values(evidence), np.float32, len(EVIDENCE_FIELDS))


def _values(evidence: Evidence) -> Iterator[float]:
    tallies = (
        *evidence.clock, *evidence.kind, evidence.weekday, evidence.before, evidence.after, *evidence.activity, *evidence.recent,
        evidence.missed_clock, evidence.missed_activity, evidence.action, evidence.missed_action, evidence.pace,
    )  # fmt: skip
    for tally in tallies:
        yield from _tally(tally)
    latest, gap, shown = evidence.latest, evidence.gap, evidence.shown
    if latest is None:
        yield from (0.0,) * 6
    else:
        missed = 0.0 if latest.missed is None else _sign(latest.missed)
        yield from (1.0, _sign(latest.timing), _sign(latest.frequency), missed, float(latest.same_action))
        yield min(1.0, latest.minutes_ago / 60)
    yield from (0.0, 0.0) if gap is None else (1.0, min(1.0, gap / 480))
    yield min(1.0, shown / 32)
    yield min(1.0, evidence.good / 32)
    yield _beyond(gap, evidence.too_soon)
    yield _beyond(gap, evidence.soon_enough)
    yield 0.0 if evidence.most_fine is None else math.tanh((evidence.most_fine - shown + 0.5) / 2)
    yield 0.0 if evidence.full is None else math.tanh((evidence.full - shown - 0.5) / 2)
    # Sorted by chance: the first is the best.
    topic, tone = evidence.topics[0], evidence.tones[0]
    yield topic.chance
    yield _tally(topic.here)[0]
    yield tone.chance
    changed = dict(evidence.changed)
    yield from (float(part in changed) for part in _PARTS)
    for known, names in ((evidence.topics, topics()), (evidence.tones, tones())):
        chances = {one.name: one.chance for one in known}
        yield from (chances[name] for name in names)


def _tally(tally: Tally) -> tuple[float, float]:
    """Return the mean of ratings counted as 1 and -1, and how well it is known.

    The mean is drawn to 0 where there are few.
    """
    total = tally.total
    return (tally.yes - tally.no) / (total + 1), total / (total + 3)


def _sign(value: bool) -> float:
    return 1.0 if value else -1.0


def _beyond(gap: float | None, bound: float | None) -> float:
    """Return by how much a gap exceeds a bound, from -1 to 1.

    It is steep near 0, and 0 where either is unknown.
    """
    # A gap equal to the bound has the bound's rating.
    return 0.0 if gap is None or bound is None else math.tanh((gap - bound + 0.5) / 15)


def _minutes() -> spaces.Box:
    return spaces.Box(0.0, float(LATEST), (1,), np.float32)
