"""Check whether a persona's rubric can be learned, by running the control assistants on it.

A run of ``eager`` also records the scores of ``silent`` and ``oracle`` over the same days, so that one run measures all three.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core.interfaces import Assistant
from propersim.core.records import DayFigures
from propersim.persona.model import Persona
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import Simulation, figures_of
from propersim.user.judge import OfflineJudge

ORACLE_AT_LEAST = 3.6
"""Lowest mean score of the oracle without a warning."""
MARGIN_AT_LEAST = 0.6
"""Smallest margin of the oracle without a warning, in points of mean score."""
RECEPTIVE = (0.10, 0.60)
"""Range of the receptive share of waking time without a warning."""


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
            1, some days lack the wanted moments that the persona's own minimum needs.
    """

    persona: Persona
    receptive: float
    silent: float
    eager: float
    random: float | None
    oracle: float
    oracle_a_day: float
    oracle_in_band: float

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
    awake = sum(plan.sleep - plan.wake for plan in plans)
    band = persona.rubric.frequency
    # Unlike the metric in_band, this does not lower the minimum to the oracle's own count.
    in_band = [math.floor(band.min_per_day) <= day.oracle_shown <= math.ceil(band.max_per_day) for day in eager]
    random_score: Any = metrics(simulate_days(persona, "random", days=days, seeds=seeds))["score"] if with_random else None
    return PersonaCheck(
        persona,
        sum(span.minutes for plan in plans for span in plan.receptive) / awake,
        totals["silent_score"],
        totals["score"],
        random_score,
        totals["oracle_score"],
        totals["oracle_welcome"] / len(eager),
        sum(in_band) / len(in_band),
    )


def rubric_warnings(persona: Persona) -> list[str]:
    """Return warnings about a rubric that is hard to learn over a week; empty without any.

    The simulation's controls show whether it is hard to learn.

    Raises:
        PersonaError: the persona's days cannot be planned.
    """
    check = check_persona(persona)
    warnings = []
    if check.oracle < ORACLE_AT_LEAST:
        warnings.append(
            f"even the oracle scores only {check.oracle:.2f} (expected {ORACLE_AT_LEAST} or more): too few wanted moments for min_per_day"
        )
    if check.margin < MARGIN_AT_LEAST:
        warnings.append(
            f"the oracle ({check.oracle:.2f}) is less than {MARGIN_AT_LEAST} above silent ({check.silent:.2f}) and eager "
            f"({check.eager:.2f}), so scores would hardly differ; widen the windows or raise the frequency"
        )
    if not RECEPTIVE[0] <= check.receptive <= RECEPTIVE[1]:
        warnings.append(f"receptive in {check.receptive:.0%} of waking time (expected {RECEPTIVE[0]:.0%} to {RECEPTIVE[1]:.0%})")
    return warnings
