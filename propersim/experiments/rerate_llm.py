"""Rating of stored steps by a language model, in one or several prompting modes.

The modes are also compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from propersim.core.config import LLM, RATING_CALLS, ROUTINE, RunConfig
from propersim.core.errors import InputError
from propersim.core.interfaces import Situation
from propersim.core.records import Step
from propersim.core.text import did_you_mean
from propersim.experiments.rerate import Case, JudgeComparison, compare
from propersim.llm_client import Estimate, ModelClient
from propersim.persona.model import Persona
from propersim.user.judge import OfflineJudge
from propersim.user.llm.judge import LlmJudge

CandidatesToRate = Sequence[tuple[Step, int]]
"""Candidates to rate again, each as (step, index of the candidate)."""


@dataclass(frozen=True)
class StepToRate:
    """A step with the candidates to rate again.

    Attributes:
        step: the step.
        numbers: indices of the candidates, which are rated together.
        seen: situation at the step.
    """

    step: Step
    numbers: tuple[int, ...]
    seen: Situation

    @property
    def texts(self) -> tuple[str | None, ...]:
        """Texts of the candidates; None is silence."""
        return tuple(self.step.candidates[number].text for number in self.numbers)


def parse_rating_calls(text: str) -> list[str]:
    """Return the modes of a comma separated list for ``--rating-calls``, each once.

    Raises:
        InputError: a mode is not known.
    """
    ways = list(dict.fromkeys(part.strip() for part in text.split(",")))
    for way in ways:
        if way not in RATING_CALLS:
            raise InputError(f"--rating-calls: no {way!r}{did_you_mean(way, RATING_CALLS)}", f"some of {','.join(RATING_CALLS)}")
    return ways


def rating_options(config: RunConfig, *, model: str, base_url: str, price: str, max_cost: float | None) -> RunConfig:
    """Return options with which a model rates the steps of a run.

    Args:
        config: options of the run; they supply what the other arguments leave empty, where the run had a model as its user.
        model: name of the model at its endpoint; "" as in the run.
        base_url: address of the endpoint; "" as in the run.
        price: ``IN,OUT`` in US dollars per million tokens; "" as in the run, if model and address are.
        max_cost: spending limit in US dollars for these ratings alone; None is without limit.

    Raises:
        InputError: no model or endpoint is given, or an option is invalid.
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
    """A language model that rates stored steps in one or several prompting modes.

    Its memory holds each day as it went, without the ratings stored in the run: the model would copy them.

    Args:
        persona: persona of the run.
        model_client: client of the model.
        ways: prompting modes; see :data:`propersim.core.config.RATING_CALLS`.
        steps: steps of the run, at least up to the last one that is rated.
        chosen: candidates to rate, in the order of the run.
        timestep: timestep of the run, in minutes.
    """

    def __init__(
        self,
        persona: Persona,
        model_client: ModelClient,
        ways: Sequence[str],
        steps: Sequence[Step],
        chosen: CandidatesToRate,
        timestep: float,
    ) -> None:
        self._judge = OfflineJudge(persona)
        self._model_client, self._ways, self._steps, self._timestep = model_client, tuple(ways), steps, timestep
        self._numbers: dict[int, list[int]] = {}
        for step, number in chosen:
            self._numbers.setdefault(step.index, []).append(number)

    @property
    def moments(self) -> int:
        """Number of steps with candidates to rate."""
        return len(self._numbers)

    def estimates(self) -> dict[str, Estimate]:
        """Return an upper estimate of the calls of each prompting mode; nothing is sent."""
        requests: dict[str, list[Any]] = {way: [] for way in self._ways}
        for to_rate, judges in self._along():
            for way, judge in judges.items():
                requests[way] += judge.estimate_requests(to_rate.texts, to_rate.seen)
        return {way: self._model_client.endpoint.estimate(asked) for way, asked in requests.items()}

    def rate(self, progress: Callable[[Step, int], None]) -> dict[str, list[Case]]:
        """Return the model's ratings beside the stored ones, by prompting mode.

        Args:
            progress: called after each rated step with the step, and the number of rated steps.

        Raises:
            Outage: a rating is not available now; answers received so far are in the cache, and cost nothing again.
            Unusable: a rating will never be available.
        """
        cases: dict[str, list[Case]] = {way: [] for way in self._ways}
        for done, (to_rate, judges) in enumerate(self._along(), 1):
            for way, judge in judges.items():
                rated = judge.rate_all(to_rate.texts, to_rate.seen)
                for number, result in zip(to_rate.numbers, rated, strict=True):
                    cases[way].append(Case(to_rate.step, number, to_rate.step.candidates[number].rating, result.rating))
            progress(to_rate.step, done)
        return cases

    def _along(self) -> Iterator[tuple[StepToRate, dict[str, LlmJudge]]]:
        """Yield each step to rate, with judges whose memory holds the day up to it."""
        judges = {way: LlmJudge(self._judge, self._model_client, way, scores=False) for way in self._ways}
        left, day, number = len(self._numbers), 0, 0
        for step in self._steps:
            if not left:
                return
            number = number + 1 if step.day == day else 0
            day = step.day
            wanted = self._numbers.get(step.index)
            if wanted:
                left -= 1
                seen = Situation(step.day, number, step.minute, step.action, self._timestep, step.clocks, step.moment)
                yield StepToRate(step, tuple(wanted), seen), judges
            for judge in judges.values():
                judge.observe(step)


def between(one: Sequence[Case], other: Sequence[Case]) -> list[JudgeComparison]:
    """Return the comparison of two prompting modes on the same candidates."""
    return compare([Case(a.step, a.number, a.other, b.other) for a, b in zip(one, other, strict=True)])
