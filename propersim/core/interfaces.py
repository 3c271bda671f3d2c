"""The interfaces between the simulation and an assistant, a user agent, and what keeps its plans (paper, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from propersim.core.records import Action, Candidate, Clocks, DayPlan, Embedding, Moment, Night, Pair, Step, TrainingProgress


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
        drawn: suggestions that a model wrote for this step, those thrown away as well; the other spoken candidates are recalled ones.
        malformed: of them, how many had to be thrown away.
        p_speak: probability of speaking, where a model decided.
    """

    texts: tuple[str | None, ...]
    shown: int = 0
    drawn: int = 0
    malformed: int = 0
    p_speak: float | None = None


UNTAUGHT = 0.7
"""A model that was not taught anything yet speaks when its probability of speaking passes this; decisions are not sampled."""
TAUGHT = 0.9
"""The same, once it wears an adapter.

More than one half, for it is asked again every few minutes: the first time that it passes is the one that counts, and what is said a few
minutes too soon is said in vain, while a few minutes later it is as welcome.
"""


def threshold(taught: bool) -> float:
    """Return the probability of speaking that has to be passed.

    Args:
        taught: whether the model wears an adapter.
    """
    return TAUGHT if taught else UNTAUGHT


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


Replay = Callable[[str, int], list[Pair]]
"""The replay buffer: returns the newest so many pairs of a kind, oldest first."""
Progress = Callable[[TrainingProgress], None]
"""Called before the first and after each optimiser step of a night's training; may raise to stop it."""


@runtime_checkable
class Pupil(Protocol):
    """An assistant that ratings may change. What it knows by heart is in its adapters; the buffer is the store's."""

    @property
    def learns(self) -> bool:
        """Whether they do change it."""
        ...

    def pairs(self, step: Step) -> list[Pair]:
        """Return the preference pairs of a step.

        Raises:
            ValueError: the step is not the one that was answered last; only that one's prompt is known.
        """
        ...

    def load_adapter(self, adapter: Path) -> None:
        """Load the adapter of an earlier night."""
        ...

    def train(self, replay: Replay, *, at: int, day: int, asked: bool, folder: Path, progress: Progress) -> tuple[Night, list[Pair]]:
        """Learn from the buffer; see :meth:`propersim.learning.night.Learner.train`."""
        ...


Kept = Callable[[str, str], bytes | None]
"""What is kept of embeddings: returns the vector of an embedder's name and a text (see :class:`propersim.core.records.Embedding`)."""


@runtime_checkable
class Rememberer(Protocol):
    """An assistant whose memory turns texts into vectors, which are worth keeping."""

    def recollect(self, kept: Kept) -> None:
        """Take vectors from there, where they are, instead of computing them."""
        ...

    def embeddings(self) -> list[Embedding]:
        """Return the vectors that were computed since the last call, to be kept."""
        ...


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
