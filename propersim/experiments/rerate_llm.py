"""Stored steps rated again by a language model, in one way of asking or in several, and how far those agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from propersim.core.config import LLM, RATING_CALLS, ROUTINE, RunConfig
from propersim.core.errors import InputError
from propersim.core.interfaces import Observation
from propersim.core.records import Step
from propersim.core.text import did_you_mean
from propersim.experiments.rerate import Case, Compared, compare
from propersim.llm_client import Asker, Estimate
from propersim.persona.model import Persona
from propersim.user.judge import Judge
from propersim.user.llm.judge import LlmJudge

Chosen = Sequence[tuple[Step, int]]
"""What is to be rated again: steps, and which of their candidates."""


@dataclass(frozen=True)
class Occasion:
    """A step at which something is to be rated again.

    Attributes:
        step: the step.
        numbers: which of its candidates; they are rated together.
        seen: what there was to know then.
    """

    step: Step
    numbers: tuple[int, ...]
    seen: Observation

    @property
    def texts(self) -> tuple[str | None, ...]:
        """What is to be rated."""
        return tuple(self.step.candidates[number].text for number in self.numbers)


def ways_of_asking(text: str) -> list[str]:
    """Return the ways that are named, commas between them, each once.

    Raises:
        InputError: one is not known.
    """
    ways = list(dict.fromkeys(part.strip() for part in text.split(",")))
    for way in ways:
        if way not in RATING_CALLS:
            raise InputError(f"--rating-calls: no {way!r}{did_you_mean(way, RATING_CALLS)}", f"some of {','.join(RATING_CALLS)}")
    return ways


def asked_as(config: RunConfig, *, model: str, base_url: str, price: str, max_cost: float | None) -> RunConfig:
    """Return options by which a model rates a run's steps, whoever rated then.

    Args:
        config: of the run; what is not given is as there, if a model had a part in it.
        model: as its endpoint calls it.
        base_url: of the endpoint.
        price: ``IN,OUT``.
        max_cost: dollars; of this asking alone.

    Raises:
        InputError: it is not said who is asked, or something given cannot be.
    """
    same = not model and not base_url
    return msgspec.structs.replace(
        config,
        assistant="silent",
        user=ROUTINE,
        user_plans=ROUTINE,
        user_ratings=LLM,
        user_model=model or config.user_model,
        user_base_url=base_url or config.user_base_url,
        user_price=price or (config.user_price if same else ""),
        max_cost=max_cost,
    ).checked()


class ModelJudges:
    """A language model that rates stored steps in each of some ways of asking.

    It remembers each day as it went, but not the scores that stand in the run: those are somebody else's, and would be copied.

    Args:
        persona: of the run.
        asker: who is asked.
        ways: of asking; see :data:`propersim.core.config.RATING_CALLS`.
        steps: of the run, all up to the last one that is rated.
        chosen: what is rated, in the order of the run.
        timestep: of the run, minutes.
    """

    def __init__(self, persona: Persona, asker: Asker, ways: Sequence[str], steps: Sequence[Step], chosen: Chosen, timestep: float) -> None:
        self._judge = Judge(persona)
        self._asker, self._ways, self._steps, self._timestep = asker, tuple(ways), steps, timestep
        self._numbers: dict[int, list[int]] = {}
        for step, number in chosen:
            self._numbers.setdefault(step.index, []).append(number)

    @property
    def moments(self) -> int:
        """At how many steps something is rated."""
        return len(self._numbers)

    def estimates(self) -> dict[str, Estimate]:
        """Return what each way of asking would take at most; nothing is sent."""
        found: dict[str, list[Any]] = {way: [] for way in self._ways}
        for occasion, judges in self._along():
            for way, judge in judges.items():
                found[way] += judge.estimate_requests(occasion.texts, occasion.seen)
        return {way: self._asker.endpoint.estimate(requests) for way, requests in found.items()}

    def rate(self, progress: Callable[[Step, int], None]) -> dict[str, list[Case]]:
        """Return, for each way of asking, what the model says beside what stands in the run.

        Args:
            progress: called after each moment with its step, and how many moments are done.

        Raises:
            Outage: it cannot be had now; what was answered is in the cache, and costs nothing again.
            Unusable: it can never be had.
        """
        cases: dict[str, list[Case]] = {way: [] for way in self._ways}
        for done, (occasion, judges) in enumerate(self._along(), 1):
            for way, judge in judges.items():
                rated = judge.rate_all(occasion.texts, occasion.seen)
                for number, one in zip(occasion.numbers, rated, strict=True):
                    cases[way].append(Case(occasion.step, number, occasion.step.candidates[number].rating, one.rating))
            progress(occasion.step, done)
        return cases

    def _along(self) -> Iterator[tuple[Occasion, dict[str, LlmJudge]]]:
        """Yield each moment, with judges that remember the day up to it."""
        judges = {way: LlmJudge(self._judge, self._asker, way, scores=False) for way in self._ways}
        left, day, number = len(self._numbers), 0, 0
        for step in self._steps:
            if not left:
                return
            number = number + 1 if step.day == day else 0
            day = step.day
            wanted = self._numbers.get(step.index)
            if wanted:
                left -= 1
                seen = Observation(step.day, number, step.minute, step.action, self._timestep, step.clocks, step.moment)
                yield Occasion(step, tuple(wanted), seen), judges
            for judge in judges.values():
                judge.see(step)


def between(one: Sequence[Case], other: Sequence[Case]) -> list[Compared]:
    """Return how far two ways of asking agree about the same candidates."""
    return compare([Case(a.step, a.number, a.other, b.other) for a, b in zip(one, other, strict=True)])
