"""Where a run asks: its endpoints, what was spent on them, and who is told while an answer is awaited."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

import msgspec

from propersim.llm_client.cache import Cache
from propersim.llm_client.client import Endpoint, Request
from propersim.llm_client.costs import Budget, Call, Meter, Totals

T = TypeVar("T", bound=msgspec.Struct)


class _Ledger(Meter):
    """A meter that keeps every call until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[Call] = []
        self._lock_of_calls = threading.Lock()

    def add(self, call: Call) -> None:
        super().add(call)
        with self._lock_of_calls:
            self._calls.append(call)

    def take(self) -> list[Call]:
        with self._lock_of_calls:
            calls, self._calls = self._calls, []
        return calls


class Asker:
    """One model at one address, asked on behalf of a run.

    Args:
        desk: whose limit it keeps, and who hears of its calls.
        endpoint: that is asked.
    """

    def __init__(self, desk: Desk, endpoint: Endpoint) -> None:
        self._desk = desk
        self.endpoint = endpoint

    @property
    def model(self) -> str:
        """The model, as its endpoint calls it."""
        return self.endpoint.model

    def ask(self, request: Request[T]) -> T:
        """Return the answer to one question; raises as :meth:`ask_all`."""
        return self.ask_all([request])[0]

    def ask_all(self, requests: Sequence[Request[T]]) -> list[T]:
        """Return the answers of independent questions in their order; they are asked at once.

        Raises:
            Outage: one could not be had; never is one made up instead.
            Unusable: one can never be had.
            Stopped: (of :mod:`propersim.runs.runner`) whoever waits for it does not want to any more.
        """
        return [answer.value for answer in self.endpoint.ask_all(requests, waiting=self._desk.waiting)]

    def embed(self, text: str) -> list[float]:
        """Return the vector of a text; raises as :meth:`ask_all`."""
        return self.endpoint.embed(text, waiting=self._desk.waiting)


class Desk:
    """The endpoints of one run, its limit, and its calls.

    Args:
        max_cost: dollars that may be spent in all; None is without limit.
        spent: of them, before.
        cache: of answers; None: every question is sent.
        about: how endpoints are made, besides (for tests): see :class:`Endpoint`.

    Attributes:
        waiting: called a few times a second while an answer is awaited; what it raises calls the questions off.
    """

    def __init__(self, *, max_cost: float | None = None, spent: float = 0.0, cache: Cache | None = None, **about: Any) -> None:
        self._budget = Budget(max_cost, spent) if max_cost is not None else None
        self._cache = cache
        self._about = about
        self._ledger = _Ledger()
        self._askers: dict[tuple[str, str], Asker] = {}
        self.waiting: Callable[[], None] = _nothing

    def asker(self, base_url: str, model: str, price: tuple[float, float] | None = None) -> Asker:
        """Return who asks a model at an address, the same one for the same two.

        Args:
            base_url: of the endpoint.
            model: as the endpoint calls it.
            price: dollars per million tokens in and out; None where the table, or that it is on this machine, says it.

        Raises:
            InputError: address, key or price cannot be, or there is a limit but no price to keep it by.
        """
        known = self._askers.get((base_url, model))
        if known is None:
            endpoint = Endpoint(base_url, model, cache=self._cache, price=price, budget=self._budget, meter=self._ledger, **self._about)
            known = self._askers[base_url, model] = Asker(self, endpoint)
        return known

    @property
    def totals(self) -> Totals:
        """All calls so far, summed."""
        return self._ledger.totals

    def take(self) -> list[Call]:
        """Return the calls since the last time, in the order in which they ended; failed ones as well."""
        return self._ledger.take()

    def close(self) -> None:
        """Close all connections and the cache."""
        for one in self._askers.values():
            one.endpoint.close()
        if self._cache is not None:
            self._cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _nothing() -> None:
    """Nobody waits."""
