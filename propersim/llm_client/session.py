"""Session of a run: its endpoints, their spending limit and the record of their calls.

It also calls back while answers are awaited.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

import msgspec

from propersim.llm_client.cache import Cache
from propersim.llm_client.client import Endpoint
from propersim.llm_client.costs import Budget, Call, Meter, Totals
from propersim.llm_client.request import Request

T = TypeVar("T", bound=msgspec.Struct)


class _CallLog(Meter):
    """A meter that keeps every call until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[Call] = []
        self._calls_lock = threading.Lock()

    def add(self, call: Call) -> None:
        super().add(call)
        with self._calls_lock:
            self._calls.append(call)

    def take(self) -> list[Call]:
        with self._calls_lock:
            calls, self._calls = self._calls, []
        return calls


class ModelClient:
    """Client of one model within a session.

    Args:
        session: holds the spending limit and the callback.
        endpoint: the model's endpoint.
    """

    def __init__(self, session: Session, endpoint: Endpoint) -> None:
        self._session = session
        self.endpoint = endpoint

    @property
    def model(self) -> str:
        """The name of the model at its endpoint."""
        return self.endpoint.model

    @property
    def base_url(self) -> str:
        """The address of the endpoint."""
        return self.endpoint.base_url

    def ask(self, request: Request[T]) -> T:
        """Return the answer to one request; raises as :meth:`ask_all`."""
        return self.ask_all([request])[0]

    def ask_all(self, requests: Sequence[Request[T]]) -> list[T]:
        """Return the answers to independent requests, in the order of the requests.

        The requests are sent concurrently.

        Raises:
            Outage: an answer is not available now; answers are never made up.
            Unusable: an answer will never be available.
            Exception: whatever the session's callback ``waiting`` raises to cancel the requests.
        """
        return [completion.value for completion in self.endpoint.ask_all(requests, waiting=self._session.waiting)]

    def embed(self, text: str) -> list[float]:
        """Return the vector of a text; raises as :meth:`ask_all`."""
        return self.endpoint.embed(text, waiting=self._session.waiting)


class Session:
    """The endpoints of one run, their spending limit, and the record of their calls.

    Args:
        max_cost: US dollars that may be spent in all; None is without limit.
        spent: US dollars spent before.
        cache: cache of answers; None: every request is sent.
        **about: further arguments of :class:`~propersim.llm_client.client.Endpoint`, for tests.

    Attributes:
        waiting: callback that is called a few times a second while answers are awaited; where it raises, the requests are cancelled.
    """

    def __init__(self, *, max_cost: float | None = None, spent: float = 0.0, cache: Cache | None = None, **about: Any) -> None:
        self._budget = Budget(max_cost, spent) if max_cost is not None else None
        self._cache = cache
        self._about = about
        self._log = _CallLog()
        self._warnings: list[str] = []
        self._model_clients: dict[tuple[str, str], ModelClient] = {}
        self.waiting: Callable[[], None] = lambda: None

    def model_client(self, base_url: str, model: str, price: tuple[float, float] | None = None) -> ModelClient:
        """Return the client of a model at an address, always the same one for the same two.

        Args:
            base_url: address of the endpoint.
            model: name of the model at the endpoint.
            price: US dollars per million prompt and completion tokens; None: from prices.yaml, and 0 for an address on this machine.

        Raises:
            InputError: the address, key or price is invalid, or there is a limit but no price.
        """
        known = self._model_clients.get((base_url, model))
        if known is None:
            about = {"warn": self._warn, **self._about}
            endpoint = Endpoint(base_url, model, cache=self._cache, price=price, budget=self._budget, meter=self._log, **about)
            known = self._model_clients[base_url, model] = ModelClient(self, endpoint)
        return known

    @property
    def totals(self) -> Totals:
        """The totals of all calls so far."""
        return self._log.totals

    def take(self) -> list[Call]:
        """Return the calls since the last time, in the order in which they ended.

        Failed calls are included.
        """
        return self._log.take()

    def take_warnings(self) -> list[str]:
        """Return the warnings about endpoints since the last time; each endpoint gives one at most."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def _warn(self, text: str) -> None:
        logging.getLogger(__name__).warning("warning: %s", text)
        self._warnings.append(text)

    def close(self) -> None:
        """Close all connections and the cache."""
        for client in self._model_clients.values():
            client.endpoint.close()
        if self._cache is not None:
            self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
