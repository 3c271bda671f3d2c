"""A whole persona from one line: three steps, each told what the ones before it said, and what was wrong put right."""

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
from propersim.llm_client import Asker, Request
from propersim.persona.model import Persona
from propersim.persona.parsing import validation_problems
from propersim.persona_generation.answer_types import STEPS, answer_types
from propersim.persona_generation.drafting import draft
from propersim.simulation.persona_check import warnings_of

AGAIN = 2
"""Times that a model is asked again because its person was no good."""
_WARMER = 0.7
"""Temperature at which a model is asked again."""
LONGEST = 300
"""Characters of a description."""
_TOKENS = {"who": 1500, "life": 1500, "rubric": 1800}


class UnusablePersona(Resumable):
    """A model answered, but made up nobody who can live here; the message lists every problem."""


@dataclass(frozen=True)
class GeneratedPersona:
    """A persona that a model made up.

    Attributes:
        persona: valid, and with a rubric that can be learned.
        mended: what was wrong with earlier answers, in order.
    """

    persona: Persona
    mended: tuple[str, ...]


def generate_persona(line: str, asker: Asker, identifier: str | None = None) -> GeneratedPersona:
    """Return a persona that fits a description.

    Args:
        line: the description; quoted as data.
        asker: of the model.
        identifier: its id; made of its name where None.

    Raises:
        PersonaError: the description is empty.
        UnusablePersona: what the model made up cannot be used, also after being asked again.
        Outage: (of :mod:`propersim.llm_client`) an answer cannot be had.
    """
    about = clean(line, limit=LONGEST)
    if not about:
        raise PersonaError("--describe: is empty", "say in a line who it is, such as 'retired marine biologist who hates mornings'")
    said: dict[str, Any] = {}
    for step in STEPS:
        said[step] = asker.ask(_request(step, about, said))
    mended: list[str] = []
    for tries in range(AGAIN + 1):
        persona, problems = _judged(identifier, said)
        if persona is not None and not problems:
            return GeneratedPersona(persona, tuple(mended))
        if tries == AGAIN:
            break
        mended += [problem for _, problem in problems]
        # A step is told the steps before it as they are by now.
        for step in STEPS:
            wrong = [problem for place, problem in problems if place == step]
            if wrong:
                said[step] = asker.ask(_request(step, about, said, wrong, tries + 1))
    lines = "\n".join(f"  {problem}" for _, problem in problems)
    hint = "describe the persona otherwise, or try another model; answers are stored, so the same line has the same answer"
    raise UnusablePersona(
        f"{asker.model} made up a persona that cannot be used, also when asked again; nothing was written:\n{lines}", hint
    )


def _request(step: str, about: str, said: Mapping[str, Any], wrong: list[str] | None = None, draw: int = 0) -> Request[Any]:
    """Return the question of a step; one that is asked again is drawn anew, so that another answer can come of it."""
    parts = [prompt(__package__, step), block("description", [data(about)])]
    parts += [block(name, [data(msgspec.to_builtins(said[name]))]) for name in STEPS[: STEPS.index(step)]]
    messages = [{"role": "system", "content": prompt(__package__, "system")}, {"role": "user", "content": "\n\n".join(parts)}]
    if wrong:
        messages.append({"role": "assistant", "content": msgspec.json.encode(said[step]).decode()})
        messages.append({"role": "user", "content": f"{prompt(__package__, 'again')}\n\n{block('wrong', [data(wrong)])}"})
    return Request(
        messages, answer_types()[step], f"invent {step}", max_tokens=_TOKENS[step], temperature=_WARMER if draw else 0.0, draw=draw
    )


def _judged(identifier: str | None, said: Mapping[str, Any]) -> tuple[Persona | None, list[tuple[str, str]]]:
    """Return the persona (None where it is none), and what is wrong with it, each with the step that it comes from."""
    raw = draft(identifier or _named(said["who"].name), said)
    try:
        persona = Persona.model_validate(raw)
    except ValidationError as error:
        return None, [(_step(field), f"{field}: {message}") for field, message in validation_problems(error)]
    # Days and controls draw by id: the question, and so its stored answer, must not hang on the file's name.
    own = persona.model_copy(update={"id": _named(persona.name)})
    try:
        return persona, [("rubric", problem) for problem in warnings_of(own)]
    except PersonaError as error:
        return persona, [("life", f"the days cannot be planned: {clean(error.message)}")]


def _step(field: str) -> str:
    top = re.split(r"[.\[]", field)[0]
    return "rubric" if top == "rubric" else "life" if top in ("lifestyle", "daily_plan") else "who"


def _named(name: str) -> str:
    """Return an id made of a name."""
    return re.sub(r"[^a-z0-9]+", "-", clean(name).lower()).strip("-")[:40].strip("-") or "persona"
