"""A run's steps, and what its assistant saw at each: rebuilt from the records, as a resume does it."""

from __future__ import annotations

from collections.abc import Callable

from propersim.core.errors import InputError
from propersim.core.interfaces import Observation
from propersim.core.records import Step
from propersim.memory.memory import Memory
from propersim.memory.state import State
from propersim.store.store import RunRow, Store

TRAIL = 64
"""On the way to a step, the states of so many steps before it are kept: who looks at a step looks at its neighbours next."""
KEPT = 8192
"""States kept at most."""


class Story:
    """What has happened in a run so far.

    A memory only goes forward; going back means to tell it everything again, some tenth of a second for a fortnight.

    Args:
        store: where the run is.
        run: the run.
        timestep: minutes between steps.
        remember: makes an empty memory of the kind that the run's assistant has; None where it has none.
    """

    def __init__(self, store: Store, run: RunRow, timestep: float, remember: Callable[[], Memory] | None) -> None:
        self.steps: list[Step] = []
        self._store = store
        self._run = run
        self._timestep = timestep
        self._remember = remember
        self._memory: Memory | None = None
        self._at = 0
        self._states: dict[int, State] = {}

    def go_on(self) -> None:
        """Read the steps that were stored since the last time."""
        self.steps += self._store.steps(self._run, len(self.steps))

    def step(self, index: int) -> Step:
        """Return a step.

        Raises:
            InputError: there is none of that index.
        """
        if not 0 <= index < len(self.steps):
            there = f"it has steps 0 to {len(self.steps) - 1}" if self.steps else "it has none yet"
            raise InputError(f"run {self._run.id} has no step {index}", there)
        return self.steps[index]

    def state(self, index: int) -> State | None:
        """Return what the assistant saw at a step, before it answered; None where it has no memory."""
        step = self.step(index)
        if self._remember is None:
            return None
        if index not in self._states:
            self._states[index] = self.memory(index).state(self._seen(step))
        return self._states[index]

    def memory(self, index: int) -> Memory:
        """Return the memory as it was before a step; it is gone with the next call.

        Raises:
            ValueError: this run's assistant has none.
        """
        self.step(index)
        if self._remember is None:
            raise ValueError("an assistant without a memory")
        if self._memory is None or self._at > index:
            self._memory, self._at = self._remember(), 0
        if len(self._states) > KEPT:
            self._states.clear()
        while self._at < index:
            step = self.steps[self._at]
            if index - self._at <= TRAIL and self._at not in self._states:
                self._states[self._at] = self._memory.state(self._seen(step))
            self._memory.see(step)
            self._at += 1
        return self._memory

    def _seen(self, step: Step) -> Observation:
        # The number of the step in its day is not part of any state.
        return Observation(step.day, 0, step.minute, step.action, self._timestep, step.clocks, step.moment)
