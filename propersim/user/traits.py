"""Map the Big Five traits to how a day is planned.

The tables and their sources are listed in docs/concepts/user-agent.md. A number is a factor on the weight of free-time activities with a
tag, or a bound in minutes. The directions follow the studies named in the documentation; the sizes are choices of this project.
"""

from __future__ import annotations

from dataclasses import dataclass

from propersim.persona.model import Persona

TAG_WEIGHTS: dict[tuple[str, str], dict[str, float]] = {
    ("conscientiousness", "high"): {"chore": 1.6, "planning": 2.0, "idle": 0.4},
    ("conscientiousness", "low"): {"chore": 0.6, "planning": 0.4, "idle": 1.8},
    ("extraversion", "high"): {"social": 2.5, "quiet": 0.6},
    ("extraversion", "low"): {"social": 0.4, "quiet": 1.6},
    ("agreeableness", "high"): {"helping": 3.0, "family": 1.5},
    ("agreeableness", "low"): {"helping": 0.3, "family": 0.7},
    ("openness", "high"): {"creative": 1.8, "learning": 1.8, "reading": 1.3},
    ("openness", "low"): {"creative": 0.6, "learning": 0.6, "screen": 1.3},
    ("neuroticism", "high"): {"rest": 1.5, "writing": 1.5, "idle": 1.3},
    ("neuroticism", "low"): {"active": 1.2},
}
"""(trait, level) → tag → factor on the weight of a free-time activity."""

LATENESS = {"high": (0, 0, 0, 5), "low": (0, 0, 5, 5, 10, 15)}
"""Conscientiousness → minutes by which a habit starts after its stated time; each value is equally likely."""

WAKE_SHIFT = {"high": (-5, 0, 0, 5), "low": (-10, 0, 5, 10, 20)}
"""Conscientiousness → minutes by which waking and falling asleep differ from the stated time, likewise."""

LIE_IN = {"high": (0, 0, 10), "low": (0, 15, 30, 45)}
"""Conscientiousness → minutes of longer sleep on Saturday and Sunday, likewise."""

TASTE_SPREAD = {"high": 0.4, "low": 1.1}
"""Openness → log-normal spread of lasting tastes: the lower the openness, the more the same few activities recur."""

DAILY_SPREAD = {"high": 0.9, "low": 0.3}
"""Openness → log-normal spread of one day's preferences, on top of lasting tastes."""

WANDER = {"high": 60, "low": 15}
"""Openness → minutes by which a daily requirement may deviate from its usual time."""

RESTLESS = {"high": 0.7, "low": 1.0}
"""Neuroticism → factor on the longest length of free-time activities: worry ends them sooner."""


@dataclass(frozen=True)
class Traits:
    """The values of the tables for one persona.

    Attributes:
        weights: tag → factor on the weight of a free-time activity.
        lateness: see :data:`LATENESS`.
        wake_shift: see :data:`WAKE_SHIFT`.
        lie_in: see :data:`LIE_IN`.
        taste_spread: see :data:`TASTE_SPREAD`.
        daily_spread: see :data:`DAILY_SPREAD`.
        wander: see :data:`WANDER`.
        restless: see :data:`RESTLESS`.
    """

    weights: dict[str, float]
    lateness: tuple[int, ...]
    wake_shift: tuple[int, ...]
    lie_in: tuple[int, ...]
    taste_spread: float
    daily_spread: float
    wander: int
    restless: float


def traits_of(persona: Persona) -> Traits:
    """Return the values of the tables for a persona."""
    five = persona.big_five
    weights: dict[str, float] = {}
    for (trait, level), factors in TAG_WEIGHTS.items():
        if getattr(five, trait) == level:
            for tag, factor in factors.items():
                weights[tag] = weights.get(tag, 1.0) * factor
    return Traits(
        weights,
        LATENESS[five.conscientiousness],
        WAKE_SHIFT[five.conscientiousness],
        LIE_IN[five.conscientiousness],
        TASTE_SPREAD[five.openness],
        DAILY_SPREAD[five.openness],
        WANDER[five.openness],
        RESTLESS[five.neuroticism],
    )
