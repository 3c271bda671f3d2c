"""One timestep, one day, one run (paper, section 3): the user acts, the assistant answers, the user rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from propersim.assistant.controls import make_control
from propersim.core.errors import InputError
from propersim.core.interfaces import Answer, Assistant, Observation, Planner, Rater
from propersim.core.records import Action, Candidate, DayFigures, DayPlan, Rating, Shadow, Step
from propersim.persona.model import Persona
from propersim.simulation.metrics import Tally
from propersim.user.clocks import DayClocks, moment, oracle_speaks
from propersim.user.judge import Judge
from propersim.user.routine import Routine
from propersim.world.home import Home, Tile, load_home

TIMESTEP = 2.5
"""Minutes between two decisions of the assistant (paper: T = 2.5)."""
TILES_PER_MINUTE = 20
"""How fast the user walks about the home."""
MAX_DAYS = 10_000

Rate = Callable[[int, Observation, str], Rating | None]
"""Asks a person: returns the rating of what is shown (step index, moment, text), or None where the judge's is to count."""


class Simulation:
    """A run: an iterator of frozen :class:`~propersim.core.records.Step` records.

    Args:
        persona: the user.
        assistant: a control by name, an assistant, or a function that makes one from the judge.
        seed: of everything random; same arguments and seed, same records.
        days: how many days to live.
        timestep: minutes between steps, 0.5–60; it samples the day, and changes nothing else.
        home: where; the default home where None.
        until: (day, minute) at which the run ends early; minute None is the end of that day.
        planner: plans the days; the routine where None.
        rater: a function that makes, from the offline judge, who rates; where there is none, or it makes none, that judge does. How the
            user stands at a step, and what the controls would have got, is always by the persona's rules.

    Attributes:
        rate: asks a person to rate what is shown; None where nobody is to be asked.

    Raises:
        InputError: an argument is out of range, or persona and home do not fit.
    """

    def __init__(
        self,
        persona: Persona,
        assistant: str | Assistant | Callable[[Judge], Assistant] = "random",
        *,
        seed: int = 0,
        days: int = 14,
        timestep: float = TIMESTEP,
        home: Home | None = None,
        until: tuple[int, float | None] | None = None,
        planner: Planner | None = None,
        rater: Callable[[Judge], Rater | None] | None = None,
    ) -> None:
        if not 1 <= days <= MAX_DAYS:
            raise InputError(f"days must be 1 to {MAX_DAYS}, not {days}")
        if not 0.5 <= timestep <= 60:
            raise InputError(f"the timestep must be 0.5 to 60 minutes, not {timestep:g}")
        self.persona = persona
        self.seed = seed
        self.days = min(days, until[0]) if until else days
        self.timestep = timestep
        self.home = home or load_home()
        self.judge = Judge(persona)
        self.planner = planner or Routine(persona, self.home, seed)
        self.rater: Rater = (rater(self.judge) if rater is not None else None) or self.judge
        if isinstance(assistant, str):
            self.assistant = make_control(assistant, seed, self.judge)
        elif callable(assistant):
            self.assistant = assistant(self.judge)
        else:
            self.assistant = assistant
        self._until = until
        self.rate: Rate | None = None
        self.index = 0
        self.plan: DayPlan | None = None
        self.asleep = False

    def __iter__(self) -> Iterator[Step]:
        """Yield every step of the run that has not been made yet."""
        for day in range(1, self.days + 1):
            yield from self.live(self.begin_day(day))

    def begin_day(self, day: int) -> DayPlan:
        """Return the plan of a day, and make it today."""
        self.plan = self.planner.plan(day)
        return self.plan

    def live(self, plan: DayPlan, done: Iterable[Step] = ()) -> Iterator[Step]:
        """Yield the steps of a day.

        Args:
            plan: of the day.
            done: the steps of this day that were made before (when a run is resumed); they are not yielded
                again, but the clocks and counts of the rest follow from them.
        """
        today = _Today(self, plan)
        self.asleep = False
        start = 0
        for step in done:
            today.count(step)
            self.assistant.see(step)
            self.rater.see(step)
            start += 1
        end = plan.sleep
        if self._until and self._until[0] == plan.day and self._until[1] is not None:
            end = min(end, self._until[1])
        number = start
        minute = plan.wake + number * self.timestep
        while minute < end:
            step = today.step(self.index, number, minute)
            self.index += 1
            yield step
            number += 1
            minute = plan.wake + number * self.timestep
        self.asleep = end == plan.sleep


class _Today:
    """A day that is being lived: where in the plan one is, the user's clocks, and the controls' own clocks."""

    def __init__(self, run: Simulation, plan: DayPlan) -> None:
        self._run = run
        self._plan = plan
        self._rules = run.judge.rules
        gap_min = plan.gap_min
        self._clocks = DayClocks(plan.wake, gap_min)
        self._silent = DayClocks(plan.wake, gap_min)
        self._oracle = DayClocks(plan.wake, gap_min)
        self._at = 0
        self._paths: dict[int, tuple[Tile, ...]] = {}

    def count(self, step: Step) -> None:
        """Move all clocks by a step."""
        if step.spoke:
            self._clocks.show(step.minute, satisfying=step.rating.satisfying)
        if step.shadow.spoke:
            self._oracle.show(step.minute, satisfying=True)

    def step(self, index: int, number: int, minute: float) -> Step:
        """Live one timestep."""
        run, plan = self._run, self._plan
        actions = plan.actions
        while actions[self._at].end <= minute:
            self._at += 1
        action = actions[self._at]
        clocks = self._clocks.at(minute)
        now = moment(self._rules, plan.gap_max, action.activity, minute, clocks)
        seen = Observation(plan.day, number, minute, action, run.timestep, clocks, now)
        answer = self._checked(run.assistant.answer(seen))
        candidates = run.rater.rate_all(answer.texts, seen)
        candidates, judged = self._by_hand(index, seen, candidates, answer.shown)
        x, y = self._position(minute, action)
        shadow = self._shadow(action, minute)
        step = Step(
            index, plan.day, minute, action, x, y, clocks, now, candidates, answer.shown, shadow,
            answer.drawn, answer.malformed, answer.p_speak, judged,
        )  # fmt: skip
        self.count(step)
        run.assistant.see(step)
        run.rater.see(step)
        return step

    def _by_hand(
        self, index: int, seen: Observation, candidates: tuple[Candidate, ...], shown: int
    ) -> tuple[tuple[Candidate, ...], Rating | None]:
        """Return the candidates with a person's rating of what is shown, and the judge's of it; None where no person rates it."""
        said, rate = candidates[shown], self._run.rate
        given = rate(index, seen, said.text) if rate is not None and said.text is not None else None
        if given is None:
            return candidates, None
        # The same words drawn twice are the same suggestion: two ratings would make a preference pair of a text with itself.
        return tuple([msgspec.structs.replace(one, rating=given) if one.text == said.text else one for one in candidates]), said.rating

    @staticmethod
    def _checked(answer: Answer) -> Answer:
        if not 0 <= answer.shown < len(answer.texts):
            raise ValueError(f"an assistant showed candidate {answer.shown} of {len(answer.texts)}")
        return answer

    def _shadow(self, action: Action, minute: float) -> Shadow:
        """Return what silent and oracle would have got at this step, each with its own clocks."""
        rules, gap_max, activity = self._rules, self._plan.gap_max, action.activity
        quiet = moment(rules, gap_max, activity, minute, self._silent.at(minute))
        clocks = self._oracle.at(minute)
        oracle = moment(rules, gap_max, activity, minute, clocks)
        spoke = oracle_speaks(rules, oracle, clocks)
        return Shadow(
            4 - 2 * quiet.wanted - quiet.overdue,
            4 if spoke else 4 - 2 * oracle.wanted - oracle.overdue,
            spoke,
        )

    def _position(self, minute: float, action: Action) -> Tile:
        """Return where the user is: on the way from the last action's place, or there."""
        path = self._paths.get(self._at)
        if path is None:
            place = action.place
            last = self._plan.actions[self._at - 1].place if self._at else place
            path = self._paths[self._at] = self._run.home.path((last.x, last.y), (place.x, place.y))
        walked = int((minute - action.start) * TILES_PER_MINUTE)
        return path[walked] if walked < len(path) else path[-1]


def figures_of(steps: Iterable[Step], day: int, timestep: float, persona: Persona) -> DayFigures:
    """Return the figures of some steps of one day."""
    tally = Tally(day, timestep, persona.rubric.frequency)
    for step in steps:
        tally.add(step)
    return tally.figures()
