"""Compute the metrics of a day or a run from counts and sums.

They are defined in docs/concepts/rubric.md. A ratio with a denominator of 0 is None, never 0. The metrics of a run pool the counts and sums
of its days. Score and headroom can be high although no recommendation is welcome: report them only together with F1 and success rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from propersim.core.clock import MINUTES_PER_DAY, minutes_of_run, weekday
from propersim.core.config import FeedbackKind
from propersim.core.records import DIMENSIONS, DayFigures, LeftOut, Reactions, Step
from propersim.core.text import counted
from propersim.persona.model import Frequency, Rate

MIN_HEADROOM = 0.1
"""Smallest difference of oracle and silent, in points of mean score, for which headroom is computed."""
POOLED = 3
"""Number of days at the end of a run that are pooled where figures of its last days are given."""
WEEK = 7
"""Days within which a text that is shown again counts as repeated."""


@dataclass(slots=True)
class DayShown:
    """Recommendations shown on a day, for counts that look at the days before.

    Attributes:
        texts: the texts shown.
        welcome: the texts of welcome recommendations.
        topics: the topics of welcome recommendations.
        last: minutes since the run's first midnight at which each topic was last shown.
    """

    texts: set[str] = field(default_factory=set)
    welcome: set[str] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    last: dict[str, float] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Add a step."""
        text, topic = step.answer.text, step.answer.topic
        if text is None:
            return
        self.texts.add(text)
        if topic is not None:
            self.last[topic] = minutes_of_run(step.day, step.minute)
        if step.welcome:
            self.welcome.add(text)
            self.topics |= {topic} if topic is not None else set()


def ratings_given(step: Step, feedback: FeedbackKind = "complete", *, by_person: bool = False) -> int:
    """Return how many ratings of a step the assistant is given, so that the user has to give.

    Args:
        step: the step.
        feedback: which ratings the assistant is given where no person rates.
        by_person: whether only a person's ratings are given; what the person left out in all dimensions is not counted.
    """
    if by_person:
        return int(step.judged is not None and step.rating.given)
    if step.muted:
        return 0
    return len(step.candidates) if feedback == "complete" else int(step.spoke)


class DayCounter:
    """Accumulates the figures of a day step by step.

    Args:
        day: day of the run, from 1.
        timestep: minutes between steps.
        frequency: the persona's wish, for ``in_band``: that of the day's weekday counts; None leaves ``in_band`` False.
        earlier: what was shown on the six days before, oldest first; None leaves the counts None that look at them: ``repeated``,
            ``new_topics``, ``new_welcome`` and ``topic_again``.
        feedback: which ratings the assistant is given, for ``rated``.
        by_person: whether only a person's ratings are given from the first step on; otherwise from the first recommendation on that a
            person was to rate.

    Attributes:
        today: what was shown on this day so far.
    """

    def __init__(
        self,
        day: int,
        timestep: float,
        frequency: Frequency | None = None,
        earlier: Sequence[DayShown] | None = None,
        feedback: FeedbackKind = "complete",
        *,
        by_person: bool = False,
    ) -> None:
        self.day = day
        self.today = DayShown()
        self._knows_earlier = earlier is not None
        self._earlier = DayShown()
        for one in earlier or ():
            self._earlier.texts |= one.texts
            self._earlier.welcome |= one.welcome
            self._earlier.topics |= one.topics
            self._earlier.last |= one.last
        self._feedback: FeedbackKind = feedback
        self._by_person = by_person
        self._left_out = LeftOut()
        self._rated = self._repeated = self._new_welcome = self._topic_again = 0
        self._timestep = timestep
        self._band: Rate | None = frequency.on(weekday(day)) if frequency is not None else None
        self.steps = 0
        self._dimensions = [0, 0, 0, 0]
        self._spoken_score = self._shown = self._success = self._welcome = self._content = 0
        self._silent = self._oracle = self._oracle_shown = self._malformed = self._drawn = 0
        self._reacts = False
        self._taken_up = self._mutes = self._muted = 0
        self._first_mute: float | None = None
        self._muted_until: float | None = None

    def add(self, step: Step) -> None:
        """Add a step."""
        rating = step.rating
        self.steps += 1
        sums = self._dimensions
        sums[0] += rating.preference or 0
        sums[1] += rating.timing or 0
        sums[2] += rating.frequency or 0
        sums[3] += rating.communication or 0
        shadow = step.shadow
        self._silent += shadow.silent
        self._oracle += shadow.oracle
        self._oracle_shown += shadow.spoke
        self._malformed += step.malformed
        self._drawn += step.drawn
        self._by_person = self._by_person or step.judged is not None
        self._rated += ratings_given(step, self._feedback, by_person=self._by_person)
        if step.clocks.patience is not None:
            self._react(step)
        if (text := step.answer.text) is not None:
            self._compare(step, text)
            self.today.add(step)
            score = rating.score
            self._shown += 1
            if score is None:
                self._leave_out(step)
            else:
                self._spoken_score += score
                self._success += score >= 3
                self._welcome += score == 4
            if rating.preference is not None and rating.communication is not None:
                self._content += rating.preference + rating.communication

    def _react(self, step: Step) -> None:
        """Count the reactions of a user who reacts."""
        self._reacts = True
        self._taken_up += step.taken_up is not None
        if (until := step.clocks.muted) is not None:
            if self._first_mute is None:
                self._first_mute = (self.steps - 1) * self._timestep / 60
            self._muted += 1
            self._mutes += until != self._muted_until
        self._muted_until = until

    def _compare(self, step: Step, text: str) -> None:
        """Compare a recommendation with those before it."""
        today, earlier, topic = self.today, self._earlier, step.answer.topic
        self._repeated += text in today.texts or text in earlier.texts
        self._new_welcome += step.welcome and text not in today.welcome and text not in earlier.welcome
        if topic is not None:
            last = today.last.get(topic, earlier.last.get(topic))
            self._topic_again += last is not None and minutes_of_run(step.day, step.minute) - last <= MINUTES_PER_DAY

    def _leave_out(self, step: Step) -> None:
        """Count a recommendation that a person did not rate in full."""
        before, values = self._left_out, step.rating.values
        a, b, c, d = (count + (value is None) for count, value in zip(before.dimensions, values, strict=True))
        self._left_out = LeftOut(
            (a, b, c, d),
            before.shown + 1,
            before.content + (None in (values[0], values[3])),
            before.given + sum(value or 0 for value in values),
            before.silent + step.shadow.silent,
            before.oracle + step.shadow.oracle,
        )

    @property
    def shown(self) -> int:
        """Recommendations shown on the day so far."""
        return self._shown

    def figures(self) -> DayFigures:
        """Return the figures of the steps added so far."""
        low, high = 0, 0
        if self._band is not None:
            low = min(math.floor(self._band.min_per_day), self._oracle_shown)
            high = math.ceil(self._band.max_per_day)
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
            in_band=self._band is not None and low <= self._shown <= high,
            rated=self._rated,
            repeated=self._repeated if self._knows_earlier else None,
            left_out=self._left_out if self._left_out.shown else None,
            reactions=Reactions(self._taken_up, self._mutes, self._muted * self._timestep / 60, self._first_mute) if self._reacts else None,
            new_topics=len(self.today.topics - self._earlier.topics) if self._knows_earlier else None,
            new_welcome=self._new_welcome if self._knows_earlier else None,
            topic_again=self._topic_again if self._knows_earlier else None,
        )


def unrated_text(unrated: int, shown: int) -> str:
    """Return why a run has no F1, in a sentence.

    Args:
        unrated: number of recommendations without a score; at least 1.
        shown: number of all recommendations.
    """
    verb, one = ("is", "it") if unrated == 1 else ("are", "they")
    return f"no F1: {unrated} of {counted(shown, 'recommendation')} {verb} not rated in full, and {one} may have been welcome"


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def metrics(days: Sequence[DayFigures]) -> dict[str, Any]:
    """Return every metric, pooled over the given days.

    Args:
        days: figures of one or more days.

    Returns:
        By name; a ratio is None where its denominator is 0. What a person left unrated is in no figure: a recommendation with an
        unrated dimension counts as shown, but has no score, and is neither welcome nor unwelcome.

        - ``score`` and the four dimensions: means over the steps that have them, 0–4 and 0–1.
        - ``score_spoken``, ``score_silent``: mean scores of the steps with and without a recommendation.
        - ``shown``, ``recs_per_hour``: recommendations, in all and per waking hour.
        - ``welcome``, ``oracle_welcome``: recommendations of score 4, of the assistant and of the oracle.
        - ``success_rate``: share of rated recommendations with a score of 3 or 4.
        - ``precision``, ``recall``, ``f1``: of welcome recommendations, relative to ``oracle_welcome``; recall and F1 are None where a
        recommendation has no score, because it may have been welcome.
        - ``unwelcome``: recommendations of a score below 4.
        - ``unrated``: recommendations shown that have no score, because a person left out a dimension or more.
        - ``missed_needs``: welcome recommendations that the oracle has more; None where recall is, for the same reason.
        - ``distinct``: share of recommendations whose text was not shown before, on the same day or the six before it.
        - ``topic_again``: share of recommendations whose topic had been shown in the 24 hours before.
        - ``new_topics``, ``new_welcome``: topics of welcome recommendations, and welcome suggestions, that were not welcome before on the
        same day or the six before it: over a week, how many different ones there were.
        - ``rated``: ratings that the assistant was given. It, ``distinct`` and the three after it are None where a day's records do not
        have them.
        - ``content``: mean of preference and communication over recommendations.
        - ``malformed``: share of a model's suggestions that were malformed.
        - ``in_band``: share of days within the persona's band.
        - ``silent_score``, ``oracle_score``: mean scores of the controls over the steps of the same days that have a score.
        - ``headroom``: the share of the difference between these two that the assistant reaches.
        - ``taken_up``: recommendations that the user acted on; None where the user does not react (``--reactive off``).
        - ``mutes``: how often the user muted the assistant; None likewise.
        - ``muted_hours``: waking hours in which it was muted; None likewise.
        - ``steps``: number of steps.
    """

    def total(name: str) -> Any:
        return sum(map(attrgetter(name), days))

    def known_total(name: str) -> int | None:
        """Return a total, or None where some day's records do not have the count."""
        values = [getattr(day, name) for day in days]
        return None if None in values else sum(values)

    steps, shown, welcome, wanted = total("steps"), total("shown"), total("welcome"), total("oracle_shown")
    left_out = [day.left_out for day in days if day.left_out is not None]
    unrated = sum(one.shown for one in left_out)
    without = [sum(one.dimensions[i] for one in left_out) for i in range(4)]
    # Steps with a score, recommendations with a score, and the controls' scores at such steps.
    scored, rated = steps - unrated, shown - unrated
    sums = [sum(day.dimensions[i] for day in days) for i in range(4)]
    silent, oracle = (total(name) - sum(getattr(one, name) for one in left_out) for name in ("silent", "oracle"))
    score = sum(sums) - sum(one.given for one in left_out)
    hit = min(welcome, wanted)
    repeated, again = known_total("repeated"), known_total("topic_again")
    reactions = [day.reactions for day in days if day.reactions is not None]
    room = scored > 0 and (oracle - silent) / scored >= MIN_HEADROOM
    return {
        "score": _ratio(score, scored),
        **{name: _ratio(value, steps - count) for name, value, count in zip(DIMENSIONS, sums, without, strict=True)},
        "score_spoken": _ratio(total("spoken_score"), rated),
        "score_silent": _ratio(score - total("spoken_score"), steps - shown),
        "recs_per_hour": _ratio(shown, total("hours")),
        "shown": shown,
        "welcome": welcome,
        "oracle_welcome": wanted,
        "success_rate": _ratio(total("success"), rated),
        "precision": _ratio(welcome, rated),
        "recall": _ratio(hit, wanted) if not unrated else None,
        "f1": _ratio(2 * hit, shown + wanted) if not unrated else None,
        "unwelcome": rated - welcome,
        "unrated": unrated,
        "missed_needs": max(0, wanted - welcome) if not unrated else None,
        "content": _ratio(total("content"), 2 * (shown - sum(one.content for one in left_out))),
        "malformed": _ratio(total("malformed"), total("answers")),
        "in_band": _ratio(sum(day.in_band for day in days), len(days)),
        "silent_score": _ratio(silent, scored),
        "oracle_score": _ratio(oracle, scored),
        "headroom": (score - silent) / (oracle - silent) if room else None,
        "distinct": _ratio(shown - repeated, shown) if repeated is not None else None,
        "topic_again": _ratio(again, shown) if again is not None else None,
        "new_topics": known_total("new_topics"),
        "new_welcome": known_total("new_welcome"),
        "rated": known_total("rated"),
        **{name: sum(getattr(one, name) for one in reactions) if reactions else None for name in ("taken_up", "mutes", "muted_hours")},
        "steps": steps,
    }
