"""Count the ratings of earlier moments by clock time, kind of day, activity, topic and tone.

An assistant that reads these counts knows its user from the first ratings on, before any training. They come from revealed ratings and
the assistant's own timers alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from propersim.core.clock import weekday
from propersim.core.feedback import Feedback
from propersim.memory.evidence_change import ChangeCheck
from propersim.memory.evidence_tables import NONE, ClockTable, Counts, Paces, Tally, TopicTable
from propersim.world.catalogue import tones, topics

NEAR: Final = (1.5, 6.0, 16.0, 31.0)
"""Half-widths, in minutes, of the windows around the present clock time."""
BESIDE: Final = 8.0
"""Minutes before and after the present clock time that count as just before and just after."""
GAPS: Final = (
    *(0.0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 100, 110, 120),
    *(135, 150, 165, 180, 210, 240, 270, 300, 360, 420, 480, 600, 720),
)
"""Lower bounds, in minutes, of the buckets for the time since the last recommendation of today."""
COUNTS: Final = 33
"""Number of buckets for how many recommendations were shown today; the last one stands for larger counts too."""
RECENT_DAYS: Final = 2
"""Days before today that count as recent: where a user has changed, they say something else than all days together."""
TOPIC_PRIOR: Final = 0.15
"""Assumed share of topics that are liked in a situation, before any rating."""
TONE_PRIOR: Final = 0.3
"""Assumed share of tones that are welcome, before any rating."""
WEIGHT: Final = 1.0
"""Weight of a broader count in the estimate from a narrower one, in ratings."""


Part = Literal["times", "gaps", "topics", "tones"]
"""A part of the evidence that is forgotten where the user has changed (:mod:`propersim.memory.evidence_change`)."""


CHANGE: Final[dict[Part, tuple[int, float]]] = {"times": (100, 0.2), "gaps": (50, 0.3), "topics": (30, 0.3), "tones": (30, 0.3)}
"""Comparisons of a day, and by how much the share of contradictions must exceed the usual one, for a change of each part.

Where times have changed, gaps count as changed too: few gaps are compared.
"""


class Known(NamedTuple):
    """The ratings of a topic or tone that concern a moment.

    Attributes:
        name: id in the catalogue.
        recent: ratings of today and yesterday during this activity at this hour.
        here: ratings during this activity at this hour.
        near: ratings during this activity, or at this hour.
        ever: all ratings.
        chance: estimated probability of a rating of 1 now, 0–1; on a narrower count first, on broader ones where it is small.
    """

    name: str
    recent: Tally
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
        recent: timing within 16 minutes of this clock time on the last two days, and during this activity within 31 minutes.
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
        changed: the parts whose ratings were contradicted by those of a day, with that day; ratings of earlier days no longer count in
            them.
    """

    clock: tuple[Tally, ...] = (NONE,) * len(NEAR)
    kind: tuple[Tally, Tally] = (NONE, NONE)
    weekday: Tally = NONE
    before: Tally = NONE
    after: Tally = NONE
    activity: tuple[Tally, Tally, Tally, Tally] = (NONE,) * 4
    recent: tuple[Tally, Tally] = (NONE, NONE)
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
    changed: tuple[tuple[Part, int], ...] = ()


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
    gaps: list[tuple[float, int, bool]] = field(default_factory=list)
    last_shown: float | None = None
    shown: int = 0
    good: int = 0


class EvidenceMemory:
    """Counts revealed ratings; moments are added in their order.

    Args:
        optimism: ratings of 1 presumed of a topic that was never rated during an activity at an hour (optimistic initial values: Sutton
            and Barto, Reinforcement Learning, 2nd edition, section 2.6); they end with the first rating there.
    """

    def __init__(self, optimism: float = 0.0) -> None:
        self._optimism = optimism
        self._timing = ClockTable()
        self._missed = ClockTable()
        self._recent: list[ClockTable] = []
        self._paces = _no_paces()
        self._topics = {kind: TopicTable() for kind in (False, True)}
        self._recent_topics = [TopicTable()]
        self._tones = ClockTable()
        self._recent_tones = [ClockTable()]
        self._tones_ranked: tuple[Known, ...] | None = None
        self._today = _Today()
        self._unrevealed: dict[int, tuple[float | None, int]] = {}
        self._checks = {part: ChangeCheck(*limits) for part, limits in CHANGE.items()}
        self._changed: dict[Part, int] = {}

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
        if today.day:
            self._end_day()
        self._today = _Today(day)
        self._unrevealed = {}

    def _end_day(self) -> None:
        """Count today's moments among the earlier ones, and forget those that today's contradict."""
        changed = {part for part, check in self._checks.items() if check.end_day()}
        if "times" in changed:
            changed.add("gaps")
        for part in self._checks:
            if part in changed:
                self._changed[part] = self._today.day
                self._forget(part)
        today, recent = self._today, ClockTable()
        kind, weekday_ = weekday(today.day) >= 5, weekday(today.day)
        for moment in today.moments:
            keys = (None, ("kind", kind), ("day", weekday_), moment.activity, (moment.activity, kind))
            if moment.timing is not None:
                self._timing.add(keys, moment.minute, moment.timing)
                recent.add((None, moment.activity), moment.minute, moment.timing)
            if moment.missed is not None:
                self._missed.add(keys, moment.minute, moment.missed)
        self._recent = [*self._recent, recent][-RECENT_DAYS:]
        self._recent_topics = [*self._recent_topics, TopicTable()][-RECENT_DAYS:]
        self._recent_tones = [*self._recent_tones, ClockTable()][-RECENT_DAYS:]
        self._tones_ranked = None

    def _forget(self, part: Part) -> None:
        """Forget the ratings of a part, but those of today."""
        kind = weekday(self._today.day) >= 5
        if part == "times":
            self._timing, self._missed, self._recent = ClockTable(), ClockTable(), []
        elif part == "gaps":
            self._paces = _no_paces()
            for rated in self._today.gaps:
                for key in (None, kind):
                    self._paces[key].add(*rated)
        elif part == "topics":
            self._recent_topics = self._recent_topics[-1:]
            self._topics = {not kind: TopicTable(), kind: copy.deepcopy(self._recent_topics[0])}
        else:
            self._recent_tones = self._recent_tones[-1:]
            self._tones = copy.deepcopy(self._recent_tones[0])
            self._tones_ranked = None

    def _compare(self, seen: Feedback, moment: _Moment, gap: float | None, shown: int) -> None:
        """Compare a moment's ratings with those of earlier days, before they are counted."""
        kind, activity, minute = weekday(seen.day) >= 5, moment.activity, moment.minute
        for table, rating in ((self._timing, moment.timing), (self._missed, moment.missed)):
            if rating is not None:
                self._checks["times"].compare(table.near((activity, kind), minute - NEAR[1], minute + NEAR[1]), rating)
        if moment.frequency is not None and gap is not None:
            self._checks["gaps"].compare(self._paces[kind].tally(gap, shown), moment.frequency)
        for one in seen.candidates:
            rating_ = one.rating
            if one.text is None or rating_ is None:
                continue
            if one.topic is not None and rating_.preference is not None:
                earlier = (
                    self._topics[kind].here(one.topic, activity, minute).less(self._recent_topics[-1].here(one.topic, activity, minute))
                )
                self._checks["topics"].compare(earlier, bool(rating_.preference), least=2)
            if one.tone is not None and rating_.communication is not None:
                earlier = self._tones.total(one.tone).less(self._recent_tones[-1].total(one.tone))
                self._checks["tones"].compare(earlier, bool(rating_.communication))

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
            None if first is None else _yes(first.timing),
            None if first is None else _yes(first.frequency),
            None if silence is None or silence.timing is None else not silence.timing,
        )
        self._compare(seen, moment, gap, shown)
        self._today.moments.append(moment)
        kind = weekday(seen.day) >= 5
        if first is not None and first.frequency is not None and gap is not None:
            rated = gap, shown, bool(first.frequency)
            self._today.gaps.append(rated)
            for key in (None, kind):
                self._paces[key].add(*rated)
        counted = set()
        for one in spoken:
            rating = one.rating
            assert rating is not None
            if one.topic is not None and rating.preference is not None and (one.topic, rating.preference) not in counted:
                counted.add((one.topic, rating.preference))
                for table in (self._topics[kind], self._recent_topics[-1]):
                    table.add(one.topic, seen.action.activity, seen.minute, bool(rating.preference))
            if one.tone is not None and rating.communication is not None and (one.tone, rating.communication) not in counted:
                counted.add((one.tone, rating.communication))
                self._tones_ranked = None
                for tones_ in (self._tones, self._recent_tones[-1]):
                    tones_.add((one.tone,), seen.minute, bool(rating.communication))

    # -- reading ---------------------------------------------------------------------------------------------------------------------

    def at(self, day: int, minute: float, activity: str, start: float, *, pace: tuple[float | None, int, int] | None = None) -> Evidence:
        """Return the counts that concern a moment.

        Args:
            day: day of the run, from 1.
            minute: minute of the day's clock.
            activity: id of the user's activity.
            start: minute at which the user's present action began.
            pace: minutes since the last recommendation of the day (None: there was none), number of recommendations and of satisfying
                ones; those of the current day where None.
        """
        self._begin(day)
        today, timing, missed = self._today, self._timing, self._missed
        kind = weekday(day) >= 5
        gap = None if today.last_shown is None else minute - today.last_shown
        shown, good = today.shown, today.good
        if pace is not None:
            gap, shown, good = pace
        action = self._during_action(activity, start)
        # A rating that leaves timing or frequency out is not the latest one: the assistant reads both together.
        latest = next((m for m in reversed(today.moments) if m.timing is not None and m.frequency is not None), None)
        paces = self._paces[kind] if len(self._paces[kind]) else self._paces[None]
        too_soon, soon_enough, most_fine, full = paces.bounds

        def near(table: ClockTable, key: object, width: float) -> Tally:
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
            recent=(
                _sum(near(table, None, NEAR[2]) for table in self._recent),
                _sum(near(table, activity, NEAR[3]) for table in self._recent),
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
            shown=shown,
            good=good,
            pace=NONE if gap is None else paces.tally(gap, shown),
            too_soon=too_soon,
            soon_enough=soon_enough,
            most_fine=most_fine,
            full=full,
            topics=self._ranked_topics(kind, activity, minute),
            tones=self._ranked_tones(),
            changed=tuple(self._changed.items()),
        )

    def _during_action(self, activity: str, start: float) -> list[_Moment]:
        """Return today's rated moments since the present action began."""
        moments = []
        for moment in reversed(self._today.moments):
            if moment.start != start or moment.activity != activity:
                break
            moments.append(moment)
        return moments

    def _ranked_topics(self, kind: bool, activity: str, minute: float) -> tuple[Known, ...]:
        same, other = (self._topics[key].counts(activity, minute) for key in (kind, not kind))
        if same is None and other is None:
            return _unrated_topics(self._optimism)
        every = same.plus(other) if same is not None and other is not None else same or other
        assert every is not None
        days = [counts for table in self._recent_topics if (counts := table.counts(activity, minute)) is not None]
        recent = sum((counts.here for counts in days), np.zeros_like(every.here))
        near = every.during + every.hour - every.here
        chance = _estimates(every.here, _estimates(near, _estimates(every.ever, TOPIC_PRIOR)))
        if same is not None and other is not None:
            chance = _estimates(same.here, chance)
        chance = _estimates(recent, chance)
        if self._optimism:
            hoped = (WEIGHT * chance + self._optimism) / (WEIGHT + self._optimism)
            chance = np.where(every.here.sum(axis=1) > 0, chance, hoped)
        order = np.argsort(-chance, kind="stable").tolist()
        rows = zip(topics(), *map(_tallies, (recent, every.here, near, every.ever)), chance.tolist(), strict=True)
        known = [Known(*row) for row in rows]
        return tuple([known[i] for i in order])

    def _ranked_tones(self) -> tuple[Known, ...]:
        if self._tones_ranked is None:
            known = []
            for name in tones():
                ever = self._tones.total(name)
                recent = _sum(table.total(name) for table in self._recent_tones)
                known.append(Known(name, recent, ever, ever, ever, _estimate(recent, _estimate(ever, TONE_PRIOR))))
            self._tones_ranked = tuple(sorted(known, key=lambda one: -one.chance))
        return self._tones_ranked


def _no_paces() -> dict[bool | None, Paces]:
    return {kind: Paces(GAPS, COUNTS) for kind in (None, False, True)}


def _tallies(counts: Counts) -> list[Tally]:
    return [Tally(yes, no) if yes or no else NONE for yes, no in counts.tolist()]


def _estimates(counts: Counts, broader: float | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    result: npt.NDArray[np.float64] = (counts[:, 0] + WEIGHT * broader) / (counts.sum(axis=1) + WEIGHT)
    return result


def _estimate(tally: Tally, prior: float) -> float:
    return (tally.yes + WEIGHT * prior) / (tally.total + WEIGHT)


def _yes(value: int | None) -> bool | None:
    """Return a dimension as a truth value; None where it is unrated."""
    return None if value is None else bool(value)


def _tally(values: Iterable[bool | None]) -> Tally:
    known = [value for value in values if value is not None]
    return Tally(sum(known), len(known) - sum(known))


def _sum(tallies: Iterable[Tally]) -> Tally:
    yes = no = 0
    for tally in tallies:
        yes += tally.yes
        no += tally.no
    return Tally(yes, no)


@cache
def _unrated_topics(optimism: float) -> tuple[Known, ...]:
    chance = (WEIGHT * TOPIC_PRIOR + optimism) / (WEIGHT + optimism)
    return tuple(Known(name, NONE, NONE, NONE, NONE, chance) for name in topics())
