"""Draft a rubric for a person whose other attributes are known.

Imported characters are such persons.

A model is asked only the last of the three steps of :mod:`propersim.persona_generation.generate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import ValidationError

from propersim.core.errors import PersonaError
from propersim.core.text import clean
from propersim.llm_client import ModelClient
from propersim.persona.model import Persona
from propersim.persona.parsing import validation_problems
from propersim.persona_generation.drafting import rubric_data
from propersim.persona_generation.generate import MAX_DESCRIPTION, MAX_RETRIES, GeneratedPersona, UnusablePersona, make_request
from propersim.simulation.persona_check import rubric_warnings

_LIFE = ("lifestyle", "daily_plan")
_NOT_SHOWN = ("id", "voice", "rubric", *_LIFE)


def draft_rubric(data: Mapping[str, Any], model_client: ModelClient) -> GeneratedPersona:
    """Have a model write the rubric of a person.

    Args:
        data: the person as in a persona file, without ``rubric``; the prompts quote it as data.
        model_client: sends the requests to the model.

    Raises:
        PersonaError: the person's days cannot be planned, whatever the rubric.
        UnusablePersona: the rubric is still unusable after ``MAX_RETRIES`` further requests.
        Outage: (of :mod:`propersim.llm_client`) a request gets no answer.
    """
    about = clean(f"{data['name']}, {data['age']}. {data['background']}", limit=MAX_DESCRIPTION)
    answers: dict[str, Any] = {
        "who": {key: value for key, value in data.items() if key not in _NOT_SHOWN},
        "life": {key: data[key] for key in _LIFE},
    }
    answers["rubric"] = model_client.ask(make_request("rubric", about, answers))
    corrected: list[str] = []
    for tries in range(MAX_RETRIES + 1):
        persona, problems = _validate(data, answers["rubric"])
        if persona is not None and not problems:
            return GeneratedPersona(persona, tuple(corrected))
        if tries == MAX_RETRIES:
            break
        corrected += problems
        answers["rubric"] = model_client.ask(make_request("rubric", about, answers, problems, tries + 1))
    lines = "\n".join(f"  {problem}" for problem in problems)
    raise UnusablePersona(
        f"{model_client.model} wrote a rubric that cannot be used, even after {MAX_RETRIES} retries; nothing was written:\n{lines}",
        "try another model, or import the file without --with-llm and write the texts yourself",
    )


def _validate(data: Mapping[str, Any], answer: msgspec.Struct) -> tuple[Persona | None, list[str]]:
    """Return the persona with a model's rubric, and the problems of the rubric.

    The persona is None if the rubric is invalid.
    """
    try:
        persona = Persona.model_validate({**data, "rubric": rubric_data(answer)})
    except ValidationError as error:
        problems = validation_problems(error)
        others = [f"{field}: {message}" for field, message in problems if not field.startswith("rubric")]
        if others:
            raise PersonaError("the person cannot be simulated: " + "; ".join(others)) from error
        return None, [f"{field}: {message}" for field, message in problems]
    return persona, rubric_warnings(persona)
