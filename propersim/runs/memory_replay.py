"""Replay the steps of a run for a memory of the assistant's kind, as a resume does."""

from __future__ import annotations

from propersim.core.feedback import Feedback, FeedbackMode
from propersim.core.interfaces import Observation
from propersim.core.records import Step
from propersim.memory.memory import Memory
from propersim.memory.state import AssistantState


class MemoryReplay:
    """Gives a memory the steps of a run, with the ratings that its assistant was given.

    The memory gets them in order, and each rating when the assistant got it.

    Args:
        memory: an empty memory of the assistant's kind.
        feedback: which ratings the assistant received.
        timestep: minutes between steps.
    """

    def __init__(self, memory: Memory, feedback: FeedbackMode, timestep: float) -> None:
        self._memory = memory
        self._feedback = feedback
        self._timestep = timestep
        self._of_day: list[Feedback] = []

    def before(self, step: Step) -> Memory:
        """Return the memory as it was before a step.

        All steps before it have been observed. What is revealed at night comes before the next day.
        """
        if self._of_day and self._of_day[-1].day != step.day:
            self._memory.reveal(self._feedback.at_night(self._of_day))
            self._of_day = []
        return self._memory

    def state(self, step: Step) -> AssistantState:
        """Return the assistant's state at a step, before it answered.

        All steps before it have been observed.
        """
        # The number of the step in its day is not part of any state.
        return self.before(step).state(Observation(step.day, 0, step.minute, step.action, self._timestep))

    def feedback(self, step: Step) -> Feedback:
        """Return a step with the ratings that are revealed sooner or later."""
        self._feedback = self._feedback.from_step(step)
        return self._feedback.reveal(step)

    def observe(self, step: Step) -> None:
        """Give a step to the memory, with the ratings that are revealed at once."""
        memory = self.before(step)
        feedback = self.feedback(step)
        self._of_day.append(feedback)
        memory.observe(self._feedback.at_once(feedback))
