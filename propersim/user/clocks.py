"""The two clocks of a day, annoyance and need, and the moments that follow from them.

*gap* is the time since anything was shown: good and bad alike wear out patience. *need* is the time since
the last satisfying recommendation. At waking both stand at G_min. (Two, because with one clock that anything
resets, a few worthless recommendations a day kept "overdue" away.)
"""

from __future__ import annotations

from propersim.core.records import Clocks, Moment
from propersim.user.rules import Rules


class DayClocks:
    """The clocks and counts of one day; they move with what was shown, never with what was only rated.

    A satisfying recommendation always resets the need, but it is counted among today's satisfying ones only
    where the need stood at G_min or more: else twenty good ones in the first hour would fill the day's measure,
    and the user would want nothing until bedtime.

    Args:
        wake: minute of waking.
        gap_min: the persona's G_min, at which both clocks stand at waking.
    """

    __slots__ = ("_gap_lead", "_gap_min", "_gap_since", "_need_lead", "_need_since", "satisfying", "shown")

    def __init__(self, wake: float, gap_min: float) -> None:
        # A clock is (minute − since) + lead, so that at waking it stands at G_min to the last bit.
        self._gap_min = gap_min
        self._gap_since = self._need_since = wake
        self._gap_lead = self._need_lead = float(gap_min)
        self.shown = 0
        self.satisfying = 0

    def at(self, minute: float) -> Clocks:
        """Return the clocks as they stand at a minute."""
        return Clocks(minute - self._gap_since + self._gap_lead, minute - self._need_since + self._need_lead, self.shown, self.satisfying)

    def show(self, minute: float, *, satisfying: bool) -> None:
        """Count a recommendation that was shown at a minute, and whether it met the need."""
        if satisfying:
            if minute - self._need_since + self._need_lead >= self._gap_min:
                self.satisfying += 1
            self._need_since, self._need_lead = minute, 0.0
        self._gap_since, self._gap_lead = minute, 0.0
        self.shown += 1


def moment(rules: Rules, gap_max: float, activity: str, minute: float, clocks: Clocks) -> Moment:
    """Return how the user stands: receptive, wanted, overdue (design of the rubric: wanted moments)."""
    frequency = rules.frequency
    receptive = rules.receptive(activity, minute)
    return Moment(
        receptive,
        receptive
        and clocks.need >= frequency.gap_min
        and clocks.satisfying < frequency.max_per_day
        and bool(rules.liked(activity, minute)),
        clocks.need > gap_max and clocks.satisfying < frequency.min_per_day,
    )


def comfortable(rules: Rules, clocks: Clocks) -> bool:
    """Whether one more recommendation now would not be too often."""
    return clocks.gap >= rules.frequency.gap_min and clocks.shown < rules.frequency.max_per_day


def oracle_speaks(rules: Rules, now: Moment, clocks: Clocks) -> bool:
    """Whether the oracle speaks: the moment is wanted, and a score of 4 is possible."""
    return now.wanted and comfortable(rules, clocks)
