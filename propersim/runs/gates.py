"""Gates for whoever carries a run on without a screen (see :class:`propersim.runs.runner.Gate`)."""

from __future__ import annotations

from collections.abc import Callable

from propersim.core.records import Rating
from propersim.runs.protocol import Bill, RateThis, Training
from propersim.runs.runner import Stopped


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
