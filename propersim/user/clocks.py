"""Keep the two clocks of a day, gap and need.

They decide whether the user is receptive, wants something, or waits too long. *gap* is the time since any recommendation was shown: good
and bad ones alike use up patience. *need* is the time since the last satisfying one. At waking both are at G_min. There are two, because
with a single clock that every recommendation resets, a few worthless ones a day would prevent "overdue".
"""

from __future__ import annotations

from propersim.core.records import Clocks, UserState
from propersim.user.patience import Patience
from propersim.user.rules import DayRules


class DayClocks:
    """The clocks and counts of one day.

    Only shown recommendations change them, not other candidates. A satisfying recommendation always resets the need, but counts as one of
    today's satisfying ones only where the need was at G_min or more: else twenty good ones in the first hour would exhaust the day's
    number, and the user would want nothing until bedtime.

    Args:
        wake: minute of waking.
        gap_min: the persona's G_min in minutes, the value of both clocks at waking.
        patience: the user's patience at waking; None where the user does not react.
    """

    __slots__ = ("_gap_lead", "_gap_min", "_gap_since", "_need_lead", "_need_since", "_patience", "satisfying", "shown")

    def __init__(self, wake: float, gap_min: float, patience: Patience | None = None) -> None:
        self._patience = patience
        # A clock is (minute − since) + lead, so that at waking it is exactly G_min, without rounding.
        self._gap_min = gap_min
        self._gap_since = self._need_since = wake
        self._gap_lead = self._need_lead = float(gap_min)
        self.shown = 0
        self.satisfying = 0

    def at(self, minute: float) -> Clocks:
        """Return the clocks at a minute of the day."""
        gap, need = minute - self._gap_since + self._gap_lead, minute - self._need_since + self._need_lead
        if self._patience is None:
            return Clocks(gap, need, self.shown, self.satisfying)
        return Clocks(gap, need, self.shown, self.satisfying, self._patience.left(minute), self._patience.muted(minute))

    def show(self, minute: float, *, satisfying: bool, welcome: bool | None = None) -> None:
        """Update the clocks with a shown recommendation.

        Args:
            minute: minute of the day's clock.
            satisfying: whether its rating is satisfying (preference, timing and communication at 1).
            welcome: whether all four dimensions of its rating are 1; None where it is not rated in full, which leaves patience as it is.
        """
        if self._patience is not None and welcome is not None:
            self._patience.show(minute, welcome=welcome)
        if satisfying:
            if minute - self._need_since + self._need_lead >= self._gap_min:
                self.satisfying += 1
            self._need_since, self._need_lead = minute, 0.0
        self._gap_since, self._gap_lead = minute, 0.0
        self.shown += 1


def moment(rules: DayRules, gap_max: float, activity: str, minute: float, clocks: Clocks) -> UserState:
    """Return whether the user is receptive, wants a recommendation, and waits too long.

    The three are defined in docs/concepts/rubric.md.

    Args:
        rules: the persona's rules of that weekday.
        gap_max: G_max of the day in minutes.
        activity: id of the user's activity.
        minute: minute of the day's clock.
        clocks: clocks before the step.
    """
    frequency = rules.frequency
    receptive = rules.receptive(activity, minute)
    return UserState(
        receptive,
        receptive
        and clocks.need >= frequency.gap_min
        and clocks.satisfying < frequency.max_per_day
        and bool(welcome_topics(rules, activity, minute, clocks)),
        clocks.need > gap_max and clocks.satisfying < frequency.min_per_day,
    )


def welcome_topics(rules: DayRules, activity: str, minute: float, clocks: Clocks) -> frozenset[str]:
    """Return the topics that are liked now, without those of which the user has enough.

    Args:
        rules: the persona's rules of that weekday.
        activity: id of the user's activity.
        minute: minute of the day's clock.
        clocks: clocks before the step.
    """
    liked = rules.liked(activity, minute)
    return liked.difference([one.what for one in clocks.topics if one.enough]) if clocks.topics else liked


def least_heard(welcome: frozenset[str], clocks: Clocks) -> str:
    """Return the welcome topic with the least satiation, of equal ones the first by name.

    Where all topics satiate alike, to take the least heard one is the best plan (Leqi and others, NeurIPS 2021, section 4).

    Args:
        welcome: the topics, at least one.
        clocks: clocks before the step.
    """
    heard = {one.what: one.satiation for one in clocks.topics}
    return min(welcome, key=lambda topic: (heard.get(topic, 0.0), topic))


def comfortable(rules: DayRules, clocks: Clocks) -> bool:
    """Return whether the persona's frequency rules allow one more recommendation now."""
    return clocks.gap >= rules.frequency.gap_min and clocks.shown < rules.frequency.max_per_day


def oracle_speaks(rules: DayRules, now: UserState, clocks: Clocks) -> bool:
    """Return whether the oracle speaks: a recommendation is wanted and can reach a score of 4.

    It cannot while the assistant is muted.

    Args:
        rules: the persona's rules of that weekday.
        now: moment of the user.
        clocks: clocks before the step.
    """
    return now.wanted and comfortable(rules, clocks) and clocks.muted is None
