"""Rebuild the assistant's state at each step of a run from its records, as a resume does."""

from __future__ import annotations

from collections.abc import Callable

from propersim.core.errors import InputError
from propersim.core.feedback import FeedbackMode
from propersim.core.records import Step
from propersim.memory.evidence import EvidenceMemory
from propersim.memory.memory import Memory
from propersim.memory.state import AssistantState
from propersim.runs.memory_replay import MemoryReplay
from propersim.store.store import RunRow, Store

TRAIL = 64
"""Number of states before a requested step that are kept, because neighbouring steps are usually requested next."""
KEPT = 8192
"""Maximum number of states that are kept."""


class StateReplay:
    """The steps of a run so far, and the assistant's state at each.

    A memory only goes forward; an earlier step replays all steps before it, about 0.1 s for a fortnight.

    Args:
        store: the store with the run.
        run: the run.
        timestep: minutes between steps.
        make_memory: creates an empty memory of the assistant's kind; None for an assistant without a memory.
        feedback: which ratings the assistant received.
    """

    def __init__(
        self, store: Store, run: RunRow, timestep: float, make_memory: Callable[[], Memory] | None, feedback: FeedbackMode
    ) -> None:
        self.steps: list[Step] = []
        self._store = store
        self._run = run
        self._timestep = timestep
        self._make_memory = make_memory
        self._feedback = feedback
        self._replay: MemoryReplay | None = None
        self._at = 0
        self._states: dict[int, AssistantState] = {}

    def refresh(self) -> None:
        """Read the steps that were stored since the last call."""
        self.steps += self._store.steps(self._run, len(self.steps))

    def step(self, index: int) -> Step:
        """Return a step.

        Raises:
            InputError: there is no step with that index.
        """
        if not 0 <= index < len(self.steps):
            steps = f"it has steps 0 to {len(self.steps) - 1}" if self.steps else "it has none yet"
            raise InputError(f"run {self._run.id} has no step {index}", steps)
        return self.steps[index]

    def state(self, index: int) -> AssistantState | None:
        """Return the assistant's state at a step, before it answered.

        The result is None for an assistant without a memory.
        """
        step = self.step(index)
        if self._make_memory is None:
            return None
        if index not in self._states:
            self._states[index] = self._replayed(index).state(step)
        return self._states[index]

    def memory(self, index: int) -> Memory:
        """Return the memory as it was before a step; it is valid until the next call.

        Raises:
            ValueError: the run's assistant has no memory.
        """
        return self._replayed(index).before(self.step(index))

    def _replayed(self, index: int) -> MemoryReplay:
        """Return the replay after the steps before one."""
        self.step(index)
        if self._make_memory is None:
            raise ValueError("an assistant without a memory")
        if self._replay is None or self._at > index:
            self._replay, self._at = MemoryReplay(self._make_memory(), self._feedback, self._timestep), 0
        if len(self._states) > KEPT:
            self._states.clear()
        while self._at < index:
            step = self.steps[self._at]
            if index - self._at <= TRAIL and self._at not in self._states:
                self._states[self._at] = self._replay.state(step)
            self._replay.observe(step)
            self._at += 1
        return self._replay

    def evidence(self, index: int) -> EvidenceMemory:
        """Return a copy of the counted ratings as they were before a step, or after the last one."""
        return self.memory(min(index, len(self.steps) - 1)).copy_of_evidence()
