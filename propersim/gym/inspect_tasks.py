"""Inspect AI task: what a model says at moments of simulated users is rated.

``inspect eval propersim/proactive --model MODEL``. Each sample is a moment; the answer is JSON. Scores are the four dimensions of the
offline judge's rating, their sum, and whether a recommendation was made and welcome. With ``-T judge=llm`` a model in the role ``grader``
rates the answer too, by the questions that the user as a language model is asked.

Needs an environment with inspect-ai: ``pip install 'propersim[inspect]'``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, GenerateConfig, ResponseSchema, get_model
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, mean, metric, scorer, stderr
from inspect_ai.solver import TaskState, generate
from inspect_ai.util import JSONSchema

from propersim.core.errors import InputError
from propersim.core.interfaces import Situation
from propersim.core.records import DIMENSIONS, Rating
from propersim.gym.base import check_choice
from propersim.gym.conversation import PLACE, at_moment, moments, suggestion_of
from propersim.llm_client import ModelClient, Request
from propersim.llm_client.schema import schema_of
from propersim.persona.library import persona_ids
from propersim.user.judge import OfflineJudge
from propersim.user.llm.judge import DRAWS, LlmJudge

LATER_DRAWS: Final = 0.7
"""Temperature of a grader that is asked again after an invalid answer."""


@task
def proactive(
    personas: str | list[str] = "all",
    count: int = 64,
    seed: int = 0,
    days: str | int | list[int] = "2,3",
    wanted: float | None = None,
    judge: str = "offline",
) -> Task:
    """Return the task.

    Args:
        personas: ids, names or files, separated by commas; ``all`` are the built-in ones. They take turns.
        count: number of moments.
        seed: seed of the moments.
        days: days of the moments, separated by commas: how long the user has rated an assistant that recommends at random.
        wanted: share of moments at which the oracle would speak; None draws from all moments.
        judge: ``offline``, or ``llm``, which adds the ratings of a model in the role ``grader``.

    Raises:
        InputError: there is no such persona, or a value is out of range.
    """
    check_choice("judge", judge, ("offline", "llm"))
    users = persona_ids() if personas == "all" else _listed(personas)
    try:
        chosen = [int(day) for day in _listed(days)]
    except ValueError as error:
        raise InputError(f"days must be numbers separated by commas, not {days!r}") from error
    rows = moments(users, count, seed=seed, days=chosen, wanted=wanted)
    samples = [_sample(number, row) for number, row in enumerate(rows, 1)]
    return Task(
        dataset=MemoryDataset(samples, name="propersim moments"),
        solver=generate(),
        scorer=[offline_judge(), llm_judge()] if judge == "llm" else [offline_judge()],
        config=GenerateConfig(max_tokens=200),
    )


def _listed(value: object) -> list[str]:
    """Return the parts of an option; Inspect makes a list of what has commas."""
    return [str(one).strip() for one in (value if isinstance(value, list) else str(value).split(","))]


def _sample(number: int, row: dict[str, Any]) -> Sample:
    system, user = (message["content"] for message in row["prompt"])
    told: list[ChatMessage] = [ChatMessageSystem(content=system), ChatMessageUser(content=user)]
    return Sample(input=told, id=number, metadata={name: row[name] for name in PLACE})


@metric
def f1() -> Metric:
    """Return the F1 of recommendations against the moments at which the oracle would speak."""

    def value(scores: list[SampleScore]) -> float:
        found = [one.score.metadata or {} for one in scores]
        welcome = sum(bool(one.get("welcome")) for one in found)
        said, wanted = (sum(bool(one.get(name)) for one in found) for name in ("spoke", "oracle_speaks"))
        return 2 * welcome / (said + wanted) if said + wanted else float("nan")

    return value


_EACH: Final = [mean(), stderr()]
_METRICS: Final[dict[str, list[Metric]]] = {
    **dict.fromkeys(DIMENSIONS, _EACH),
    "score": _EACH,
    "spoke": [mean()],
    "malformed": [mean()],
    "welcome": [f1()],
}


@scorer(metrics=_METRICS)
def offline_judge() -> Scorer:
    """Return the scorer that rates by the persona's rubric; a malformed answer is silence."""

    async def score(state: TaskState, target: Target) -> Score:
        return await asyncio.to_thread(_rated_offline, state.output.completion, {name: state.metadata[name] for name in PLACE})

    return score


@scorer(metrics={**dict.fromkeys(DIMENSIONS, _EACH), "score": _EACH})
def llm_judge() -> Scorer:
    """Return the scorer that asks the model in the role ``grader``; no valid answer, no score."""

    async def score(state: TaskState, target: Target) -> Score:
        said = suggestion_of(state.output.completion) or None
        asked = await asyncio.to_thread(_Questions.at, said, {name: state.metadata[name] for name in PLACE})
        grader = get_model(role="grader")
        for draw in range(DRAWS):
            try:
                asked.client.answers = [await _answer(grader, request, draw) for request in asked.requests]
            except ValueError as error:
                problem = str(error)
            else:
                rating = asked.rating()
                return _score(rating.values, rating.reasons, said, {})
        return Score.unscored(reason="invalid", answer=said or "", explanation=problem)

    return score


def _rated_offline(answer: str, where: dict[str, Any]) -> Score:
    """Return the score of an answer by the offline judge."""
    said = suggestion_of(answer)
    env, _seen = at_moment(**where)
    *_rest, info = env.step(said or "")
    true = info["true"]
    figures = {
        "spoke": bool(said),
        "malformed": said is None,
        "welcome": bool(true["welcome"]),
        "oracle_speaks": bool(true["oracle_speaks"]),
    }
    return _score(true["rating"], true["reasons"], said, figures)


def _score(bits: Iterable[int | None], why: Iterable[str], said: str | None, figures: dict[str, bool]) -> Score:
    """Return a rating as a score, its reasons as the explanation.

    Args:
        bits: the four dimensions.
        why: the reason of each.
        said: the suggestion.
        figures: further facts about the answer.
    """
    values = {name: int(value or 0) for name, value in zip(DIMENSIONS, bits, strict=True)}
    more: dict[str, int] = {name: int(figures[name]) for name in ("spoke", "malformed", "welcome") if name in figures}
    reasons = "\n".join(f"{name} {value}: {reason}" for (name, value), reason in zip(values.items(), why, strict=True) if reason)
    value: dict[str, str | int | float | bool | None] = {**values, "score": sum(values.values()), **more}
    return Score(value=value, answer=said or "", explanation=reasons, metadata=figures)


class _Given:
    """Gives a judge the answers that a grader gave."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def ask_all(self, requests: Sequence[Request[Any]]) -> list[Any]:
        return self.answers


class _Questions:
    """The questions to a grader about an answer at a moment."""

    def __init__(self, judge: LlmJudge, client: _Given, said: str | None, situation: Situation) -> None:
        self._judge, self.client, self._said, self._situation = judge, client, said, situation
        self.requests = judge.estimate_requests([said], situation)

    @classmethod
    def at(cls, said: str | None, where: dict[str, Any]) -> _Questions:
        """Return the questions about what was said at a moment."""
        env, _seen = at_moment(**where)
        client = _Given()
        judge = LlmJudge(OfflineJudge(env.persona), cast(ModelClient, client))
        for step in (*env.spoken_before, *env.today):
            judge.observe(step)
        return cls(judge, client, said, env.situation)

    def rating(self) -> Rating:
        """Return the rating by the answers that the client has."""
        (candidate,) = self._judge.rate_all([self._said], self._situation)
        return candidate.rating


async def _answer(grader: Any, request: Request[Any], draw: int) -> Any:
    """Return a grader's answer.

    Args:
        grader: the model.
        request: the question.
        draw: number of the attempt.

    Raises:
        ValueError: the answer does not follow the schema.
    """
    schema = schema_of(request.kind)
    form = ResponseSchema(name=schema.name, json_schema=JSONSchema.model_validate(schema.json), strict=True)
    config = GenerateConfig(max_tokens=request.max_tokens, temperature=LATER_DRAWS if draw else 0.0, response_schema=form)
    roles = {"system": ChatMessageSystem, "user": ChatMessageUser}
    told: Iterable[ChatMessage] = [roles[one["role"]](content=one["content"]) for one in request.messages]
    output = await grader.generate(list(told), config=config)
    return schema.read(output.completion)
