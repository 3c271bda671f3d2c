"""The contract between the simulation and an assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from propersim.records import Action, Clocks, Moment, Step


@dataclass(frozen=True, slots=True)
class Observation:
    """What there is to know at a step.

    Attributes:
        day: day of the run, from 1.
        step: number of the step in its day, from 0.
        minute: the day's clock.
        action: what the user is doing.
        timestep: minutes between steps.
        clocks: the day's clocks before this step. Part of the state only where the assistant is given clocks.
        moment: how the user stands; only the oracle may look.
    """

    day: int
    step: int
    minute: float
    action: Action
    timestep: float
    clocks: Clocks
    moment: Moment


@dataclass(frozen=True, slots=True)
class Answer:
    """What an assistant says at a step.

    Attributes:
        texts: the candidates to be rated; None is silence.
        shown: index of the one that the user sees.
        malformed: spoken candidates that had to be thrown away at this step.
        p_speak: probability of speaking, where a model decided.
    """

    texts: tuple[str | None, ...]
    shown: int = 0
    malformed: int = 0
    p_speak: float | None = None


SILENCE = Answer((None,))
"""The answer of an assistant that has nothing to say."""


class Assistant(Protocol):
    """Decides at each step what to say, if anything. Must depend on its arguments and the run's seed alone."""

    name: str

    def answer(self, seen: Observation) -> Answer:
        """Return the candidates for this step, and which of them is shown."""
        ...

    def see(self, step: Step) -> None:
        """Hear how a step went, ratings included; also of steps that were made before a run was resumed."""
        ...
