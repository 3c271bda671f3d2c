"""One request to an OpenAI-compatible endpoint: what it answered, or a :class:`Fault` that says what went wrong."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from propersim.core.text import clean
from propersim.llm_client.costs import roughly
from propersim.llm_client.retry import retry_after
from propersim.llm_client.secrets import PLACEHOLDER, scrub
from propersim.llm_client.url import host_of, is_local

if TYPE_CHECKING:
    import ssl

    import openai

Kind = Literal["key", "quota", "absent", "bad", "rate", "server", "timeout", "connection", "garbled"]
PASSING: Final = frozenset({"rate", "server", "timeout", "connection", "garbled"})
"""Faults that may be over a little later."""

_DETAIL = 300
_LONGEST_VECTOR = 65_536
_SECRET = 12
"""Characters from which on a key is taken out of answers too: what people give to local servers ("x", "ollama") may well be a word."""


class Fault(Exception):
    """A request that brought no answer.

    Attributes:
        kind: what sort of fault.
        detail: in words, without the key.
        status: of HTTP; None where there was none.
        asked_wait: seconds that the endpoint asked to wait.
        parameter: the name of a parameter that it does not take.
        certain: whether no other form of JSON could help.
        sent: whether the endpoint may have done the work, and count it.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        status: int | None = None,
        asked_wait: float | None = None,
        parameter: str = "",
        certain: bool = False,
        sent: bool = False,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status
        self.asked_wait, self.parameter, self.certain, self.sent = asked_wait, parameter, certain, sent

    @property
    def passing(self) -> bool:
        """Whether it may be over a little later."""
        return self.kind in PASSING


@dataclass(frozen=True)
class Reply:
    """What a model said, as it said it.

    Attributes:
        text: of the answer; "" where there is none.
        refusal: its words, where it refused.
        finish: why it ended: ``stop``, ``length``, ``content_filter``, …
        tokens_in: of the prompt.
        tokens_cached: of them, had cached by the endpoint.
        tokens_out: of the answer.
        guessed: whether tokens are an estimate.
    """

    text: str
    refusal: str
    finish: str
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    guessed: bool


@dataclass(frozen=True)
class Embedded:
    """The vector of a text, as an endpoint gave it, and what it took."""

    vector: list[float]
    tokens_in: int
    guessed: bool


class Transport:
    """The client of one endpoint, for any number of threads; made when first used.

    Args:
        base_url: as :func:`propersim.llm_client.url.normal` gives it.
        key: None where there is none.
        timeout_s: seconds between two signs of life while an answer is on its way.
        connect_s: seconds to connect.
        wall: seconds since the epoch, for ``Retry-After`` with a date.
    """

    def __init__(self, base_url: str, key: str | None, timeout_s: float, connect_s: float, wall: Callable[[], float] = time.time) -> None:
        self.base_url, self._key = base_url, key
        self._timeout_s, self._connect_s, self._wall = timeout_s, connect_s, wall
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    def chat(self, body: dict[str, Any]) -> Reply:
        """Return what the model says to the body of a chat completion.

        Raises:
            Fault: there is no answer.
        """
        return self._reply(self._json("post", "/chat/completions", body), body)

    def embedding(self, body: dict[str, Any]) -> Embedded:
        """Return the vector of one text.

        Raises:
            Fault: there is none.
        """
        raw = self._json("post", "/embeddings", body)
        data = raw.get("data")
        first = data[0] if isinstance(data, list) and len(data) == 1 and isinstance(data[0], dict) else {}
        try:
            vector = msgspec.convert(first.get("embedding"), list[float])
        except msgspec.ValidationError:
            vector = []
        if not 0 < len(vector) <= _LONGEST_VECTOR or not all(map(math.isfinite, vector)):
            raise Fault("garbled", "the response holds no vector", status=200, sent=True)
        usage = raw.get("usage")
        tokens = _count(usage.get("prompt_tokens")) if isinstance(usage, dict) else None
        return Embedded(vector, roughly(str(body["input"])) if tokens is None else tokens, tokens is None)

    def models(self) -> tuple[str, ...]:
        """Return the names of the models that the endpoint lists.

        Raises:
            Fault: it lists none.
        """
        raw = self._json("get", "/models", None)
        listed = raw.get("data")
        names = [one.get("id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return tuple(clean(self._safe(name), limit=200) for name in names if isinstance(name, str))

    def close(self) -> None:
        """Close connections."""
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
                # A proxy of the environment cannot reach this machine; an organisation's name is nobody else's business.
                ours = host_of(self.base_url).endswith("openai.com")
                hidden: Any = {} if ours else {"OpenAI-Organization": openai.omit, "OpenAI-Project": openai.omit}
                times = httpx2.Timeout(self._timeout_s, connect=self._connect_s)
                self._client = openai.OpenAI(
                    base_url=self.base_url,
                    api_key=self._key or PLACEHOLDER,
                    max_retries=0,
                    timeout=times,
                    default_headers=hidden,
                    http_client=openai.DefaultHttpx2Client(trust_env=not local, timeout=times, verify=_certificates()),
                )
            return self._client

    def _json(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Return the JSON object of a response. Faults are raised outside of any handler: no key travels along in a context."""
        answer = self._send(method, path, body)
        if isinstance(answer, Fault):
            raise answer
        raw: Any = None
        try:
            raw = msgspec.json.decode(answer)
        except (ValueError, RecursionError):
            raw = None
        if not isinstance(raw, dict):
            said = clean(self._safe(answer[:_DETAIL].decode("utf-8", "replace")), limit=80)
            raise Fault("garbled", f"the response is no JSON object, but {said!r}", status=200, sent=True)
        error = raw.get("error")
        if error and not raw.get("choices"):
            # Some gateways answer 200 and put the fault inside.
            inner = error if isinstance(error, dict) else {"message": str(error)}
            code = str(inner.get("code"))
            raise self._of_status(int(code) if re.fullmatch("[45][0-9][0-9]", code) else 502, inner, None)
        return raw

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | Fault:
        import httpx2
        import openai

        client = self._opened()
        try:
            if method == "get":
                return client.get(path, cast_to=httpx2.Response).content
            return client.post(path, cast_to=httpx2.Response, body=body).content
        except openai.APIStatusError as error:
            said = error.body if isinstance(error.body, dict) else {"message": error.message}
            return self._of_status(error.status_code, said, error.response.headers.get("retry-after"))
        except openai.APITimeoutError as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                return Fault("timeout", f"no connection within {self._connect_s:g} s")
            return Fault("timeout", f"no sign of life for {self._timeout_s:g} s", sent=True)
        except openai.APIConnectionError as error:
            cause = error.__cause__
            refused = isinstance(cause, httpx2.ConnectError)
            what = f"{type(cause).__name__}: {cause}" if cause else str(error)
            lost = "no connection" if refused else "the connection broke"
            return Fault("connection", f"{lost} ({clean(self._safe(what), limit=_DETAIL)})", sent=not refused)
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Fault("connection", clean(self._safe(f"{type(error).__name__}: {error}"), limit=_DETAIL), sent=True)

    def _of_status(self, status: int, said: dict[str, Any], wait: str | None) -> Fault:
        message, code = str(said.get("message") or ""), str(said.get("code") or "")
        detail = f"HTTP {status}" + (f": {clean(self._safe(message), limit=_DETAIL)}" if message else "")
        if status in (401, 403):
            return Fault("key", detail, status=status, certain=True)
        if status == 402 or (status == 429 and "insufficient_quota" in (code, said.get("type"))):
            return Fault("quota", detail, status=status, certain=True)
        if status == 429:
            return Fault("rate", detail, status=status, asked_wait=retry_after(wait, self._wall()))
        if status in (408, 409, 425):
            return Fault("server", detail, status=status, asked_wait=retry_after(wait, self._wall()), certain=True)
        if status == 404:
            return Fault("absent", detail, status=status, certain=code == "model_not_found")
        if status < 500:
            return Fault("bad", detail, status=status, parameter=_parameter(said, message))
        # Forms that a server does not know are answered with 500 or 501; the others come from what stands before it.
        away = status not in (500, 501)
        return Fault("server", detail, status=status, asked_wait=retry_after(wait, self._wall()), certain=away)

    def _reply(self, raw: dict[str, Any], body: dict[str, Any]) -> Reply:
        choices = raw.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        message = choice.get("message")
        message = message if isinstance(message, dict) else {}
        text = _text(message.get("content"))
        if self._key and len(self._key) >= _SECRET:
            text = self._safe(text)
        usage = raw.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        details = usage.get("prompt_tokens_details")
        tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
        return Reply(
            text=text,
            refusal=clean(self._safe(_text(message.get("refusal"))), limit=_DETAIL),
            finish=str(choice.get("finish_reason") or ""),
            tokens_in=roughly(str(body["messages"])) if tokens_in is None else tokens_in,
            tokens_cached=(_count(details.get("cached_tokens")) or 0) if isinstance(details, dict) else 0,
            tokens_out=roughly(text) if tokens_out is None else tokens_out,
            guessed=tokens_in is None or tokens_out is None,
        )


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Return what servers' certificates are checked by; reading them takes longer than a request does."""
    import httpx2

    return httpx2.create_ssl_context()


def _parameter(said: dict[str, Any], message: str) -> str:
    """Return which parameter the endpoint does not take; "" where it says nothing of the sort."""
    if not re.search(r"(?i)unsupported|not support|unrecognized|unknown|not permitted|extra", f"{message} {said.get('code')}"):
        return ""
    named = re.search(r"(?i)(?:unsupported|unrecognized|unknown)[^'\"`]{0,40}['\"`](\w+)['\"`]", message)
    return str(said.get("param") or (named[1] if named else ""))


def _text(content: object) -> str:
    """Return the text of a message, also where it comes in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else None
