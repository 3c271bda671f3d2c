"""Requests to an OpenAI-compatible endpoint through the ``openai`` client.

A request gives a reply or raises :class:`TransportError`. Responses are read as plain JSON: the models of ``openai`` are built without
validation, and many servers leave fields out of them.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from propersim.core.text import clean
from propersim.llm_client.costs import roughly
from propersim.llm_client.retry import retry_after
from propersim.llm_client.secrets import PLACEHOLDER, scrub
from propersim.llm_client.transport_error import TransportError, error_of_status
from propersim.llm_client.url import host_of, is_local

if TYPE_CHECKING:
    import ssl

    import openai

_DETAIL_CHARACTERS: Final = 300
_LONGEST_VECTOR: Final = 65_536
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

    The ``openai`` client is created by the first request.

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
        self._client: openai.OpenAI | None = None

    def chat(self, body: dict[str, Any]) -> Reply:
        """Return the completion of a chat.

        Args:
            body: body of the request.

        Raises:
            TransportError: there is no completion.
        """
        return self._reply(self._json("post", "/chat/completions", body), body)

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
            raise TransportError("garbled", "the response holds no vector", status=200, billed=True)
        usage = raw.get("usage")
        tokens = _count(usage.get("prompt_tokens")) if isinstance(usage, dict) else None
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

    def _opened(self) -> openai.OpenAI:
        with self._lock:
            if self._client is None:
                import httpx2
                import openai

                local = is_local(self.base_url)
                # Only OpenAI itself may learn the user's organisation and project.
                own = host_of(self.base_url).endswith("openai.com")
                hidden: Any = {} if own else {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}
                timeout = httpx2.Timeout(self._timeout_s, connect=self._connect_s)
                self._client = openai.OpenAI(
                    base_url=self.base_url,
                    api_key=self._key or PLACEHOLDER,
                    # Retries are ours: openai's can neither be interrupted nor counted.
                    max_retries=0,
                    timeout=timeout,
                    default_headers=hidden,
                    # A proxy from the environment cannot reach this machine.
                    http_client=openai.DefaultHttpx2Client(trust_env=not local, timeout=timeout, verify=_certificates()),
                )
            return self._client

    def _json(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Return the JSON object of a response.

        Errors are raised outside of every ``except`` block: the errors of ``openai`` hold the key, and would be kept as their context.
        """
        answer = self._send(method, path, body)
        if isinstance(answer, TransportError):
            raise answer
        raw: Any = None
        try:
            raw = msgspec.json.decode(answer)
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            start = clean(self._safe(answer[:_DETAIL_CHARACTERS].decode("utf-8", "replace")), limit=80)
            raise TransportError("garbled", f"the response is no JSON object, but {start!r}", status=200, billed=True)
        error = raw.get("error")
        if error and not raw.get("choices"):
            # Some gateways answer 200 with the error in the body.
            inner = error if isinstance(error, dict) else {"message": str(error)}
            code = str(inner.get("code"))
            raise self._of_status(int(code) if re.fullmatch("[45][0-9][0-9]", code) else 502, inner, None)
        return raw

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | TransportError:
        import httpx2
        import openai

        client = self._opened()
        try:
            if method == "get":
                return client.get(path, cast_to=httpx2.Response).content
            return client.post(path, cast_to=httpx2.Response, body=body).content
        except openai.APIStatusError as error:
            inner = error.body if isinstance(error.body, dict) else {"message": error.message}
            return self._of_status(error.status_code, inner, error.response.headers.get("retry-after"))
        except openai.APITimeoutError as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                return TransportError("timeout", f"no connection within {self._connect_s:g} s")
            return TransportError("timeout", f"no data for {self._timeout_s:g} s", billed=True)
        except openai.APIConnectionError as error:
            cause = error.__cause__
            refused = isinstance(cause, httpx2.ConnectError)
            what = f"{type(cause).__name__}: {cause}" if cause else str(error)
            lost = "no connection" if refused else "the connection broke"
            return TransportError("connection", f"{lost} ({clean(self._safe(what), limit=_DETAIL_CHARACTERS)})", billed=not refused)
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            detail = clean(self._safe(f"{type(error).__name__}: {error}"), limit=_DETAIL_CHARACTERS)
            return TransportError("connection", detail, billed=True)

    def _of_status(self, status: int, body: dict[str, Any], wait: str | None) -> TransportError:
        message = str(body.get("message") or "")
        detail = f"HTTP {status}" + (f": {clean(self._safe(message), limit=_DETAIL_CHARACTERS)}" if message else "")
        return error_of_status(status, detail, body, retry_after(wait, self._wall()))

    def _reply(self, raw: dict[str, Any], body: dict[str, Any]) -> Reply:
        choices = raw.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        message = choice.get("message")
        message = message if isinstance(message, dict) else {}
        text = _text(message.get("content"))
        if self._key and len(self._key) >= _SECRET_CHARACTERS:
            text = self._safe(text)
        usage = raw.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        details = usage.get("prompt_tokens_details")
        tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
        return Reply(
            text=text,
            refusal=clean(self._safe(_text(message.get("refusal"))), limit=_DETAIL_CHARACTERS),
            finish=str(choice.get("finish_reason") or ""),
            tokens_in=roughly(str(body["messages"])) if tokens_in is None else tokens_in,
            tokens_cached=(_count(details.get("cached_tokens")) or 0) if isinstance(details, dict) else 0,
            tokens_out=roughly(text) if tokens_out is None else tokens_out,
            estimated=tokens_in is None or tokens_out is None,
        )


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Return the context that verifies servers' certificates.

    It is cached, because loading the certificates takes longer than a request.
    """
    import httpx2

    return httpx2.create_ssl_context()


def _text(content: object) -> str:
    """Return the text of a message's content: a string, or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return ""


def _count(value: object) -> int | None:
    """Return a plausible token count, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else None
