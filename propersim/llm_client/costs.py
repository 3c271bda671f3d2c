"""What calls cost: prices, the record of a call, running totals, and a limit."""

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
"""Roughly, for estimates and where an endpoint does not say what it used."""


def roughly(text: str) -> int:
    """Return about how many tokens a text has."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens; ``cached`` is for those of the prompt that the endpoint had cached."""

    into: float
    out: float
    cached: float | None = None

    def of(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> float:
        """Return the dollars of so many tokens; the cached ones are among those that went in."""
        cached = min(tokens_cached, tokens_in)
        rate = self.into if self.cached is None else self.cached
        return ((tokens_in - cached) * self.into + cached * rate + tokens_out * self.out) / 1e6


FREE = Price(0.0, 0.0)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = safe_yaml.load(files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8"))
    return table


def price_of(base_url: str, model: str, given: tuple[float, float] | None = None) -> Price | None:
    """Return the price of a model at an address, or None where it is not known.

    Args:
        base_url: a local one costs nothing.
        model: as the endpoint calls it.
        given: dollars per million tokens in and out; wins over all else.

    Raises:
        InputError: a given price is negative, or no number.
    """
    if given is not None:
        if not all(0 <= one < float("inf") for one in given):
            raise InputError("a price is two numbers from 0 up: dollars per million tokens in and out", "such as 0.15 and 0.60")
        return Price(float(given[0]), float(given[1]))
    if is_local(base_url):
        return FREE
    known = _table()["hosts"].get(host_of(base_url), {})
    row = known.get(model) or known.get(re.sub(r"-(\d{8}|\d{4}-\d\d-\d\d)$", "", model))
    return Price(row["in"], row["out"], row.get("cached")) if row else None


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What was spent on one question, all requests for it counted.

    Attributes:
        purpose: what it was for, in the caller's words.
        prompt: sha256 of the messages, hexadecimal.
        model: as the endpoint calls it.
        tokens_in: of the prompts; a cached call has none.
        tokens_cached: of them, those that the endpoint had cached.
        tokens_out: of the answers.
        seconds: from the question to the answer, waiting included.
        retries: requests sent again because of a fault on the way, or because the answer was cut off.
        again: times the model was asked again because its answer was no good.
        form: the form of JSON in which it was asked.
        cached: whether the answer came from the cache on disk, or from an identical question under way.
        cost: dollars; None where the price is not known.
        when: time of the answer, UTC, ISO 8601.
        guessed: whether some tokens are an estimate, because the endpoint did not say.
        failed: the kind of error that it ended in; "" where it was answered.
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
    """Running totals. ``cost`` sums what is known; ``unpriced`` counts the calls of which it is not."""

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
    """Running totals of calls, for any number of threads.

    Args:
        progress: called with the totals after each call, one thread at a time; it should be quick.
    """

    def __init__(self, progress: Callable[[Totals], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._progress = progress
        self.totals = Totals()

    def add(self, call: Call) -> None:
        """Count a call."""
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
    """A limit of what is spent, in dollars, for any number of threads and endpoints.

    Before each request the most that it is likely to cost is set aside. One that would go beyond the limit is not sent: it waits
    while others that are under way may turn out cheaper than what was set aside for them.

    Args:
        max_cost: dollars.
        spent: of them, before.
    """

    def __init__(self, max_cost: float, spent: float = 0.0) -> None:
        if not 0 <= max_cost < float("inf"):
            raise InputError("the limit of what may be spent is a number of dollars from 0 up")
        self.max_cost = max_cost
        self._settled = threading.Condition()
        self._spent = spent
        self._aside = 0.0
        self._under_way = 0

    @property
    def spent(self) -> float:
        """Dollars spent so far."""
        return self._spent

    @contextmanager
    def spending(self, most: float) -> Iterator[list[float]]:
        """Set ``most`` dollars aside for a request; the list that it gives takes what it did cost.

        Raises:
            LimitReached: there is not so much left.
        """
        # A hair's breadth more, for sums of floats.
        limit = self.max_cost * (1 + 1e-9)
        with self._settled:
            while self._aside and self._spent + most <= limit < self._spent + self._aside + most:
                self._settled.wait()
            if self._spent + most > limit:
                raise LimitReached(
                    f"the limit of ${self.max_cost:.2f} is reached: ${self._spent:.4f} spent, and the next request may cost ${most:.4f}",
                    "resume with a higher limit; answers had so far are kept and cost nothing again",
                )
            self._aside += most
            self._under_way += 1
        paid: list[float] = []
        try:
            yield paid
        finally:
            with self._settled:
                self._under_way -= 1
                # Sums of floats do not come back to nothing by themselves.
                self._aside = self._aside - most if self._under_way else 0.0
                self._spent += sum(paid)
                self._settled.notify_all()
