"""Metrics of a day and of a run, from counts and sums (design of the rubric: metrics).

A figure with nothing to divide by is None, never 0. A run's figures pool the counts and sums of its days.
Score and headroom can be high while nothing that was said is welcome: never report them without F1 and success rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from propersim.core.records import DIMENSIONS, DayFigures, Step
from propersim.persona.model import Frequency

MIN_HEADROOM = 0.1
"""Headroom is None where oracle and silent differ by less than this, in points of mean score."""
POOLED = 3
"""Days that a figure of a day is of, where it is reported: it, and those before it; day 1 is day 1 alone."""


class Tally:
    """Counts a day's steps as they come.

    Args:
        day: which day.
        timestep: minutes that a step stands for.
        frequency: the persona's rule, for ``in_band``; None leaves it False.
    """

    def __init__(self, day: int, timestep: float, frequency: Frequency | None = None) -> None:
        self.day = day
        self._timestep = timestep
        self._frequency = frequency
        self.steps = 0
        self._dimensions = [0, 0, 0, 0]
        self._spoken_score = self._shown = self._success = self._welcome = self._content = 0
        self._silent = self._oracle = self._oracle_shown = self._malformed = self._drawn = 0

    def add(self, step: Step) -> None:
        """Count one step."""
        rating = step.rating
        self.steps += 1
        sums = self._dimensions
        sums[0] += rating.preference
        sums[1] += rating.timing
        sums[2] += rating.frequency
        sums[3] += rating.communication
        shadow = step.shadow
        self._silent += shadow.silent
        self._oracle += shadow.oracle
        self._oracle_shown += shadow.spoke
        self._malformed += step.malformed
        self._drawn += step.drawn
        if step.spoke:
            score = rating.score
            self._shown += 1
            self._spoken_score += score
            self._success += score >= 3
            self._welcome += score == 4
            self._content += rating.preference + rating.communication

    def figures(self) -> DayFigures:
        """Return the counts so far."""
        low, high = 0, 0
        if self._frequency is not None:
            low = min(math.floor(self._frequency.min_per_day), self._oracle_shown)
            high = math.ceil(self._frequency.max_per_day)
        a, b, c, d = self._dimensions
        return DayFigures(
            day=self.day,
            steps=self.steps,
            hours=self.steps * self._timestep / 60,
            dimensions=(a, b, c, d),
            spoken_score=self._spoken_score,
            shown=self._shown,
            success=self._success,
            welcome=self._welcome,
            content=self._content,
            malformed=self._malformed,
            answers=self._drawn,
            silent=self._silent,
            oracle=self._oracle,
            oracle_shown=self._oracle_shown,
            in_band=self._frequency is not None and low <= self._shown <= high,
        )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def metrics(days: Sequence[DayFigures]) -> dict[str, Any]:
    """Return every metric over some days, pooled; one day gives that day's.

    Returns:
        score and the four dimensions: means over steps, 0–4 and 0–1; score_spoken and score_silent: over spoken
        and silent steps apart; recs_per_hour: shown per waking hour; success_rate: share of spoken steps with 3 or 4;
        precision, recall, f1: of welcome recommendations, O = oracle_welcome; content: mean of preference and
        communication over spoken steps; malformed: share of the suggestions that a model wrote that were thrown away;
        in_band: share of days within the persona's band; silent_score, oracle_score, headroom: against the controls over
        the same days.
    """

    def total(name: str) -> Any:
        return sum(getattr(day, name) for day in days)

    steps, shown, welcome, wanted = total("steps"), total("shown"), total("welcome"), total("oracle_shown")
    sums = [sum(day.dimensions[i] for day in days) for i in range(4)]
    silent, oracle, score = total("silent"), total("oracle"), sum(sums)
    hit = min(welcome, wanted)
    room = steps > 0 and (oracle - silent) / steps >= MIN_HEADROOM
    return {
        "score": _ratio(score, steps),
        **{name: _ratio(value, steps) for name, value in zip(DIMENSIONS, sums, strict=True)},
        "score_spoken": _ratio(total("spoken_score"), shown),
        "score_silent": _ratio(score - total("spoken_score"), steps - shown),
        "recs_per_hour": _ratio(shown, total("hours")),
        "shown": shown,
        "welcome": welcome,
        "oracle_welcome": wanted,
        "success_rate": _ratio(total("success"), shown),
        "precision": _ratio(welcome, shown),
        "recall": _ratio(hit, wanted),
        "f1": _ratio(2 * hit, shown + wanted),
        "false_alarms": shown - welcome,
        "missed_needs": max(0, wanted - welcome),
        "content": _ratio(total("content"), 2 * shown),
        "malformed": _ratio(total("malformed"), total("answers")),
        "in_band": _ratio(sum(day.in_band for day in days), len(days)),
        "silent_score": _ratio(silent, steps),
        "oracle_score": _ratio(oracle, steps),
        "headroom": (score - silent) / (oracle - silent) if room else None,
        "steps": steps,
    }
