"""Today in the assistant's eyes: the last ten minutes in detail, earlier hours counted (paper, section 4.1).

Summaries are counted, not generated: four stretches of one hour before the last ten minutes, three of four hours before those.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from propersim.core.records import Step
from propersim.memory.state import Past, Summary, Timers

RECENT = 10.0
"""Minutes told in detail."""
STRETCHES = ((60.0, 4), (240.0, 3))
"""(length in minutes, how many) of the summaries before that, nearest first."""


@dataclass(slots=True)
class _Said:
    minute: float
    activity: str
    topic: str | None
    text: str
    score: int
    satisfying: bool


class Diary:
    """What happened today; begins anew at waking.

    Args:
        scores: whether ratings are kept (memory level ``ars``).
    """

    def __init__(self, *, scores: bool) -> None:
        self._scores = scores
        self.begin(0, 0.0)

    def begin(self, day: int, wake: float) -> None:
        """Forget yesterday."""
        self.day = day
        self._wake = wake
        self._said: list[_Said] = []
        self._doing: list[tuple[float, str]] = []

    def see(self, step: Step) -> None:
        """Note a step."""
        if step.day != self.day:
            self.begin(step.day, step.minute)
        if not self._doing or self._doing[-1][1] != step.action.activity:
            self._doing.append((step.minute, step.action.activity))
        if step.spoke:
            answer = step.answer
            rating = answer.rating
            self._said.append(_Said(step.minute, step.action.activity, answer.topic, answer.text or "", rating.score, rating.satisfying))

    def timers(self, minute: float) -> Timers:
        """Return the clocks at a minute; since waking where nothing was said yet."""
        last = self._said[-1].minute if self._said else self._wake
        good = next((said.minute for said in reversed(self._said) if said.satisfying), self._wake)
        return Timers(minute - last, minute - good, len(self._said), sum(said.satisfying for said in self._said))

    def recent(self, minute: float) -> tuple[Past, ...]:
        """Return the last ten minutes: each action, and each recommendation in it, oldest first."""
        past = [Past(activity, None, minutes_ago=minute - since) for since, activity in self._during(minute - RECENT, minute)]
        past += [
            Past(said.activity, said.topic, said.text, said.score if self._scores else None, minute - said.minute)
            for said in self._said
            if minute - RECENT <= said.minute < minute
        ]
        return tuple(sorted(past, key=lambda one: -one.minutes_ago))

    def summaries(self, minute: float) -> tuple[tuple[Summary, ...], tuple[Summary, ...]]:
        """Return the 1-hour and the 4-hour summaries before the last ten minutes, newest first; stretches before waking are left out."""
        end = minute - RECENT
        found: list[tuple[Summary, ...]] = []
        for length, count in STRETCHES:
            rows = []
            for _ in range(count):
                if end <= self._wake:
                    break
                rows.append(self._summary(minute, end - length, end))
                end -= length
            found.append(tuple(rows))
        return found[0], found[1]

    def _during(self, start: float, end: float) -> list[tuple[float, str]]:
        """Return (since, activity) of what was done in [start, end); since is not before start."""
        found = []
        for number, (since, activity) in enumerate(self._doing):
            until = self._doing[number + 1][0] if number + 1 < len(self._doing) else float("inf")
            if since < end and until > start:
                found.append((max(since, start), activity))
        return found

    def _summary(self, now: float, start: float, end: float) -> Summary:
        said = [one for one in self._said if start <= one.minute < end]
        topics = Counter(one.topic for one in said if one.topic)
        done = self._during(start, end)
        lengths: Counter[str] = Counter()
        for (since, activity), following in zip(done, [*done[1:], None], strict=True):
            lengths[activity] += round(((following[0] if following else end) - since) * 10)
        mean = sum(one.score for one in said) / len(said) if said and self._scores else None
        return Summary(
            (now - end) / 60,
            (end - start) / 60,
            len(said),
            tuple(topic for topic, _ in topics.most_common(3)),
            tuple(activity for activity, _ in lengths.most_common(2)),
            mean,
        )
