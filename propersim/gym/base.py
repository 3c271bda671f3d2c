"""Common parts of the environments: the persona, the days, and the turns of an episode."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final, TypeVar

import gymnasium
from gymnasium.error import ResetNeeded

from propersim.core.errors import InputError
from propersim.core.interfaces import Observation, Response, Situation
from propersim.core.records import DayFigures, Rating, Step
from propersim.core.text import meant_or_listed
from propersim.persona.drift import drifting, load_run_persona
from propersim.persona.library import load_persona
from propersim.persona.model import Persona
from propersim.simulation.metrics import DayCounter, metrics
from propersim.simulation.simulation import MAX_DAYS, Simulation, Turn

ObsType = TypeVar("ObsType")
ActType = TypeVar("ActType")

_OPTIONS: Final = ("day", "persona")
_COUNTS: Final = ("shown", "welcome", "unwelcome", "oracle_welcome", "steps")
_RATIOS: Final = ("f1", "precision", "recall", "score")

Drift = int | tuple[int, str] | None
"""Day from which on the usual other rubric of the persona holds, or that day and the persona whose rubric it is; None is never."""


class RunEnv(gymnasium.Env[ObsType, ActType]):
    """A run of some days as an episode.

    Args:
        persona: the user: an id, a name, the path of a file, or a persona.
        days: days of an episode.
        drift: day from which on another rubric holds, and the persona whose it is.
        timestep: minutes between steps, 0.5–60.
        render_mode: ``ansi`` has :meth:`render` return the newest step as a line of text.

    Raises:
        InputError: an argument is out of range, or there is no such persona.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 - as in gymnasium.Env

    def __init__(self, persona: str | Path | Persona, days: int, drift: Drift, timestep: float, render_mode: str | None) -> None:
        check_number("days", days, 1, MAX_DAYS, whole=True)
        check_number("timestep", timestep, 0.5, 60, "minutes")
        check_drift(drift)
        check_choice("render_mode", render_mode, (None, "ansi"))
        self.render_mode = render_mode
        self._days, self._timestep, self._drift = days, timestep, drift
        self._personas: dict[str, Persona] = {}
        self.persona = self._load(persona)
        """The user of episodes that choose no other."""
        self._run: Simulation | None = None
        self._turns: Iterator[Turn] = iter(())
        self._turn: Turn | None = None
        self._last = self._day = 1
        self._counter = DayCounter(1, timestep)
        self._figures: list[DayFigures] = []
        self._line = ""
        self.today: list[Step] = []
        """Steps of the present day, as they are recorded; agents are not to see them."""
        self.spoken_before: list[Step] = []
        """Steps of earlier days of the episode at which something was recommended, likewise."""

    def _load(self, which: str | Path | Persona) -> Persona:
        """Return a persona with its drift; each is read once."""
        day, other = self._drift if isinstance(self._drift, tuple) else (self._drift or 0, "")
        if isinstance(which, Persona):
            if day and not other:
                raise InputError("drift needs the persona whose rubric holds from that day on", "give (day, persona)")
            return drifting(which, day, load_persona(other)) if day else which
        if str(which) not in self._personas:
            self._personas[str(which)] = load_run_persona(str(which), day, other)
        return self._personas[str(which)]

    def _begin(self, seed: int | None, options: Mapping[str, Any] | None, make: Callable[[Persona, int], Simulation]) -> dict[str, Any]:
        """Begin an episode, and return the info of :meth:`reset`.

        Args:
            seed: the run's seed; None draws one.
            options: the options of :meth:`reset`.
            make: makes the run from the persona and the seed.

        Raises:
            InputError: an option is unknown or out of range.
        """
        given = dict(options or {})
        unknown = [name for name in given if name not in _OPTIONS]
        if unknown:
            raise InputError(f"unknown option {unknown[0]!r}{meant_or_listed(str(unknown[0]), _OPTIONS)}")
        first = given.get("day", 1)
        if not isinstance(first, int) or not 1 <= first <= MAX_DAYS - self._days + 1:
            raise InputError(f"the option day must be 1 to {MAX_DAYS - self._days + 1}, not {first!r}")
        persona = self._load(given["persona"]) if "persona" in given else self.persona
        run_seed = seed if seed is not None else int(self.np_random.integers(2**31))
        self._run = make(persona, run_seed)
        self._turns, self._figures, self._line = iter(()), [], ""
        self.today, self.spoken_before = [], []
        self._day, self._last = first - 1, first + self._days - 1
        return {"persona_id": persona.id, "seed": run_seed, "day": first}

    def _advance(self) -> Turn | None:
        """Go to the next timestep; None is the end of the episode."""
        run = self._running()
        self._turn = next(self._turns, None)
        while self._turn is None and self._day < self._last:
            self._day += 1
            self._counter = DayCounter(self._day, self._timestep, run.persona.on_day(self._day).rubric.frequency)
            self._turns = run.turns(run.begin_day(self._day))
            self._turn = next(self._turns, None)
        return self._turn

    def _present(self) -> Turn:
        """Return the present timestep.

        Raises:
            ResetNeeded: the episode has not begun, or has ended.
        """
        if self._turn is None:
            raise ResetNeeded("call reset() before step()" if self._run is None else "the episode has ended: call reset()")
        return self._turn

    @property
    def now(self) -> tuple[int, float] | None:
        """Day and minute since midnight of the present timestep; None before and after an episode."""
        return (self._turn.situation.day, self._turn.situation.minute) if self._turn is not None else None

    @property
    def situation(self) -> Situation:
        """The present timestep as the user's side knows it; agents are not to see it.

        Raises:
            ResetNeeded: the episode has not begun, or has ended.
        """
        return self._present().situation

    def _running(self) -> Simulation:
        if self._run is None:
            raise ResetNeeded("call reset() first")
        return self._run

    def _asleep(self) -> Observation:
        """Return the moment at which the user falls asleep.

        The last observation of an episode shows it.
        """
        run = self._running()
        assert run.plan is not None
        plan = run.plan
        return Observation(plan.day, self._counter.steps, plan.sleep, plan.actions[-1], run.timestep)

    def _complete(self, answer: Response) -> tuple[Step, bool]:
        """Complete the present timestep and go to the next.

        Args:
            answer: the candidates, and which of them is shown.

        Returns:
            The step, and whether it was the last of its day.
        """
        step, counter = self._present().complete(answer), self._counter
        counter.add(step)
        self.today.append(step)
        self._advance()
        ended = self._turn is None or self._counter is not counter
        if ended:
            self.spoken_before += [each for each in self.today if each.spoke]
            self.today = []
            self._figures.append(counter.figures())
        return step, ended

    def close(self) -> None:
        """Forget the run."""
        self._run = self._turn = None
        self._turns = iter(())

    def render(self) -> str | None:
        """Return the newest step as a line of text; None without the render mode ``ansi``."""
        return self._line if self.render_mode == "ansi" else None


def check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    """Check that an argument is one of its choices.

    Args:
        name: name of the argument.
        value: its value.
        choices: the values that it may have.

    Raises:
        InputError: it is another.
    """
    if value not in choices:
        raise InputError(f"{name} must be {' or '.join(map(repr, choices))}, not {value!r}")


def check_number(name: str, value: Any, least: float, most: float, unit: str = "", *, whole: bool = False) -> None:
    """Check that an argument is a number within its bounds.

    Args:
        name: name of the argument.
        value: its value.
        least: least valid value.
        most: greatest valid value.
        unit: unit of the value; "" for none.
        whole: whether it must be a whole number.

    Raises:
        InputError: it is another.
    """
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:
        what = "" if is_number else "a whole number from " if whole else "a number from "
        raise InputError(f"{name} must be {what}{least} to {most}{unit and f' {unit}'}, not {value!r}")


def check_drift(drift: object) -> None:
    """Check that a drift is a day, a day and a persona, or None.

    Raises:
        InputError: it is another.
    """
    day, other = drift if isinstance(drift, tuple) and len(drift) == 2 else (drift, "")
    if day is None and not other:
        return
    if isinstance(day, tuple | str) or not isinstance(other, str):
        raise InputError(f"drift must be a day or (day, persona), not {drift!r}")
    check_number("the day of drift", day, 0 if not other else 1, MAX_DAYS, whole=True)


def figures(days: list[DayFigures]) -> dict[str, Any]:
    """Return counts and ratios of days for an info; a ratio without a denominator is nan.

    A vector environment keeps the values of its environments in arrays, which hold no None.
    """
    found = metrics(days)
    ratios = {name: math.nan if found[name] is None else float(found[name]) for name in _RATIOS}
    return {**{name: int(found[name]) for name in _COUNTS}, **ratios}


def bits(rating: Rating) -> list[int]:
    """Return the four dimensions of a judge's rating, each 0 or 1."""
    return [int(value or 0) for value in rating.values]
