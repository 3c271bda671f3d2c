"""Helpers for tests of the judge that asks a language model: scripted answers by schema, judges, and steps of a day."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from propersim.core.interfaces import Situation
from propersim.core.records import Step
from propersim.llm_client import RetryPolicy, Session
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation
from propersim.user.judge import OfflineJudge
from propersim.user.llm.judge import LlmJudge
from tests.llm_client.faulty import Asked, Does, Faulty, says

Decide = Callable[[Asked, str], Any]
"""(request, dotted path of a field) → value of that field in the answer."""


def by_schema(decide: Decide) -> Callable[[Asked], Does]:
    """Return a server response that answers with exactly the fields of the request's schema."""

    def filled(asked: Asked, node: dict[str, Any], at: str) -> Any:
        if node["type"] == "object":
            return {name: filled(asked, inner, f"{at}.{name}".lstrip(".")) for name, inner in node["properties"].items()}
        return decide(asked, at)

    return lambda asked: says(filled(asked, asked.body["response_format"]["json_schema"]["schema"], ""))


def always(**values: int) -> Decide:
    """Answer each question by its name, for any candidate; 1 where it is not named. The reason is the question's name."""

    def decide(asked: Asked, at: str) -> Any:
        name = at.rsplit(".", 1)[-1]
        question = question_of(asked) if name in ("answer", "reason") else name.removesuffix("_reason")
        return f"because of {question}" if name.endswith("reason") else values.get(question, 1)

    return decide


def question_of(asked: Asked) -> str:
    """Return which of the five questions the last line of a request asks."""
    marks = {"you like, while": "preference", "spoken to": "timing", "too often for": "too_often", "too seldom": "too_seldom"}
    last = asked.last_words.rsplit("</candidates>", 1)[1]
    return next((name for mark, name in marks.items() if mark in last), "communication")


@contextmanager
def asking(server: Faulty, mode: str, persona: str = "p04", **about: Any) -> Iterator[LlmJudge]:
    """Yield a judge that asks a server, with one attempt."""
    with Session(patience=RetryPolicy(tries=1), **about) as session:
        yield LlmJudge(OfflineJudge(load_persona(persona)), session.model_client(server.url, "any"), mode)


def day_of(persona: str = "p04", assistant: str = "eager", days: int = 1) -> list[tuple[Step, Situation]]:
    """Return the steps of some days, each with its observation."""
    found: list[tuple[Step, Situation]] = []
    for step in Simulation(load_persona(persona), assistant, days=days):
        found.append((step, Situation(step.day, len(found), step.minute, step.action, 2.5, step.clocks, step.moment)))
    return found


def user_words(requests: Iterable[Any]) -> list[str]:
    """Return the user messages of requests."""
    return [request.messages[1]["content"] for request in requests]


def strings_in(text: str) -> list[str]:
    """Return all JSON strings in a text, decoded, in order."""
    found, at = [], text.find('"')
    while at >= 0:
        value, end = json.JSONDecoder().raw_decode(text, at)
        found.append(value)
        at = text.find('"', end)
    return found
