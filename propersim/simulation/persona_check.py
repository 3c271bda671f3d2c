"""Is a rubric one that can be learned? Controls and adversaries against a persona, in one place.

One run of ``eager`` carries the shadows of ``silent`` and ``oracle`` over the same days, so that one run tells three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from propersim.core.interfaces import Assistant
from propersim.core.records import DayFigures
from propersim.persona.model import Persona
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import Simulation, figures_of
from propersim.user.judge import Judge

ORACLE_AT_LEAST = 3.6
MARGIN_AT_LEAST = 0.6
RECEPTIVE = (0.10, 0.60)


@dataclass(frozen=True)
class Propriety:
    """A persona's controls over some days.

    Attributes:
        persona: whose.
        receptive: share of waking time in which suggestions may come.
        silent: mean score of the control that never speaks.
        eager: of the one that always does.
        random: of the one that speaks at random moments; None where it was not run.
        oracle: of the one that knows the rubric.
        oracle_a_day: recommendations that the oracle shows on a day.
        oracle_in_band: share of days on which that number lies in the persona's band.
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
        """By how much the oracle is better than the better of silent and eager."""
        return self.oracle - max(self.silent, self.eager)


def simulate(
    persona: Persona, assistant: str | Callable[[Judge], Assistant], *, days: int, seeds: Sequence[int], timestep: float = 2.5
) -> list[DayFigures]:
    """Return the figures of every day of a run for each seed."""
    found = []
    for seed in seeds:
        run = Simulation(persona, assistant, seed=seed, days=days, timestep=timestep)
        found += [figures_of(run.live(run.begin_day(day)), day, timestep, persona) for day in range(1, days + 1)]
    return found


def examine(persona: Persona, *, days: int = 7, seeds: Sequence[int] = (0,), with_random: bool = False) -> Propriety:
    """Return a persona's controls."""
    eager = simulate(persona, "eager", days=days, seeds=seeds)
    found = metrics(eager)
    plans = [Simulation(persona, "silent", seed=seed, days=days).planner.plan(day) for seed in seeds for day in range(1, days + 1)]
    awake = sum(plan.sleep - plan.wake for plan in plans)
    rate = persona.rubric.frequency
    in_band = [min(int(rate.min_per_day), day.oracle_shown) <= day.oracle_shown <= -(-rate.max_per_day // 1) for day in eager]
    by_chance: Any = metrics(simulate(persona, "random", days=days, seeds=seeds))["score"] if with_random else None
    return Propriety(
        persona,
        sum(span.minutes for plan in plans for span in plan.receptive) / awake,
        found["silent_score"],
        found["score"],
        by_chance,
        found["oracle_score"],
        found["oracle_welcome"] / len(eager),
        sum(in_band) / len(in_band),
    )


def warnings_of(persona: Persona) -> list[str]:
    """Return what is wrong with a rubric in practice, over a week; empty where nothing is.

    Raises:
        PersonaError: the days cannot be planned at all (from the routine).
    """
    found = examine(persona)
    warnings = []
    if found.oracle < ORACLE_AT_LEAST:
        warnings.append(
            f"even the oracle scores only {found.oracle:.2f} (expected {ORACLE_AT_LEAST} or more): too few wanted moments for min_per_day"
        )
    if found.margin < MARGIN_AT_LEAST:
        warnings.append(
            f"the oracle ({found.oracle:.2f}) is less than {MARGIN_AT_LEAST} above silent ({found.silent:.2f}) and eager "
            f"({found.eager:.2f}): the score would say little; widen the windows or ask for more"
        )
    if not RECEPTIVE[0] <= found.receptive <= RECEPTIVE[1]:
        warnings.append(f"receptive in {found.receptive:.0%} of waking time (expected {RECEPTIVE[0]:.0%} to {RECEPTIVE[1]:.0%})")
    return warnings
