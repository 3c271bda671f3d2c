"""Step gates: what lets a run make its next step, and hears how it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from propersim.core.errors import Resumable
from propersim.core.records import Rating
from propersim.runs.protocol import Bill, RateThis, Training


class Stopped(Resumable):
    """The run was asked to stop; everything is committed."""

    exit_code = 130


class Gate(Protocol):
    """Lets steps through: at once, at a pace, or one by one."""

    def wait(self, flush: Callable[[], None]) -> None:
        """Return when the next step may be made; ``flush`` is called before any waiting.

        Raises:
            Stopped: no further step is wanted.
        """
        ...

    def committed(self, steps: int, days: int) -> None:
        """Hear that so many steps and complete days are in the store."""
        ...

    def asks_for_training(self) -> bool:
        """Whether somebody wants the assistant to train now; asked before each step, and answered with True once."""
        ...

    def rate(self, ask: RateThis, flush: Callable[[], None]) -> Rating | None:
        """Return a person's rating of what is shown, without reasons; None where the judge's is to count. ``flush`` as in :meth:`wait`.

        Raises:
            Stopped: the run is to stop instead; the step is not made, and what is shown is asked for again when the run is resumed.
        """
        ...

    def asking(self, flush: Callable[[], None]) -> None:
        """Hear, a few times a second, that an answer of an endpoint is awaited; ``flush`` as in :meth:`wait`.

        Raises:
            Stopped: it should be awaited no longer; it is asked for again when the run is resumed.
        """
        ...

    def billed(self, bill: Bill) -> None:
        """Hear what the run's questions have taken so far."""
        ...

    def training(self, event: Training) -> None:
        """Hear how a training goes.

        Raises:
            Stopped: it should end; it begins anew when the run is resumed.
        """
        ...


class FreeGate:
    """Lets every step through at once; may be built on.

    The end of a day counts as a step here: the gate is asked before it is known that there is none left.

    Args:
        steps: stop before one more than this; None lets the run go to its end.
        train_at: before which of the steps that it lets through (0 is the first) the assistant is asked to train.
    """

    def __init__(self, steps: int | None = None, *, train_at: tuple[int, ...] = ()) -> None:
        self._left = steps
        self._train_at = train_at
        self._passed = -1

    def wait(self, flush: Callable[[], None]) -> None:
        """Let the step through.

        Raises:
            Stopped: so many have been let through.
        """
        if self._left is not None:
            if self._left == 0:
                raise Stopped("enough")
            self._left -= 1
        self._passed += 1

    def committed(self, steps: int, days: int) -> None:
        """Hear nothing."""

    def asks_for_training(self) -> bool:
        """Whether the assistant is to train before the step that was let through last."""
        return self._passed in self._train_at

    def rate(self, ask: RateThis, flush: Callable[[], None]) -> Rating | None:
        """Return None: nobody is there to rate, and the judge's rating counts."""
        return None

    def asking(self, flush: Callable[[], None]) -> None:
        """Wait on."""

    def billed(self, bill: Bill) -> None:
        """Hear nothing."""

    def training(self, event: Training) -> None:
        """Hear nothing."""
