"""Costs of calls: prices, the record of a call, running totals, and the spending limit."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from propersim.core import safe_yaml
from propersim.core.errors import InputError
from propersim.llm_client.errors import LimitReached
from propersim.llm_client.url import host_of, is_local

CHARACTERS_A_TOKEN = 4
"""Rough average, for estimates and for endpoints that do not report token counts."""


def roughly(text: str) -> int:
    """Return a rough estimate of the tokens of a text."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


@dataclass(frozen=True)
class Price:
    """Price of a model.

    Attributes:
        into: US dollars per million prompt tokens.
        out: US dollars per million completion tokens.
        cached: US dollars per million prompt tokens that the endpoint had cached; None: as ``into``.
    """

    into: float
    out: float
    cached: float | None = None

    def of(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> float:
        """Return the cost in US dollars.

        Args:
            tokens_in: prompt tokens.
            tokens_out: completion tokens.
            tokens_cached: those of ``tokens_in`` that the endpoint had cached.
        """
        cached = min(tokens_cached, tokens_in)
        rate = self.into if self.cached is None else self.cached
        return ((tokens_in - cached) * self.into + cached * rate + tokens_out * self.out) / 1e6


FREE = Price(0.0, 0.0)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = safe_yaml.load(files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8"))
    return table


def price_of(base_url: str, model: str, given: tuple[float, float] | None = None) -> Price | None:
    """Return the price of a model at an endpoint, or None where it is not known.

    Args:
        base_url: address of the endpoint; models on this machine cost nothing.
        model: name of the model at the endpoint.
        given: US dollars per million prompt and completion tokens; overrides prices.yaml.

    Raises:
        InputError: the given price is negative or not finite.
    """
    if given is not None:
        if not all(0 <= dollars < float("inf") for dollars in given):
            raise InputError("a price is two numbers from 0 up: dollars per million tokens in and out", "such as 0.15 and 0.60")
        return Price(float(given[0]), float(given[1]))
    if is_local(base_url):
        return FREE
    known = _table()["hosts"].get(host_of(base_url), {})
    row = known.get(model) or known.get(re.sub(r"-(\d{8}|\d{4}-\d\d-\d\d)$", "", model))
    return Price(row["in"], row["out"], row.get("cached")) if row else None


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Record of one call: a question with all the requests that it took.

    Attributes:
        purpose: purpose of the call, in the caller's words.
        prompt: sha256 of the messages, hexadecimal.
        model: name of the model at the endpoint.
        tokens_in: prompt tokens; 0 for a cached call.
        tokens_cached: prompt tokens that the endpoint had cached.
        tokens_out: completion tokens.
        seconds: seconds from the question to the answer, waits included.
        retries: requests sent again because of a transport error or a truncated completion.
        again: times the model was asked again because its answer was invalid.
        form: JSON mode of the last request.
        cached: whether the answer came from the cache on disk, or from an identical question in progress.
        cost: US dollars; None where the price is not known.
        when: time of the answer, UTC, ISO 8601.
        guessed: whether some token counts are an estimate, because the endpoint did not report them.
        failed: class name of the error that ended the call; "" where it was answered.
    """

    purpose: str
    prompt: str
    model: str
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    seconds: float
    retries: int
    again: int
    form: str
    cached: bool
    cost: float | None
    when: str
    guessed: bool = False
    failed: str = ""


@dataclass(frozen=True)
class Totals:
    """Running totals of calls.

    ``cost`` (US dollars) sums the known costs, ``unpriced`` counts the calls without one.
    """

    calls: int = 0
    cached: int = 0
    failed: int = 0
    retries: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    unpriced: int = 0


class Meter:
    """Sums calls up; usable from any number of threads.

    Args:
        progress: called with the totals after each call, by one thread at a time; must return quickly.
    """

    def __init__(self, progress: Callable[[Totals], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._progress = progress
        self.totals = Totals()

    def add(self, call: Call) -> None:
        """Add a call to the totals."""
        with self._lock:
            old = self.totals
            self.totals = replace(
                old,
                calls=old.calls + 1,
                cached=old.cached + call.cached,
                failed=old.failed + bool(call.failed),
                retries=old.retries + call.retries,
                tokens_in=old.tokens_in + call.tokens_in,
                tokens_cached=old.tokens_cached + call.tokens_cached,
                tokens_out=old.tokens_out + call.tokens_out,
                cost=old.cost + (call.cost or 0.0),
                unpriced=old.unpriced + (call.cost is None),
            )
            if self._progress:
                self._progress(self.totals)


class Budget:
    """Spending limit in US dollars, shared by any number of threads and endpoints.

    Each request first reserves the most that it is likely to cost. A request that would exceed the limit is not sent: it waits
    while requests in progress may turn out cheaper than their reservations.

    Args:
        max_cost: limit in US dollars.
        spent: US dollars spent before.

    Raises:
        InputError: the limit is negative or not finite.
    """

    def __init__(self, max_cost: float, spent: float = 0.0) -> None:
        if not 0 <= max_cost < float("inf"):
            raise InputError("the spending limit must be a number of dollars from 0 up")
        self.max_cost = max_cost
        self._settled = threading.Condition()
        self._spent = spent
        self._reserved = 0.0
        self._in_progress = 0

    @property
    def spent(self) -> float:
        """US dollars spent so far."""
        return self._spent

    @contextmanager
    def spending(self, most: float) -> Iterator[list[float]]:
        """Reserve ``most`` US dollars for a request within the spending limit.

        Yields a list to which the caller appends the request's real cost.

        Raises:
            LimitReached: less than that is left.
        """
        # A small tolerance for sums of floats.
        limit = self.max_cost * (1 + 1e-9)
        with self._settled:
            while self._reserved and self._spent + most <= limit < self._spent + self._reserved + most:
                self._settled.wait()
            if self._spent + most > limit:
                raise LimitReached(
                    f"the limit of ${self.max_cost:.2f} is reached: ${self._spent:.4f} spent, and the next request may cost ${most:.4f}",
                    "give a higher limit; all answers received so far are kept and cost nothing again",
                )
            self._reserved += most
            self._in_progress += 1
        paid: list[float] = []
        try:
            yield paid
        finally:
            with self._settled:
                self._in_progress -= 1
                # Sums of floats do not return to exactly 0 by themselves.
                self._reserved = self._reserved - most if self._in_progress else 0.0
                self._spent += sum(paid)
                self._settled.notify_all()
