"""The interfaces of assistants, user agents, planners and raters (paper, section 3).

The simulation knows nothing else of them: see :mod:`propersim.simulation.simulation` for the order of the calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from propersim.core.feedback import Feedback
from propersim.core.records import Action, Candidate, Clocks, DayPlan, Embedding, Night, Pair, Step, TrainingProgress, UserState


@dataclass(frozen=True, slots=True)
class Observation:
    """The inputs of an assistant at one timestep.

    Attributes:
        day: day of the run, from 1.
        step: number of the step in its day, from 0.
        minute: minute of the day's clock.
        action: current action of the user.
        timestep: minutes between steps.
    """

    day: int
    step: int
    minute: float
    action: Action
    timestep: float


@dataclass(frozen=True, slots=True)
class Situation(Observation):
    """One timestep with the user's hidden state, for judges and controls alone.

    The hidden state follows from the rubric.

    Attributes:
        clocks: the day's clocks before this step.
        moment: whether the user is receptive, wants a recommendation, and waits too long for one.
    """

    clocks: Clocks
    moment: UserState

    @property
    def observation(self) -> Observation:
        """The part that an assistant sees."""
        return Observation(self.day, self.step, self.minute, self.action, self.timestep)


@dataclass(frozen=True, slots=True)
class Response:
    """The candidates of an assistant at one timestep.

    Attributes:
        texts: the candidates to be rated; None is silence.
        shown: index of the candidate that is shown to the user.
        drawn: suggestions that a model generated for this step, malformed ones included.
        malformed: how many of them were malformed and discarded.
        p_speak: probability of speaking, where a model decided.
        recalled: how many candidates, the last ones of ``texts``, were recalled from earlier steps.
        tried: how many candidates, the last ones before those, were drawn about a topic and tone that the assistant wants to try.
        threshold: the probability of speaking that ``p_speak`` had to exceed; None where decisions are drawn.
        explored: whether the assistant speaks in order to learn, below the threshold.
        evidence: what earlier ratings say of the moment, in a few words; None where the assistant reads no evidence.
    """

    texts: tuple[str | None, ...]
    shown: int = 0
    drawn: int = 0
    malformed: int = 0
    p_speak: float | None = None
    recalled: int = 0
    tried: int = 0
    threshold: float | None = None
    explored: bool = False
    evidence: str | None = None


UNTRAINED_THRESHOLD = 0.7
"""A model without an adapter speaks where its probability of speaking exceeds this; decisions are not sampled."""
TRAINED_THRESHOLD = 0.9
"""A model with an adapter speaks where its probability of speaking exceeds this.

Well above one half, because the model decides again every few minutes and the first time that it exceeds the threshold counts: a suggestion
a few minutes too early is wasted, and one a few minutes later is as welcome.
"""


def speak_threshold(taught: bool) -> float:
    """Return the probability of speaking that a model has to exceed to speak.

    Args:
        taught: whether the model has an adapter.
    """
    return TRAINED_THRESHOLD if taught else UNTRAINED_THRESHOLD


SILENCE = Response((None,))
"""The one candidate of an assistant that stays silent."""


class Assistant(Protocol):
    """Decides at each timestep whether to speak, and what to say.

    Its candidates may depend on nothing but the calls it received and the run's seed.

    Attributes:
        name: name under which the run is recorded.
    """

    name: str

    def respond(self, observation: Observation) -> Response:
        """Return the candidates for this step, and which of them is shown."""
        ...

    def observe(self, feedback: Feedback) -> None:
        """Receive a completed step with the ratings that are revealed at once.

        On resume, every step made before is received too.
        """
        ...

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Receive the ratings of a day that are revealed when the user falls asleep.

        Empty where none are.
        """
        ...


ReplayBuffer = Callable[[str, int], list[Pair]]
"""The replay buffer: called with a kind of pair and a count, returns that many of the newest pairs, oldest first."""
Progress = Callable[[TrainingProgress], None]
"""Called before the first and after each optimiser step of a night's training; may raise to stop it."""


@runtime_checkable
class TrainableAssistant(Protocol):
    """An assistant that can be trained on its ratings.

    Its training state is in its adapters; the store holds the replay buffer.
    """

    @property
    def learns(self) -> bool:
        """Whether this assistant is trained at night."""
        ...

    def pairs(self, feedback: Feedback) -> list[Pair]:
        """Return the preference pairs of a step.

        They come from all its ratings that are revealed, at once or at night.

        Raises:
            ValueError: the step is not the one that was answered last; only that one's prompt is known.
        """
        ...

    def load_adapter(self, adapter: Path | None, threshold: float | None = None) -> None:
        """Load the adapter of an earlier night, and use its threshold; None stands for none."""
        ...

    def train(
        self, replay: ReplayBuffer, *, at: int, day: int, asked: bool, recent: int, folder: Path, progress: Progress
    ) -> tuple[Night, list[Pair]]:
        """Train on pairs from the replay buffer.

        Args:
            replay: the replay buffer.
            at: steps of the run before this night.
            day: day that ended, or, where a person asked for the training, the current day.
            asked: whether a person asked for the training.
            recent: index of the first step of the last three days.
            folder: the run's folder, to which the adapter is written.
            progress: called before the first and after each optimiser step.

        Returns:
            The night's record, and the pairs whose reference log-probabilities it computed, to be stored.
        """
        ...


VectorLookup = Callable[[str, str], bytes | None]
"""Looks up a stored vector by embedder name and text; returns its bytes as in :class:`propersim.core.records.Embedding`, or None."""


@runtime_checkable
class EmbeddingAssistant(Protocol):
    """An assistant that computes embeddings worth storing."""

    def use_stored_vectors(self, kept: VectorLookup) -> None:
        """Use stored vectors instead of computing them again."""
        ...

    def take_new_vectors(self) -> list[Embedding]:
        """Return the vectors computed since the last call, to be stored."""
        ...


class Planner(Protocol):
    """Plans the user's days in advance; the assistant has no influence on them."""

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day (1, 2, …), without gap or overlap from waking to falling asleep.

        Raises:
            Resumable: the plan cannot be made now; it is requested again when the run is resumed.
        """
        ...


class Judge(Protocol):
    """Rates candidates as the persona would.

    Its ratings may depend on nothing but the calls it received.
    """

    def rate_all(self, texts: Sequence[str | None], situation: Situation) -> tuple[Candidate, ...]:
        """Return the candidates of a step with their ratings, in order; None is silence.

        Raises:
            Resumable: they cannot be rated now; an outage never becomes a rating.
        """
        ...

    def observe(self, step: Step) -> None:
        """Receive a completed step; on resume, every step made before is received too."""
        ...


class PlanStore(Protocol):
    """Stores the plans of days, shared by all runs of a database."""

    def load_plan(self, key: str) -> DayPlan | None:
        """Return the plan stored under a key, or None."""
        ...

    def save_plan(self, key: str, plan: DayPlan) -> DayPlan:
        """Store a plan unless the key has one already, and return the stored one."""
        ...
