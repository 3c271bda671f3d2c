"""Tables that count ratings by clock time, activity and topic, for the evidence memory."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from propersim.core.clock import LATEST
from propersim.world.catalogue import topics

BIN: Final = 5
"""Length, in minutes, of the bins in which topics are counted."""
HOUR: Final = 45.0
"""Half-width, in minutes, of the window in which topics count as rated at this hour."""


class Tally(NamedTuple):
    """How many ratings were 1, and how many 0."""

    yes: int = 0
    no: int = 0

    @property
    def total(self) -> int:
        """The number of ratings."""
        return self.yes + self.no

    def less(self, other: Tally) -> Tally:
        """Return these ratings without others that are among them."""
        return Tally(self.yes - other.yes, self.no - other.no)


NONE: Final = Tally()

Counts = npt.NDArray[np.int32]


class ClockTable:
    """Counts of ratings by key and minute of the day's clock.

    Made for few additions and many readings.
    """

    def __init__(self) -> None:
        self._tables: dict[object, Counts] = {}
        self._totals: dict[object, list[int]] = {}
        self._sums: dict[object, tuple[list[int], list[int]]] = {}

    def add(self, keys: tuple[object, ...], minute: float, yes: bool) -> None:
        """Add a rating under each of several keys.

        Args:
            keys: keys to count the rating under.
            minute: minute of the day's clock.
            yes: whether the rating is 1.
        """
        at = min(LATEST, max(0, int(minute)))
        for key in keys:
            table = self._tables.get(key)
            if table is None:
                table = self._tables[key] = np.zeros((2, LATEST + 1), np.int32)
                self._totals[key] = [0, 0]
            table[int(not yes), at] += 1
            self._totals[key][int(not yes)] += 1
            self._sums.pop(key, None)

    def near(self, key: object, low: float, high: float) -> Tally:
        """Return the counts of a key between two minutes, both included.

        Args:
            key: key that ratings were added under.
            low: first minute of the day's clock.
            high: last minute of the day's clock.
        """
        table = self._tables.get(key)
        if table is None:
            return NONE
        sums = self._sums.get(key)
        if sums is None:
            yes, no = np.cumsum(table, axis=1).tolist()
            sums = self._sums[key] = [0, *yes], [0, *no]
        first, last = max(0, math.ceil(low)), min(LATEST, int(high)) + 1
        return Tally(sums[0][last] - sums[0][first], sums[1][last] - sums[1][first])

    def total(self, key: object) -> Tally:
        """Return all counts of a key."""
        counts = self._totals.get(key)
        return NONE if counts is None else Tally(*counts)


class TopicCounts(NamedTuple):
    """Counts of ratings of preference that concern a moment, for all topics.

    Each array has the shape (topics, 2); its columns are yes and no.

    Attributes:
        ever: all ratings.
        during: those during this activity.
        hour: those at this hour.
        here: those during this activity at this hour.
    """

    ever: Counts
    during: Counts
    hour: Counts
    here: Counts

    def plus(self, other: TopicCounts) -> TopicCounts:
        """Return the sums of two counts."""
        return TopicCounts(*(a + b for a, b in zip(self, other, strict=True)))


class TopicTable:
    """Counts of ratings of preference by topic, activity and clock time, in bins."""

    def __init__(self) -> None:
        self._number = {name: i for i, name in enumerate(topics())}
        self._clock: Counts | None = None
        self._during: dict[str, Counts] = {}
        self._ever = np.zeros((len(self._number), 2), np.int32)
        self._total: dict[str, Counts] = {}

    def _empty(self) -> Counts:
        return np.zeros((len(self._number), 2, LATEST // BIN + 1), np.int32)

    def add(self, topic: str, activity: str, minute: float, yes: bool) -> None:
        """Add a rating of preference.

        Args:
            topic: id of the topic.
            activity: id of the activity.
            minute: minute of the day's clock.
            yes: whether the rating is 1.
        """
        number, at = self._number[topic], min(LATEST // BIN, max(0, int(minute // BIN)))
        if self._clock is None:
            self._clock = self._empty()
        if activity not in self._during:
            self._during[activity] = self._empty()
            self._total[activity] = np.zeros_like(self._ever)
        self._clock[number, int(not yes), at] += 1
        self._during[activity][number, int(not yes), at] += 1
        self._ever[number, int(not yes)] += 1
        self._total[activity][number, int(not yes)] += 1

    def here(self, topic: str, activity: str, minute: float) -> Tally:
        """Return the ratings of a topic during an activity at this hour.

        Args:
            topic: id of the topic.
            activity: id of the activity.
            minute: minute of the day's clock.
        """
        during = self._during.get(activity)
        if during is None:
            return NONE
        yes, no = during[self._number[topic], :, _hour(minute)].sum(axis=1).tolist()
        return Tally(yes, no)

    def counts(self, activity: str, minute: float) -> TopicCounts | None:
        """Return the counts that concern a moment; None where nothing was rated yet."""
        if self._clock is None:
            return None
        near = _hour(minute)
        hour: Counts = self._clock[:, :, near].sum(axis=2)
        during = self._during.get(activity)
        if during is None:
            none = np.zeros_like(self._ever)
            return TopicCounts(self._ever, none, hour, none)
        return TopicCounts(self._ever, self._total[activity], hour, during[:, :, near].sum(axis=2))


def _hour(minute: float) -> slice:
    """Return the bins within :data:`HOUR` minutes of a minute of the day's clock."""
    return slice(max(0, int((minute - HOUR) // BIN)), int((minute + HOUR) // BIN) + 1)


class PaceBounds(NamedTuple):
    """Bounds of the pace that the ratings call fine; None where unknown.

    Attributes:
        too_soon: the longest gap, in minutes, that was rated too soon.
        soon_enough: the shortest gap that was rated fine.
        most_fine: the most recommendations that had been shown where one more was fine.
        full: the fewest that had been shown where one more was too many after a gap that is otherwise fine.
    """

    too_soon: float | None
    soon_enough: float | None
    most_fine: int | None
    full: int | None


class Paces:
    """Counts of ratings of frequency by gap and by number of recommendations shown before.

    Args:
        gaps: lower bounds of the buckets of gaps, in minutes.
        counts: number of buckets of numbers shown; the last one stands for larger numbers too.

    Attributes:
        bounds: bounds of the gaps and numbers that were fine.
    """

    def __init__(self, gaps: Sequence[float], counts: int) -> None:
        self._gaps = gaps
        self._table = np.zeros((2, len(gaps), counts), np.int32)
        self._not_fine: list[tuple[float, int]] = []
        self._count = 0
        self.bounds = PaceBounds(None, None, None, None)

    def __len__(self) -> int:
        return self._count

    def _cell(self, gap: float, shown: int) -> tuple[int, int]:
        return bisect_right(self._gaps, gap) - 1, min(shown, self._table.shape[2] - 1)

    def add(self, gap: float, shown: int, fine: bool) -> None:
        """Add a rating of frequency.

        Args:
            gap: minutes since the last recommendation of the day.
            shown: recommendations shown before it on that day.
            fine: whether the rating is 1.
        """
        row, column = self._cell(gap, shown)
        self._table[int(not fine), row, column] += 1
        self._count += 1
        too_soon, soon_enough, most_fine, full = self.bounds
        if not fine:
            self._not_fine.append((gap, shown))
            if soon_enough is not None and gap >= soon_enough and (full is None or shown < full):
                full = shown
        else:
            most_fine = shown if most_fine is None else max(most_fine, shown)
            if soon_enough is None or gap < soon_enough:
                soon_enough = gap
                full = min((number for waited, number in self._not_fine if waited >= gap), default=None)
        if full != self.bounds.full:
            too_soon = max((waited for waited, number in self._not_fine if full is None or number < full), default=None)
        elif not fine and (full is None or shown < full):
            too_soon = gap if too_soon is None else max(too_soon, gap)
        self.bounds = PaceBounds(too_soon, soon_enough, most_fine, full)

    def tally(self, gap: float, shown: int) -> Tally:
        """Return the ratings for and against a recommendation after a gap and a number of others."""
        row, column = self._cell(gap, shown)
        yes = self._table[0, : row + 1, column:].sum()
        no = self._table[1, row:, : column + 1].sum()
        return Tally(int(yes), int(no))
