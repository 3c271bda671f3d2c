"""Check whether a persona's rubric can be learned, by running the control assistants on it.

A run of ``eager`` also records the scores of ``silent`` and ``oracle`` over the same days, so that one run measures all three.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core import clock
from propersim.core.errors import PersonaError, WorldError
from propersim.core.interfaces import Assistant
from propersim.core.records import DayFigures, DayPlan
from propersim.persona.model import Persona
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import Simulation, figures_of
from propersim.simulation.unreachable import unreachable_rules
from propersim.user.judge import OfflineJudge
from propersim.user.rules import DayRules, Rules

ORACLE_AT_LEAST = 3.6
"""Lowest mean score of the oracle without a warning."""
MARGIN_AT_LEAST = 0.6
"""Smallest margin of the oracle without a warning, in points of mean score."""
RECEPTIVE = (0.10, 0.60)
"""Range of the receptive share of waking time without a warning."""


@dataclass(frozen=True)
class DaysCheck:
    """Results of weekdays that have the same rules.

    Attributes:
        days: the weekdays in words, such as ``weekends``; "" where all weekdays have the same rules.
        rules: their rules.
        receptive: receptive share of waking time, 0–1.
        oracle: mean score of the oracle, 0–4.
        oracle_a_day: mean number of recommendations that the oracle shows on such a day.
    """

    days: str
    rules: DayRules
    receptive: float
    oracle: float
    oracle_a_day: float


@dataclass(frozen=True)
class PersonaCheck:
    """Results of the control assistants on one persona.

    Attributes:
        persona: the persona.
        receptive: receptive share of waking time, 0–1.
        silent: mean score of the control that never speaks, 0–4.
        eager: mean score of the control that always speaks.
        random: mean score of the control that speaks at random times; None where it was not run.
        oracle: mean score of the control that knows the rubric.
        oracle_a_day: mean number of recommendations that the oracle shows per day.
        oracle_in_band: share of days on which the oracle shows at least ⌊min_per_day⌋ and at most ⌈max_per_day⌉ recommendations. Below
            1, some days lack the wanted moments that the persona's own minimum needs. Weekdays on which the rules allow nothing are left
            out.
        by_days: results by weekdays with the same rules.
    """

    persona: Persona
    receptive: float
    silent: float
    eager: float
    random: float | None
    oracle: float
    oracle_a_day: float
    oracle_in_band: float
    by_days: tuple[DaysCheck, ...]

    @property
    def margin(self) -> float:
        """Difference of the oracle's score to the better of silent and eager."""
        return self.oracle - max(self.silent, self.eager)


def simulate_days(
    persona: Persona, assistant: str | Callable[[OfflineJudge], Assistant], *, days: int, seeds: Sequence[int], timestep: float = 2.5
) -> list[DayFigures]:
    """Run an assistant with each seed and return the figures of every day.

    Args:
        persona: the user.
        assistant: name of a control, or a function that makes an assistant from the judge.
        days: days per run.
        seeds: one run each.
        timestep: minutes between steps.
    """
    figures = []
    for seed in seeds:
        run = Simulation(persona, assistant, seed=seed, days=days, timestep=timestep)
        figures += [figures_of(run.live(run.begin_day(day)), day, timestep, persona) for day in range(1, days + 1)]
    return figures


def check_persona(persona: Persona, *, days: int = 7, seeds: Sequence[int] = (0,), with_random: bool = False) -> PersonaCheck:
    """Run the controls on a persona and return their results.

    Args:
        persona: the persona to check.
        days: days per run.
        seeds: one run each.
        with_random: also run the control that speaks at random times.

    Raises:
        PersonaError: the persona's days cannot be planned.
    """
    eager = simulate_days(persona, "eager", days=days, seeds=seeds)
    totals = metrics(eager)
    plans = [Simulation(persona, "silent", seed=seed, days=days).planner.plan(day) for seed in seeds for day in range(1, days + 1)]
    rules = Rules(persona)
    in_band = [_in_band(day, rules.on_day(day.day)) for day in eager if rules.on_day(day.day).satisfiable]
    random_score: Any = metrics(simulate_days(persona, "random", days=days, seeds=seeds))["score"] if with_random else None
    return PersonaCheck(
        persona,
        _receptive(plans),
        totals["silent_score"],
        totals["score"],
        random_score,
        totals["oracle_score"],
        totals["oracle_welcome"] / len(eager),
        sum(in_band) / len(in_band) if in_band else 0.0,
        tuple(_days_checks(rules, plans, eager)),
    )


def planning_problem(persona: Persona, *, days: int = 7, seeds: Sequence[int] = (0, 1)) -> str:
    """Return why a run would refuse a persona, as its days cannot be planned; "" if they can.

    Args:
        persona: the persona.
        days: days to plan for each seed; 7 include every weekday.
        seeds: one run each.
    """
    try:
        for seed in seeds:
            planner = Simulation(persona, "silent", seed=seed, days=days).planner
            for day in range(1, days + 1):
                planner.plan(day)
    except (PersonaError, WorldError) as error:
        return error.message
    return ""


def _in_band(day: DayFigures, rules: DayRules) -> bool:
    # Unlike the metric in_band, this does not lower the minimum to the oracle's own count.
    band = rules.frequency
    return math.floor(band.min_per_day) <= day.oracle_shown <= math.ceil(band.max_per_day)


def _receptive(plans: Sequence[DayPlan]) -> float:
    """Return the receptive share of the waking time of some days."""
    return sum(span.minutes for plan in plans for span in plan.receptive) / sum(plan.sleep - plan.wake for plan in plans)


def _days_checks(rules: Rules, plans: Sequence[DayPlan], figures: Sequence[DayFigures]) -> Iterator[DaysCheck]:
    """Yield the results of each group of weekdays of which some day was simulated."""
    for weekdays, theirs in rules.groups:
        held = [plan for plan in plans if clock.weekday(plan.day) in weekdays]
        scored = [day for day in figures if clock.weekday(day.day) in weekdays]
        if held:
            name = clock.name_weekdays(weekdays) if len(rules.groups) > 1 else ""
            yield DaysCheck(
                name, theirs, _receptive(held), metrics(scored)["oracle_score"], sum(day.oracle_shown for day in scored) / len(scored)
            )


def rubric_warnings(persona: Persona) -> list[str]:
    """Return warnings about a rubric that is hard to learn or has rules that can never hold.

    The simulation's controls show whether it is hard to learn. Weekdays with rules of their own are checked by themselves.

    Raises:
        PersonaError: the persona's days cannot be planned.
    """
    check = check_persona(persona)
    warnings = unreachable_rules(persona)
    if not check.oracle_a_day and not any("nothing can ever please" in line for line in warnings):
        warnings.append(
            "in a simulated week no recommendation could please: no topic was liked at a time at which recommendations may come; "
            "compare preference.likes with timing.windows and never_during"
        )
    for part in check.by_days:
        where = f" ({part.days})" if part.days else ""
        if part.oracle < ORACLE_AT_LEAST:
            warnings.append(
                f"even the oracle scores only {part.oracle:.2f}{where} (expected {ORACLE_AT_LEAST} or more): too few wanted moments for "
                "min_per_day"
            )
    for part in check.by_days:
        least = part.rules.frequency.min_per_day
        if part.oracle_a_day < math.floor(least) and part.rules.satisfiable and check.oracle_a_day:
            where = f" ({part.days})" if part.days else ""
            warnings.append(
                f"frequency asks for at least {least:g} a day{where}; the oracle reaches {part.oracle_a_day:.1f} in a simulated week"
            )
    if check.margin < MARGIN_AT_LEAST:
        warnings.append(
            f"the oracle ({check.oracle:.2f}) is less than {MARGIN_AT_LEAST} above silent ({check.silent:.2f}) and eager "
            f"({check.eager:.2f}), so scores would hardly differ; widen the windows or raise the frequency"
        )
    for part in check.by_days:
        where = f" ({part.days})" if part.days else ""
        if part.rules.satisfiable and not RECEPTIVE[0] <= part.receptive <= RECEPTIVE[1]:
            warnings.append(f"receptive in {part.receptive:.0%} of waking time{where} (expected {RECEPTIVE[0]:.0%} to {RECEPTIVE[1]:.0%})")
        elif part.receptive and not part.rules.satisfiable:
            warnings.append(f"receptive, but no topic is liked{where}: nothing can be wanted then")
    return warnings
