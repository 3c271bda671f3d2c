"""Negotiation with an endpoint: its JSON mode, and the parameters that it rejects.

Failed requests are retried.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from propersim.core.errors import PropersimError
from propersim.llm_client.accounting import AccountedTransport, Usage
from propersim.llm_client.cache import Cache, Capabilities
from propersim.llm_client.costs import Budget, Price, roughly
from propersim.llm_client.errors import Outage
from propersim.llm_client.json_modes import JSON_MODES, JsonMode, Message, in_json_mode
from propersim.llm_client.retry import RetryPolicy
from propersim.llm_client.schema import Schema
from propersim.llm_client.transport import Reply, Transport
from propersim.llm_client.transport_error import TransportError, final_error

T = TypeVar("T")

_OPTIONAL: Final = ("temperature", "seed")
"""Parameters that are left out where an endpoint rejects them."""
_MODE_ERRORS: Final = ("bad", "absent", "server")
"""Kinds of errors by which endpoints reject a JSON mode."""
_CONFIRMATIONS: Final = 2
"""Calls in a row that must need more guidance before later ones begin with it."""
_TEST_TOKENS: Final = 16
"""Token limit of a request that only tests a JSON mode."""


@dataclass(frozen=True)
class Prompt:
    """Content of a chat request, independent of its JSON mode.

    Attributes:
        messages: messages of the chat.
        schema: schema of the answer.
        max_tokens: limit of completion tokens.
        parameters: sampling parameters by name.
        schema_in_words: whether the messages hold the schema too, whatever the JSON mode.
    """

    messages: Sequence[Message]
    schema: Schema[Any]
    max_tokens: int
    parameters: dict[str, Any]
    schema_in_words: bool = False

    @property
    def tokens_in(self) -> int:
        """Estimated prompt tokens, the schema included."""
        return tokens_of(self.messages, self.schema)


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
    ) -> None:
        self.transport, self.model, self.patience = transport, model, patience
        self._accounted = AccountedTransport(transport, price, budget)
        self._cache, self._pause, self._clock = cache, pause, clock
        self._negotiating = threading.Lock()
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
        if self.capabilities.json_mode is None:
            with self._negotiating:
                if self.capabilities.json_mode is None:
                    return self._or_final_error(
                        self._retried(lambda: self._negotiate(prompt, usage, cancelled), usage, cancelled, patience)
                    )
        mode = self.capabilities.json_mode
        result = self._retried(lambda: self._post(mode, prompt, usage, cancelled), usage, cancelled, patience)
        if isinstance(result, TransportError) and result.kind in ("bad", "absent") and not result.certain:
            # The server behind the address may have changed, and support other modes.
            with self._negotiating:
                result = self._retried(lambda: self._negotiate(prompt, usage, cancelled), usage, cancelled, patience)
        elif isinstance(result, TransportError) and result.kind == "server" and not result.certain:
            self._learn(json_mode=None)
        return self._or_final_error(result)

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

    def _negotiate(self, prompt: Prompt, usage: Usage, cancelled: threading.Event) -> Reply:
        """Send a prompt in the best JSON mode that the endpoint supports, and remember that mode.

        A mode is not supported where it fails and a simpler one succeeds. A mode that failed with 500 is tested once more after that,
        because the server may just have come back. Where the simplest mode fails too, the error has nothing to do with modes.
        """
        failed: list[tuple[JsonMode, TransportError]] = []
        for mode in JSON_MODES:
            try:
                reply = self._post(mode, prompt, usage, cancelled)
            except TransportError as error:
                if error.kind not in _MODE_ERRORS or error.certain:
                    raise
                failed.append((mode, error))
                continue
            best: JsonMode | None = mode
            for better, failure in failed:
                if failure.kind == "server":
                    supported = self._supports(better, prompt, usage, cancelled)
                    if supported is not False:
                        best = better if supported else None
                        break
            self._learn(json_mode=best)
            return reply
        raise failed[-1][1]

    def _supports(self, mode: JsonMode, prompt: Prompt, usage: Usage, cancelled: threading.Event) -> bool | None:
        """Return whether the endpoint supports a JSON mode; None where that cannot be found out now."""
        answered_in = usage.json_mode
        try:
            self._post(mode, dataclasses.replace(prompt, max_tokens=_TEST_TOKENS), usage, cancelled)
        except TransportError as error:
            return False if error.kind in _MODE_ERRORS and not error.certain else None
        except Outage:
            return None  # The limit is reached or the call cancelled: the reply that was received is kept all the same.
        finally:
            usage.json_mode = answered_in
        return True

    def _post(self, mode: JsonMode, prompt: Prompt, usage: Usage, cancelled: threading.Event) -> Reply:
        """Send a prompt in one JSON mode, without the parameters that the endpoint rejects."""
        for _ in range(len(_OPTIONAL) + 1):
            before = self.capabilities
            try:
                return self._request(mode, prompt, usage, cancelled)
            except TransportError as error:
                # Another thread may have learned the same meanwhile.
                if error.kind != "bad" or not (self._adapt(error.parameter) or self.capabilities is not before):
                    raise
        return self._request(mode, prompt, usage, cancelled)

    def _adapt(self, parameter: str) -> bool:
        """Remember that the endpoint rejects a parameter.

        Returns whether the request can be sent without it.
        """
        known = self.capabilities
        if parameter == "max_tokens" and known.limit_parameter == "max_tokens":
            self._learn(limit_parameter="max_completion_tokens")
        elif parameter in _OPTIONAL and parameter not in known.unsupported:
            self._learn(unsupported=(*known.unsupported, parameter))
        else:
            return False
        return True

    def _request(self, mode: JsonMode, prompt: Prompt, usage: Usage, cancelled: threading.Event) -> Reply:
        known = self.capabilities
        body = {
            "model": self.model,
            **in_json_mode(mode, prompt.messages, prompt.schema, in_words=prompt.schema_in_words),
            known.limit_parameter: prompt.max_tokens,
        }
        body |= {name: value for name, value in prompt.parameters.items() if name not in known.unsupported}
        usage.json_mode = mode
        return self._accounted.chat(body, usage, cancelled, prompt.tokens_in, prompt.max_tokens)

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

    def _or_final_error(self, result: T | TransportError) -> T:
        if isinstance(result, TransportError):
            raise self.error_of(result)
        return result

    def error_of(self, error: TransportError) -> PropersimError:
        """Return the error to raise for a request that is not retried any more."""
        return final_error(error, f"{self.transport.base_url} ({self.model})")


def tokens_of(messages: Sequence[Message], schema: Schema[Any]) -> int:
    """Return the estimated tokens of a prompt, the schema included."""
    return sum(roughly(message.get("content", "")) + 4 for message in messages) + roughly(schema.text)
