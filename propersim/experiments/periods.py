"""Periods of a run in reports: the whole run, single days, and ranges of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from propersim.core.clock import weekday
from propersim.core.records import DIMENSIONS, DayFigures
from propersim.experiments.results import Result
from propersim.simulation.metrics import metrics

HEADLINE = ("f1", "unwelcome", "score", "settled_in_band", "weekday_f1", "weekend_f1", "distinct", "rated")
"""Figures of the tables over the whole run, in order."""
FIGURES = (
    *("f1", "unwelcome", "success_rate", "score", *DIMENSIONS, "headroom", "in_band", "recs_per_hour", "malformed", "content"),
    *("precision", "recall", "shown", "welcome", "oracle_welcome"),
)
"""Figures of the tables of days, in order."""
EVERY = (*FIGURES, *(name for name in HEADLINE if name not in FIGURES))
"""All figures of a report."""
A_DAY = ("shown", "welcome", "oracle_welcome", "rated")
"""Figures that are counts given per day, so that periods of different lengths compare; ``unwelcome`` is the number in the whole period."""
SETTLED = 3
"""First day that ``settled_in_band``, ``weekday_f1`` and ``weekend_f1`` count: on days 1 and 2 an assistant hardly knows anything."""
WEEKEND = (5, 6)
"""Weekdays of the weekend; 0 is Monday."""


class Period(NamedTuple):
    """Some days of a run.

    Attributes:
        first: first day, from 1.
        last: last day; None is the run's own last day.
    """

    first: int
    last: int | None

    @property
    def name(self) -> str:
        """Name in JSON: ``run``, ``5`` or ``12-14``."""
        return "run" if self.last is None else str(self.last) if self.first == self.last else f"{self.first}-{self.last}"


RUN = Period(1, None)
"""All days of a run, from day 1."""
DAYS = (1, 2, 3, 5, 14)
"""Single days in reports by default."""
RANGES = ((3, 5), (12, 14))
"""Ranges of days in reports by default; the days of a range are pooled."""
PERIODS = (*(Period(day, day) for day in DAYS), *(Period(*days) for days in RANGES))
"""Days and ranges in reports by default."""


def parse_periods(text: str) -> list[Period]:
    """Return the days and ranges of a list such as ``1,2,12-14``.

    Days come first, in order; each comes once.

    Raises:
        ValueError: a part is neither a day nor a range of days; the message says why.
    """
    periods = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        days = [_day(first), _day(last) if dash else _day(first)]
        if days[0] > days[1]:
            raise ValueError(f"{part.strip()} ends before it begins")
        periods.add(Period(*days))
    return sorted(periods, key=lambda period: (period.first != period.last, period))


def _day(text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit():
        raise ValueError(f"{text.strip()!r} is not a day")
    if int(text) < 1:
        raise ValueError("days start at 1")
    return int(text)


def days_of(result: Result, period: Period) -> list[DayFigures]:
    """Return the days of a run that belong to a period.

    There are none where the run ends before the period does.
    """
    days = [one for one in result.days if period.first <= one.day and (period.last is None or one.day <= period.last)]
    return days if days and period.last in (None, days[-1].day) else []


def figures_over(result: Result, period: Period) -> dict[str, float | None]:
    """Return a run's figures over a period, pooled.

    All are None where the run does not have the whole period.
    """
    days = days_of(result, period)
    if not days:
        return dict.fromkeys(EVERY)
    settled = [day for day in days if day.day >= SETTLED]
    found: dict[str, Any] = metrics(days)
    found["rated"] = 0 if result.feedback == "none" else found["rated"]
    found["settled_in_band"] = _over(settled, days, found)["in_band"]
    for name, weekend in (("weekday_f1", False), ("weekend_f1", True)):
        found[name] = _over([day for day in settled if (weekday(day.day) in WEEKEND) is weekend], days, found)["f1"]
    return {name: found[name] / len(days) if name in A_DAY and found[name] is not None else found[name] for name in EVERY}


def _over(some: Sequence[DayFigures], days: Sequence[DayFigures], found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metrics of some of a period's days.

    They are not computed twice: most periods are a single day.

    Args:
        some: some of the days, in order.
        days: all days of the period.
        found: their metrics.
    """
    return _OF_NO_DAY if not some else found if len(some) == len(days) else metrics(some)


_OF_NO_DAY = metrics(())
