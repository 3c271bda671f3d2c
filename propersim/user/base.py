"""The two halves of the user's part: who plans the days, and who rates (paper, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from propersim.core.interfaces import Observation
from propersim.core.records import Candidate, DayPlan, Step


class Planner(Protocol):
    """Plans days before they are lived; the assistant has no part in them."""

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day (1, 2, …), without gap or overlap from waking to sleep.

        Raises:
            Resumable: it cannot be made now; it is asked for again when the run is resumed.
        """
        ...


class Rater(Protocol):
    """Rates answers as the persona would. Must depend on its arguments and on what it has seen alone."""

    def rate_all(self, texts: Sequence[str | None], seen: Observation) -> tuple[Candidate, ...]:
        """Return the candidates of a step with their ratings, in their order; None is silence.

        Raises:
            Resumable: they cannot be rated now; no rating is ever made up instead.
        """
        ...

    def see(self, step: Step) -> None:
        """Remember a step of today; also of those that were made before a run was resumed."""
        ...


class KeptPlans(Protocol):
    """Days that were planned before, whatever run they were planned for."""

    def kept_plan(self, key: str) -> DayPlan | None:
        """Return the day that is kept under a key; None where there is none."""
        ...

    def keep_plan(self, key: str, plan: DayPlan) -> DayPlan:
        """Keep a day, and return the one that is kept: where somebody was faster, theirs."""
        ...
