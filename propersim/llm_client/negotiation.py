"""Negotiation with an endpoint: its JSON mode, and the parameters that it rejects.

Failed requests are retried.
"""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from propersim.core.errors import PropersimError
from propersim.llm_client.accounting import AccountedTransport, Usage
from propersim.llm_client.cache import Cache, Capabilities
from propersim.llm_client.chat_body import Prompt, body_of, names_left_out, simpler, without_named
from propersim.llm_client.costs import CHARACTERS_A_TOKEN, Budget, Price, roughly
from propersim.llm_client.error_kinds import LIMITS, OPTIONAL
from propersim.llm_client.errors import Outage, PromptCut
from propersim.llm_client.json_modes import JSON_MODES, JsonMode
from propersim.llm_client.prompt_cuts import PromptCuts, context_needed, cut_warning, enough_context, is_far_below, is_unseen
from propersim.llm_client.retry import RetryPolicy
from propersim.llm_client.transport import Reply, Transport
from propersim.llm_client.transport_error import TransportError, final_error

T = TypeVar("T")

_MODE_ERRORS: Final = ("bad", "absent", "server")
"""Kinds of errors by which endpoints reject a JSON mode."""
_CONFIRMATIONS: Final = 2
"""Calls in a row that must need more guidance before later ones begin with it."""
_TEST_TOKENS: Final = 16
"""Token limit of a request that only tests a JSON mode."""
_ROUNDS: Final = len(OPTIONAL) + 1
"""Most requests in one JSON mode, each without one more parameter."""


class _Trial:
    """The capabilities by which one prompt is sent.

    They are the known ones, without what the endpoint rejected meanwhile.
    They are remembered only once a request was answered: an error may name a parameter by chance.
    """

    def __init__(self, known: Capabilities) -> None:
        self.base = self.known = known
        self.simplified = False
        self.failed: list[tuple[JsonMode, TransportError]] = []
        """The modes that failed in the first round, where all did with an error of the server."""


class Negotiation:
    """Sends prompts to one model at one endpoint in a way that the endpoint supports.

    Usable from any number of threads.

    Args:
        transport: transport of the endpoint.
        model: name of the model at the endpoint.
        patience: bounds of the retries.
        cache: where capabilities are stored; None: nowhere.
        price: price of the model; None where it is not known.
        budget: the spending limit; None is without limit.
        pause: replaces the wait before a retry, for tests; None: waits, and returns early where the call is cancelled.
        clock: returns the time in seconds.
        warn: receives a warning about the endpoint, once.
    """

    def __init__(
        self,
        transport: Transport,
        model: str,
        patience: RetryPolicy,
        cache: Cache | None,
        price: Price | None,
        budget: Budget | None,
        pause: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        warn: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.transport, self.model, self.patience = transport, model, patience
        self.cuts, self._warn = PromptCuts(), warn
        self._accounted = AccountedTransport(transport, price, budget)
        self._cache, self._pause, self._clock = cache, pause, clock
        self._negotiating, self._checking_cuts = threading.Lock(), threading.Lock()
        self._capabilities: Capabilities | None = None
        self._calls_with_more_guidance = 0

    @property
    def capabilities(self) -> Capabilities:
        """The endpoint's capabilities as far as they are known."""
        if self._capabilities is None:
            stored = self._cache.capabilities(self.transport.base_url, self.model) if self._cache else None
            self._capabilities = stored or Capabilities()
        return self._capabilities

    def send(self, prompt: Prompt, usage: Usage, cancelled: threading.Event, patience: RetryPolicy | None = None) -> Reply:
        """Return the model's reply to a prompt.

        Args:
            prompt: prompt to send.
            usage: counts that all requests are added to.
            cancelled: set where the reply is no longer wanted.
            patience: bounds of the retries, if not those of this object.

        Raises:
            Outage: the reply is not available now, or the call was cancelled.
            Unusable: the reply will never be available.
        """
        patience = patience or self.patience
        trial = _Trial(self.capabilities)

        def negotiate() -> Reply | TransportError:
            return self._retried(lambda: self._negotiate(prompt, trial, usage, cancelled), usage, cancelled, patience)

        if self.capabilities.json_mode is None:
            with self._negotiating:
                if self.capabilities.json_mode is None:
                    return self._or_final_error(negotiate(), prompt)
        mode = self.capabilities.json_mode
        result = self._retried(lambda: self._post(mode, prompt, trial, usage, cancelled), usage, cancelled, patience)
        if isinstance(result, TransportError) and result.kind in ("bad", "absent") and not result.certain:
            # The server behind the address may have changed, and support other modes.
            with self._negotiating:
                result = negotiate()
        elif isinstance(result, TransportError) and result.kind == "server" and not result.certain:
            self._learn(json_mode=None)
        return self._or_final_error(result, prompt)

    def embed(self, text: str, usage: Usage, cancelled: threading.Event) -> list[float]:
        """Return the vector of a text.

        Args:
            text: text to embed.
            usage: counts that all requests are added to.
            cancelled: set where the vector is no longer wanted.

        Raises:
            Outage: the vector is not available now, or the call was cancelled.
            Unusable: the vector will never be available.
        """
        body = {"model": self.model, "input": text}
        tokens = roughly(text)
        result = self._retried(lambda: self._accounted.embedding(body, usage, cancelled, tokens), usage, cancelled, self.patience)
        return self._or_final_error(result).vector

    def _retried(self, send: Callable[[], T], usage: Usage, cancelled: threading.Event, patience: RetryPolicy) -> T | TransportError:
        """Return the result of a request, or the error after which it was not retried any more.

        The error is returned, not raised: raised within an ``except`` block, the final error would carry it as its context.
        """
        import tenacity

        sleep = self._pause or tenacity.sleep_using_event(cancelled)
        try:
            return patience.retrying(sleep, usage.count_retry, self._clock)(send)
        except TransportError as error:
            return error

    def _negotiate(self, prompt: Prompt, trial: _Trial, usage: Usage, cancelled: threading.Event) -> Reply:
        """Send a prompt in the best JSON mode that the endpoint supports, and remember that mode.

        A mode is not supported where it fails and a simpler one succeeds. A mode that failed with 500 is tested once more after that,
        because the server may just have come back. Where the simplest mode fails too, the error has nothing to do with modes, and a
        retry is one request in that mode.
        """
        failed = trial.failed[:-1]
        for mode in JSON_MODES[-1:] if trial.failed else JSON_MODES:
            try:
                reply = self._post(mode, prompt, trial, usage, cancelled)
            except TransportError as error:
                if error.kind not in _MODE_ERRORS or error.certain:
                    raise
                failed.append((mode, error))
                continue
            best: JsonMode | None = mode
            for better, failure in failed:
                if failure.kind == "server":
                    supported = self._supports(better, prompt, trial, usage, cancelled)
                    if supported is not False:
                        best = better if supported else None
                        break
            self._learn(json_mode=best)
            return reply
        last = failed[-1][1]
        if all(error.kind == "server" for _, error in failed):
            trial.failed = failed
        if not (last.kind == "absent" and last.page) and not trial.simplified:
            trial.simplified = True
            simple = self._simplified(last, prompt, trial, usage, cancelled)
            if simple is not None:
                return simple
        raise last

    def _simplified(self, error: TransportError, prompt: Prompt, trial: _Trial, usage: Usage, cancelled: threading.Event) -> Reply | None:
        """Send a prompt in the simplest JSON mode, without optional parameters or system message.

        Returns None where that fails too. The changes that worked are kept, and the next call looks for the JSON mode again.
        Servers do not always say what they reject.
        """
        mode = JSON_MODES[-1]
        for known in simpler(error, trial.known, prompt):
            try:
                reply = self._request(mode, prompt, known, usage, cancelled)
            except TransportError as failure:
                if failure.kind not in _MODE_ERRORS or failure.certain:
                    raise
                continue
            # After a 500, the server may just have come back.
            if error.kind != "server" or self._supports(mode, prompt, trial, usage, cancelled) is False:
                self._remember(known)
            return reply
        return None

    def _supports(self, mode: JsonMode, prompt: Prompt, trial: _Trial, usage: Usage, cancelled: threading.Event) -> bool | None:
        """Return whether the endpoint supports a JSON mode; None where that cannot be found out now."""
        answered_in = usage.json_mode
        try:
            self._post(mode, dataclasses.replace(prompt, max_tokens=_TEST_TOKENS), trial, usage, cancelled)
        except TransportError as error:
            return False if error.kind in _MODE_ERRORS and not error.certain else None
        except Outage:
            return None  # The limit is reached or the call cancelled: the reply that was received is kept all the same.
        finally:
            usage.json_mode = answered_in
        return True

    def _post(self, mode: JsonMode, prompt: Prompt, trial: _Trial, usage: Usage, cancelled: threading.Event) -> Reply:
        """Send a prompt in one JSON mode, without the parameters that the endpoint's errors name."""
        first: TransportError | None = None
        for _ in range(_ROUNDS):
            if self.capabilities is not trial.base:
                # Another thread may have learned the same meanwhile.
                trial.base = trial.known = self.capabilities
            try:
                reply = self._request(mode, prompt, trial.known, usage, cancelled)
            except TransportError as error:
                first = first or error
                less = without_named(error, trial.known, prompt) if error.kind in ("bad", "long", "server") else None
                if less is None:
                    failed = error
                    if names_left_out(error, trial.known):
                        # It is required: what was wrong with it is in the first error.
                        trial.known, failed = trial.base, first
                    break
                trial.known = less
                continue
            if trial.known is not trial.base:
                self._remember(trial.known)
                trial.base = trial.known = self.capabilities
            return reply
        else:
            assert first is not None
            failed = first
        raise failed

    def _request(self, mode: JsonMode, prompt: Prompt, known: Capabilities, usage: Usage, cancelled: threading.Event) -> Reply:
        body = body_of(self.model, mode, prompt, known)
        usage.json_mode = mode
        reply = self._accounted.chat(body, usage, cancelled, prompt.tokens_in, prompt.max_tokens)
        # Without a schema in words: its tokens are fewer than its characters suggest.
        characters = sum(len(message["content"]) for message in prompt.messages)
        tokens = reply.tokens_in if reply.tokens_cached <= reply.tokens_in else reply.tokens_in + reply.tokens_cached
        if not reply.text:
            return reply
        estimated, needed = -(-characters // CHARACTERS_A_TOKEN), context_needed(prompt.tokens_in, prompt.max_tokens)
        far_below = is_far_below(characters, tokens)
        if far_below and self._cuts_surely(body, usage, cancelled, prompt.tokens_in) and is_unseen(characters, tokens):
            self.cuts.limit = tokens
            raise PromptCut(
                f"{self._name}: the server cuts prompts: it reports {tokens} tokens for a prompt of about {estimated}, "
                "so the model has not seen the persona; its answer is not used",
                enough_context(needed),
            )
        if self.cuts.note(characters, tokens) or (far_below and self.cuts.certain is None and self.cuts.limit is None):
            self.cuts.limit = tokens
            self._warn(f"{self._name}: {cut_warning(tokens, estimated, needed)}")
        return reply

    def _cuts_surely(self, body: dict[str, Any], usage: Usage, cancelled: threading.Event, tokens_in: int) -> bool:
        """Return whether a prompt with far too few reported tokens was cut.

        The first time, the same messages are sent once more after a few random characters: a server that counts only what it has not read
        before then counts all of them.

        Args:
            body: body of the request.
            usage: counts that the request is added to.
            cancelled: set where the reply is no longer wanted.
            tokens_in: estimated prompt tokens, for the budget.
        """
        with self._checking_cuts:
            if self.cuts.certain is None:
                text = "\n\n".join([secrets.token_hex(8), *(str(message["content"]) for message in body["messages"])])
                again = {**body, "messages": [{"role": "user", "content": text}]}
                limits = {name: _TEST_TOKENS for name in LIMITS if name in body}
                try:
                    reply = self._accounted.chat(again | limits, usage, cancelled, tokens_in, _TEST_TOKENS)
                except TransportError:
                    return False  # Not known: warned of only.
                self.cuts.certain = is_far_below(len(text), reply.tokens_in + reply.tokens_cached)
            return self.cuts.certain

    def _remember(self, known: Capabilities) -> None:
        """Remember what an endpoint rejects, after a request without it was answered."""
        self._learn(unsupported=known.unsupported, limit_parameter=known.limit_parameter, system_in_user=known.system_in_user)

    def note_guidance(self, guidance: int) -> None:
        """Record how much guidance a call needed.

        See :class:`~propersim.llm_client.cache.Capabilities` for the levels. One call that needs more may be chance or an outage; after the
        second in a row, all calls begin with that much guidance.
        """
        more = guidance > self.capabilities.guidance
        self._calls_with_more_guidance = self._calls_with_more_guidance + 1 if more else 0
        if self._calls_with_more_guidance >= _CONFIRMATIONS:
            self._learn(guidance=guidance)

    def _learn(self, **changes: Any) -> None:
        """Change the known capabilities, and store them."""
        self._capabilities = msgspec.structs.replace(self.capabilities, **changes)
        if self._cache:
            self._cache.keep_capabilities(self.transport.base_url, self.model, self._capabilities)

    def _or_final_error(self, result: T | TransportError, prompt: Prompt | None = None) -> T:
        if isinstance(result, TransportError):
            raise self.error_of(result, prompt)
        return result

    def error_of(self, error: TransportError, prompt: Prompt | None = None) -> PropersimError:
        """Return the error to raise for a request that is not retried any more.

        Args:
            error: the error of the last request.
            prompt: the content of the request, where it was a chat.
        """
        tokens = context_needed(prompt.tokens_in, prompt.max_tokens) if prompt else 0
        return final_error(error, self._name, tokens, first=self.capabilities == Capabilities())

    @property
    def _name(self) -> str:
        return f"{self.transport.base_url} ({self.model})"
