"""Decide when an assistant speaks in order to learn.

It explores within a budget of unwelcome recommendations.

Where only what is shown is rated, an assistant that is always silent learns nothing. It therefore speaks now and then below its threshold,
more often where a recommendation is likelier to be right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from propersim.core.feedback import Feedback

SPENT_A_DAY: Final = 0.25
"""Share of what is left of the budget that a day may spend."""
STEPS: Final = 390
"""Steps of a usual day, over which a day's share is spread."""
MEMORY: Final = 400
"""Newest steps whose mean probability of speaking is compared with the present one."""
LIKELIEST: Final = 8.0
"""Largest factor by which a likely moment is explored more often than the mean one."""


class Exploration:
    """The budget of a run, and what was spent of it; follows from the steps alone.

    An exploration costs 1 unless it turns out to be satisfying; while its rating is not revealed it costs 1 too.

    Args:
        budget: most unwelcome recommendations of the run that are shown in order to learn.
    """

    def __init__(self, budget: int) -> None:
        self._left = budget
        self._day = 0
        self._of_today = 0.0
        self._chances: deque[float] = deque(maxlen=MEMORY)
        self._sum = 0.0

    def probability(self, day: int, p_speak: float) -> float:
        """Return the probability of exploring at a step at which the assistant would be silent.

        Args:
            day: day of the run.
            p_speak: its probability of speaking.
        """
        self._begin(day)
        left = min(self._of_today, self._left)
        if left <= 0:
            return 0.0
        mean = self._sum / len(self._chances) if self._chances else p_speak
        return min(1.0, self._allowed / STEPS * min(LIKELIEST, p_speak / max(mean, 1e-6)))

    def _begin(self, day: int) -> None:
        if day != self._day:
            self._day = day
            self._allowed = self._of_today = max(1.0, self._left * SPENT_A_DAY) if self._left > 0 else 0.0

    def observe(self, feedback: Feedback) -> None:
        """Count a completed step."""
        self._begin(feedback.day)
        if feedback.p_speak is not None:
            if len(self._chances) == MEMORY:
                self._sum -= self._chances[0]
            self._chances.append(feedback.p_speak)
            self._sum += feedback.p_speak
        if feedback.explored and not _satisfying(feedback):
            self._left -= 1
            self._of_today -= 1

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Give back what explorations cost that turn out to be satisfying at night."""
        self._left += sum(one.explored and _satisfying(one) for one in feedback)


def _satisfying(feedback: Feedback) -> bool:
    rating = feedback.answer.rating
    return rating is not None and rating.satisfying
