"""Everything that the screen shows at one moment.

A frame is immutable, is made by the source, and is passed to every widget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from propersim.assistant.silence import SilenceCause, silence_cause
from propersim.core.call_record import CallRecord
from propersim.core.config import FeedbackKind
from propersim.core.interfaces import speak_threshold
from propersim.core.records import Action, DayFigures, DayPlan, Night, RunWarning, Step
from propersim.experiments.agreement import Agreement
from propersim.persona.model import Persona
from propersim.persona.move import world_on_day
from propersim.runs.protocol import RateThis, Training
from propersim.store.bookmarks import Bookmark
from propersim.world.floor_plan import World

Phase = Literal["starting", "running", "finished", "failed"]
"""Whether a run will have more steps, and if not, why."""


@dataclass(frozen=True)
class RunInfo:
    """The properties of a run that do not change.

    Attributes:
        run_id: the run's id.
        persona: the persona as it was when the run started.
        world: the floor plan of the first day.
        assistant: the assistant as text, such as ``llama · homelm nf4``.
        days: number of days that the run will have.
        timestep: length of a step in minutes.
        unteachable: why the assistant does not learn; "" if it does.
        draws: whether decisions are drawn with P(speak), as published; otherwise there is a threshold.
        control: name of the control that decides, which follows a fixed rule; "" if a model decides.
        remote: whether the assistant is a model at an endpoint, which gives no probabilities and is not asked again here.
        user: what rates: ``routine``, ``llm`` or ``human``, or ``both`` if a person took over for a while.
        peer: the language model that plays the user, and which part it plays, as text; "" if none does.
        asks: whether the run calls an endpoint.
        feedback: which ratings the assistant receives: ``complete`` or ``shown``.
        noise: probability with which a dimension of the ratings reaches it flipped, 0–1.
        delayed: whether it receives them when the user falls asleep.
        explores: most unwelcome recommendations that it shows in order to learn.
        reactive: whether the user acts on recommendations, and mutes the assistant.
    """

    run_id: str
    persona: Persona
    world: World
    assistant: str
    days: int
    timestep: float
    unteachable: str = ""
    draws: bool = False
    control: str = ""
    remote: bool = False
    user: str = "routine"
    peer: str = ""
    asks: bool = False
    feedback: FeedbackKind = "complete"
    noise: float = 0.0
    delayed: bool = False
    explores: int = 0
    reactive: bool = False

    def world_on(self, day: int) -> World:
        """Return the floor plan of a day of the run.

        Where the user moves, it is another one from that day on.
        """
        return world_on_day(self.persona, self.world, day)


def step_threshold(about: RunInfo, nights: Sequence[Night], step: Step) -> float | None:
    """Return the threshold for P(speak) at a step; None if decisions are drawn.

    Args:
        about: the run.
        nights: the run's nights.
        step: the step.
    """
    if about.draws:
        return None
    # Records that were made before thresholds were stored have one of two constants.
    return step.threshold if step.threshold is not None else speak_threshold(any(night.used and night.at <= step.index for night in nights))


@dataclass(frozen=True)
class Moment:
    """A step before it is rated: its time, and what the user is doing.

    Attributes:
        index: index of the step.
        day: its day, from 1.
        minute: minute of the day's clock.
        action: what the user is doing, and where.
    """

    index: int
    day: int
    minute: float
    action: Action


@dataclass(frozen=True, eq=False)
class Frame:
    """The run as of one step.

    Attributes:
        about: the properties of the run that do not change.
        step: the step shown; None before the first.
        steps: the day's steps up to and including ``step``.
        plan: the day's plan.
        today: the figures of ``steps``.
        days: the figures of the days that are complete at the step; later days are left out.
        newest: index of the newest stored step; −1 before the first.
        nights: all stored nights, those after the step as well: the inspector asks each of them about the step.
        warnings: all stored warnings.
        agreement: agreement between person and judge up to the step; None if no person rated.
        calls: the calls to endpoints for the step.
        bookmarks: the run's bookmarks, by index of step.
        blind: whether a person rates now, so that what the judge goes by is hidden.
        asked: the recommendation that a person is asked to rate, whose step is not stored yet; None if there is none.
    """

    about: RunInfo
    step: Step | None = None
    steps: Sequence[Step] = ()
    plan: DayPlan | None = None
    today: DayFigures = field(default_factory=lambda: DayFigures(day=1))
    days: Sequence[DayFigures] = ()
    newest: int = -1
    nights: Sequence[Night] = ()
    warnings: Sequence[RunWarning] = ()
    agreement: Agreement | None = None
    calls: Sequence[CallRecord] = ()
    bookmarks: Mapping[int, Bookmark] = field(default_factory=dict)
    blind: bool = False
    asked: RateThis | None = None

    @property
    def now(self) -> Moment | None:
        """The moment that is shown; None before the first step.

        It is that of the recommendation to be rated, else that of the step.
        """
        here = self.asked or self.step
        return Moment(here.index, here.day, here.minute, here.action) if here is not None else None

    @property
    def world(self) -> World:
        """The floor plan of the moment shown."""
        return self.about.world_on(self.now.day if self.now is not None else 0)

    @property
    def persona(self) -> Persona:
        """The persona that lives the day shown; the one of day 0 before the first step."""
        return self.about.persona.on_day(self.now.day if self.now is not None else 0)

    @property
    def threshold(self) -> float | None:
        """The threshold for P(speak) at the step shown; None if decisions are drawn."""
        return step_threshold(self.about, self.nights, self.step) if self.step else None

    @property
    def silence_cause(self) -> SilenceCause | None:
        """The cause of silence where P(speak) exceeds the threshold; None elsewhere."""
        return silence_cause(self.step, self.threshold, complete=self.about.feedback == "complete") if self.step else None

    @cached_property
    def days_so_far(self) -> tuple[DayFigures, ...]:
        """The figures of the days that have steps, in order.

        Those of a current day that is not complete are up to the step shown.
        """
        days = {figures.day: figures for figures in self.days if figures.steps}
        if self.today.steps:
            days.setdefault(self.step.day if self.step else 1, self.today)
        return tuple(days[day] for day in sorted(days))

    @property
    def nights_so_far(self) -> tuple[Night, ...]:
        """The nights up to the step; that after a day belongs to its last step."""
        end = self.step.index + 1 if self.step is not None else 0
        return tuple(night for night in self.nights if night.at <= end)

    @property
    def before(self) -> Step | None:
        """The previous step of the same day; None if there is none."""
        return self.steps[-2] if len(self.steps) > 1 else None

    @property
    def behind(self) -> int:
        """Number of stored steps after the one shown."""
        return max(0, self.newest - self.step.index) if self.step else 0


@dataclass(frozen=True)
class PlaybackStatus:
    """How the run is played.

    Attributes:
        playing: whether it advances by itself.
        speed: requested steps a second; None is as fast as possible.
        live: whether a worker simulates it.
        phase: the phase of the run.
        rate: steps a second that the worker achieved recently.
        behind: number of stored steps after the one shown.
        training: progress of the present training, oldest first; None if there is none.
        asked: whether the worker waits for a person's rating.
        awaited: whether the worker waits for an endpoint.
        bill: (calls to endpoints, cost in dollars) of the run so far; None if it calls none.
        waited: seconds since the worker began what it is starting with, or to wait for an endpoint; None if it does neither.
        usual: seconds that calls to the endpoint usually take, the median of earlier ones; None if there were none.
        started: what the worker has done while starting, and the seconds it took; the last one is in progress.
        at: index of the step shown; −1 before the first.
        growing: whether another process may still add steps to a replayed run.
        elsewhere: what another process that runs it does, such as ``LIVE`` or ``PAUSED``; "" where none does.
        following: whether the newest step is shown, and each that comes.
        undoable: whether the person's last rating can be undone.
        background: what goes on while this run is shown, such as ``1 more running: r``; "" for nothing.
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
    waited: float | None = None
    usual: float | None = None
    started: tuple[tuple[str, float], ...] = ()
    at: int = -1
    growing: bool = False
    elsewhere: str = ""
    following: bool = False
    undoable: bool = False
    background: str = ""
