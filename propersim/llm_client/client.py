"""Client of one model at an OpenAI-compatible endpoint.

It takes messages and a schema, and returns a validated answer and its cost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Self, TypeVar

import msgspec

from propersim.core.errors import InputError, PropersimError
from propersim.llm_client.accounting import Usage
from propersim.llm_client.cache import Cache, CachedAnswer, key_of
from propersim.llm_client.chat_body import tokens_of
from propersim.llm_client.concurrency import run_concurrently
from propersim.llm_client.costs import CHARACTERS_A_TOKEN, Budget, Call, Meter, price_of
from propersim.llm_client.errors import CallCancelled, NoAnswer
from propersim.llm_client.negotiation import Negotiation
from propersim.llm_client.prompt_cuts import RECOMMENDED_CONTEXT, cut_warning
from propersim.llm_client.request import Completion, Estimate, Probe, Request
from propersim.llm_client.retry import RetryPolicy
from propersim.llm_client.schema import schema_of
from propersim.llm_client.secrets import KEY_VARIABLES, read_key
from propersim.llm_client.transport import Transport
from propersim.llm_client.transport_error import TransportError
from propersim.llm_client.url import is_local, normal
from propersim.llm_client.validation import valid_answer

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")

TIMEOUT_S: Final = 120.0
LOCAL_TIMEOUT_S: Final = 600.0
"""Timeout for models on this machine: they are slow, and go on with an abandoned request before they begin the next one."""
AT_ONCE: Final = 8
_PROBE_TOKENS: Final = 64
_LONG_PROMPTS: Final = (3000, 3400)
"""Estimated tokens of the prompts that :meth:`Endpoint.probe` sends: the longest of a run with a shipped persona have 3,000."""


class _Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ready: bool


class Endpoint:
    """One model at one endpoint, usable from any number of threads.

    The key is read from the environment only.

    Args:
        base_url: address such as ``http://127.0.0.1:8080/v1``.
        model: name of the model at the endpoint.
        key_env: environment variables that may hold the key; the first that is set is used, without any a placeholder is sent.
        timeout_s: seconds without any data from the endpoint after which a request fails; None: :data:`TIMEOUT_S`, or
            :data:`LOCAL_TIMEOUT_S` for an address on this machine.
        connect_s: seconds to connect.
        patience: bounds of the retries.
        cache: cache of answers; None: every request is sent.
        price: US dollars per million prompt and completion tokens; None: from prices.yaml, and 0 for an address on this machine.
        budget: the spending limit; None is without limit.
        meter: running totals.
        pause: replaces the wait of so many seconds before a retry, for tests.
        clock: returns the time in seconds, for durations.
        wall: returns seconds since the epoch.
        warn: receives a warning about the endpoint, once; by default it goes to the log.

    Raises:
        InputError: the address, key or price is invalid, or there is a limit but no price.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key_env: Sequence[str] = KEY_VARIABLES,
        timeout_s: float | None = None,
        connect_s: float = 10.0,
        patience: RetryPolicy | None = None,
        cache: Cache | None = None,
        price: tuple[float, float] | None = None,
        budget: Budget | None = None,
        meter: Meter | None = None,
        pause: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.base_url, self.model = normal(base_url), model
        self.price = price_of(self.base_url, model, price)
        if budget is not None and self.price is None:
            raise InputError(
                f"the price of {model} at {self.base_url} is not known, so a spending limit cannot be kept", "give the price, in and out"
            )
        self.cache, self.meter = cache, meter or Meter()
        if timeout_s is None:
            timeout_s = LOCAL_TIMEOUT_S if is_local(self.base_url) else TIMEOUT_S
        transport = Transport(self.base_url, read_key(key_env), timeout_s, connect_s, wall)
        warn = warn or logging.getLogger(__name__).warning
        self._negotiation = Negotiation(transport, model, patience or RetryPolicy(), cache, self.price, budget, pause, clock, warn)
        self._clock, self._wall = clock, wall
        self._lock = threading.Lock()
        self._in_progress: dict[str, Future[Completion[Any]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, but not the cache, which belongs to the caller."""
        self._negotiation.transport.close()

    def ask(self, request: Request[T], stop: threading.Event | None = None) -> Completion[T]:
        """Return a validated answer to a request.

        It comes from the cache, from an identical request in progress, or from a new one.

        Args:
            request: the question.
            stop: set to cancel the call; checked before each request, and while waiting for a retry.

        Raises:
            Outage: the answer is not available now; see :mod:`propersim.llm_client.errors` for its kinds.
            Unusable: the answer will never be available.
        """
        stop = stop or threading.Event()
        draws = [request]
        while draws[-1].draws > 1:
            draws.append(draws[-1].again())
        # The first draw that was ever answered is the answer: a repeated run gets the same one from the cache.
        known = next((draw for draw in draws if len(draws) > 1 and self.cache and self.cache.answer(self.key(draw))), None)
        for draw in draws[:-1] if known is None else ():
            try:
                return self._ask_draw(draw, stop)
            except NoAnswer:
                continue
        return self._ask_draw(known or draws[-1], stop)

    def _ask_draw(self, request: Request[T], stop: threading.Event) -> Completion[T]:
        key = self.key(request)
        while True:
            with self._lock:
                other = self._in_progress.get(key)
                own: Future[Completion[Any]] = Future()
                if other is None:
                    self._in_progress[key] = own
            if other is None:
                return self._ask_first(request, key, own, stop)
            try:
                completion = other.result()
            except CallCancelled:
                if stop.is_set():
                    raise
                continue  # The other call was cancelled, this one was not.
            return Completion(completion.value, self._counted(self._free(request, completion.call.form)))

    def ask_all(
        self, requests: Iterable[Request[T]], at_once: int = AT_ONCE, waiting: Callable[[], None] | None = None
    ) -> list[Completion[T]]:
        """Return the answers to independent requests in their order.

        Args:
            requests: the questions.
            at_once: maximum number of concurrent requests.
            waiting: called a few times a second until all are answered; where it raises, the remaining requests are cancelled.

        Raises:
            Outage: an answer is not available now; the other requests are cancelled. Answers received by then are in the cache.
            Unusable: an answer will never be available; likewise.
        """
        return run_concurrently([partial(self.ask, request) for request in requests], at_once, waiting)

    def embed(self, text: str, waiting: Callable[[], None] | None = None) -> list[float]:
        """Return the vector of a text, which is not cached here.

        Args:
            text: text to embed.
            waiting: called a few times a second until the vector is there; where it raises, the request is cancelled.

        Raises:
            Outage: the vector is not available now.
            Unusable: the vector will never be available.
        """
        return run_concurrently([partial(self._embed, text)], 1, waiting)[0]

    def _embed(self, text: str, stop: threading.Event) -> list[float]:
        usage = Usage(json_mode="embedding")
        request: Request[Any] = Request(({"role": "input", "content": text},), _Ready, "embed")
        return self._recorded(request, usage, lambda: self._negotiation.embed(text, usage, stop))[0]

    def estimate(self, requests: Iterable[Request[Any]]) -> Estimate:
        """Return what some requests would take at most; nothing is sent."""
        fresh: dict[str, Request[Any]] = {}
        total = 0
        for request in requests:
            total += 1
            key = self.key(request)
            if key not in fresh and not (self.cache and self.cache.answer(key)):
                fresh[key] = request
        into = sum(tokens_of(request.messages, schema_of(request.kind)) for request in fresh.values())
        out = sum(request.max_tokens for request in fresh.values())
        return Estimate(len(fresh), total - len(fresh), into, out, self.price.of(into, out) if self.price else None)

    def probe(self) -> Probe:
        """Request the list of models, one small answer, and answers to two long prompts.

        The long prompts have the length of a run's. There are no retries. Errors are returned, not raised.
        """
        names: tuple[str, ...] = ()
        began = self._clock()
        try:
            names = self._negotiation.transport.models()
        except TransportError as error:
            if error.kind in ("connection", "timeout"):
                return Probe(False, False, (), None, self._clock() - began, self._negotiation.error_of(error).message)
        except PropersimError as error:
            return Probe(False, False, (), None, self._clock() - began, error.message)
        began = self._clock()
        messages = ({"role": "user", "content": "Say that you are ready: true."},)
        problem = ""
        try:
            self._ask_model(Request(messages, _Ready, "probe", max_tokens=_PROBE_TOKENS), threading.Event(), RetryPolicy(tries=1))
        except PropersimError as error:
            problem = error.message
        seconds = self._clock() - began
        warning = "" if problem else self._probe_length()
        return Probe(True, not problem, names, self._negotiation.capabilities.json_mode, seconds, problem, warning)

    def _probe_length(self) -> str:
        """Return what prompts as long as those of a run meet; "" where they are read whole.

        Servers that cut prompts report the same number of tokens for two prompts of different lengths.
        """
        for tokens in _LONG_PROMPTS:
            text = "".join(f"{at:02d}:00 the kettle is on, and somebody reads by the window.\n" for at in range(100))
            text = (text * (tokens * CHARACTERS_A_TOKEN // len(text) + 1))[: tokens * CHARACTERS_A_TOKEN]
            messages = ({"role": "user", "content": f"{text}\n\nSay that you are ready: true."},)
            try:
                self._ask_model(Request(messages, _Ready, "probe", max_tokens=_PROBE_TOKENS), threading.Event(), RetryPolicy(tries=1))
            except NoAnswer:
                pass  # Its length alone matters.
            except PropersimError as error:
                return f"{error.message}; {error.hint}" if error.hint else error.message
            limit = self._negotiation.cuts.limit
            if limit is not None:
                return cut_warning(limit, tokens, RECOMMENDED_CONTEXT)
        return ""

    def key(self, request: Request[Any]) -> str:
        """Return the key of a request in the cache.

        It is a hash of address, model, messages, schema and parameters.
        """
        return key_of(
            {
                "base_url": self.base_url,
                "model": self.model,
                "messages": [dict(message) for message in request.messages],
                "schema": schema_of(request.kind).json,
                "parameters": {**request.parameters, "max_tokens": request.max_tokens, "draw": request.draw},
            }
        )

    def _ask_first(self, request: Request[T], key: str, own: Future[Completion[Any]], stop: threading.Event) -> Completion[T]:
        """Return a cached or new answer, and set it as the result of ``own`` for identical requests."""
        try:
            completion = self._cached(request, key)
            if completion is None:
                completion = self._ask_model(request, stop)
                self._keep(key, completion)
        except BaseException as error:
            own.set_exception(error if isinstance(error, Exception) else CallCancelled("interrupted"))
            raise
        else:
            own.set_result(completion)
            return completion
        finally:
            with self._lock:
                self._in_progress.pop(key, None)

    def _keep(self, key: str, completion: Completion[Any]) -> None:
        if self.cache:
            call = completion.call
            details = CachedAnswer(call.tokens_in, call.tokens_out, call.form, call.when)
            self.cache.keep(key, msgspec.json.encode(completion.value).decode(), details)

    def _cached(self, request: Request[T], key: str) -> Completion[T] | None:
        stored = self.cache.answer(key) if self.cache else None
        if stored is None:
            return None
        try:
            value = schema_of(request.kind).read(stored[0])
        except ValueError:
            return None  # Edited by hand: ask again.
        return Completion(value, self._counted(self._free(request, stored[1].form)))

    def _ask_model(self, request: Request[T], stop: threading.Event, patience: RetryPolicy | None = None) -> Completion[T]:
        usage = Usage()
        return Completion(*self._recorded(request, usage, lambda: valid_answer(self._negotiation, request, usage, stop, patience)))

    def _recorded(self, request: Request[Any], usage: Usage, work: Callable[[], R]) -> tuple[R, Call]:
        """Return the result of some work and the record of its call.

        The call is counted also where the work fails after a request.
        """
        began = self._clock()
        try:
            result = work()
        except BaseException as error:
            if usage.requests:
                self._counted(self._record(request, usage, self._clock() - began, type(error).__name__))
            raise
        return result, self._counted(self._record(request, usage, self._clock() - began))

    def _record(self, request: Request[Any], usage: Usage, seconds: float, failed: str = "") -> Call:
        return Call(
            purpose=request.purpose,
            prompt=key_of([dict(message) for message in request.messages]),
            model=self.model,
            tokens_in=usage.tokens_in,
            tokens_cached=usage.tokens_cached,
            tokens_out=usage.tokens_out,
            seconds=seconds,
            retries=usage.retries,
            again=usage.again,
            form=usage.json_mode,
            cached=False,
            cost=self.price.of(usage.tokens_in, usage.tokens_out, usage.tokens_cached) if self.price else None,
            when=datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="seconds"),
            guessed=usage.estimated,
            failed=failed,
        )

    def _free(self, request: Request[Any], form: str) -> Call:
        """Return the record of a call that sent nothing."""
        return msgspec.structs.replace(self._record(request, Usage(json_mode=form), 0.0), cached=True, cost=0.0)

    def _counted(self, call: Call) -> Call:
        self.meter.add(call)
        return call
