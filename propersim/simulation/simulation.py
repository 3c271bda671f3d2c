"""Simulate a run step by step (paper, section 3).

At each step the user acts, the assistant answers, and the user rates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from propersim.assistant.controls import Control, make_control
from propersim.core.errors import InputError
from propersim.core.feedback import Feedback, FeedbackMode
from propersim.core.interfaces import SILENCE, Assistant, Judge, Planner, Response, Situation
from propersim.core.records import Action, Candidate, Clocks, DayFigures, DayPlan, Rating, Shadow, Step
from propersim.core.text import MAX_SUGGESTION, clean
from propersim.persona.model import Persona
from propersim.persona.move import world_on_day
from propersim.simulation.metrics import DayCounter
from propersim.user.clocks import DayClocks, least_heard, moment, oracle_speaks, welcome_topics
from propersim.user.days import planner_by_day
from propersim.user.judge import OfflineJudge
from propersim.user.reaction import Reaction, plan_with
from propersim.user.routine import Routine
from propersim.user.satiation import Exposures
from propersim.world.floor_plan import Tile, World, built_in_world

TIMESTEP = 2.5
"""Minutes between two decisions of the assistant (paper: T = 2.5)."""
TILES_PER_MINUTE = 20
"""Walking speed of the user."""
MAX_DAYS = 10_000

AskPerson = Callable[[int, Situation, str], Rating | None]
"""Asks a person to rate the shown text: (step index, situation, text) → the rating, or None where the judge is to rate.

What the person leaves out is None in the rating.
"""


class Simulation:
    """A run: an iterator of frozen :class:`~propersim.core.records.Step` records.

    Args:
        persona: the user.
        assistant: name of a control, an assistant, or a function that makes one from the judge.
        seed: seed of everything random; the same arguments give the same records.
        days: number of simulated days.
        timestep: minutes between steps, 0.5–60; does not change the user's day, only how often it is sampled.
        world: floor plan of the first day; the built-in one of the persona's setting where None.
        until: (day, minute) at which the run ends early; minute None is the end of that day.
        planner: plans the days; the routine where None.
        rater: a function that makes the rater from the offline judge; where it is None or returns None, the judge rates. The user's moment
            and the controls' scores at a step always follow the persona's rules.
        feedback: which ratings the assistant receives, and when; all of them at once where None.
        reactive: whether the user acts on welcome recommendations, and mutes the assistant where too many are unwelcome. A muted assistant
            is not asked, and receives no ratings.

    Attributes:
        feedback: which ratings the assistant receives; from the first step that a person is to rate on, only the person's.
        newest_feedback: all ratings of the newest step that are revealed sooner or later.
        last_day: the feedback of the newest day that was simulated to its end.
        rate: asks a person to rate the shown recommendation; None where no person rates.
        untrusted: whether the responses of the assistant are checked, as those of another package are.
        reaction: how the user reacts to recommendations; None where the user does not.
        index: steps of the run so far.
        plan: plan of the current day, as it stands at the current step.
        asleep: whether the current day was simulated to its end.

    Raises:
        InputError: an argument is out of range, or the floor plan lacks what the persona needs.
    """

    def __init__(
        self,
        persona: Persona,
        assistant: str | Assistant | Control | Callable[[OfflineJudge], Assistant | Control] = "random",
        *,
        seed: int = 0,
        days: int = 14,
        timestep: float = TIMESTEP,
        world: World | None = None,
        until: tuple[int, float | None] | None = None,
        planner: Planner | None = None,
        rater: Callable[[OfflineJudge], Judge | None] | None = None,
        feedback: FeedbackMode | None = None,
        reactive: bool = False,
    ) -> None:
        if not 1 <= days <= MAX_DAYS:
            raise InputError(f"days must be 1 to {MAX_DAYS}, not {days}")
        if not 0.5 <= timestep <= 60:
            raise InputError(f"the timestep must be 0.5 to 60 minutes, not {timestep:g}")
        self.persona = persona
        self.seed = seed
        self.days = min(days, until[0]) if until else days
        self.timestep = timestep
        self.world = world or built_in_world(persona.world)
        self.judge = OfflineJudge(persona)
        self.planner = planner or planner_by_day(persona, self.world, lambda lives, where: Routine(lives, where, seed))
        self.reaction = Reaction(persona, self.world, seed) if reactive else None
        self.rater: Judge = (rater(self.judge) if rater is not None else None) or self.judge
        self.assistant: Assistant | Control
        if isinstance(assistant, str):
            self.assistant = make_control(assistant, seed, self.judge)
        elif callable(assistant):
            self.assistant = assistant(self.judge)
        else:
            self.assistant = assistant
        self.feedback = feedback or FeedbackMode()
        self.newest_feedback: Feedback | None = None
        self.last_day: list[Feedback] = []
        self._of_today: list[Feedback] = []
        self._exposures = Exposures(persona)
        self._oracle_exposures = Exposures(persona)
        self._until = until
        self.rate: AskPerson | None = None
        self.untrusted = False
        self.index = 0
        self.plan: DayPlan | None = None
        self.asleep = False

    def __iter__(self) -> Iterator[Step]:
        """Simulate all days and yield their steps."""
        for day in range(1, self.days + 1):
            yield from self.live(self.begin_day(day))

    def begin_day(self, day: int) -> DayPlan:
        """Plan a day, make it the current one, and return the plan."""
        self.plan = self.planner.plan(day)
        return self.plan

    def live(self, plan: DayPlan, done: Iterable[Step] = ()) -> Iterator[Step]:
        """Simulate a day and yield its steps.

        Args:
            plan: plan of the day.
            done: steps of this day that were made before the run was resumed; they are not yielded again, but clocks, assistant and rater
                receive them.
        """
        for turn in self.turns(plan, done):
            yield turn.complete(turn.ask())

    def turns(self, plan: DayPlan, done: Iterable[Step] = ()) -> Iterator[Turn]:
        """Simulate a day and yield each timestep before the assistant answers.

        Each is to be completed before the next.

        Args:
            plan: plan of the day.
            done: steps of this day that were made before, as for :meth:`live`.

        Raises:
            RuntimeError: the next timestep was requested before this one was completed.
        """
        today = _Today(self, plan)
        self.asleep = False
        number = 0
        for step in done:
            today.count(step)
            self.give_feedback(step)
            self.rater.observe(step)
            number += 1
        end = plan.sleep
        if self._until and self._until[0] == plan.day and self._until[1] is not None:
            end = min(end, self._until[1])
        minute = plan.wake + number * self.timestep
        while minute < end:
            index = self.index
            yield Turn(self, today, today.situation(number, minute))
            if self.index != index + 1:
                raise RuntimeError(f"step {index} was not completed")
            number += 1
            minute = plan.wake + number * self.timestep
        self.asleep = end == plan.sleep
        if self.asleep:
            self.end_day()

    def replay(self, step: Step) -> None:
        """Receive a step of an earlier day that was made before the run was resumed.

        The assistant gets its ratings by :meth:`give_feedback`.
        """
        self.count_exposures(step)
        self.rater.observe(step)

    @property
    def remembers_days(self) -> bool:
        """Whether the user's side depends on steps of earlier days.

        A resume then has to :meth:`replay` them.
        """
        return self._exposures.counts or self.rater is not self.judge

    def count_exposures(self, step: Step) -> None:
        """Count what was shown at a step, by the assistant and by the oracle beside it."""
        if not self._exposures.counts:
            return
        if step.shadow.spoke:
            # Which topic the oracle chose follows from what it had said before.
            rules, activity, minute = self.judge.rules.on_day(step.day), step.action.activity, step.minute
            clocks = self.oracle_heard(step.clocks, step.day, minute)
            if welcome := welcome_topics(rules, activity, minute, clocks):
                self._oracle_exposures.show(step.day, minute, least_heard(welcome, clocks), None)
        if step.spoke:
            self._exposures.show(step.day, step.minute, step.answer.topic, step.answer.text)

    def heard(self, clocks: Clocks, day: int, minute: float) -> Clocks:
        """Return the clocks of a day with what the user has heard of topics and suggestions.

        Args:
            clocks: the clocks.
            day: day of the run, from 1.
            minute: minute of the day's clock.
        """
        return self._exposures.into(clocks, day, minute)

    def oracle_heard(self, clocks: Clocks, day: int, minute: float) -> Clocks:
        """Return the same for a user to whom the oracle spoke instead.

        Its suggestions are not counted: for each topic it has more than two hundred.

        Args:
            clocks: the clocks.
            day: day of the run, from 1.
            minute: minute of the day's clock.
        """
        return self._oracle_exposures.into(clocks, day, minute)

    def give_feedback(self, step: Step) -> None:
        """Give the assistant what is revealed of a completed step at once."""
        self.feedback = self.feedback.from_step(step)
        feedback = self.newest_feedback = self.feedback.reveal(step)
        self._of_today.append(feedback)
        self.assistant.observe(self.feedback.at_once(feedback))

    def end_day(self) -> None:
        """Give the assistant the ratings that are revealed only when the user falls asleep."""
        self.assistant.reveal(self.feedback.at_night(self._of_today))
        self.last_day, self._of_today = self._of_today, []


@dataclass(frozen=True, slots=True)
class Turn:
    """A timestep that the assistant has not answered yet.

    Made by :meth:`Simulation.turns`; :meth:`complete` is called once.

    Attributes:
        situation: the timestep with the user's hidden state.
    """

    _run: Simulation
    _today: _Today
    situation: Situation

    def ask(self) -> Response:
        """Return the assistant's answer; a control sees the user's hidden state.

        A muted assistant is not asked: its answer is silence.

        Raises:
            TypeError: the answer is none; only where the assistant is untrusted.
            ValueError: a text of it cannot be stored; likewise.
        """
        if self.muted:
            return SILENCE
        assistant = self._run.assistant
        if isinstance(assistant, Control):
            return assistant.respond(self.situation)
        response = assistant.respond(self.situation.observation)
        return checked_response(response) if self._run.untrusted else response

    @property
    def muted(self) -> bool:
        """Whether the user has muted the assistant."""
        return self.situation.clocks.muted is not None

    def complete(self, answer: Response) -> Step:
        """Rate the candidates, update the clocks, give the feedback, and return the step.

        Args:
            answer: the assistant's candidates, and which of them is shown; those of a muted assistant do not reach the user.

        Raises:
            ValueError: the answer shows a candidate that it does not have.
        """
        step = self._today.complete(self._run.index, self.situation, SILENCE if self.muted else answer)
        self._run.index += 1
        return step


class _Today:
    """The state of the current day.

    It has the position in the plan, the user's clocks, and those of the controls.
    """

    def __init__(self, run: Simulation, plan: DayPlan) -> None:
        self._run = run
        self._plan = plan
        self._world = world_on_day(run.persona, run.world, plan.day)
        self._rules = run.judge.rules.on_day(plan.day)
        gap_min = plan.gap_min
        self._clocks = DayClocks(plan.wake, gap_min, run.reaction.patience(plan) if run.reaction is not None else None)
        self._silent = DayClocks(plan.wake, gap_min)
        self._oracle = DayClocks(plan.wake, gap_min)
        self._action_index = 0
        self._paths: dict[int, tuple[Tile, ...]] = {}

    def count(self, step: Step) -> None:
        """Update all clocks with a step, and the plan with the activity that it took up."""
        self._run.count_exposures(step)
        if step.spoke:
            self._clocks.show(step.minute, satisfying=step.rating.satisfying, welcome=None if step.rating.score is None else step.welcome)
        if step.shadow.spoke:
            self._oracle.show(step.minute, satisfying=True)
        if step.taken_up is not None:
            self._run.plan = self._plan = plan_with(self._plan, step.taken_up, self._rules)
            # Paths to actions that are not in the plan any more.
            self._paths.clear()

    def situation(self, number: int, minute: float) -> Situation:
        """Return the situation at a timestep.

        Args:
            number: number of the step in the day.
            minute: minute of the day's clock.
        """
        plan = self._plan
        actions = plan.actions
        while actions[self._action_index].end <= minute:
            self._action_index += 1
        action = actions[self._action_index]
        clocks = self._run.heard(self._clocks.at(minute), plan.day, minute)
        now = moment(self._rules, plan.gap_max, action.activity, minute, clocks)
        return Situation(plan.day, number, minute, action, self._run.timestep, clocks, now)

    def complete(self, index: int, situation: Situation, answer: Response) -> Step:
        """Rate the candidates of a timestep, and return it.

        Args:
            index: number of the step in the run.
            situation: the timestep.
            answer: the assistant's candidates.
        """
        run, plan = self._run, self._plan
        action, minute = situation.action, situation.minute
        if not 0 <= answer.shown < len(answer.texts):
            raise ValueError(f"an assistant showed candidate {answer.shown} of {len(answer.texts)}")
        candidates = _with_origins(run.rater.rate_all(answer.texts, situation), answer.recalled, answer.tried)
        candidates, judged = self._rated_by_person(index, situation, candidates, answer.shown)
        x, y = self._position(minute, action)
        shadow = self._shadow(action, minute)
        shown = candidates[answer.shown]
        taken_up = None
        if run.reaction is not None and shown.text is not None and shown.rating.score == 4:
            taken_up = run.reaction.take_up(plan, index, minute, shown.topic)
        step = Step(
            index, plan.day, minute, action, x, y, situation.clocks, situation.moment, candidates, answer.shown, shadow,
            answer.drawn, answer.malformed, answer.p_speak, judged, answer.threshold, answer.explored, answer.evidence, taken_up,
        )  # fmt: skip
        self.count(step)
        run.give_feedback(step)
        run.rater.observe(step)
        return step

    def _rated_by_person(
        self, index: int, situation: Situation, candidates: tuple[Candidate, ...], shown: int
    ) -> tuple[tuple[Candidate, ...], Rating | None]:
        """Return the candidates with a person's rating of the shown one, and the one replaced.

        The second value is the rating that the person's replaces, also where the person leaves it unrated; None where no person rates.
        """
        shown_one, rate = candidates[shown], self._run.rate
        rating = rate(index, situation, shown_one.text) if rate is not None and shown_one.text is not None else None
        if rating is None:
            return candidates, None
        # Candidates with the same text get the same rating, or they would form a preference pair of a text with itself.
        rated = [msgspec.structs.replace(one, rating=rating) if one.text == shown_one.text else one for one in candidates]
        return tuple(rated), shown_one.rating

    def _shadow(self, action: Action, minute: float) -> Shadow:
        """Return the scores of silent and oracle at this step, each by its own clocks."""
        rules, gap_max, activity = self._rules, self._plan.gap_max, action.activity
        silent = moment(rules, gap_max, activity, minute, self._silent.at(minute))
        clocks = self._run.oracle_heard(self._oracle.at(minute), self._plan.day, minute)
        oracle = moment(rules, gap_max, activity, minute, clocks)
        spoke = oracle_speaks(rules, oracle, clocks)
        return Shadow(
            4 - 2 * silent.wanted - silent.overdue,
            4 if spoke else 4 - 2 * oracle.wanted - oracle.overdue,
            spoke,
        )

    def _position(self, minute: float, action: Action) -> Tile:
        """Return the user's tile: on the path from the last place, or at the action's place."""
        number = self._action_index
        path = self._paths.get(number)
        if path is None:
            place = action.place
            last = self._plan.actions[number - 1].place if number else place
            path = self._paths[number] = self._world.path((last.x, last.y), (place.x, place.y))
        walked = int((minute - action.start) * TILES_PER_MINUTE)
        return path[walked] if walked < len(path) else path[-1]


def checked_response(response: Any) -> Response:
    """Return the response of an assistant after checking that it can be rated, shown and stored.

    Raises:
        TypeError: it is no :class:`~propersim.core.interfaces.Response`, or has no tuple of texts.
        ValueError: a text is empty, longer than :data:`~propersim.core.text.MAX_SUGGESTION` characters, or not printable on one line.
    """
    if not isinstance(response, Response) or not isinstance(response.texts, tuple):
        raise TypeError(f"respond returned {clean(repr(response), 80)}, which is no Response with a tuple of texts")
    for text in response.texts:
        if text is None:
            continue
        if not isinstance(text, str):
            raise TypeError(f"respond returned the text {clean(repr(text), 80)}, which is neither None nor a string")
        if not text or len(text) > MAX_SUGGESTION or text != clean(text):
            raise ValueError(
                f"respond returned a text of {len(text)} characters that is empty, too long (more than {MAX_SUGGESTION}), or not clean; "
                f"propersim.core.text.clean makes it so: {clean(text, 80)!r}"
            )
    return response


def figures_of(steps: Iterable[Step], day: int, timestep: float, persona: Persona) -> DayFigures:
    """Return the figures of steps of one day.

    Args:
        steps: the steps, in order.
        day: day of the run, from 1.
        timestep: minutes between steps.
        persona: the user, for the band.
    """
    tally = DayCounter(day, timestep, persona.on_day(day).rubric.frequency)
    for step in steps:
        tally.add(step)
    return tally.figures()


def _with_origins(candidates: tuple[Candidate, ...], recalled: int, tried: int) -> tuple[Candidate, ...]:
    """Return the candidates with their origins.

    The last ``recalled`` of them were recalled from earlier steps, ``tried`` before those drawn to be tried, the others drawn.
    """
    fresh = len(candidates) - recalled
    drawn = fresh - tried
    return tuple(
        one if one.text is None else msgspec.structs.replace(one, origin="drawn" if i < drawn else "tried" if i < fresh else "recalled")
        for i, one in enumerate(candidates)
    )
