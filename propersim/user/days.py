"""Plan the days of a persona that may move.

Each day is planned by the planner of the persona that lives it, in its world.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from propersim.core.interfaces import Planner
from propersim.core.records import DayPlan
from propersim.persona.model import Persona
from propersim.persona.move import move_of, world_on_day
from propersim.world.floor_plan import World

MakePlanner = Callable[[Persona, World], Planner]
"""Makes the planner of a persona that does not move, from the persona and its world."""


def planner_by_day(persona: Persona, world: World, make: MakePlanner) -> Planner:
    """Return what plans the days of a run.

    Args:
        persona: the persona of the run.
        world: the world in which the run begins.
        make: makes the planner of a persona that does not move.
    """
    move = move_of(persona)
    if move is None:
        return make(persona, world)
    return MovingPlanner(move.day, make(persona.on_day(0), world), make(move.persona, world_on_day(persona, world, move.day)))


class MovingPlanner:
    """Plans days before a move by one planner, and days from it on by another.

    A :class:`~propersim.core.interfaces.Planner`.

    Args:
        day: first day after the move.
        before: plans the days before it.
        after: plans that day and later ones.
    """

    def __init__(self, day: int, before: Planner, after: Planner) -> None:
        self._day, self._before, self._after = day, before, after

    def of_day(self, day: int) -> Any:
        """Return the planner of a day of the run."""
        return self._after if day >= self._day else self._before

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day of the run, from 1."""
        plan: DayPlan = self.of_day(day).plan(day)
        return plan
