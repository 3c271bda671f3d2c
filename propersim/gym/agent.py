"""The assistant of a run whose decisions come from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from propersim.core.clock import weekday
from propersim.core.feedback import Feedback
from propersim.core.interfaces import SILENCE, Observation, Response
from propersim.memory.diary import Diary
from propersim.memory.evidence import EvidenceMemory
from propersim.memory.memory import Memory
from propersim.memory.state import AssistantState


class StateMemory(Protocol):
    """The memory of an agent.

    It is that of :mod:`propersim.memory.memory`, or only the parts that become numbers.
    """

    def observe(self, seen: Feedback) -> None:
        """Add a completed step, with the ratings that are revealed at once."""
        ...

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Add the ratings of the day that ended which were not revealed at once."""
        ...

    def state(self, observation: Observation) -> AssistantState:
        """Return the assistant's state at a step, before it decides."""
        ...


class NumberMemory:
    """A memory of timers and evidence alone.

    It is several times faster than one that is also put into words.
    """

    def __init__(self) -> None:
        self._evidence = EvidenceMemory()
        self._diary = Diary(scores=False)

    def observe(self, seen: Feedback) -> None:
        """Add a completed step, with the ratings that are revealed at once."""
        self._diary.observe(seen)
        self._evidence.observe(seen)

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Add the ratings of the day that ended which were not revealed at once."""
        for seen in feedback:
            self._evidence.reveal(seen)

    def state(self, observation: Observation) -> AssistantState:
        """Return the assistant's state at a step, without summaries and recalled steps."""
        day, minute, action = observation.day, observation.minute, observation.action
        if day != self._diary.day:
            self._diary.begin(day, minute)
        return AssistantState(
            minute=minute,
            weekday=weekday(day),
            activity=action.activity,
            phrase=action.phrase,
            room=action.place.room,
            focus=action.focus,
            since=minute - action.start,
            timers=self._diary.timers(minute),
            evidence=self._evidence.at(day, minute, action.activity, action.start),
        )


class Agent:
    """Answers what it was told to, and remembers what is revealed to it.

    Implements :class:`~propersim.core.interfaces.Assistant`.

    Args:
        text: whether its states are put into words, and so need the whole memory.

    Attributes:
        answer: its answer at the present step.
        at_once: what the step that was completed last revealed at once; None before the first.
        at_night: what was revealed when the user fell asleep after that step.
    """

    name = "gym"

    def __init__(self, *, text: bool) -> None:
        self._memory: StateMemory = Memory("evidence", timers=True) if text else NumberMemory()
        self.answer: Response = SILENCE
        self.at_once: Feedback | None = None
        self.at_night: tuple[Feedback, ...] = ()

    def state(self, observation: Observation) -> AssistantState:
        """Return the state at a step, before it is answered."""
        return self._memory.state(observation)

    def respond(self, observation: Observation) -> Response:
        """Return the answer that was set for this step."""
        return self.answer

    def observe(self, feedback: Feedback) -> None:
        """Remember a completed step."""
        self._memory.observe(feedback)
        self.at_once, self.at_night = feedback, ()

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Remember the ratings that are revealed when the user falls asleep."""
        self._memory.reveal(feedback)
        self.at_night = tuple(feedback)
