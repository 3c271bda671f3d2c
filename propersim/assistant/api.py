"""The assistant that asks a frozen model at an endpoint (paper, section 4.1)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Annotated, Final

import msgspec

from propersim.core.interfaces import Observation, Response
from propersim.core.prompts import block, prompt, quoted
from propersim.core.rng import uniform
from propersim.core.text import MAX_SUGGESTION, clean, well_formed
from propersim.llm_client import ModelClient, NoAnswer, Request
from propersim.llm_client.schema import schema_of
from propersim.memory.assistant_base import SUGGESTION_ATTEMPTS, MemoryAssistant
from propersim.memory.evidence_text import brief
from propersim.memory.memory import Memory
from propersim.memory.state import AssistantState
from propersim.memory.state_text import ROLE, describe, in_place

TEMPERATURE: Final = 0.7
"""Temperature of the answers, above 0 so that suggestions vary between runs."""
MAX_TOKENS: Final = 400
"""Maximum tokens of an answer; reasoning tokens before it count too."""
LONGEST_PERSONA: Final = 6000
"""Maximum characters of the persona in the prompt."""

SYSTEM: Final = f"{ROLE}\n\n{prompt('propersim.assistant', 'say')}"
"""The system message at home, the same in all requests there."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a moment.

    Its bound is far above that of a suggestion: one that is too long is malformed, and a fault of the assistant's.
    """

    # Without descriptions: small models return those as suggestions. The prompt explains the fields.
    speak: bool
    suggestion: Annotated[str, msgspec.Meta(max_length=4000)]


PROMPTS: Final = hashlib.sha256((SYSTEM + schema_of(Said).text).encode()).hexdigest()[:16]
"""Hash of the system message and the answer's schema, recorded with a run."""

EXAMPLE: Final = Said(speak=True, suggestion="(your own words)")


class ApiAssistant(MemoryAssistant):
    """An assistant with a memory whose model is at an endpoint; it does not learn.

    Args:
        model_client: sends the requests.
        memory: the assistant's memory.
        seed: the run's seed.
        persona: description of the user for the prompt (the ablation ``--reveal-persona``); None leaves it out.
    """

    name = "api"

    def __init__(self, model_client: ModelClient, memory: Memory, seed: int, persona: str | None = None) -> None:
        super().__init__(memory)
        self._model_client = model_client
        self._seed = seed
        self._persona = persona

    def respond(self, observation: Observation) -> Response:
        """Ask the model for an answer.

        A malformed suggestion is asked for once more; if that is malformed too, the answer is silence.

        Raises:
            Outage: the endpoint does not answer now, or neither answer follows the schema.
            Unusable: the endpoint cannot answer at all.
        """
        state = self._memory.state(observation)
        return replace(self._answer(state, observation), evidence=brief(state.evidence))

    def _answer(self, state: AssistantState, observation: Observation) -> Response:
        for attempt in range(SUGGESTION_ATTEMPTS):
            try:
                reply = self._model_client.ask(self._request(state, observation, attempt))
            except NoAnswer:
                # Another seed may give a complete answer; without one the step fails, because silence is never made up.
                if attempt == SUGGESTION_ATTEMPTS - 1:
                    raise
                continue
            if not reply.speak:
                return Response((None,), 0, attempt, attempt)
            text = clean(reply.suggestion, limit=MAX_SUGGESTION + 1)
            if len(text) <= MAX_SUGGESTION and well_formed(text):
                return Response((text,), 0, attempt + 1, attempt)
        return Response((None,), 0, SUGGESTION_ATTEMPTS, SUGGESTION_ATTEMPTS)

    def request(self, observation: Observation, attempt: int = 0) -> Request[Said]:
        """Return the request of a step; ``attempt`` counts from 0."""
        return self._request(self._memory.state(observation), observation, attempt)

    def _request(self, state: AssistantState, observation: Observation, attempt: int) -> Request[Said]:
        return Request(
            messages(state, self._persona),
            Said,
            "say",
            max_tokens=MAX_TOKENS,
            temperature=TEMPERATURE,
            seed=int(uniform(self._seed, "content", observation.day, observation.step, 0, attempt) * 2**31),
            draw=attempt,
            example=EXAMPLE,
        )


def messages(state: AssistantState, persona: str | None = None) -> tuple[dict[str, str], ...]:
    """Return the messages of a request.

    The parts that change least come first, so that endpoints can cache them.

    Args:
        state: the assistant's state.
        persona: description of the user; None leaves it out.
    """
    person = f"About this person:\n{block('person', [quoted(persona, limit=LONGEST_PERSONA)])}\n\n" if persona else ""
    return (
        {"role": "system", "content": in_place(SYSTEM, state.activity)},
        {"role": "user", "content": f"{person}{block('state', [describe(state)])}\n\nAnswer now."},
    )
