"""Summarise the current day (paper, section 4.1).

The last ten minutes are told in detail, earlier hours as counts. The summaries are counted, not generated: four of one hour before the last
ten minutes, and three of four hours before those.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from propersim.core.feedback import Feedback
from propersim.memory.state import Past, Summary, Timers

RECENT = 10.0
"""Minutes before now that the state holds in detail."""
STRETCHES = ((60.0, 4), (240.0, 3))
"""(length in minutes, count) of the summaries before that, newest first."""


@dataclass(slots=True)
class _Shown:
    minute: float
    activity: str
    topic: str | None
    text: str
    score: int | None
    satisfying: bool


class Diary:
    """The steps of the current day; starts anew at waking.

    Args:
        scores: whether scores are part of the state (memory level ``ars``).
    """

    def __init__(self, *, scores: bool) -> None:
        self._scores = scores
        self.begin(0, 0.0)

    def begin(self, day: int, wake: float) -> None:
        """Start a day and forget the one before.

        Args:
            day: day of the run.
            wake: minute of waking.
        """
        self.day = day
        self._wake = wake
        self._shown: list[_Shown] = []
        self._activities: list[tuple[float, str]] = []

    def observe(self, seen: Feedback) -> None:
        """Add a completed step."""
        if seen.day != self.day:
            self.begin(seen.day, seen.minute)
        activity = seen.action.activity
        if not self._activities or self._activities[-1][1] != activity:
            self._activities.append((seen.minute, activity))
        if seen.spoke:
            shown, rating = seen.answer, seen.answer.rating
            score, satisfying = (None, False) if rating is None else (rating.score, rating.satisfying)
            self._shown.append(_Shown(seen.minute, activity, shown.topic, shown.text or "", score, satisfying))

    def timers(self, minute: float) -> Timers:
        """Return the clocks at a minute; they count from waking while nothing was shown."""
        last = self._shown[-1].minute if self._shown else self._wake
        good = next((shown.minute for shown in reversed(self._shown) if shown.satisfying), self._wake)
        return Timers(minute - last, minute - good, len(self._shown), sum(shown.satisfying for shown in self._shown))

    def recent(self, minute: float) -> tuple[Past, ...]:
        """Return the activities and recommendations of the last ten minutes, oldest first."""
        past = [Past(activity, None, minutes_ago=minute - since) for since, activity in self._during(minute - RECENT, minute)]
        past += [
            Past(shown.activity, shown.topic, shown.text, shown.score if self._scores else None, minute - shown.minute)
            for shown in self._shown
            if minute - RECENT <= shown.minute < minute
        ]
        return tuple(sorted(past, key=lambda entry: -entry.minutes_ago))

    def summaries(self, minute: float) -> tuple[tuple[Summary, ...], tuple[Summary, ...]]:
        """Return the 1-hour and the 4-hour summaries before the last ten minutes, newest first.

        Those before waking are left out.
        """
        end = minute - RECENT
        summaries: list[tuple[Summary, ...]] = []
        for length, count in STRETCHES:
            rows = []
            for _ in range(count):
                if end <= self._wake:
                    break
                rows.append(self._summary(minute, end - length, end))
                end -= length
            summaries.append(tuple(rows))
        return summaries[0], summaries[1]

    def _during(self, start: float, end: float) -> list[tuple[float, str]]:
        """Return (begin, activity) of the activities in [start, end).

        The first begin is cut to ``start``.
        """
        activities = []
        for number, (since, activity) in enumerate(self._activities):
            until = self._activities[number + 1][0] if number + 1 < len(self._activities) else float("inf")
            if since < end and until > start:
                activities.append((max(since, start), activity))
        return activities

    def _summary(self, now: float, start: float, end: float) -> Summary:
        shown = [entry for entry in self._shown if start <= entry.minute < end]
        topics = Counter(entry.topic for entry in shown if entry.topic)
        activities = self._during(start, end)
        lengths: Counter[str] = Counter()
        for (since, activity), following in zip(activities, [*activities[1:], None], strict=True):
            lengths[activity] += round(((following[0] if following else end) - since) * 10)
        scores = [entry.score for entry in shown if entry.score is not None] if self._scores else []
        mean = sum(scores) / len(scores) if scores else None
        return Summary(
            (now - end) / 60,
            (end - start) / 60,
            len(shown),
            tuple(topic for topic, _ in topics.most_common(3)),
            tuple(activity for activity, _ in lengths.most_common(2)),
            mean,
        )
