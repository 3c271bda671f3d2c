"""The assistant's memory at its three levels: none, actions and recommendations, and these with scores (paper, table 1)."""

from __future__ import annotations

from propersim.core import clock
from propersim.core.interfaces import Observation
from propersim.core.records import Step
from propersim.memory.diary import Diary
from propersim.memory.embedder import Embedder, HashingEmbedder, KeptEmbedder
from propersim.memory.recall import Match, Recall
from propersim.memory.state import Past, State, Summary

LEVELS = ("none", "ar", "ars")


class Memory:
    """Diary and recall; everything in it follows from the step records, so that a resume rebuilds it.

    Args:
        level: ``none``, ``ar`` (actions and recommendations) or ``ars`` (and scores).
        timers: whether the state has clocks.
        embedder: what turns moments into vectors; the hashing one where None.
    """

    def __init__(self, level: str, *, timers: bool, embedder: Embedder | None = None) -> None:
        self.level = level
        self._timers = timers
        scores = level == "ars"
        self._diary = Diary(scores=scores)
        self.vectors = KeptEmbedder(embedder or HashingEmbedder())
        self._recall = Recall(self.vectors, scores=scores)

    def see(self, step: Step) -> None:
        """Remember a step."""
        self._diary.see(step)
        if self.level != "none":
            answer, action = step.answer, step.action
            self._recall.add(
                action.activity, action.phrase, answer.topic, answer.text or "", answer.rating.score, _since_begin(step.day, step.minute)
            )

    def matching(self, text: str, count: int) -> list[Match]:
        """Return the past (action, recommendation) pairs most like a text, best first; none where nothing is remembered."""
        return self._recall.matching(text, count)

    def state(self, seen: Observation) -> State:
        """Return the state at a step, before anything is said."""
        if seen.day != self._diary.day:
            self._diary.begin(seen.day, seen.minute)
        action = seen.action
        recent: tuple[Past, ...] = ()
        hours: tuple[Summary, ...] = ()
        blocks: tuple[Summary, ...] = ()
        memories: tuple[Past, ...] = ()
        if self.level != "none":
            recent = self._diary.recent(seen.minute)
            hours, blocks = self._diary.summaries(seen.minute)
            memories = self._recall.similar(action.phrase, _since_begin(seen.day, seen.minute))
        return State(
            minute=seen.minute,
            weekday=clock.weekday(seen.day),
            activity=action.activity,
            phrase=action.phrase,
            room=action.place.room,
            focus=action.focus,
            since=seen.minute - action.start,
            recent=recent,
            hours=hours,
            blocks=blocks,
            memories=memories,
            timers=self._diary.timers(seen.minute) if self._timers else None,
        )


def _since_begin(day: int, minute: float) -> float:
    return (day - 1) * clock.MINUTES_PER_DAY + minute
