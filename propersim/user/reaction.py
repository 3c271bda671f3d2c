"""Let a user act on welcome recommendations, for which the rest of the day's plan gives way.

The plan at a step follows from the morning's plan and the activities that the day's steps took up (:func:`plan_at`), so that it need not be
stored. What is taken up at a step follows from the plan, the step and the run's seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import msgspec

from propersim.core import safe_yaml
from propersim.core.records import Action, DayPlan, Step
from propersim.core.rng import generator
from propersim.persona.model import Persona
from propersim.persona.move import move_of, world_on_day
from propersim.user.patience import Patience, patience_table
from propersim.user.routine import GRID, SHORTEST, places_for
from propersim.user.rules import DayRules, Rules
from propersim.user.traits import traits_of
from propersim.world.catalogue import HOME, activities, all_activities
from propersim.world.data import data_text
from propersim.world.floor_plan import World

SOURCE = "recommendation"
"""Source of an action that was taken up, before ``:`` and the index of the step."""


@dataclass(frozen=True)
class TakesUp:
    """The numbers that acting follows, and the activities of each topic.

    They are ``takes_up`` and ``activities`` in ``propersim/world/data/reaction.yaml``.
    """

    probability: float
    within: float
    activities: dict[str, tuple[str, ...]]


@cache
def takes_up_table() -> TakesUp:
    """Return the table."""
    raw = safe_yaml.load(data_text("reaction.yaml"))
    return msgspec.convert({**raw["takes_up"], "activities": raw["activities"]}, TakesUp)


class Reaction:
    """How one persona reacts to recommendations.

    Args:
        persona: the persona.
        world: the floor plan.
        seed: the run's seed.
    """

    def __init__(self, persona: Persona, world: World, seed: int) -> None:
        move = move_of(persona)
        self._later = (move.day, Reaction(move.persona, world_on_day(persona, world, move.day), seed)) if move is not None else None
        self._persona, self._seed, self._setting = persona, seed, world.setting
        self._known = activities(world.setting)
        self._restless = traits_of(persona).restless
        self._full = patience_table().full_of(persona)
        own = {habit.activity for habit in persona.lifestyle.habits} | {need.activity for need in persona.daily_plan}
        own |= {name for interest in persona.interests for name in interest.activities}
        found = {name: places_for(activity, world) for name, activity in self._known.items() if activity.ordinary or name in own}
        self._places = {name: places for name, places in found.items() if places}

    def patience(self, plan: DayPlan) -> Patience:
        """Return the patience of a day at waking."""
        if self._later is not None and plan.day >= self._later[0]:
            return self._later[1].patience(plan)
        return Patience(self._full, plan.wake, plan.sleep)

    def take_up(self, plan: DayPlan, index: int, minute: float, topic: str | None) -> Action | None:
        """Return the activity that the user takes up because of a welcome recommendation.

        None where there is none.

        It begins at the next five minutes of the clock, or, where the present activity is not free time or has only begun, when that ends.
        It ends before the next activity that is not free time.

        Args:
            plan: plan of the day as it stands.
            index: number of the step in the run.
            minute: minute of the day's clock.
            topic: topic of the recommendation.
        """
        if self._later is not None and plan.day >= self._later[0]:
            return self._later[1].take_up(plan, index, minute, topic)
        table = takes_up_table()
        rng = generator(self._seed, "reaction", self._persona.id, index)
        if topic is None or rng.random() >= table.probability:
            return None
        actions = plan.actions
        now = next(i for i, action in enumerate(actions) if action.end > minute)
        start = _start(actions[now], minute)
        first = now if start < actions[now].end else now + 1
        last = next((i for i in range(first, len(actions)) if not is_free_time(actions[i])), len(actions))
        if start - minute > table.within or last == first:
            return None
        room = actions[last - 1].end - start
        beside = {actions[now].activity} | ({actions[last].activity} if last < len(actions) else set())
        names = [
            name
            for name in self._of_topic(topic)
            if name in self._places
            and name not in beside
            and self._known[name].minutes[0] <= room
            and self._known[name].hours[0] * 60 <= start <= self._known[name].hours[1] * 60 - self._known[name].minutes[0]
        ]
        if not names:
            return None
        name = rng.choice(names)
        end = self._end(actions[first:last], name, start, rng)
        activity, places = self._known[name], self._places[name]
        place = places[0] if rng.random() < 0.75 else rng.choice(places)
        return Action(name, activity.phrase, place, start, end, activity.focus, f"{SOURCE}:{index}")

    def _of_topic(self, topic: str) -> list[str]:
        """Return the activities by which a topic is taken up.

        In the office they are those that resemble the ones of the home.
        """
        at_home = takes_up_table().activities.get(topic, ())
        if self._setting == HOME:
            return list(at_home)
        return [name for name, activity in self._known.items() if activity.resembles in at_home]

    def _end(self, free: Iterable[Action], name: str, start: float, rng: random.Random) -> float:
        """Return when an activity ends that displaces free time.

        No rest of an action that it displaces is too short, or of the same activity.

        Args:
            free: the actions of free time until the next one that is not, in order; the first may have begun before.
            name: id of the activity.
            start: minute at which it begins.
            rng: source of random numbers.
        """
        low, high = self._known[name].minutes
        end = start + -(-rng.randint(low, max(low, round(high * self._restless))) // GRID) * GRID
        for action in free:
            rest = action.end - max(end, action.start)
            if action.start <= end and rest > 0 and (rest < SHORTEST or action.activity == name):
                end = action.end
        return min(end, action.end)


def _start(action: Action, minute: float) -> float:
    """Return when an activity can begin that is taken up at a minute of an action."""
    soon = float((int(minute) // GRID + 1) * GRID)
    return min(max(soon, action.start + SHORTEST), action.end) if is_free_time(action) else action.end


def is_free_time(action: Action) -> bool:
    """Return whether an action of a plan fills free time.

    Habits, requirements, meals and washing do not: they keep their times.
    """
    kind = action.source.partition(":")[0]
    if kind == "ordinary":
        known = all_activities().get(action.activity)
        return known is not None and (known.ordinary > 0 or known.is_a("idle"))
    return kind in ("interest", SOURCE)


def plan_with(plan: DayPlan, taken_up: Action, rules: DayRules) -> DayPlan:
    """Return a plan with an activity in place of what stood at its times.

    What it covers in part is shortened or goes on afterwards; what it covers in full is left out.

    Args:
        plan: plan of the day.
        taken_up: the activity.
        rules: the persona's rules of the day, for the receptive intervals and G_max.
    """
    before = [action for action in plan.actions if action.start < taken_up.start]
    after = [action for action in plan.actions if action.end > taken_up.end]
    if before and before[-1].end > taken_up.start:
        before[-1] = msgspec.structs.replace(before[-1], end=taken_up.start)
    if after and after[0].start < taken_up.end:
        after[0] = msgspec.structs.replace(after[0], start=taken_up.end)
    actions = (*before, taken_up, *after)
    receptive = rules.receptive_spans(actions)
    return DayPlan(plan.day, actions, receptive, plan.gap_min, float(rules.gap_max(actions, receptive)))


def plan_at(plan: DayPlan, steps: Iterable[Step], rules: Rules) -> DayPlan:
    """Return the plan of a day as it stands after some of its steps.

    Args:
        plan: plan of the morning.
        steps: steps of the day until then, in order.
        rules: the persona's rules.
    """
    for step in steps:
        if step.taken_up is not None:
            plan = plan_with(plan, step.taken_up, rules.on_day(plan.day))
    return plan
