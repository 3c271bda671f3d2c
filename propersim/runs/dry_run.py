"""Estimate the calls, tokens and cost of a run at endpoints, without sending anything.

Stand-ins simulate the first day (the routine plans, the offline judge rates, a control answers), and every question that the run would
send is built and counted. Their content differs from that of the real ones, their number and length hardly do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from propersim.assistant.controls import Control, make_control
from propersim.core.config import LLM, RunConfig
from propersim.core.errors import InputError
from propersim.core.feedback import Feedback
from propersim.core.interfaces import Response, Situation
from propersim.core.records import Candidate, Step
from propersim.persona.drift import load_run_persona
from propersim.runs.factory import assistant_model_client, make_assistant, make_judge, make_planner, make_session, user_model_client
from propersim.runs.validate import checked
from propersim.simulation.simulation import Simulation
from propersim.user.days import MovingPlanner
from propersim.user.judge import OfflineJudge
from propersim.world.floor_plan import choose_world

if TYPE_CHECKING:
    from propersim.assistant.api import ApiAssistant
    from propersim.core.interfaces import PlanStore
    from propersim.llm_client import ModelClient, Request
    from propersim.user.llm.judge import LlmJudge

EXAMPLE = "How about ten quiet minutes with that book that you wanted to go on with?"
"""Stands for suggestions that do not exist yet."""


@dataclass(frozen=True)
class CallEstimate:
    """Estimated calls of one day for one purpose, or of the whole run.

    Attributes:
        purpose: what they are for; ``all`` for the whole run.
        calls: number of calls, without those that the cache answers.
        tokens_in: estimated input tokens.
        tokens_out: most output tokens.
        cost: most dollars; None where the price is unknown.
    """

    purpose: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None

    def times(self, days: int) -> CallEstimate:
        """Return the estimate for a number of such days."""
        cost = None if self.cost is None else self.cost * days
        return CallEstimate(self.purpose, self.calls * days, self.tokens_in * days, self.tokens_out * days, cost)

    def __add__(self, other: CallEstimate) -> CallEstimate:
        """Return the sum of both, with the purpose of the first."""
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        tokens_in, tokens_out = self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out
        return CallEstimate(self.purpose, self.calls + other.calls, tokens_in, tokens_out, cost)


class _CountingJudge:
    """Rate as the offline judge does, and collect the questions that a language model would get."""

    def __init__(self, judge: OfflineJudge, llm: LlmJudge, requests: list[Request[Any]], spoken: int) -> None:
        self._judge, self._llm, self._requests = judge, llm, requests
        self._examples = tuple(f"{EXAMPLE} ({number})" for number in range(1, spoken + 1))

    def rate_all(self, texts: Sequence[str | None], situation: Situation) -> tuple[Candidate, ...]:
        """Rate, and collect the questions for the largest number of candidates."""
        likely = (None, *self._examples) if self._examples else texts
        self._requests += self._llm.estimate_requests(likely, situation)
        return self._judge.rate_all(texts, situation)

    def observe(self, step: Step) -> None:
        """Remember a step."""
        self._llm.observe(step)


class _CountingAssistant(Control):
    """Answer as a control does, and collect the questions that a language model would get."""

    name = "api"

    def __init__(self, control: Any, api: ApiAssistant, requests: list[Request[Any]]) -> None:
        self._control, self._api, self._requests = control, api, requests

    def respond(self, situation: Situation) -> Response:
        """Answer, and collect the question."""
        self._requests.append(self._api.request(situation.observation))
        answer: Response = self._control.respond(situation)
        return answer

    def observe(self, feedback: Feedback) -> None:
        """Remember a step."""
        self._api.observe(feedback)


def estimate_calls(config: RunConfig, kept: PlanStore) -> list[CallEstimate]:
    """Estimate the calls of a run by purpose, without sending any.

    Returns those of its first day, and then those of all its days together (``all``).

    Args:
        config: options of the run.
        kept: plans that are stored and need no call.

    Raises:
        InputError: the options, the persona or the floor plan are invalid, or the run calls no endpoint.
    """
    config = checked(config).resolved()
    if not config.asks_endpoints:
        raise InputError("--dry-run: this run calls no endpoint and costs nothing", "leave it out")
    persona = load_run_persona(config.persona, config.drift, config.drift_to, config.move, config.move_to)
    world = choose_world(config.world, persona.world)
    spoken = _spoken(config)
    rating: list[Request[Any]] = []
    answering: list[Request[Any]] = []
    planning: list[Request[Any]] = []
    days = Simulation(persona, "silent", days=config.days, until=config.until_moment, world=world).days
    # An estimate costs nothing: with a limit, an unknown price would be refused.
    with make_session(msgspec.structs.replace(config, max_cost=None)) as session:

        def rater(judge: OfflineJudge) -> _CountingJudge | None:
            llm: Any = make_judge(config, judge, session)
            return _CountingJudge(judge, llm, rating, spoken) if config.rates_by == LLM else None

        def assistant(judge: OfflineJudge) -> Any:
            control = make_control("random", config.seed, judge)
            api: Any = make_assistant(config, session)(judge) if config.assistant == "api" else None
            return control if api is None else _CountingAssistant(control, api, answering)

        planner: Any = make_planner(config, persona, world, session, kept)
        missing = [day for day in range(1, days + 1) if _of_day(planner, day).kept(day) is None] if config.plans_by == LLM else []
        if missing:
            planning += _of_day(planner, missing[0]).estimate_requests(missing[0])
        until = config.until_moment if days == 1 else None
        first_day = Simulation(
            persona, assistant, seed=config.seed, days=1, timestep=config.timestep, world=world, until=until, rater=rater
        )
        for _ in first_day:
            pass
        rows: list[tuple[CallEstimate, int]] = []
        for requests, model_client, count in (
            (planning, user_model_client, len(missing)),
            (rating, user_model_client, days),
            (answering, assistant_model_client, days),
        ):
            if requests:
                rows += [(row, count) for row in _by_purpose(requests, model_client(config, session))]
    whole = sum((row.times(count) for row, count in rows), CallEstimate("all", 0, 0, 0, 0.0))
    return [*(row for row, _ in rows), replace(whole, purpose="all")]


def _of_day(planner: Any, day: int) -> Any:
    """Return what plans a day: where the user moves, it is another planner from that day on."""
    return planner.of_day(day) if isinstance(planner, MovingPlanner) else planner


def _spoken(config: RunConfig) -> int:
    """Return the largest number of spoken candidates per step; 0 where a control decides."""
    if config.assistant == "api":
        return 1
    if config.assistant != "llama":
        return 0
    if config.learn == "none":
        return 1
    from propersim.models.presets import preset

    return config.n + preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching.recalled


def _by_purpose(requests: Sequence[Request[Any]], model_client: ModelClient) -> list[CallEstimate]:
    rows = []
    for purpose in dict.fromkeys(request.purpose for request in requests):
        sizes = model_client.endpoint.estimate([request for request in requests if request.purpose == purpose])
        rows.append(CallEstimate(purpose, sizes.calls, sizes.tokens_in, sizes.tokens_out, sizes.cost))
    return rows
