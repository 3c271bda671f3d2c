"""What the screen shows at one moment: immutable, made by the source, handed down to every widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from propersim.core.interfaces import threshold
from propersim.core.records import DayFigures, DayPlan, Night, Spent, Step, Warned
from propersim.experiments.agreement import Agreement
from propersim.persona.model import Persona
from propersim.runs.protocol import Training
from propersim.world.home import Home

Phase = Literal["starting", "running", "finished", "failed"]
"""Of a run: whether more steps are to come, and why not."""


@dataclass(frozen=True)
class About:
    """What does not change during a run.

    Attributes:
        run_id: the run's name.
        persona: the user, as at the beginning of the run.
        home: the floor plan.
        assistant: the assistant in words, such as ``llama · homelm nf4``.
        days: how many days the run is to have.
        timestep: minutes of a step.
        unteachable: why the assistant does not learn, in words; "" where it does.
        draws: whether it draws its decisions by their probability, as published; else there is a threshold.
        remote: whether the assistant is a model at an endpoint: it gives no probabilities, and is not asked again here.
        user: who rates: ``routine``, ``llm`` or ``human``, or ``both`` where a person took over for a while.
        peer: which language model plays the user, and which half of the part, in words; "" where none does.
        asks: whether anything in the run is asked at an endpoint.
    """

    run_id: str
    persona: Persona
    home: Home
    assistant: str
    days: int
    timestep: float
    unteachable: str = ""
    draws: bool = False
    remote: bool = False
    user: str = "routine"
    peer: str = ""
    asks: bool = False


def limit(about: About, nights: Sequence[Night], index: int) -> float | None:
    """Return the probability of speaking that had to be passed at a step; None where decisions are drawn."""
    return None if about.draws else threshold(any(night.adapter and night.at <= index for night in nights))


@dataclass(frozen=True, eq=False)
class Frame:
    """The run as of one step.

    Attributes:
        about: what does not change.
        step: the step shown; None before there is one.
        steps: the day's steps up to and including it.
        plan: the day's plan.
        today: counts of ``steps``.
        days: figures of all completed days that are stored.
        newest: index of the newest stored step, −1 before there is one.
        nights: all stored nights.
        warnings: all stored warnings.
        agreement: of the person who rated with the judge, in the run up to the step; None where no person rated.
        calls: what was asked at endpoints for the step.
    """

    about: About
    step: Step | None = None
    steps: Sequence[Step] = ()
    plan: DayPlan | None = None
    today: DayFigures = field(default_factory=lambda: DayFigures(day=1))
    days: Sequence[DayFigures] = ()
    newest: int = -1
    nights: Sequence[Night] = ()
    warnings: Sequence[Warned] = ()
    agreement: Agreement | None = None
    calls: Sequence[Spent] = ()

    @property
    def threshold(self) -> float | None:
        """Probability of speaking that had to be passed at the step shown; None where decisions are drawn."""
        return limit(self.about, self.nights, self.step.index if self.step else 0)

    @property
    def before(self) -> Step | None:
        """The step before the one shown, on the same day."""
        return self.steps[-2] if len(self.steps) > 1 else None

    @property
    def behind(self) -> int:
        """How many steps newer than the one shown are stored."""
        return max(0, self.newest - self.step.index) if self.step else 0


@dataclass(frozen=True)
class Status:
    """How the run is played.

    Attributes:
        playing: going on by itself.
        speed: steps a second asked for; None is as fast as it goes.
        live: a worker is behind it.
        phase: of the run.
        rate: steps a second that the worker achieved lately.
        behind: how many stored steps are newer than the one shown.
        training: how the training that is under way has gone so far, the newest last; None where there is none.
        asked: whether the worker waits for a person's rating.
        awaited: whether it waits for the answer of an endpoint.
        bill: questions put to endpoints in the run so far, and dollars; None where it has none.
    """

    playing: bool = False
    speed: float | None = 8.0
    live: bool = False
    phase: Phase = "running"
    rate: float = 0.0
    behind: int = 0
    training: tuple[Training, ...] | None = None
    asked: bool = False
    awaited: bool = False
    bill: tuple[int, float] | None = None
