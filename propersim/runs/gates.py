"""Step gates: they decide when a run makes its next step, and receive its progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from propersim.core.errors import EXIT_INTERRUPTED, Resumable
from propersim.core.records import Rating
from propersim.runs.protocol import CallTotals, RateThis, StartPhase, Training


class RunStopped(Resumable):
    """The run was asked to stop; everything so far is committed."""

    exit_code = EXIT_INTERRUPTED


class GoBack(Exception):
    """The person undoes the last rating.

    Args:
        index: index of the step to go back to.
    """

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Gate(Protocol):
    """Lets the steps of a run through: at once, at a pace, or one by one."""

    def wait(self, flush: Callable[[], None]) -> None:
        """Return when the next step may be made.

        Args:
            flush: commits the steps so far; call it before waiting.

        Raises:
            RunStopped: the run is to stop before this step.
            GoBack: a rating is to be undone.
        """
        ...

    def committed(self, steps: int, days: int) -> None:
        """Receive how many steps and complete days are in the store."""
        ...

    def training_requested(self) -> bool:
        """Return True once after the user asked for training now; called before each step."""
        ...

    def person_rates(self) -> bool:
        """Return whether a person rates what is shown now."""
        ...

    def snoozed(self, day: int, minute: float) -> bool:
        """Return whether the person does not want to be asked at a time.

        What is shown then stays unrated.

        Args:
            day: day of the run, from 1.
            minute: minute of the day's clock.
        """
        ...

    def undoable(self, index: int | None) -> None:
        """Receive at which step the rating is that could be undone now; None where there is none."""
        ...

    def went_back(self, steps: int) -> None:
        """Receive that a rating was undone, and how many steps are stored now."""
        ...

    def rate(self, ask: RateThis, flush: Callable[[], None]) -> Rating | None:
        """Return a person's rating of the recommendation that is shown.

        What the person leaves out is None in it. The result is None where the person hands back to the judge.

        Args:
            ask: the recommendation and its situation.
            flush: commits the steps so far; call it before waiting.

        Raises:
            RunStopped: the run is to stop; the step is not made, and the recommendation is rated when the run is resumed.
            GoBack: the rating before it is to be undone; the step is not made.
        """
        ...

    def asking(self, flush: Callable[[], None]) -> None:
        """Receive, a few times a second, that the run is waiting for an endpoint.

        Args:
            flush: commits the steps so far.

        Raises:
            RunStopped: the run is to stop waiting; it sends the question again when it is resumed.
        """
        ...

    def starting(self, phase: StartPhase) -> None:
        """Receive what the run begins to do before its first step, or before a day's first step."""
        ...

    def billed(self, bill: CallTotals) -> None:
        """Receive number and cost of the run's calls so far."""
        ...

    def training(self, event: Training) -> None:
        """Receive the progress of a training.

        Raises:
            RunStopped: the run is to stop; the training starts again when it is resumed.
        """
        ...


class FreeGate:
    """Lets every step through at once; also a base class for other gates.

    The end of a day counts as a step, because the gate is called before the run knows that the day has no further step.

    Args:
        steps: number of steps after which the run stops; None for no limit.
        train_at: numbers of the steps, counted from 0, before which the assistant is asked to train.
    """

    def __init__(self, steps: int | None = None, *, train_at: tuple[int, ...] = ()) -> None:
        self._left = steps
        self._train_at = train_at
        self._passed = -1

    def wait(self, flush: Callable[[], None]) -> None:
        """Return at once.

        Raises:
            RunStopped: the limit of steps is reached.
        """
        if self._left is not None:
            if self._left == 0:
                raise RunStopped("the limit of steps is reached")
            self._left -= 1
        self._passed += 1

    def committed(self, steps: int, days: int) -> None:
        """Ignore the event."""

    def training_requested(self) -> bool:
        """Return whether the assistant is to train before the current step."""
        return self._passed in self._train_at

    def person_rates(self) -> bool:
        """Return False: the judge rates."""
        return False

    def snoozed(self, day: int, minute: float) -> bool:
        """Return False."""
        return False

    def undoable(self, index: int | None) -> None:
        """Ignore the event."""

    def went_back(self, steps: int) -> None:
        """Ignore the event."""

    def rate(self, ask: RateThis, flush: Callable[[], None]) -> Rating | None:
        """Return None, so that the judge's rating counts."""
        return None

    def asking(self, flush: Callable[[], None]) -> None:
        """Keep waiting."""

    def starting(self, phase: StartPhase) -> None:
        """Ignore the event."""

    def billed(self, bill: CallTotals) -> None:
        """Ignore the event."""

    def training(self, event: Training) -> None:
        """Ignore the event."""
