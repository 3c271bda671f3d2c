"""Describe the user's day so far (paper, section 3), and what was said of late.

One to two hours are told in detail, those before as single hours, and those before them as blocks of four hours. The text is counted from
the records, without a model. All intervals begin at full hours of the clock, so that within an hour the text only grows at its end, and an
endpoint that caches the beginnings of prompts reads little of it anew.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from propersim.core.clock import format_minutes, format_time, minutes_of_run
from propersim.core.prompts import block, quoted
from propersim.core.records import Action, Step
from propersim.persona.model import Persona

HOUR: Final = 60
STRETCH: Final = 4 * HOUR
HOURS_KEPT: Final = 2
"""Fewest single hours before the detailed part; earlier hours are combined where they fill a block of four."""
QUOTED: Final = 160
"""Characters of a recommendation in the text."""
PHRASE: Final = 120
"""Characters of an activity, a topic or a place in the text."""
MOST_SAID: Final = 60
"""Most recommendations in the detailed part; of more, the newest."""
LATELY: Final = 48 * HOUR
"""Minutes for which a rubric with a clause of variety looks back."""
MOST_LATELY: Final = 24
"""Most recommendations of late in the text; of more, the newest."""
MOST_DONE: Final = 4
"""Most activities, and most topics, that a summary names."""


@dataclass(frozen=True, slots=True)
class _Said:
    minute: float
    text: str
    topic: str | None
    score: int | None


class Today:
    """The steps of the current day; starts anew at waking.

    Args:
        scores: whether the text contains the scores; false where somebody else gave them.
    """

    def __init__(self, *, scores: bool = True) -> None:
        self._scores = scores
        self._begin(0, 0.0)

    def _begin(self, day: int, wake: float) -> None:
        self._day, self._wake = day, wake
        self._done: list[Action] = []
        self._said: list[_Said] = []

    def observe(self, step: Step) -> None:
        """Add a completed step; a step of another day starts that day."""
        if step.day != self._day:
            self._begin(step.day, step.minute)
        if not self._done or (self._done[-1].start, self._done[-1].phrase) != (step.action.start, step.action.phrase):
            self._done.append(step.action)
        if step.answer.text is not None:
            self._said.append(_Said(step.minute, step.answer.text, step.answer.topic, step.rating.score))

    def describe(self, day: int, minute: float) -> str:
        """Return the day until a minute as a block of data for a prompt; free text in it is quoted.

        Args:
            day: day of the run.
            minute: minute of the day's clock.
        """
        if day != self._day or not self._done:
            return block("today", ["You have just woken up."])
        detail = (int(minute) // HOUR - 1) * HOUR
        hours = (detail - HOURS_KEPT * HOUR) // STRETCH * STRETCH
        first = int(self._wake) // STRETCH * STRETCH
        edges = [*range(first, hours, STRETCH), *range(max(hours, first), detail + 1, HOUR)]
        lines = [f"{format_time(self._wake, wrap=True)} woke up"]
        for start, end in pairwise(edges):
            if end > self._wake:
                lines.append(self._summary(max(start, self._wake), end))
        return block("today", [*lines, *self._detail(max(detail, self._wake), minute)])

    def _during(self, start: float, end: float) -> list[tuple[Action, float]]:
        """Return the actions in [start, end), each with its minutes inside that interval."""
        actions = []
        for number, action in enumerate(self._done):
            until = self._done[number + 1].start if number + 1 < len(self._done) else end
            length = min(until, end) - max(action.start, start)
            if length > 0:
                actions.append((action, length))
        return actions

    def _summary(self, start: float, end: float) -> str:
        lengths: Counter[str] = Counter()
        for action, length in self._during(start, end):
            lengths[action.phrase] += round(length)
        did = ", ".join(f"{quoted(phrase, limit=PHRASE)} {length} min" for phrase, length in lengths.most_common(MOST_DONE))
        said = [one for one in self._said if start <= one.minute < end]
        when = f"{format_time(start, wrap=True)} to {format_time(end, wrap=True)}"
        return f"{when}: {did}; {self._counted(said)}"

    def _counted(self, said: list[_Said]) -> str:
        if not said:
            return "no recommendation"
        topics = Counter(one.topic for one in said if one.topic)
        about = [quoted(topic, limit=PHRASE) for topic, _ in topics.most_common(MOST_DONE)]
        facts = [f"on {', '.join(about)}"] if about else []
        scores = [one.score for one in said if one.score is not None]
        facts += [f"your mean score {sum(scores) / len(scores):.1f} of 4"] if self._scores and scores else []
        facts_text = f" ({'; '.join(facts)})" if facts else ""
        return f"{len(said)} recommendation{'s' if len(said) > 1 else ''}{facts_text}"

    def _detail(self, start: float, end: float) -> list[str]:
        """Return a line per action and recommendation, oldest first.

        An action in progress at the start has its own begin.
        """
        lines = [(action.start, 0, _began(action)) for action, _ in self._during(start, end)]
        said = [one for one in self._said if start <= one.minute < end]
        for one in said[-MOST_SAID:]:
            score = f"; your score {one.score} of 4" if self._scores else ""
            lines.append((one.minute, 1, f"recommended to you: {quoted(one.text, limit=QUOTED)}{score}"))
        left = len(said) - MOST_SAID
        omitted = [f"({left} recommendations before these are left out)"] if left > 0 else []
        return omitted + [f"{format_time(minute, wrap=True)} {line}" for minute, _, line in sorted(lines)]


class Lately:
    """The recommendations of late, also before the last night.

    Rubrics with a clause of variety need them.
    """

    def __init__(self) -> None:
        self._said: deque[tuple[float, str, str | None]] = deque(maxlen=MOST_LATELY)

    def observe(self, step: Step) -> None:
        """Add a completed step."""
        if step.answer.text is not None:
            self._said.append((minutes_of_run(step.day, step.minute), step.answer.text, step.answer.topic))

    def told(self, persona: Persona, day: int, minute: float) -> Sequence[str]:
        """Return the lines that a persona's judge is told.

        There are none where its rubric of that day has no clause of variety.

        Args:
            persona: the persona of the run.
            day: day of the run.
            minute: minute of the day's clock.
        """
        return self.lines(day, minute) if persona.on_day(day).rubric.variety is not None else ()

    def lines(self, day: int, minute: float) -> list[str]:
        """Return the recommendations of the last two days in lines, oldest first.

        Free text in them is quoted.

        Args:
            day: day of the run.
            minute: minute of the day's clock.
        """
        now = minutes_of_run(day, minute)
        late = [(now - at, text, topic) for at, text, topic in self._said if now - at <= LATELY]
        if not late:
            return ["Nothing was recommended to you in the last two days."]
        return [
            "Recommended to you in the last two days, with the time since:",
            *(
                f"- {format_minutes(ago)} ago{f', on {quoted(topic, limit=PHRASE)}' if topic else ''}: {quoted(text, limit=QUOTED)}"
                for ago, text, topic in late
            ),
        ]


def _began(action: Action) -> str:
    return f"began {quoted(action.phrase, limit=PHRASE)} in {quoted(action.place.room, limit=PHRASE)}"
