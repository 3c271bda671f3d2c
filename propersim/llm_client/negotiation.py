"""The line to an endpoint: finds out how it wants to be asked, tries again where that may help, and stays within the limit."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from propersim.core.errors import PropersimError
from propersim.llm_client.cache import Cache, Manners
from propersim.llm_client.costs import FREE, Budget, Price, roughly
from propersim.llm_client.errors import KeyRefused, Outage, Stopped, Unusable
from propersim.llm_client.json_modes import FORMS, Form, Message, in_form
from propersim.llm_client.retry import Patience
from propersim.llm_client.schema import Schema
from propersim.llm_client.transport import Embedded, Fault, Reply, Transport

T = TypeVar("T")

_OMITTED: Final = ("temperature", "seed")
"""What can be left out where an endpoint does not take it."""
_FORM_FAULTS: Final = ("bad", "absent", "server")
_SURE: Final = 2
_TASTE: Final = 16
"""Tokens of a request that only asks whether a form is known."""


@dataclass
class Tally:
    """What one question has taken so far."""

    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    retries: int = 0
    again: int = 0
    requests: int = 0
    guessed: bool = False
    form: str = ""


@dataclass(frozen=True)
class Wording:
    """What is asked.

    Attributes:
        messages: of the chat.
        schema: of the answer.
        max_tokens: of the answer.
        parameters: others, by name.
        told: whether the schema is told in words, too, whatever the form.
    """

    messages: Sequence[Message]
    schema: Schema[Any]
    max_tokens: int
    parameters: dict[str, Any]
    told: bool = False


class Line:
    """Sends wordings to one model at one address, for any number of threads.

    Args:
        transport: to the address.
        model: as the endpoint calls it.
        patience: how long to try again.
        cache: where what is known of the endpoint is remembered; None: nowhere.
        price: None where it is not known.
        budget: None: no limit.
        pause: waits so many seconds; None: waits, but no longer than somebody wants to know.
        clock: seconds, for how long it takes.
        jitter: where chance comes from.
    """

    def __init__(
        self,
        transport: Transport,
        model: str,
        patience: Patience,
        cache: Cache | None,
        price: Price | None,
        budget: Budget | None,
        pause: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        jitter: random.Random | None = None,
    ) -> None:
        self.transport, self.model, self.patience = transport, model, patience
        self.price, self.budget = price, budget
        self._cache, self._pause, self._clock = cache, pause, clock
        # Nothing of a run hangs on when a request is sent again.
        self._jitter = jitter or random.Random()
        self._finding = threading.Lock()
        self._manners: Manners | None = None
        self._plainer = 0

    @property
    def manners(self) -> Manners:
        """What is known of how the endpoint wants to be asked."""
        if self._manners is None:
            known = self._cache.manners(self.transport.base_url, self.model) if self._cache else None
            self._manners = known or Manners()
        return self._manners

    def send(self, wording: Wording, tally: Tally, stop: threading.Event, patience: Patience | None = None) -> Reply:
        """Return what the model says.

        Raises:
            Outage: it cannot be had now, or nobody wants it any more.
            Unusable: it can never be had.
        """
        patience = patience or self.patience
        if self.manners.form is None:
            with self._finding:
                if self.manners.form is None:
                    return self._or_error(self._patiently(lambda: self._find(wording, tally, stop), tally, stop, patience))
        form = self.manners.form
        had = self._patiently(lambda: self._post(form, wording, tally, stop), tally, stop, patience)
        if isinstance(had, Fault) and had.kind in ("bad", "absent") and not had.certain:
            # It may be another server by now, with other forms.
            with self._finding:
                had = self._patiently(lambda: self._find(wording, tally, stop), tally, stop, patience)
        elif isinstance(had, Fault) and had.kind == "server" and not had.certain:
            self._learn(form=None)
        return self._or_error(had)

    def embed(self, text: str, tally: Tally, stop: threading.Event) -> list[float]:
        """Return the vector of a text; raises as :meth:`send`."""
        had = self._patiently(lambda: self._embedded(text, tally, stop), tally, stop, self.patience)
        if isinstance(had, Fault):
            raise self.error_of(had)
        return had.vector

    def _embedded(self, text: str, tally: Tally, stop: threading.Event) -> Embedded:
        if stop.is_set():
            raise Stopped("stopped: nobody wants it any more")
        before = roughly(text)
        price = self.price or FREE
        spending: AbstractContextManager[list[float]] = self.budget.spending(price.of(before, 0)) if self.budget else nullcontext([])
        with spending as paid:
            tally.requests += 1
            try:
                reply = self.transport.embedding({"model": self.model, "input": text})
            except Fault as fault:
                if fault.sent:
                    paid.append(price.of(before, 0))
                raise
            paid.append(price.of(reply.tokens_in, 0))
        tally.tokens_in += reply.tokens_in
        tally.guessed |= reply.guessed
        return reply

    def _patiently(self, send: Callable[[], T], tally: Tally, stop: threading.Event, patience: Patience) -> T | Fault:
        """Return the reply, or the fault after which nothing more was tried."""
        began = self._clock()
        again = 0
        while True:
            try:
                return send()
            except Fault as error:
                fault = error
            again += 1
            wait = patience.wait(again, fault.asked_wait, self._clock() - began, self._jitter) if fault.passing else None
            if wait is None:
                return fault
            tally.retries += 1
            if self._pause is not None:
                self._pause(wait)
            else:
                stop.wait(wait)

    def _find(self, wording: Wording, tally: Tally, stop: threading.Event) -> Reply:
        """Send a wording in the best form that the endpoint takes, and remember which that is.

        A form is not known where it fails and a plainer one does not; whoever fails with 500 is asked once more after that, for
        an outage may be over between two requests. Where the plainest one fails as well, it is no matter of forms.
        """
        failed: list[tuple[Form, Fault]] = []
        for form in FORMS:
            try:
                reply = self._post(form, wording, tally, stop)
            except Fault as fault:
                if fault.kind not in _FORM_FAULTS or fault.certain:
                    raise
                failed.append((form, fault))
                continue
            best: Form | None = form
            for better, why in failed:
                if why.kind == "server":
                    takes = self._takes(better, wording, tally, stop)
                    if takes is not False:
                        best = better if takes else None
                        break
            self._learn(form=best)
            return reply
        raise failed[-1][1]

    def _takes(self, form: Form, wording: Wording, tally: Tally, stop: threading.Event) -> bool | None:
        """Whether the endpoint takes a form; None where it cannot be said now."""
        answered = tally.form
        try:
            self._post(form, dataclasses.replace(wording, max_tokens=_TASTE), tally, stop)
        except Fault as fault:
            return False if fault.kind in _FORM_FAULTS and not fault.certain else None
        except Outage:
            return None  # The limit is reached, or nobody wants it any more: the answer that was had is one all the same.
        finally:
            tally.form = answered
        return True

    def _post(self, form: Form, wording: Wording, tally: Tally, stop: threading.Event) -> Reply:
        """Send a wording in one form; where the endpoint names a parameter that it does not take, without that one."""
        for _ in range(len(_OMITTED) + 1):
            manners = self.manners
            try:
                return self._request(form, wording, tally, stop)
            except Fault as fault:
                # Another thread may have learned the same meanwhile.
                if fault.kind != "bad" or not (self._adapt(fault.parameter) or self.manners is not manners):
                    raise
        return self._request(form, wording, tally, stop)

    def _adapt(self, parameter: str) -> bool:
        """Take note of a parameter that the endpoint does not take; whether there is another way."""
        manners = self.manners
        if parameter == "max_tokens" and manners.limit == "max_tokens":
            self._learn(limit="max_completion_tokens")
        elif parameter in _OMITTED and parameter not in manners.without:
            self._learn(without=(*manners.without, parameter))
        else:
            return False
        return True

    def _request(self, form: Form, wording: Wording, tally: Tally, stop: threading.Event) -> Reply:
        if stop.is_set():
            raise Stopped("stopped: another question failed")
        manners = self.manners
        body = {
            "model": self.model,
            **in_form(form, wording.messages, wording.schema, told=wording.told),
            manners.limit: wording.max_tokens,
        }
        body |= {name: value for name, value in wording.parameters.items() if name not in manners.without}
        tally.form = form
        before = tokens_of(wording.messages, wording.schema)
        if self.budget is None or self.price is None:
            tally.requests += 1
            reply = self.transport.chat(body)
        else:
            with self.budget.spending(self.price.of(before, wording.max_tokens)) as paid:
                tally.requests += 1
                try:
                    reply = self.transport.chat(body)
                except Fault as fault:
                    if fault.sent:
                        # Nobody will tell, but the prompt has probably been read.
                        paid.append(self.price.of(before, 0))
                    raise
                paid.append(self.price.of(reply.tokens_in, reply.tokens_out, reply.tokens_cached))
        tally.tokens_in += reply.tokens_in
        tally.tokens_cached += reply.tokens_cached
        tally.tokens_out += reply.tokens_out
        tally.guessed |= reply.guessed
        return reply

    def answered(self, plain: int) -> None:
        """Take note of how plainly a question had to be put to be answered (:class:`~propersim.llm_client.cache.Manners`).

        Once may be chance, or an outage that is over. Twice in a row, and others are put so plainly from the beginning.
        """
        self._plainer = self._plainer + 1 if plain > self.manners.plain else 0
        if self._plainer >= _SURE:
            self._learn(plain=plain)

    def _learn(self, **changes: Any) -> None:
        self._manners = msgspec.structs.replace(self.manners, **changes)
        if self._cache:
            self._cache.learn(self.transport.base_url, self.model, self._manners)

    def _or_error(self, had: Reply | Fault) -> Reply:
        if isinstance(had, Fault):
            raise self.error_of(had)
        return had

    def error_of(self, fault: Fault) -> PropersimError:
        """Return the error that a fault ends in."""
        where = f"{self.transport.base_url} ({self.model})"
        if fault.kind == "key":
            hint = "set PROPERSIM_API_KEY to a key that is valid and may use this model, then resume"
            return KeyRefused(f"{where} refused the key: {fault.detail}", hint)
        if fault.kind == "quota":
            return Outage(f"{where}: the account has nothing left to spend: {fault.detail}", "top it up, or use another key, then resume")
        if fault.kind == "absent":
            hint = "look at the model's name, and at the address: it usually ends in /v1"
            return Unusable(f"{where}: no such model or address: {fault.detail}", hint)
        if fault.kind == "bad":
            return Unusable(f"{where} takes this request in no form: {fault.detail}", "the message above is the endpoint's own")
        if fault.kind == "rate":
            asks = f"; it asks to wait {fault.asked_wait:.0f} s" if fault.asked_wait is not None else ""
            return Outage(f"{where}: too many requests{asks}: {fault.detail}", "resume later, or with fewer requests at once")
        if fault.kind == "garbled":
            return Outage(
                f"{where} does not answer as such an endpoint does: {fault.detail}", "look at the address: it usually ends in /v1"
            )
        return Outage(f"{where} does not answer: {fault.detail}", "resume when it is back; nothing that was answered is lost")


def tokens_of(messages: Sequence[Message], schema: Schema[Any]) -> int:
    """Return about how many tokens a prompt has, the schema counted."""
    return sum(roughly(m.get("content", "")) + 4 for m in messages) + roughly(schema.text)
