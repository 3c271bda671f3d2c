"""What a run would ask at endpoints, and what that would cost at most, without asking anything.

The first day is lived by stand-ins (the routine plans, the offline judge rates, a control answers), and the very questions that it
would take are made and counted. What they hold differs from the real ones; how many there are, and how long they are, hardly does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propersim.assistant.controls import make_control
from propersim.core.config import RunConfig
from propersim.core.interfaces import Answer, Observation
from propersim.core.records import Candidate, Step
from propersim.persona.library import load_persona
from propersim.runs.factory import assistant_asker, make_desk, make_planner, make_rater, user_asker
from propersim.runs.validate import checked
from propersim.simulation.simulation import Simulation
from propersim.user.judge import Judge
from propersim.world.home import load_home

if TYPE_CHECKING:
    from propersim.assistant.api import ApiAssistant
    from propersim.core.interfaces import KeptPlans
    from propersim.llm_client import Asker, Request
    from propersim.user.llm.judge import LlmJudge

EXAMPLE = "How about ten quiet minutes with that book that you wanted to go on with?"
"""Stands for suggestions that nobody has made yet."""


@dataclass(frozen=True)
class Foreseen:
    """The questions of one day for one purpose, or of all days for all.

    Attributes:
        purpose: what they are for.
        calls: how many, those left out that are answered by stored answers.
        tokens_in: about.
        tokens_out: at most.
        cost: dollars at most; None where the price is not known.
    """

    purpose: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None

    def times(self, days: int) -> Foreseen:
        """Return the same for so many days."""
        cost = None if self.cost is None else self.cost * days
        return Foreseen(self.purpose, self.calls * days, self.tokens_in * days, self.tokens_out * days, cost)

    def __add__(self, other: Foreseen) -> Foreseen:
        """Return both together, under the first one's purpose."""
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return Foreseen(self.purpose, self.calls + other.calls, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out, cost)


class _Listed:
    """Rates by the offline judge, and notes what a language model would be asked."""

    def __init__(self, judge: Judge, llm: LlmJudge, asked: list[Request[Any]], spoken: int) -> None:
        self._judge, self._llm, self._asked = judge, llm, asked
        self._examples = tuple(f"{EXAMPLE} ({number})" for number in range(1, spoken + 1))

    def rate_all(self, texts: Sequence[str | None], seen: Observation) -> tuple[Candidate, ...]:
        """Rate, and note the questions for as many candidates as there may be."""
        likely = (None, *self._examples) if self._examples else texts
        self._asked += self._llm.estimate_requests(likely, seen)
        return self._judge.rate_all(texts, seen)

    def see(self, step: Step) -> None:
        """Remember a step."""
        self._llm.see(step)


class _Speaking:
    """Answers as a control, and notes what a language model would be asked."""

    name = "api"

    def __init__(self, control: Any, api: ApiAssistant, asked: list[Request[Any]]) -> None:
        self._control, self._api, self._asked = control, api, asked

    def answer(self, seen: Observation) -> Answer:
        """Answer, and note the question."""
        self._asked.append(self._api.request(seen))
        answer: Answer = self._control.answer(seen)
        return answer

    def see(self, step: Step) -> None:
        """Remember a step."""
        self._api.see(step)


def foresee(config: RunConfig, kept: KeptPlans) -> list[Foreseen]:
    """Return what the first day of a run would ask, by purpose, and then all its days together (``all``); nothing is sent.

    Args:
        config: the options of the run.
        kept: days that were planned before, and are not asked for again.

    Raises:
        InputError: the options, the persona or the home are wrong, or nothing is asked at an endpoint.
    """
    from propersim.core.errors import InputError

    config = checked(config).resolved()
    if not config.asks_endpoints:
        raise InputError("--dry-run: nothing in this run is asked at an endpoint, and nothing would cost anything", "leave it out")
    persona = load_persona(config.persona)
    home = load_home(Path(config.world) if config.world else None)
    spoken = _spoken(config)
    rated: list[Request[Any]] = []
    said: list[Request[Any]] = []
    planned: list[Request[Any]] = []
    days = Simulation(persona, "silent", days=config.days, until=config.until_moment, home=home).days
    with make_desk(replace_limit(config)) as desk:

        def rater(judge: Judge) -> _Listed | None:
            llm: Any = make_rater(config, judge, desk)
            return None if llm is None else _Listed(judge, llm, rated, spoken)

        def assistant(judge: Judge) -> Any:
            control = make_control("random", config.seed, judge)
            if config.assistant != "api":
                return control
            from propersim.runs.factory import make_assistant

            made: Any = make_assistant(config, desk)
            return _Speaking(control, made(judge), said)

        planner: Any = make_planner(config, persona, home, desk, kept)
        missing = [] if planner is None else [day for day in range(1, days + 1) if planner.kept(day) is None]
        if missing:
            planned += planner.estimate_requests(missing[0])
        until = config.until_moment if days == 1 else None
        trial = Simulation(persona, assistant, seed=config.seed, days=1, timestep=config.timestep, home=home, until=until, rater=rater)
        for _ in trial:
            pass
        rows: list[tuple[Foreseen, int]] = []
        for requests, asker, count in (
            (planned, user_asker, len(missing)),
            (rated, user_asker, days),
            (said, assistant_asker, days),
        ):
            if requests:
                rows += [(row, count) for row in _counted(requests, asker(config, desk))]
    whole = sum((row.times(count) for row, count in rows), Foreseen("all", 0, 0, 0, 0.0))
    return [*(row for row, _ in rows), replace(whole, purpose="all")]


def replace_limit(config: RunConfig) -> RunConfig:
    """Return the options without a limit: to foresee costs nothing, and no price is needed for it."""
    import msgspec

    return msgspec.structs.replace(config, max_cost=None)


def _spoken(config: RunConfig) -> int:
    """Return how many spoken candidates a step may have at most; 0 where that is what the control says."""
    if config.assistant == "api":
        return 1
    if config.assistant != "llama":
        return 0
    if config.learn == "none":
        return 1
    from propersim.models.presets import preset

    return config.n + preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching.recalled


def _counted(requests: Sequence[Request[Any]], asker: Asker) -> list[Foreseen]:
    found = []
    for purpose in dict.fromkeys(request.purpose for request in requests):
        mine = [request for request in requests if request.purpose == purpose]
        sizes = asker.endpoint.estimate(mine)
        found.append(Foreseen(purpose, sizes.calls, sizes.tokens_in, sizes.tokens_out, sizes.cost))
    return found
