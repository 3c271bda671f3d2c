"""Generation of a whole persona from one line.

A model is asked in three steps; its answers are validated, and it is asked again for what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import ValidationError

from propersim.core.errors import PersonaError, Resumable
from propersim.core.prompts import block, data, prompt
from propersim.core.text import clean
from propersim.llm_client import ModelClient, Request
from propersim.persona.model import Persona
from propersim.persona.parsing import validation_problems
from propersim.persona_generation.answer_types import STEPS, answer_types
from propersim.persona_generation.drafting import persona_data
from propersim.simulation.persona_check import rubric_warnings

MAX_RETRIES = 2
"""Times that a model is asked again because its persona was unusable."""
MAX_DESCRIPTION = 300
"""Maximum length of a description, in characters."""
_RETRY_TEMPERATURE = 0.7
_MAX_TOKENS = {"who": 1500, "life": 1500, "rubric": 1800}


class UnusablePersona(Resumable):
    """A model answered, but its persona cannot be used; the message lists every problem."""


@dataclass(frozen=True)
class GeneratedPersona:
    """A persona that a model wrote.

    Attributes:
        persona: valid, and with a rubric that can be learned.
        corrected: the problems of earlier answers, in order.
    """

    persona: Persona
    corrected: tuple[str, ...]


def generate_persona(description: str, model_client: ModelClient, persona_id: str | None = None) -> GeneratedPersona:
    """Generate a persona that fits a description.

    Args:
        description: one line about the person; the prompts quote it as data.
        model_client: sends the requests to the model.
        persona_id: the id of the persona; None: made from its name.

    Raises:
        PersonaError: the description is empty.
        UnusablePersona: the persona is still unusable after ``MAX_RETRIES`` further requests.
        Outage: (of :mod:`propersim.llm_client`) a request gets no answer.
    """
    about = clean(description, limit=MAX_DESCRIPTION)
    if not about:
        raise PersonaError("--describe: is empty", "describe the person in a line, such as 'retired marine biologist who hates mornings'")
    answers: dict[str, Any] = {}
    for step in STEPS:
        answers[step] = model_client.ask(make_request(step, about, answers))
    corrected: list[str] = []
    for tries in range(MAX_RETRIES + 1):
        persona, problems = _validate(persona_id, answers)
        if persona is not None and not problems:
            return GeneratedPersona(persona, tuple(corrected))
        if tries == MAX_RETRIES:
            break
        corrected += [problem for _, problem in problems]
        # Each step's prompt quotes the current answers of the steps before it.
        for step in STEPS:
            wrong = [problem for place, problem in problems if place == step]
            if wrong:
                answers[step] = model_client.ask(make_request(step, about, answers, wrong, tries + 1))
    lines = "\n".join(f"  {problem}" for _, problem in problems)
    raise UnusablePersona(
        f"{model_client.model} wrote a persona that cannot be used, even after {MAX_RETRIES} retries; nothing was written:\n{lines}",
        "change the description or try another model; answers are cached, so the same description gives the same answers",
    )


def make_request(step: str, about: str, answers: Mapping[str, Any], wrong: list[str] | None = None, draw: int = 0) -> Request[Any]:
    """Return the request of a step; a retry has another draw, so that it can get another answer.

    Args:
        step: one of ``STEPS``.
        about: the description.
        answers: answers of the steps before it, as answers or as plain data, and for a retry that of the step itself.
        wrong: the problems of that answer; None for a first request.
        draw: number of the retry.
    """
    parts = [prompt(__package__, step), block("description", [data(about)])]
    parts += [block(name, [data(msgspec.to_builtins(answers[name]))]) for name in STEPS[: STEPS.index(step)]]
    messages = [{"role": "system", "content": prompt(__package__, "system")}, {"role": "user", "content": "\n\n".join(parts)}]
    if wrong:
        messages.append({"role": "assistant", "content": msgspec.json.encode(answers[step]).decode()})
        messages.append({"role": "user", "content": f"{prompt(__package__, 'again')}\n\n{block('wrong', [data(wrong)])}"})
    return Request(
        messages,
        answer_types()[step],
        f"invent {step}",
        max_tokens=_MAX_TOKENS[step],
        temperature=_RETRY_TEMPERATURE if draw else 0.0,
        draw=draw,
    )


def _validate(persona_id: str | None, answers: Mapping[str, Any]) -> tuple[Persona | None, list[tuple[str, str]]]:
    """Return the persona of the answers, or None if they are invalid, and the problems.

    Each problem has the step that it comes from.
    """
    raw = persona_data(persona_id or _id_from_name(answers["who"].name), answers)
    try:
        persona = Persona.model_validate(raw)
    except ValidationError as error:
        return None, [(_step_of(field), f"{field}: {message}") for field, message in validation_problems(error)]
    # Days and controls are drawn by id: with an id from the file's name, the problems would depend on the file.
    renamed = persona.model_copy(update={"id": _id_from_name(persona.name)})
    try:
        return persona, [("rubric", problem) for problem in rubric_warnings(renamed)]
    except PersonaError as error:
        return persona, [("life", f"the days cannot be planned: {clean(error.message)}")]


def _step_of(field: str) -> str:
    """Return the step whose answer gives a field of the persona."""
    top = re.split(r"[.\[]", field)[0]
    return "rubric" if top == "rubric" else "life" if top in ("lifestyle", "daily_plan") else "who"


def _id_from_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", clean(name).lower()).strip("-")[:40].strip("-") or "persona"
