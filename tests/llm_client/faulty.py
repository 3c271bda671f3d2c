"""An OpenAI-compatible server on loopback that follows a script, one step a request.

    with Faulty([status(500), says({"ok": True})]) as server:
        Endpoint(server.url, "any")

The script is a list of steps, one for each request; after its end every request gets ``last``. A step is a function of a
:class:`Asked`; the functions below make the usual ones. Requests for the list of models take no step. ``server.asked`` holds all
requests. Nothing sleeps: a late server waits until the client has gone, or the server ends.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """A request that the server received.

    Attributes:
        path: of the URL.
        body: as JSON.
        headers: with names in lower case.
    """

    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def form(self) -> str:
        """The JSON mode of the request (:mod:`propersim.llm_client.json_modes`)."""
        wanted = self.body.get("response_format")
        if wanted is None:
            return "prompt"
        return str(wanted["type"]) + ("+schema" if wanted["type"] == "json_object" and "schema" in wanted else "")

    @property
    def last_words(self) -> str:
        """The content of the last message."""
        return str(self.body["messages"][-1]["content"])


@dataclass
class Does:
    """The server's reaction to one request.

    Attributes:
        status: of HTTP.
        body: sent as JSON, or unchanged if bytes.
        headers: additional headers.
        drop: bytes of the body after which the connection is reset; None: never. -1: before any response.
        late: whether to send nothing until the client has gone.
        declared: Content-Type.
    """

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    drop: int | None = None
    late: bool = False
    declared: str = "application/json"


Step = Callable[[Asked], Does] | Does


USUAL = (100, 10, 0)
"""Tokens that a completion reports: of the prompt, of the answer, cached."""
LONG = 2000
"""Characters from which on a prompt's own tokens are reported."""


def completion(
    content: Any, *, finish: str = "stop", refusal: str | None = None, usage: tuple[int, int, int] | None = USUAL
) -> dict[str, Any]:
    """Return the body of a chat completion; ``usage`` is (prompt, completion, cached prompt) tokens."""
    body: dict[str, Any] = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, "refusal": refusal}}],
    }
    if usage is not None:
        into, out, cached = usage
        body["usage"] = {
            "prompt_tokens": into,
            "completion_tokens": out,
            "total_tokens": into + out,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
    return body


def counted(does: Does, asked: Asked) -> Does:
    """Return a reaction with the tokens of a long prompt, where it reports :data:`USUAL`: a server that reads the prompt counts it."""
    usage = does.body.get("usage") if isinstance(does.body, dict) else None
    characters = sum(len(str(message.get("content"))) for message in asked.body.get("messages", ()))
    if not isinstance(usage, dict) or usage.get("prompt_tokens") != USUAL[0] or characters < LONG:
        return does
    return replace(does, body={**does.body, "usage": {**usage, "prompt_tokens": characters // 4}})


def says(answer: Any, **about: Any) -> Does:
    """Return a step that answers with a text, or anything else as JSON; further arguments as of :func:`completion`."""
    return Does(body=completion(answer if isinstance(answer, str | None) else json.dumps(answer), **about))


def status(number: int, message: str = "", headers: dict[str, str] | None = None, **error: Any) -> Does:
    """Return a step that fails with a status, a message, and further fields of ``error``."""
    return Does(number, {"error": {"message": message or f"fault {number}", **error}}, headers or {})


def embeds(answer: Any, letters: str = "abcdefgh") -> Callable[[Asked], Does]:
    """Return a step that embeds texts by counting these letters, and answers all other requests."""

    def step(asked: Asked) -> Does:
        if not asked.path.endswith("/embeddings"):
            return says(answer)
        vector = [3.0 * str(asked.body["input"]).count(letter) + 0.5 for letter in letters]
        return Does(body={"object": "list", "data": [{"index": 0, "embedding": vector}], "usage": {"prompt_tokens": 5, "total_tokens": 5}})

    return step


def broken(after: int = 20) -> Does:
    """Return a step that resets the connection after some bytes of the body; -1: before any response."""
    return Does(body=completion('{"ok": true, "never": "seen"}'), drop=after)


def late() -> Does:
    """Return a step that sends nothing until the client has gone."""
    return Does(late=True)


def knows(*forms: str, answer: Any, unknown: Does | None = None) -> Callable[[Asked], Does]:
    """Return a step that answers requests in these JSON modes, and fails in all others (with 500, or ``unknown``)."""
    return lambda asked: says(answer) if asked.form in forms else unknown or status(500, "Internal Server Error")


class Faulty:
    """The server; runs within a ``with`` block on a free port.

    Args:
        script: steps, one a request.
        last: step of all further requests.
        models: names in the list of models; None: 404.
        key: if given, requests without it fail with 401, whatever the script says.
    """

    def __init__(
        self, script: Sequence[Step] = (), last: Step | None = None, models: Sequence[str] | None = ("any",), key: str | None = None
    ) -> None:
        self.script, self.models, self.key = list(script), models, key
        self.last: Step = last or status(599, "the script is over")
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Faulty:
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one piece: in two, the second waits for the first to be acknowledged.
            wbufsize = -1

            def do_GET(self) -> None:
                faulty._list(self)

            def do_POST(self) -> None:
                faulty._take(self)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            # Clients that go away in the middle are part of the play.
            handle_error = lambda *_: None  # noqa: E731

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def forms(self) -> list[str]:
        """The JSON modes of all requests, in order."""
        return [asked.form for asked in self.asked]

    def _list(self, handler: BaseHTTPRequestHandler) -> None:
        if self.models is None:
            self._answer(handler, status(404))
        else:
            self._answer(handler, Does(body={"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}))

    def _take(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers["content-length"]))
        asked = Asked(handler.path, json.loads(raw), {name.lower(): value for name, value in handler.headers.items()})
        with self._lock:
            self.asked.append(asked)
            step = self.script.pop(0) if self.script else self.last
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.key is not None and asked.headers.get("authorization") != f"Bearer {self.key}":
                step = status(401, f"Incorrect API key provided: {asked.headers.get('authorization')}")
            does = counted(step if isinstance(step, Does) else step(asked), asked)
            if does.late:
                self._wait(handler)
            else:
                self._answer(handler, does)
        finally:
            with self._lock:
                self._at_once -= 1

    def _wait(self, handler: BaseHTTPRequestHandler) -> None:
        """Wait until the client has hung up, or the server ends."""
        handler.close_connection = True
        handler.connection.settimeout(0.05)
        while not self._over.is_set():
            try:
                if not handler.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _answer(self, handler: BaseHTTPRequestHandler, does: Does) -> None:
        body = does.body if isinstance(does.body, bytes) else json.dumps(does.body).encode()
        if does.drop is not None:
            handler.close_connection = True
        if does.drop != -1:
            handler.send_response(does.status)
            for name, value in {"Content-Type": does.declared, "Content-Length": str(len(body)), **does.headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body if does.drop is None else body[: does.drop])
            handler.wfile.flush()
        if does.drop is not None:
            # A reset, not an orderly end.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
