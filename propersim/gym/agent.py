"""The assistant of a run whose decisions come from outside."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.feedback import Feedback
from propersim.core.interfaces import SILENCE, Observation, Response
from propersim.memory.memory import Memory
from propersim.memory.state import AssistantState


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
        self._memory = Memory("evidence", timers=True, words=text)
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
