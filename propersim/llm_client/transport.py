"""Requests to an OpenAI-compatible endpoint over HTTP.

A request gives a reply or raises :class:`TransportError`. Responses are read field by field, because many servers leave fields out of
them.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from propersim.core.text import clean
from propersim.llm_client.bodies import IncompleteStream, UnreadableBody, first_choice, first_choices, object_of, text_of
from propersim.llm_client.completion_parts import error_in, finish_reason, is_filtered, refused_parts, said_in, text_of_content, token_count
from propersim.llm_client.connection import open_client
from propersim.llm_client.costs import roughly
from propersim.llm_client.error_kinds import Kind
from propersim.llm_client.error_words import ErrorWords, without_status, without_steering, words_of, words_of_bytes
from propersim.llm_client.retry import retry_after
from propersim.llm_client.secrets import mask_secrets, scrub
from propersim.llm_client.transport_error import TransportError, error_of_status

if TYPE_CHECKING:
    import httpx2

_DETAIL_CHARACTERS: Final = 300
_LONGEST_VECTOR: Final = 65_536
_NO_STATUS: Final = 502
"""Status of an error within a response 200 that gives none."""
COMPLETE: Final = frozenset(
    ["", "stop", "eos", "eos_token", "end_turn", "stop_sequence", "completed", "complete", "done", "tool_calls", "function_call"]
)
"""Finish reasons of whole completions; any other one may have cut the completion off."""
_SECRET_CHARACTERS: Final = 12
"""Shortest key that is removed from completions too: the placeholders given to local servers ("x", "ollama") may be words."""


@dataclass(frozen=True)
class Reply:
    """A chat completion as the endpoint returned it.

    Attributes:
        text: content of the message; "" where there is none.
        refusal: the model's refusal; "" where it did not refuse.
        finish: finish reason: ``stop``, ``length``, ``content_filter``, …
        tokens_in: prompt tokens.
        tokens_cached: prompt tokens that the endpoint had cached.
        tokens_out: completion tokens.
        estimated: whether token counts are an estimate, because the endpoint did not report them.
    """

    text: str
    refusal: str
    finish: str
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    estimated: bool


@dataclass(frozen=True)
class Embedding:
    """The vector of a text as the endpoint returned it, with token counts as in :class:`Reply`."""

    vector: list[float]
    tokens_in: int
    estimated: bool
    tokens_cached: int = 0
    tokens_out: int = 0


class Transport:
    """Client of one endpoint, usable from any number of threads.

    The HTTP client is created by the first request.

    Args:
        base_url: address, as :func:`propersim.llm_client.url.normal` returns it.
        key: API key; None where there is none.
        timeout_s: seconds without any data from the endpoint after which a request fails.
        connect_s: seconds to connect.
        wall: returns seconds since the epoch, to read a ``Retry-After`` date.
    """

    def __init__(self, base_url: str, key: str | None, timeout_s: float, connect_s: float, wall: Callable[[], float] = time.time) -> None:
        self.base_url, self._key = base_url, key
        self._timeout_s, self._connect_s, self._wall = timeout_s, connect_s, wall
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None

    def chat(self, body: dict[str, Any]) -> Reply:
        """Return the completion of a chat.

        Args:
            body: body of the request.

        Raises:
            TransportError: there is no completion.
        """
        raw = self._json("post", "/chat/completions", body)
        if "choices" not in raw:
            start = self._shown(json.dumps(raw, ensure_ascii=False)[:_DETAIL_CHARACTERS])[:80]
            raise TransportError("garbled", f"the response has no choices: {start!r}", status=200, billed=True)
        return self._reply(raw, body)

    def embedding(self, body: dict[str, Any]) -> Embedding:
        """Return the vector of one text.

        Args:
            body: body of the request.

        Raises:
            TransportError: there is no vector.
        """
        raw = self._json("post", "/embeddings", body)
        data = raw.get("data")
        first = data[0] if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict) else {}
        try:
            vector = msgspec.convert(first.get("embedding"), list[float])
        except msgspec.ValidationError:
            vector = []
        if not 0 < len(vector) <= _LONGEST_VECTOR or not all(map(math.isfinite, vector)):
            # One number that is none is a fault of the server's, not of the address.
            kind: Kind = "server" if data else "garbled"
            raise TransportError(kind, "the response holds no vector", status=200, certain=True, billed=True)
        usage = raw.get("usage")
        tokens = token_count(usage.get("prompt_tokens")) if isinstance(usage, dict) else None
        return Embedding(vector, roughly(str(body["input"])) if tokens is None else tokens, tokens is None)

    def models(self) -> tuple[str, ...]:
        """Return the names of the models that the endpoint lists.

        Raises:
            TransportError: the endpoint has no list of models.
        """
        listed = self._json("get", "/models", None).get("data")
        names = [model.get("id") for model in listed if isinstance(model, dict)] if isinstance(listed, list) else []
        return tuple(clean(self._safe(name), limit=200) for name in names if isinstance(name, str))

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _safe(self, text: str) -> str:
        return scrub(text, self._key)

    def _shown(self, text: str) -> str:
        """Return a text of the endpoint as it may be shown: without keys, cleaned and short."""
        # Cleaned first: a key with an invisible character in it would be whole again afterwards.
        whole = clean(self._safe(text), limit=len(text) + 1)
        return clean(mask_secrets(self._safe(whole)), limit=_DETAIL_CHARACTERS)

    def _opened(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                self._client = open_client(self.base_url, self._key, self._timeout_s, self._connect_s)
            return self._client

    def _json(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Return the JSON object of a response.

        Errors are raised outside of every ``except`` block: the errors of ``httpx2`` hold the key, and would be kept as their context.
        """
        answer = self._send(method, path, body)
        if isinstance(answer, TransportError):
            raise answer
        raw: dict[str, Any] | None = None
        broken: UnreadableBody | None = None
        try:
            raw = object_of(answer)
        except UnreadableBody as unreadable:
            broken = unreadable
        except ValueError:
            raw = None
        if isinstance(broken, IncompleteStream):
            raise TransportError("connection", "the stream of the answer ended before it was complete", status=200, billed=True)
        if broken is not None:
            raise TransportError("server", f"the response cannot be read: {broken}", status=200, billed=True)
        if raw is None:
            raise self._garbled(answer)
        error = error_in(raw)
        if error is not None:
            # Some gateways answer 200 with the error in the body.
            words = words_of(error)
            raise self._of_status(words.number or _NO_STATUS, words, None)
        return raw

    def _garbled(self, answer: bytes) -> TransportError:
        words = words_of_bytes(answer)
        start = self._shown(words.text if words.page else without_steering(text_of(answer[:_DETAIL_CHARACTERS])))[:80]
        what = f"a web page ({start!r})" if words.page else repr(start) if answer else "empty"
        return TransportError("garbled", f"the response is no JSON object, but {what}", status=200, billed=True)

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | TransportError:
        import httpx2

        client = self._opened()
        try:
            response = client.request(method.upper(), path, json=body)
        except httpx2.ConnectTimeout:
            return TransportError("timeout", f"no connection within {self._connect_s:g} s")
        except httpx2.TimeoutException:
            return TransportError("timeout", f"no data for {self._timeout_s:g} s", billed=True)
        except Exception as error:
            # The library fails in many ways at what a server may send: an encoding that is none, a host with an impossible name.
            refused = isinstance(error, httpx2.ConnectError)
            what = f"{type(error).__name__}: {error}"
            if isinstance(error, (httpx2.TooManyRedirects, httpx2.UnsupportedProtocol)) or "location header" in what.lower():
                return TransportError("absent", f"it redirects to nowhere ({self._shown(what)})", certain=True)
            lost = "no connection" if refused else "the connection broke"
            return TransportError("connection", f"{lost} ({self._shown(what)})", billed=not refused)
        if response.is_success:
            return response.content
        return self._of_status(response.status_code, words_of_bytes(response.content), response.headers.get("retry-after"))

    def _of_status(self, status: int, words: ErrorWords, wait: str | None) -> TransportError:
        said = without_status(self._shown(words.text), status)
        detail = f"HTTP {status}: {said}" if said else f"HTTP {status}{_phrase(status)}"
        return error_of_status(status, detail, words, retry_after(wait, self._wall()))

    def _reply(self, raw: dict[str, Any], body: dict[str, Any]) -> Reply:
        choice = first_choice(raw.get("choices"))
        message = choice.get("message")
        message = message if isinstance(message, dict) else {}
        content = message.get("content")
        # Choices that are all the first are read together: different ones are no answer.
        text = "\n".join(filter(None, (said_in(one.get("message")) for one in first_choices(raw.get("choices")))))
        if self._key and len(self._key) >= _SECRET_CHARACTERS:
            text = self._safe(text)
        usage = raw.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        details = usage.get("prompt_tokens_details")
        tokens_in, tokens_out = token_count(usage.get("prompt_tokens")), token_count(usage.get("completion_tokens"))
        return Reply(
            text=text,
            refusal=self._shown(text_of_content(message.get("refusal")) or refused_parts(content)),
            finish="content_filter" if is_filtered(choice) else finish_reason(choice.get("finish_reason")),
            tokens_in=roughly(str(body["messages"])) if tokens_in is None else tokens_in,
            tokens_cached=(token_count(details.get("cached_tokens")) or 0) if isinstance(details, dict) else 0,
            tokens_out=roughly(text) if tokens_out is None else tokens_out,
            estimated=tokens_in is None or tokens_out is None,
        )


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""
