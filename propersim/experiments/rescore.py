"""Rating a stored run by the rubric of another persona, with the clocks of that rubric.

:mod:`propersim.experiments.rerate` rates single candidates at the clocks of the run. Here the user's days are lived again: what was shown
at a step is shown again, and the clocks, the wanted moments and the oracle follow the other rubric. So a run has figures under it, such as
F1.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from propersim.core.config import decode_config
from propersim.core.errors import StoreError
from propersim.core.interfaces import Response
from propersim.core.program import program
from propersim.core.records import Candidate, DayFigures, DayPlan, Rating, Step
from propersim.experiments.rerate import Rater
from propersim.experiments.results import Result
from propersim.persona.drift import persona_from_json
from propersim.persona.model import Persona
from propersim.persona.move import move_of, moving
from propersim.simulation.metrics import WEEK, DayCounter, DayShown, metrics
from propersim.simulation.simulation import Simulation
from propersim.store.store import RunRow, Store
from propersim.user.reaction import plan_at
from propersim.user.rules import Rules
from propersim.world.floor_plan import parse_world

AS = " as "
"""Stands in the label of a variant between that of a run and the id of the persona by whose rubric its steps are rated."""


class LivedAgain(NamedTuple):
    """A run under the rubric of another persona.

    Attributes:
        steps: its steps, with the ratings, clocks and moments under that rubric; in order.
        days: their figures. How many ratings the assistant was given, how many texts were repeated, and how the user reacted, is that of
            the run.
    """

    steps: list[Step]
    days: list[DayFigures]


def live_again(store: Store, row: RunRow, other: Persona) -> LivedAgain:
    """Return a stored run under the rubric of another persona.

    It has the same days, and the same recommendations are shown. Days of which not all steps are stored end where these do. The rules
    rate, also where a person or a language model rated in the run. A user who reacts did what is recorded, and muted when it is recorded.

    Args:
        store: the open database.
        row: the run.
        other: the persona whose rubric rates.

    Raises:
        StoreError: the run cannot be read.
    """
    config = decode_config(row.config_json, row.id)
    figures = {one.day: one for one in store.day_figures(row)}
    plans = {one.day: one.plan for one in store.days(row)}
    world = parse_world(row.world_text, row.id)
    planner = _Plans(plans, other)
    lives = _moving_along(other, row)
    run = Simulation(lives, "silent", days=config.days, timestep=config.timestep, planner=planner, world=world)
    lived = LivedAgain([], [])
    week: deque[DayShown] = deque(maxlen=WEEK - 1)
    for day, steps in groupby(store.steps(row), lambda step: step.day):
        if day not in plans:
            raise StoreError(f"run {row.id}: the plan of day {day} is missing", f"check the database with `{program()} doctor`")
        counter = DayCounter(day, config.timestep, other.on_day(day).rubric.frequency, tuple(week))
        made = list(steps)
        # What a user who reacts took up was done, whichever rubric rates: the plan is that of the evening.
        planner.plans[day] = plan_at(plans[day], made, planner.rules)
        # The steps are the shorter ones where the run was stopped in the middle of a day.
        for step, turn in zip(made, run.turns(run.begin_day(day)), strict=False):
            lived.steps.append(turn.complete(_response(step)))
            counter.add(lived.steps[-1])
        week.append(counter.today)
        was, found = figures.get(day), counter.figures()
        if was is not None:
            found = msgspec.structs.replace(found, rated=was.rated, repeated=was.repeated, reactions=was.reactions)
        lived.days.append(found)
    return lived


def rated_as(steps: Iterable[Step]) -> Rater:
    """Return a rater that gives the ratings of steps that were lived again."""
    found = {step.index: step for step in steps}

    def rate(step: Step, candidate: Candidate) -> Rating | None:
        again = found.get(step.index)
        return next((one.rating for one in again.candidates if one.text == candidate.text), None) if again else None

    return rate


def both_figures(days: Sequence[DayFigures], lived: LivedAgain) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the figures of a run's complete days, and those of the same days lived again.

    Args:
        days: the figures of the complete days.
        lived: the run under another rubric.
    """
    complete = {one.day for one in days}
    return metrics(days), metrics([one for one in lived.days if one.day in complete])


def result_as(result: Result, lived: LivedAgain, other: Persona) -> Result:
    """Return the result of a run under the rubric of another persona.

    Its variant is named ``evidence as p04``.

    Args:
        result: the result of the run.
        lived: the run under the other rubric.
        other: the persona whose rubric it is.
    """
    return result._replace(
        hash=hash_as(result, other),
        wanted=other.rubric.frequency.per_day,
        conditional=other.conditional,
        variant=f"{result.variant}{AS}{other.id}",
        days=tuple(lived.days),
    )


def hash_as(result: Result, other: Persona) -> str:
    """Return the hash of the result of a run under the rubric of another persona."""
    return hashlib.sha256(f"{result.hash} {other.id} {other.rubric.model_dump_json()}".encode()).hexdigest()[: len(result.hash)]


def _moving_along(other: Persona, row: RunRow) -> Persona:
    """Return a persona that moves when the persona of a run does.

    It rates by its own rubric all the time.

    Raises:
        StoreError: the persona of the run is damaged.
    """
    try:
        move = move_of(persona_from_json(row.persona_json))
    except ValueError as error:
        raise StoreError(f"run {row.id}: its persona is damaged", f"check the database with `{program()} doctor`") from error
    if move is None or move_of(other) is not None:
        return other
    return moving(other, move.day, other, floor_plan=move.floor_plan)


class _Plans:
    """Gives the days of a run, with the receptive intervals and gaps of another rubric.

    Args:
        plans: the plans of the run, by day.
        other: the persona whose rubric it is.

    Attributes:
        plans: the plans whose actions are lived.
        rules: rules of the rubric.
    """

    def __init__(self, plans: Mapping[int, DayPlan], other: Persona) -> None:
        self.plans = dict(plans)
        self.rules = Rules(other)

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day."""
        rules, actions = self.rules.on_day(day), self.plans[day].actions
        receptive = rules.receptive_spans(actions)
        return DayPlan(day, actions, receptive, float(rules.frequency.gap_min), float(rules.gap_max(actions, receptive)))


def _response(step: Step) -> Response:
    """Return what the assistant answered at a step."""
    recalled, tried = (sum(one.origin == origin for one in step.candidates) for origin in ("recalled", "tried"))
    texts = tuple(one.text for one in step.candidates)
    return Response(
        texts, step.shown, step.drawn, step.malformed, step.p_speak, recalled, tried, step.threshold, step.explored, step.evidence
    )
