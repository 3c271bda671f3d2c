"""Build the assistant's state from its memory.

There are four levels: none; actions and recommendations; scores too (paper, table 1); and counts of all revealed ratings.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from propersim.core import clock
from propersim.core.feedback import Feedback
from propersim.core.interfaces import Observation
from propersim.memory.day_log import DayLog
from propersim.memory.diary import Diary
from propersim.memory.embedder import CachingEmbedder, Embedder, HashingEmbedder
from propersim.memory.evidence import Evidence, EvidenceMemory
from propersim.memory.evidence_tables import NONE
from propersim.memory.recall import Match, RecallIndex
from propersim.memory.state import AssistantState, Past, Summary

_WITHOUT_PACE: dict[str, Any] = {
    "gap": None, "shown": 0, "good": 0, "pace": NONE, "too_soon": None, "soon_enough": None, "most_fine": None, "full": None,
}  # fmt: skip
PACE_FIELDS = tuple(_WITHOUT_PACE)
"""Fields of the evidence that depend on when and how often something was recommended today."""
LEVELS = ("none", "ar", "ars", "evidence")


class Memory:
    """The diary of today and the index of past steps.

    Both are rebuilt from the step records on resume.

    Args:
        level: ``none``, ``ar`` (actions and recommendations), ``ars`` (scores too) or ``evidence`` (and counts of all revealed ratings).
        timers: whether the state has clocks.
        embedder: embeds activities and recommendations; the hashing embedder where None.
        day_log: whether the state has the log of the day.
        words: whether the state has summaries and recalled steps, which are for words alone; it is faster without them.
        optimism: ratings of 1 presumed of a topic that was never rated during an activity at an hour.
    """

    def __init__(
        self,
        level: str,
        *,
        timers: bool,
        embedder: Embedder | None = None,
        day_log: bool = False,
        words: bool = True,
        optimism: float = 0.0,
    ) -> None:
        self.level = level
        self._timers = timers
        self._words = words and level != "none"
        scores = level in ("ars", "evidence")
        self._evidence = EvidenceMemory(optimism) if level == "evidence" else None
        self._diary = Diary(scores=scores)
        self._log = DayLog() if day_log else None
        self.vectors = CachingEmbedder(embedder or HashingEmbedder())
        self._index = RecallIndex(self.vectors, scores=scores)

    def observe(self, seen: Feedback) -> None:
        """Add a completed step, with the ratings that are revealed at once."""
        self._diary.observe(seen)
        if self._log is not None:
            self._log.observe(seen)
        if self._evidence is not None:
            self._evidence.observe(seen)
        if not self._words:
            return
        shown, action = seen.answer, seen.action
        score = shown.rating.score if shown.rating is not None else None
        self._index.add(action.activity, action.phrase, shown.topic, shown.text or "", score, clock.minutes_of_run(seen.day, seen.minute))

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Add the ratings of the day that ended which were not revealed at once."""
        for seen in feedback:
            if self._log is not None:
                self._log.reveal(seen)
            if self._evidence is not None:
                self._evidence.reveal(seen)
            shown = seen.answer
            if self._words and shown.rating is not None:
                self._index.rate(seen.action.activity, shown.text or "", shown.rating.score)

    def matching(self, text: str, count: int) -> list[Match]:
        """Return the past (action, recommendation) pairs most similar to a text.

        Args:
            text: free text.
            count: most pairs to return.

        Returns:
            The pairs, most similar first; none at the level ``none``, or without words.
        """
        return self._index.matching(text, count)

    def copy_of_evidence(self) -> EvidenceMemory:
        """Return a copy of the counted ratings, to be asked about other moments.

        It is empty at other levels than ``evidence``.
        """
        return copy.deepcopy(self._evidence) if self._evidence is not None else EvidenceMemory()

    def state(self, observation: Observation) -> AssistantState:
        """Return the assistant's state at a step, before it decides."""
        day, minute, action = observation.day, observation.minute, observation.action
        if day != self._diary.day:
            self._diary.begin(day, minute)
        recent: tuple[Past, ...] = ()
        hours: tuple[Summary, ...] = ()
        blocks: tuple[Summary, ...] = ()
        memories: tuple[Past, ...] = ()
        if self._words:
            recent = self._diary.recent(minute)
            hours, blocks = self._diary.summaries(minute)
            memories = self._index.similar(action.phrase, clock.minutes_of_run(day, minute))
        return AssistantState(
            minute=minute,
            weekday=clock.weekday(day),
            activity=action.activity,
            phrase=action.phrase,
            room=action.place.room,
            focus=action.focus,
            since=minute - action.start,
            recent=recent,
            hours=hours,
            blocks=blocks,
            memories=memories,
            timers=self._diary.timers(minute) if self._timers else None,
            evidence=self._evidence_at(observation),
            log=self._log.entries(day) if self._log is not None else None,
        )

    def _evidence_at(self, seen: Observation) -> Evidence | None:
        if self._evidence is None:
            return None
        evidence = self._evidence.at(seen.day, seen.minute, seen.action.activity, seen.action.start)
        # An assistant without clocks sees neither the time since its last recommendation nor their number.
        return evidence if self._timers else replace(evidence, **_WITHOUT_PACE)
