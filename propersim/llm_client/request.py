"""Data types of a call: request, completion, cost estimate, and result of a probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import msgspec

from propersim.llm_client.costs import Call
from propersim.llm_client.json_modes import JsonMode, Message

T = TypeVar("T", bound=msgspec.Struct)

LEAST_TEMPERATURE: Final = 0.7
"""Least temperature of a further draw: at 0 a model would give the same answer again."""
_SEEDS: Final = 1 << 31


@dataclass(frozen=True)
class Request(Generic[T]):
    """A question to a model, with the type of its answer.

    Attributes:
        messages: messages of the chat, each with ``role`` and ``content``.
        kind: msgspec type of the answer; see :func:`propersim.llm_client.schema.schema_of` for what it may hold.
        purpose: purpose of the call, for its record.
        max_tokens: limit of completion tokens.
        temperature: sampling temperature.
        seed: sampling seed; None: none is sent.
        draw: number of the draw, where the same question is to be answered more than once: each draw is cached for itself.
        draws: how many draws to try while the answer is invalid: at the same temperature and seed a model says the same again, and a
            resumed run would fail at the same question.
        example: an answer with placeholders such as "(your own words)", shown as a last resort to a model that ignores the schema.
            Its values must not influence the answer: never give one for ratings.
    """

    messages: Sequence[Message]
    kind: type[T]
    purpose: str
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int | None = None
    draw: int = 0
    draws: int = 1
    example: T | None = None

    def again(self) -> Request[T]:
        """Return the next draw of the same question."""
        seed = None if self.seed is None else (self.seed + 1) % _SEEDS
        temperature = max(self.temperature, LEAST_TEMPERATURE)
        return replace(self, draw=self.draw + 1, draws=self.draws - 1, seed=seed, temperature=temperature)

    @property
    def parameters(self) -> dict[str, Any]:
        """Sampling parameters of the request's body."""
        return {"temperature": self.temperature} | ({} if self.seed is None else {"seed": self.seed})


@dataclass(frozen=True)
class Completion(Generic[T]):
    """A validated answer, and the record of the call that gave it."""

    value: T
    call: Call


@dataclass(frozen=True)
class Estimate:
    """Upper estimate of what some requests would take; cached answers are left out.

    Attributes:
        calls: calls to send.
        cached: requests that are in the cache, or repeated.
        tokens_in: estimated prompt tokens.
        tokens_out: maximum completion tokens, if no model has to be asked again.
        cost: US dollars; None where the price is not known.
    """

    calls: int
    cached: int
    tokens_in: int
    tokens_out: int
    cost: float | None


@dataclass(frozen=True)
class Probe:
    """Result of probing an endpoint.

    Attributes:
        reachable: whether the endpoint answers at all.
        usable: whether the model answers a small question.
        models: names of the models that the endpoint lists; empty where it has no list.
        form: best JSON mode that the endpoint supports.
        seconds: that the small question took.
        problem: description of the error; "" where the model is usable.
        warning: what long prompts meet: the server cuts them, or has no room for them; "" where they are read whole.
    """

    reachable: bool
    usable: bool
    models: tuple[str, ...]
    form: JsonMode | None
    seconds: float
    problem: str
    warning: str = ""
