"""Count the ratings of earlier moments by clock time, kind of day, activity, topic and tone.

An assistant that reads these counts knows its user from the first ratings on, before any training. They come from revealed ratings and
the assistant's own timers alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from propersim.core.clock import LATEST, weekday
from propersim.core.feedback import Feedback
from propersim.world.catalogue import tones, topics

NEAR: Final = (1.5, 6.0, 16.0, 31.0)
"""Half-widths, in minutes, of the windows around the present clock time."""
BESIDE: Final = 8.0
"""Minutes before and after the present clock time that count as just before and just after."""
BIN: Final = 5
"""Length, in minutes, of the bins in which topics are counted."""
HOUR: Final = 45.0
"""Half-width, in minutes, of the window in which topics count as rated at this hour."""
GAPS: Final = (
    0.0,
    5,
    10,
    15,
    20,
    25,
    30,
    35,
    40,
    45,
    50,
    55,
    60,
    70,
    80,
    90,
    100,
    110,
    120,
    135,
    150,
    165,
    180,
    210,
    240,
    270,
    300,
    360,
    420,
    480,
    600,
    720,
)
"""Lower bounds, in minutes, of the buckets for the time since the last recommendation of today."""
COUNTS: Final = 33
"""Number of buckets for how many recommendations were shown today; the last one stands for larger counts too."""
TOPIC_PRIOR: Final = 0.15
"""Assumed share of topics that are liked in a situation, before any rating."""
TONE_PRIOR: Final = 0.3
"""Assumed share of tones that are welcome, before any rating."""
WEIGHT: Final = 1.0
"""Weight of a broader count in the estimate from a narrower one, in ratings."""


class Tally(NamedTuple):
    """How many ratings were 1, and how many 0."""

    yes: int = 0
    no: int = 0

    @property
    def total(self) -> int:
        """The number of ratings."""
        return self.yes + self.no


NONE: Final = Tally()


class Known(NamedTuple):
    """The ratings of a topic or tone that concern a moment.

    Attributes:
        name: id in the catalogue.
        here: ratings during this activity at this hour.
        near: ratings during this activity, or at this hour.
        ever: all ratings.
        chance: estimated probability of a rating of 1 now, 0–1.
    """

    name: str
    here: Tally
    near: Tally
    ever: Tally
    chance: float


class Latest(NamedTuple):
    """The newest revealed rating of a suggestion today.

    Attributes:
        minutes_ago: minutes since it.
        timing: its rating of timing.
        frequency: its rating of frequency.
        missed: whether silence lost its timing point there; None where silence was not rated.
        same_action: whether the user has been doing the same thing since then.
    """

    minutes_ago: float
    timing: bool
    frequency: bool
    missed: bool | None
    same_action: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """The counts that concern one moment.

    ``timing`` counts ratings of timing of suggestions on earlier days; ``missed`` counts whether silence lost its timing point there.

    Attributes:
        clock: timing within :data:`NEAR` minutes of this clock time, narrowest first.
        kind: the same on days of this kind (weekday, weekend), within 6 and 16 minutes.
        weekday: the same on this weekday, within 16 minutes.
        before: timing just before this clock time.
        after: timing just after it.
        activity: timing during this activity: always, within 31 minutes of this clock time, within 6 minutes, on days of this kind.
        missed_clock: missed within 16 minutes.
        missed_activity: missed during this activity within 31 minutes.
        action: timing during the present action, today.
        missed_action: missed during the present action, today.
        latest: the newest rating of a suggestion today; None where there is none.
        gap: minutes since the last recommendation of today; None where none was shown.
        shown: recommendations shown today.
        good: satisfying ones among them, as far as revealed.
        pace: how often frequency was 1 after a shorter or equal gap and as many or more recommendations (yes), and 0 after a longer
            or equal gap and as many or fewer (no).
        too_soon: the longest gap, in minutes, that was rated too soon; None where none was.
        soon_enough: the shortest gap that was rated fine; None where none was.
        most_fine: the most recommendations that had been shown where one more was fine; None where none was rated fine.
        full: the fewest that had been shown where one more was too many after a gap that is otherwise fine; None where unknown.
        topics: all topics, the best first.
        tones: all tones, the best first.
    """

    clock: tuple[Tally, ...] = (NONE,) * len(NEAR)
    kind: tuple[Tally, Tally] = (NONE, NONE)
    weekday: Tally = NONE
    before: Tally = NONE
    after: Tally = NONE
    activity: tuple[Tally, Tally, Tally, Tally] = (NONE,) * 4
    missed_clock: Tally = NONE
    missed_activity: Tally = NONE
    action: Tally = NONE
    missed_action: Tally = NONE
    latest: Latest | None = None
    gap: float | None = None
    shown: int = 0
    good: int = 0
    pace: Tally = NONE
    too_soon: float | None = None
    soon_enough: float | None = None
    most_fine: int | None = None
    full: int | None = None
    topics: tuple[Known, ...] = ()
    tones: tuple[Known, ...] = ()


Flags = npt.NDArray[np.int32]


def _table() -> Flags:
    return np.zeros((2, LATEST + 1), np.int32)


class _ByClock:
    """Counts by key and minute of the day's clock."""

    def __init__(self) -> None:
        self._tables: dict[object, Flags] = {}
        self._totals: dict[object, list[int]] = {}

    def add(self, keys: tuple[object, ...], minute: float, yes: bool) -> None:
        at = min(LATEST, max(0, int(minute)))
        for key in keys:
            table = self._tables.get(key)
            if table is None:
                table = self._tables[key] = _table()
                self._totals[key] = [0, 0]
            table[int(not yes), at] += 1
            self._totals[key][int(not yes)] += 1

    def near(self, key: object, low: float, high: float) -> Tally:
        """Return the counts of a key between two minutes, both included."""
        table = self._tables.get(key)
        if table is None:
            return NONE
        part = table[:, max(0, int(np.ceil(low))) : int(high) + 1]
        yes, no = part.sum(axis=1).tolist()
        return Tally(yes, no)

    def total(self, key: object) -> Tally:
        return Tally(*self._totals.get(key, (0, 0)))


class _TopicCounts:
    """Counts of ratings of preference by topic, activity and clock time, in bins."""

    def __init__(self) -> None:
        self._number = {name: i for i, name in enumerate(topics())}
        self._clock = self._empty()
        self._during: dict[str, Flags] = {}
        self._ever = np.zeros((len(self._number), 2), np.int32)
        self._total: dict[str, Flags] = {}

    def _empty(self) -> Flags:
        return np.zeros((len(self._number), 2, LATEST // BIN + 1), np.int32)

    def add(self, topic: str, activity: str, minute: float, yes: bool) -> None:
        number, at = self._number[topic], min(LATEST // BIN, max(0, int(minute // BIN)))
        if activity not in self._during:
            self._during[activity] = self._empty()
            self._total[activity] = np.zeros_like(self._ever)
        self._clock[number, int(not yes), at] += 1
        self._during[activity][number, int(not yes), at] += 1
        self._ever[number, int(not yes)] += 1
        self._total[activity][number, int(not yes)] += 1

    def counts(self, activity: str, minute: float) -> tuple[Flags, Flags, Flags, Flags]:
        """Return the counts ever, during an activity, at this hour, and both.

        Each has the shape (topics, 2).
        """
        low, high = max(0, int((minute - HOUR) // BIN)), int((minute + HOUR) // BIN) + 1
        hour: Flags = self._clock[:, :, low:high].sum(axis=2)
        during = self._during.get(activity)
        if during is None:
            none = np.zeros_like(self._ever)
            return self._ever, none, hour, none
        return self._ever, self._total[activity], hour, during[:, :, low:high].sum(axis=2)


@dataclass(slots=True)
class _Moment:
    """A rated moment of today, counted among the earlier ones from tomorrow on."""

    minute: float
    activity: str
    start: float
    timing: bool | None
    frequency: bool | None
    missed: bool | None


@dataclass(slots=True)
class _Today:
    """The current day as the assistant saw it."""

    day: int = 0
    moments: list[_Moment] = field(default_factory=list)
    last_shown: float | None = None
    shown: int = 0
    good: int = 0


class EvidenceMemory:
    """Counts revealed ratings; moments are added in their order."""

    def __init__(self) -> None:
        self._timing = _ByClock()
        self._missed = _ByClock()
        self._pace = np.zeros((2, len(GAPS), COUNTS), np.int32)
        self._gaps: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
        self._topics = _TopicCounts()
        self._tones = _ByClock()
        self._today = _Today()
        self._unrevealed: dict[int, tuple[float | None, int]] = {}
        self._bounds: tuple[float | None, float | None, int | None, int | None] | None = (None, None, None, None)

    # -- adding ----------------------------------------------------------------------------------------------------------------------

    def observe(self, seen: Feedback) -> None:
        """Add a completed step: what was shown, and what was revealed of its ratings at once."""
        self._begin(seen.day)
        today = self._today
        gap = None if today.last_shown is None else seen.minute - today.last_shown
        if seen.rated:
            self._count(seen, gap, today.shown)
        else:
            self._unrevealed[seen.index] = gap, today.shown
        if seen.spoke:
            today.last_shown = seen.minute
            today.shown += 1
            rating = seen.answer.rating
            today.good += int(rating is not None and rating.satisfying)

    def reveal(self, seen: Feedback) -> None:
        """Add the ratings of a step of the day that just ended, which were not revealed at once.

        Raises:
            ValueError: the step was not observed on this day, or its ratings are known already.
        """
        if seen.index not in self._unrevealed:
            raise ValueError(f"step {seen.index} has no ratings to be revealed")
        self._count(seen, *self._unrevealed.pop(seen.index))

    def _begin(self, day: int) -> None:
        today = self._today
        if day == today.day:
            return
        for moment in today.moments:
            kind, weekday_ = weekday(today.day) >= 5, weekday(today.day)
            keys = (None, ("kind", kind), ("day", weekday_), moment.activity, (moment.activity, kind))
            if moment.timing is not None:
                self._timing.add(keys, moment.minute, moment.timing)
            if moment.missed is not None:
                self._missed.add(keys, moment.minute, moment.missed)
        self._today = _Today(day)
        self._unrevealed = {}

    def _count(self, seen: Feedback, gap: float | None, shown: int) -> None:
        spoken = [one for one in seen.candidates if one.text is not None and one.rating is not None]
        silence = next((one.rating for one in seen.candidates if one.text is None), None)
        if not spoken and silence is None:
            return
        first = spoken[0].rating if spoken else None
        moment = _Moment(
            seen.minute,
            seen.action.activity,
            seen.action.start,
            None if first is None else bool(first.timing),
            None if first is None else bool(first.frequency),
            None if silence is None else not silence.timing,
        )
        self._today.moments.append(moment)
        if first is not None and gap is not None:
            row = bisect_right(GAPS, gap) - 1
            self._pace[int(not first.frequency), row, min(shown, COUNTS - 1)] += 1
            self._gaps[int(not first.frequency)].append((gap, shown))
            self._bounds = None
        counted = set()
        for one in spoken:
            rating = one.rating
            assert rating is not None
            if one.topic is not None and (one.topic, rating.preference) not in counted:
                counted.add((one.topic, rating.preference))
                self._topics.add(one.topic, seen.action.activity, seen.minute, bool(rating.preference))
            if one.tone is not None and (one.tone, rating.communication) not in counted:
                counted.add((one.tone, rating.communication))
                self._tones.add((one.tone,), seen.minute, bool(rating.communication))

    # -- reading ---------------------------------------------------------------------------------------------------------------------

    def at(self, day: int, minute: float, activity: str, start: float) -> Evidence:
        """Return the counts that concern a moment.

        Args:
            day: day of the run, from 1.
            minute: minute of the day's clock.
            activity: id of the user's activity.
            start: minute at which the user's present action began.
        """
        self._begin(day)
        today, timing, missed = self._today, self._timing, self._missed
        kind = weekday(day) >= 5
        gap = None if today.last_shown is None else minute - today.last_shown
        action = self._during_action(activity, start)
        latest = next((m for m in reversed(today.moments) if m.timing is not None), None)
        too_soon, soon_enough, most_fine, full = self._pace_bounds()

        def near(table: _ByClock, key: object, width: float) -> Tally:
            return table.near(key, minute - width, minute + width)

        return Evidence(
            clock=tuple(near(timing, None, width) for width in NEAR),
            kind=(near(timing, ("kind", kind), NEAR[1]), near(timing, ("kind", kind), NEAR[2])),
            weekday=near(timing, ("day", weekday(day)), NEAR[2]),
            before=timing.near(None, minute - BESIDE, minute - 0.5),
            after=timing.near(None, minute + 0.5, minute + BESIDE),
            activity=(
                timing.total(activity),
                near(timing, activity, NEAR[3]),
                near(timing, activity, NEAR[1]),
                timing.total((activity, kind)),
            ),
            missed_clock=near(missed, None, NEAR[2]),
            missed_activity=near(missed, activity, NEAR[3]),
            action=_tally(m.timing for m in action),
            missed_action=_tally(m.missed for m in action),
            latest=None
            if latest is None
            else Latest(
                minute - latest.minute,
                bool(latest.timing),
                bool(latest.frequency),
                latest.missed,
                latest.start == start and latest.activity == activity,
            ),
            gap=gap,
            shown=today.shown,
            good=today.good,
            pace=self._pace_tally(gap, today.shown),
            too_soon=too_soon,
            soon_enough=soon_enough,
            most_fine=most_fine,
            full=full,
            topics=self._ranked_topics(activity, minute),
            tones=self._ranked_tones(),
        )

    def _during_action(self, activity: str, start: float) -> list[_Moment]:
        """Return today's rated moments since the present action began."""
        moments = []
        for moment in reversed(self._today.moments):
            if moment.start != start or moment.activity != activity:
                break
            moments.append(moment)
        return moments

    def _pace_tally(self, gap: float | None, shown: int) -> Tally:
        if gap is None:
            return NONE
        row, column = bisect_right(GAPS, gap) - 1, min(shown, COUNTS - 1)
        yes = self._pace[0, : row + 1, column:].sum()
        no = self._pace[1, row:, : column + 1].sum()
        return Tally(int(yes), int(no))

    def _pace_bounds(self) -> tuple[float | None, float | None, int | None, int | None]:
        if self._bounds is None:
            fine, not_fine = self._gaps
            soon_enough = min((gap for gap, _ in fine), default=None)
            most_fine = max((shown for _, shown in fine), default=None)
            full = min((shown for gap, shown in not_fine if soon_enough is not None and gap >= soon_enough), default=None)
            too_soon = max((gap for gap, shown in not_fine if full is None or shown < full), default=None)
            self._bounds = too_soon, soon_enough, most_fine, full
        return self._bounds

    def _ranked_topics(self, activity: str, minute: float) -> tuple[Known, ...]:
        ever, during, hour, here = self._topics.counts(activity, minute)
        near = during + hour - here
        chance = _estimates(here, _estimates(near, _estimates(ever, TOPIC_PRIOR)))
        order = np.argsort(-chance, kind="stable").tolist()
        rows = zip(here.tolist(), near.tolist(), ever.tolist(), chance.tolist(), strict=True)
        known = [Known(name, Tally(*h), Tally(*n), Tally(*e), c) for name, (h, n, e, c) in zip(topics(), rows, strict=True)]
        return tuple([known[i] for i in order])

    def _ranked_tones(self) -> tuple[Known, ...]:
        known = []
        for name in tones():
            ever = self._tones.total(name)
            known.append(Known(name, ever, ever, ever, _estimate(ever, TONE_PRIOR)))
        return tuple(sorted(known, key=lambda one: -one.chance))


def _estimates(counts: Flags, prior: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    result: npt.NDArray[np.float64] = (counts[:, 0] + WEIGHT * prior) / (counts.sum(axis=1) + WEIGHT)
    return result


def _estimate(tally: Tally, prior: float) -> float:
    return (tally.yes + WEIGHT * prior) / (tally.total + WEIGHT)


def _tally(values: Iterable[bool | None]) -> Tally:
    known = [value for value in values if value is not None]
    return Tally(sum(known), len(known) - sum(known))
