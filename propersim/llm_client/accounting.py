"""Requests within the spending limit.

What each call used is counted, and the limit is checked before anything is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from propersim.llm_client.costs import FREE, Budget, Price
from propersim.llm_client.errors import CallCancelled
from propersim.llm_client.transport import Embedding, Reply, Transport
from propersim.llm_client.transport_error import TransportError

R = TypeVar("R", Reply, Embedding)


@dataclass
class Usage:
    """Running counts of one call, all its requests together.

    Attributes:
        tokens_in: prompt tokens.
        tokens_cached: prompt tokens that the endpoint had cached.
        tokens_out: completion tokens.
        retries: requests sent again after a transport error, or with a higher token limit.
        again: times the model was asked again because its answer was invalid.
        requests: requests sent.
        estimated: whether some token counts are an estimate.
        json_mode: JSON mode of the last request; ``embedding`` where a vector was asked for.
    """

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    retries: int = 0
    again: int = 0
    requests: int = 0
    estimated: bool = False
    json_mode: str = ""

    def count_retry(self) -> None:
        """Count a request that is sent again."""
        self.retries += 1

    def add(self, reply: Reply | Embedding) -> None:
        """Add the tokens of a reply."""
        self.tokens_in += reply.tokens_in
        self.tokens_cached += reply.tokens_cached
        self.tokens_out += reply.tokens_out
        self.estimated |= reply.estimated


class AccountedTransport:
    """A transport that counts usage and keeps to a budget.

    Args:
        transport: sends the requests.
        price: price of the model; None where it is not known.
        budget: the limit; None is without limit.
    """

    def __init__(self, transport: Transport, price: Price | None, budget: Budget | None) -> None:
        self._transport, self._price, self._budget = transport, price, budget

    def chat(self, body: dict[str, Any], usage: Usage, cancelled: threading.Event, tokens_in: int, tokens_out: int) -> Reply:
        """Return the completion of a chat.

        Args:
            body: body of the request.
            usage: counts that the request is added to.
            cancelled: set where the answer is no longer wanted.
            tokens_in: estimated prompt tokens, for the budget.
            tokens_out: maximum completion tokens, for the budget.

        Raises:
            TransportError: there is no completion.
            CallCancelled: the call was cancelled before the request.
            LimitReached: the request may exceed the budget; it was not sent.
        """
        return self._within_budget(lambda: self._transport.chat(body), usage, cancelled, tokens_in, tokens_out)

    def embedding(self, body: dict[str, Any], usage: Usage, cancelled: threading.Event, tokens_in: int) -> Embedding:
        """Return the vector of a text; raises as :meth:`chat`.

        Args:
            body: body of the request.
            usage: counts that the request is added to.
            cancelled: set where the vector is no longer wanted.
            tokens_in: estimated tokens of the text, for the budget.
        """
        return self._within_budget(lambda: self._transport.embedding(body), usage, cancelled, tokens_in, 0)

    def _within_budget(self, send: Callable[[], R], usage: Usage, cancelled: threading.Event, tokens_in: int, tokens_out: int) -> R:
        if cancelled.is_set():
            raise CallCancelled("the call was cancelled", "ask again; all answers received so far are kept")
        price = self._price or FREE
        most = price.of(tokens_in, tokens_out)
        reservation: AbstractContextManager[list[float]] = self._budget.spending(most) if self._budget else nullcontext([])
        with reservation as paid:
            usage.requests += 1
            try:
                reply = send()
            except TransportError as error:
                if error.billed:
                    # The endpoint does not report it, but it has probably read the prompt.
                    paid.append(price.of(tokens_in, 0))
                raise
            paid.append(price.of(reply.tokens_in, reply.tokens_out, reply.tokens_cached))
        usage.add(reply)
        return reply
