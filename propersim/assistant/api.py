"""The assistant that is a model at an endpoint: frozen, asked once a step (paper, section 4.1: the same state, the same answer)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec

from propersim.core.interfaces import Answer, Observation
from propersim.core.prompts import block, prompt, quoted
from propersim.core.rng import uniform
from propersim.core.text import MAX_SUGGESTION, clean, well_formed
from propersim.llm_client import Asker, NoAnswer, Request
from propersim.llm_client.schema import schema_of
from propersim.memory.memory import Memory
from propersim.memory.remembering import TRIES, Remembering
from propersim.memory.state import State
from propersim.memory.state_text import ROLE, describe

TEMPERATURE: Final = 0.7
"""Of its answers: suggestions at the same moment of two runs should not be the same words."""
MAX_TOKENS: Final = 400
"""Of an answer; what a model thinks before it counts as well."""
LONGEST_PERSONA: Final = 6000

SYSTEM: Final = f"{ROLE}\n\n{prompt('propersim.assistant', 'say')}"
"""What every question begins with, the same in all of them."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a moment.

    Its bound is far above that of a suggestion: one that is too long is malformed, and a fault of the assistant's.
    """

    # Without descriptions: small models give those for suggestions. What the fields mean is in the prompt.
    speak: bool
    suggestion: Annotated[str, msgspec.Meta(max_length=4000)]


PROMPTS: Final = hashlib.sha256((SYSTEM + schema_of(Said).text).encode()).hexdigest()[:16]
"""Stands for the words of the prompt."""


EXAMPLE: Final = Said(speak=True, suggestion="(your own words)")


class ApiAssistant(Remembering):
    """A model at an endpoint with a memory; it does not learn.

    Args:
        asker: who asks it.
        memory: what it remembers.
        seed: of the run.
        told: who the user is, in words (the ablation ``--reveal-persona``); None tells nothing.
    """

    name = "api"

    def __init__(self, asker: Asker, memory: Memory, seed: int, told: str | None = None) -> None:
        super().__init__(memory)
        self._asker = asker
        self._seed = seed
        self._told = told

    def answer(self, seen: Observation) -> Answer:
        """Ask what to do; once more where a suggestion is malformed, then silence.

        Raises:
            Outage: there is no answer now; also where not even the second one was of the form that was asked for.
            Unusable: there never will be one.
        """
        for attempt in range(TRIES):
            try:
                said = self._asker.ask(self.request(seen, attempt))
            except NoAnswer:
                # With other chances it may find an end; whoever never does is not there, and no silence is made up for it.
                if attempt == TRIES - 1:
                    raise
                continue
            if not said.speak:
                return Answer((None,), 0, attempt, attempt)
            text = clean(said.suggestion, limit=MAX_SUGGESTION + 1)
            if len(text) <= MAX_SUGGESTION and well_formed(text):
                return Answer((text,), 0, attempt + 1, attempt)
        return Answer((None,), 0, TRIES, TRIES)

    def request(self, seen: Observation, attempt: int = 0) -> Request[Said]:
        """Return what is asked at a step, for the first time or again."""
        return Request(
            messages(self._memory.state(seen), self._told),
            Said,
            "say",
            max_tokens=MAX_TOKENS,
            temperature=TEMPERATURE,
            seed=int(uniform(self._seed, "content", seen.day, seen.step, 0, attempt) * 2**31),
            draw=attempt,
            example=EXAMPLE,
        )


def messages(state: State, told: str | None = None) -> tuple[dict[str, str], ...]:
    """Return the question that a moment is: what changes least comes first.

    Args:
        state: of the assistant.
        told: who the user is; None where it is not to know.
    """
    person = f"About this person:\n{block('person', [quoted(told, limit=LONGEST_PERSONA)])}\n\n" if told else ""
    return (
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"{person}{block('state', [describe(state)])}\n\nAnswer now."},
    )
