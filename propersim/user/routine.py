"""Plan a persona's days offline (paper, section 3.2).

A plan depends on persona, floor plan, seed and day alone: neither the assistant nor the timestep changes it. Activities with a stated time
are placed first, then the daily requirements with a window, then meals and washing, then free time from interests and ordinary
activities.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from propersim.core import clock
from propersim.core.errors import PersonaError, WorldError
from propersim.core.records import Action, DayPlan, Place
from propersim.core.rng import generator
from propersim.core.text import counted
from propersim.persona.model import Persona, Requirement
from propersim.user.rules import Rules
from propersim.user.timetable import Block, Timetable
from propersim.user.traits import traits_of
from propersim.world.catalogue import HOME, Activity, activities, all_activities
from propersim.world.floor_plan import World
from propersim.world.setting import settings

GRID = 5
"""Resolution of a plan in minutes."""
SHORTEST = 10
"""Length of the shortest action in minutes."""
ON_TIME = 15
"""Most minutes by which an activity starts after its stated time."""


@dataclass(frozen=True)
class Essential:
    """A meal or wash that every persona does.

    It is left out where the habits or the daily plan already include one.

    Attributes:
        activity: id of the activity.
        earliest: first minute at which it may start.
        latest: minute by which it must end.
        usual: preferred minute of its start.
        covered_by: tag of planned activities that replace it.
    """

    activity: str
    earliest: int
    latest: int
    usual: int
    covered_by: str = ""


def essentials(wake: int, sleep: int, setting: str = HOME) -> list[Essential]:
    """Return the meals and washes of a day; in the office, lunch and leaving.

    Args:
        wake: first minute of the day.
        sleep: minute after its last.
        setting: id of the setting.
    """
    return [Essential(rule.activity, *rule.minutes(wake, sleep), rule.covered_by) for rule in settings()[setting].essentials]


class Routine:
    """Plans a persona's days; a :class:`~propersim.core.interfaces.Planner`.

    Args:
        persona: the persona.
        world: the floor plan.
        seed: the run's seed.

    Raises:
        WorldError: the floor plan lacks an object that a habit or requirement needs.
    """

    def __init__(self, persona: Persona, world: World, seed: int = 0) -> None:
        self.persona = persona
        self.world = world
        self.seed = seed
        self._rules = Rules(persona)
        self._setting = settings()[world.setting]
        self._known = activities(world.setting)
        self._traits = traits_of(persona)
        self._places = {name: places_for(activity, world) for name, activity in self._known.items()}
        self._check_places()
        taste = generator(seed, "tastes", persona.id)
        spread = self._traits.taste_spread
        self._tastes = {name: taste.lognormvariate(0, spread) for name in self._known}
        self._usual = [taste.random() for _ in persona.daily_plan]
        self._interest = {name: number for number, interest in enumerate(persona.interests) for name in interest.activities}

    def _check_places(self) -> None:
        plan = self.persona.daily_plan
        needed = {r.activity: f"daily_plan: {r.text}" for r in plan} | {
            h.activity: f"habit: {h.text}" for h in self.persona.lifestyle.habits
        }
        missing = [
            f"  {what} ({name}) needs {' or '.join(all_activities()[name].at)}"
            for name, what in needed.items()
            if not self._places.get(name)
        ]
        if missing:
            raise WorldError(
                f"the floor plan does not suit {self.persona.name}: {counted(len(missing), 'object')} missing\n" + "\n".join(missing),
                "add the objects to the floor plan, or choose another persona",
            )
        if not any(self._places[name] for name in self._setting.rest):
            places = " or ".join(self._known[name].at[0] for name in self._setting.rest)
            raise WorldError("the floor plan has no place to rest", f"add {places} to the floor plan")

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day (1, 2, …), without gap or overlap from waking to falling asleep.

        Raises:
            PersonaError: the habits and the daily plan do not fit into that weekday.
        """
        rng = generator(self.seed, "day", self.persona.id, day)
        table = self._stated(day, rng)
        self._place_requirements(table, day, rng)
        self._essentials(table, rng)
        self._fill(table, rng)
        actions = tuple(self._act(table.blocks, rng))
        rules = self._rules.on_day(day)
        receptive = rules.receptive_spans(actions)
        gap_min, gap_max = rules.frequency.gap_min, rules.gap_max(actions, receptive)
        return DayPlan(day, actions, receptive, float(gap_min), float(gap_max))

    # -- activities with a stated time ------------------------------------------------------------------------------

    def _stated(self, day: int, rng: random.Random) -> Timetable:
        """Return a timetable with all activities that have a stated time, each at most ON_TIME late."""
        weekday = clock.weekday(day)
        life = self.persona.lifestyle
        stated = [
            Block(_at(h.at), _at(h.at) + h.minutes, h.activity, f"habit:{i}", h.text)
            for i, h in enumerate(life.habits)
            if h.applies_on(weekday)
        ] + [
            Block(_at(r.at), _at(r.at) + r.minutes, r.activity, f"requirement:{i}", r.text)
            for i, r in enumerate(self.persona.daily_plan)
            if r.at is not None
        ]
        stated.sort(key=lambda block: block.start)
        for block, following in itertools.pairwise(stated):
            if block.end > following.start:
                name = clock.WEEKDAYS[weekday]
                raise PersonaError(
                    f"{self.persona.id}: on {name} {block.note!r} runs into {following.note!r}",
                    "change their times so that they do not overlap",
                )
        wake, sleep = self._frame(day, rng, stated)
        table = Timetable(wake, sleep)
        for block, after in itertools.zip_longest(stated, stated[1:]):
            room = (after.start if after else sleep) - block.end
            late = min(rng.choice(self._traits.lateness), max(0, room) // GRID * GRID)
            table.put(block.moved(late))
        return table

    def _frame(self, day: int, rng: random.Random, stated: Sequence[Block]) -> tuple[int, int]:
        life, traits = self.persona.lifestyle, self._traits
        wake = _on_grid(clock.parse_time(life.wake)) + rng.choice(traits.wake_shift)
        sleep = _on_grid(_at(life.sleep)) + rng.choice(traits.wake_shift)
        if clock.weekday(day) >= 5:
            wake += rng.choice(traits.lie_in)
        first = min([block.start for block in stated] + [_at(r.between[0]) for r in self.persona.daily_plan if r.between])
        last = max([block.end for block in stated] + [_at(r.between[1]) for r in self.persona.daily_plan if r.between])
        wake = max(0, min(wake, _on_grid(clock.parse_time(life.wake)) if first - wake < 30 else wake, first))
        sleep = min(max(sleep, min(last, _on_grid(_at(life.sleep)))), clock.LATEST, wake + clock.MINUTES_PER_DAY - 4 * 60)
        if stated and (stated[0].start < wake or stated[-1].end > sleep):
            late = stated[-1] if stated[-1].end > sleep else stated[0]
            raise PersonaError(f"{self.persona.id}: {late.note!r} lies outside the waking time ({life.wake} to {life.sleep})")
        return wake, sleep

    # -- requirements with a window -------------------------------------------------------------------------------

    def _place_requirements(self, table: Timetable, day: int, rng: random.Random) -> None:
        """Place every requirement with a window, with backtracking.

        All are placed wherever that is possible.
        """
        waiting = [(i, r) for i, r in enumerate(self.persona.daily_plan) if r.between is not None]
        waiting.sort(key=lambda item: _slack(item[1]))
        wander = {i: rng.uniform(-1, 1) * self._traits.wander for i, _ in waiting}
        if not self._place(table, waiting, wander):
            texts = ", ".join(repr(r.text) for _, r in waiting)
            raise PersonaError(
                f"{self.persona.id}: on {clock.weekday_name(day)} the day has no room for {texts} besides activities with a stated time",
                "widen their windows, or shorten or move the habits",
            )

    def _place(self, table: Timetable, waiting: Sequence[tuple[int, Requirement]], wander: dict[int, float]) -> bool:
        if not waiting:
            return True
        number, need = waiting[0]
        assert need.between is not None
        start, end = _at(need.between[0]), _at(need.between[1])
        usual = start + self._usual[number] * (end - start - need.minutes) + wander[number]
        starts = [at for at in range(_on_grid_up(start), end - need.minutes + 1, GRID) if table.is_free(at, at + need.minutes)]
        # Prefer starts that leave no fragment too short for an action, then those near the usual time.
        starts.sort(key=lambda at: (table.leaves_fragment(at, at + need.minutes, SHORTEST), abs(at - usual), at))
        for at in starts[:40]:
            block = Block(at, at + need.minutes, need.activity, f"requirement:{number}", need.text)
            table.put(block)
            if self._place(table, waiting[1:], wander):
                return True
            table.remove(block)
        return False

    # -- meals and washing -----------------------------------------------------------------------------------------

    def _essentials(self, table: Timetable, rng: random.Random) -> None:
        for need in essentials(table.start, table.end, self._setting.id):
            if not self._places[need.activity] or need.latest - need.earliest < SHORTEST:
                continue
            slack = 45 if need.covered_by == "meal" else 0
            near = (b for b in table.blocks if b.start < need.latest + slack and b.end > need.earliest - slack)
            if any(
                self._known[b.activity].is_a(need.covered_by) or (b.activity == "wash")
                for b in near
                if _covers(self._known[b.activity], need)
            ):
                continue
            low, high = self._known[need.activity].minutes
            if self._squeeze(table, need.activity, need, rng.randrange(low, high + 1, GRID)) and need.activity == "dinner":
                dinner = next(b for b in table.blocks if b.activity == "dinner")
                self._squeeze(table, "cook", Essential("cook", dinner.start - 75, dinner.start, dinner.start - 35), 35)

    def _squeeze(self, table: Timetable, name: str, need: Essential, minutes: int) -> bool:
        """Place an activity near its usual time, shortened where necessary.

        Returns False where there is no room.
        """
        for length in dict.fromkeys((minutes, 20, 15, SHORTEST)):
            first, last = max(need.earliest, table.start), min(need.latest, table.end) - length
            starts = [at for at in range(_on_grid_up(first), last + 1, GRID) if length <= minutes and table.is_free(at, at + length)]
            if starts and self._places[name]:
                at = min(starts, key=lambda at: (table.leaves_fragment(at, at + length, SHORTEST), abs(at - need.usual), at))
                table.put(Block(at, at + length, name))
                return True
        return False

    # -- free time -------------------------------------------------------------------------------------------------

    def _fill(self, table: Timetable, rng: random.Random) -> None:
        whims = {name: rng.lognormvariate(0, self._traits.daily_spread) for name in self._known}
        done = [block.activity for block in table.blocks]
        opening = self._setting.opening
        if table.free() and table.free()[0][0] == table.start and self._places[opening]:
            start, end = table.free()[0]
            if end - start in (10, 15) or end - start >= 20:
                table.put(Block(start, end if end - start <= 15 else start + 10, opening))
        for start, end in table.free():
            at = start
            while end - at >= SHORTEST:
                previous = table.before(at)
                following = table.after(end)
                block = self._choose(at, end, {b.activity for b in (previous, following) if b}, done, whims, rng)
                table.put(block)
                done.append(block.activity)
                at = block.end
        table.close_gaps()

    def _choose(self, at: int, end: int, beside: set[str], done: list[str], whims: dict[str, float], rng: random.Random) -> Block:
        room = end - at
        names: list[str] = []
        weights: list[float] = []
        for name, activity in self._known.items():
            weight = self._weight(activity)
            if not weight or name in beside or not self._places[name]:
                continue
            shortest = activity.minutes[0]
            if room < shortest or not activity.hours[0] * 60 <= at or at + shortest > activity.hours[1] * 60:
                continue
            names.append(name)
            weights.append(weight * whims[name] * 0.35 ** done.count(name))
        if not names:
            return Block(at, end, next(name for name in self._setting.rest if self._places[name]))
        name = rng.choices(names, weights)[0]
        low, high = self._known[name].minutes
        high = max(low, round(high * self._traits.restless))
        minutes = _on_grid_up(rng.randint(low, high))
        if room - minutes < SHORTEST:
            minutes = room
        interest = self._interest.get(name)
        if interest is None:
            return Block(at, at + minutes, name)
        return Block(at, at + minutes, name, f"interest:{interest}", self.persona.interests[interest].text)

    def _weight(self, activity: Activity) -> float:
        weight = activity.ordinary + (4.0 if activity.id in self._interest else 0.0)
        if not weight:
            return 0.0
        for tag in activity.tags:
            weight *= self._traits.weights.get(tag, 1.0)
        return weight * self._tastes[activity.id]

    # -- from blocks to actions ------------------------------------------------------------------------------------

    def _act(self, blocks: Iterable[Block], rng: random.Random) -> Iterable[Action]:
        for block in blocks:
            activity = self._known[block.activity]
            places = next(found for name in (block.activity, *self._setting.rest) if (found := self._places[name]))
            place = places[0] if rng.random() < 0.75 else rng.choice(places)
            # Floats, as the store returns them: a resumed day must give the same bytes as a new one.
            start, end = float(block.start), float(block.end)
            yield Action(block.activity, activity.phrase, place, start, end, activity.focus, block.source, block.note)


def places_for(activity: Activity, world: World) -> tuple[Place, ...]:
    """Return the places of a floor plan where an activity can happen, in order of preference."""
    places = [world.find(wanted) for wanted in activity.at]
    return tuple(dict.fromkeys(place for place in places if place is not None))


def _covers(activity: Activity, need: Essential) -> bool:
    """Return whether an activity can stand for an essential one; a snack (leisure) is no meal."""
    if need.covered_by == "meal":
        return activity.is_a("meal") and not activity.is_a("leisure")
    return activity.id == need.activity or activity.is_a("selfcare" if need.covered_by == "morning_routine" else need.covered_by)


def _slack(need: Requirement) -> int:
    assert need.between is not None
    return _at(need.between[1]) - _at(need.between[0]) - need.minutes


def _at(text: str | None) -> int:
    assert text is not None
    return clock.parse_time(text, latest=clock.LATEST)


def _on_grid(minute: int) -> int:
    return minute // GRID * GRID


def _on_grid_up(minute: int) -> int:
    return -(-minute // GRID) * GRID
