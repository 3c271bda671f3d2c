"""Keep how much the user has heard of each topic and suggestion.

Rubrics with a clause of variety need it.

Satiation rises with each time that something is shown and falls by half in each half-life, nights included. Only what is shown counts, as
for the clocks of the day. The clocks of a step (:class:`propersim.core.records.Clocks`) hold what a rating depends on, so that a stored
step can be rated again without the steps before it.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import Final

import msgspec

from propersim.core.clock import minutes_of_run
from propersim.core.records import Clocks, Heard
from propersim.persona.model import Persona, Satiation

MOST_SUGGESTIONS: Final = 24
"""Most suggestions that the user remembers having enough of, the newest: a step's record has to stay small."""
LEAST: Final = 0.05
"""Satiation below which a topic or suggestion counts as never shown."""
_HOUR: Final = 60.0
_WORD: Final = re.compile(r"\w+")


def words_key(text: str) -> str:
    """Return the hash of a suggestion's words: 12 hexadecimal digits.

    Suggestions are the same where they have the same words, whatever their capitals and punctuation.
    """
    words = " ".join(_WORD.findall(text.casefold())) or text
    return hashlib.blake2b(words.encode(), digest_size=6).hexdigest()


def heard_enough(text: str, topic: str | None, clocks: Clocks) -> Heard | None:
    """Return of what the user has had enough in a suggestion.

    It is its topic, else its words; None where neither.

    Args:
        text: the suggestion.
        topic: its topic; None where it has none.
        clocks: clocks before the step.
    """
    for known, what in ((clocks.topics, topic), (clocks.suggestions, words_key(text) if clocks.suggestions else None)):
        for one in known:
            if one.what == what and one.enough:
                return one
    return None


class _Levels:
    """The satiation of topics or of suggestions by one rule.

    Args:
        rule: the rule.
    """

    __slots__ = ("_fills", "_half_life", "_levels")

    def __init__(self, rule: Satiation) -> None:
        self._fills, self._half_life = rule.fills, rule.half_life * _HOUR
        self._levels: dict[str, tuple[float, float]] = {}

    def _left(self, what: str, now: float) -> float:
        level, at = self._levels.get(what, (0.0, now))
        left = level * math.exp2((at - now) / self._half_life)
        return left if left >= LEAST else 0.0

    def add(self, what: str, now: float) -> None:
        """Add one time that something is shown, in minutes since the run's first midnight."""
        level = self._left(what, now) + self._fills
        for gone in [name for name in self._levels if name == what or not self._left(name, now)]:
            del self._levels[gone]
        self._levels[what] = level, now

    def at(self, now: float) -> list[Heard]:
        """Return what is left of each, the one shown last at the end."""
        left = [Heard(what, now - at, round(self._left(what, now), 3)) for what, (_, at) in self._levels.items()]
        return [one for one in left if one.satiation]


class Exposures:
    """The exposures of a run, by each rubric that the persona has.

    Args:
        persona: the persona; its rubric may change during the run.
    """

    def __init__(self, persona: Persona) -> None:
        self._persona = persona
        rubrics = [persona.on_day(day).rubric for day in sorted({0, persona.changes_on})]
        self._clauses = [(_levels(one.topic), _levels(one.suggestion)) if (one := rubric.variety) else (None, None) for rubric in rubrics]
        self.counts = any(rubric.variety is not None for rubric in rubrics)
        """Whether any rubric has a clause of variety; otherwise nothing is kept."""

    def show(self, day: int, minute: float, topic: str | None, text: str | None) -> None:
        """Add a recommendation that was shown.

        Args:
            day: day of the run, from 1.
            minute: minute of the day's clock.
            topic: its topic; None where the reader found none.
            text: its words; None counts the topic alone.
        """
        if not self.counts:
            return
        now = minutes_of_run(day, minute)
        for topics, suggestions in self._clauses:
            if topics is not None and topic is not None:
                topics.add(topic, now)
            if suggestions is not None and text is not None:
                suggestions.add(words_key(text), now)

    def into(self, clocks: Clocks, day: int, minute: float) -> Clocks:
        """Return clocks with the satiation at a moment, by the rubric of that day.

        Args:
            clocks: the clocks of the day.
            day: day of the run, from 1.
            minute: minute of the day's clock.
        """
        if not self.counts:
            return clocks
        topics, suggestions = self._clauses[self._persona.has_changed(day)]
        now = minutes_of_run(day, minute)
        enough = [one for one in suggestions.at(now) if one.enough] if suggestions is not None else []
        return msgspec.structs.replace(
            clocks, topics=tuple(topics.at(now)) if topics is not None else (), suggestions=tuple(enough[-MOST_SUGGESTIONS:])
        )


def _levels(rule: Satiation | None) -> _Levels | None:
    return None if rule is None else _Levels(rule)
