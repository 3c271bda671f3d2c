"""The screen in a browser: a web server that starts one process for each visitor, which watches the store and never carries a run on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from propersim.core.errors import EXIT_OK, InputError
from propersim_tui.data.source import RunSource

if TYPE_CHECKING:
    from aiohttp.web import Application, Request, StreamResponse, WebSocketResponse

MOST_VISITORS = 16
"""Each is a process of some 80 MB."""
MOST_CELLS = 500
"""Columns, and rows, that a visitor's terminal may have: a screen takes memory by its size."""
PATIENCE = 5.0
"""Seconds that a visitor's process has to end when it is told to."""
HERE = ("127.0.0.1", "localhost", "::1")
NEEDS = "textual-serve"
PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may fetch: nothing that is not its own. (The terminal sets styles as it goes.)"""


def serve(db: Path, run_id: str, *, host: str = "127.0.0.1", port: int = 8000) -> int:
    """Show a run in browsers until interrupted.

    Args:
        db: the database file.
        run_id: the run.
        host: address to listen at.
        port: likewise.

    Returns:
        The exit code.

    Raises:
        PropersimError: the run cannot be read, the address cannot be had, or the package for it is not installed.
    """
    try:
        import textual_serve.server  # noqa: F401
    except ImportError as error:
        raise InputError(f"the screen in a browser needs the package {NEEDS}", "install it: pip install 'propersim[serve]'") from error
    # What is wrong is said now, not to the first visitor.
    source = RunSource(db, run_id)
    run_id = source.about.run_id
    source.close()
    if host not in HERE:
        print(
            f"warning: whoever reaches {host}:{port} can watch run {run_id} and the others of {db}, personas included; "
            "there is no password and no encryption",
            file=sys.stderr,
        )
    with tempfile.TemporaryDirectory(prefix="propersim-serve-") as turns:
        command = [sys.executable, "-m", "propersim_tui.web.viewer_app", str(db.absolute()), run_id, turns]
        try:
            _server(command, run_id, host, port).serve()
        except OSError as error:
            raise InputError(f"{host}:{port} cannot be listened at: {error.strerror or error}", "give another --port or --host") from error
    return EXIT_OK


def _server(command: list[str], run_id: str, host: str, port: int) -> Any:
    """Return a server of a command; the package that it comes from is only there where it was asked for."""
    from aiohttp import WSMsgType, web
    from jinja2 import Environment, FileSystemLoader
    from rich.console import Console
    from textual_serve.app_service import AppService
    from textual_serve.server import Server

    template = Environment(loader=FileSystemLoader(PAGE), autoescape=True).get_template("index.html")

    class Visit(AppService):  # type: ignore[misc, unused-ignore]
        """The process of a visitor; no shell between, and one that does not end when told to is ended."""

        async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
            pipe = asyncio.subprocess.PIPE
            environment = self._build_environment(width=width, height=height)
            self._process = process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
            assert process.stdin is not None
            self._stdin = process.stdin
            return process

        async def run(self) -> None:
            """Pass on what the process draws until it ends, however it does; the page is told then."""
            await super().run()
            await self.remote_close()

        async def stop(self) -> None:
            """Tell the process to end, and see that it does."""
            process, task = self._process, self._task
            if process is None or task is None:
                return
            await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
            ending = asyncio.ensure_future(process.wait())
            saying = asyncio.ensure_future(self.send_meta({"type": "quit"}))
            try:
                await asyncio.wait([ending], timeout=PATIENCE)
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
            await asyncio.gather(ending, saying, task, return_exceptions=True)

    class RunServer(Server):  # type: ignore[misc, unused-ignore]
        """Serves one run: to pages of its own only, to so many visitors, and quietly."""

        def __init__(self) -> None:
            super().__init__("", host=host, port=port, title=f"propersim {run_id}")
            self.console = Console(stderr=True)
            self._visits: set[asyncio.Task[Any]] = set()

        def initialize_logging(self) -> None:
            """Leave logging as it is: what matters is said."""

        async def _make_app(self) -> Application:
            """Return textual-serve's pages besides our own; all are for visitors of this address alone."""
            app = web.Application(middlewares=[guard])
            app.add_routes(
                [
                    web.get("/", self.handle_index),
                    web.get("/ws", self.handle_websocket),
                    web.get("/download/{key}", self.handle_download),
                    web.static("/static", self.statics_path),
                    web.static("/page", PAGE),
                ]
            )
            app.on_response_prepare.append(shut_in)
            app.on_startup.append(self.on_startup)
            app.on_shutdown.append(self.on_shutdown)
            return app

        async def on_startup(self, app: Application) -> None:
            """Say where it is to be seen."""
            name = f"[{host}]" if ":" in host else host
            print(f"run {run_id} is to be seen at http://{name}:{port}/ (Ctrl-C ends it)", file=sys.stderr, flush=True)

        async def on_shutdown(self, app: Application) -> None:
            """Send the visitors away; their processes end."""
            for visit in list(self._visits):
                visit.cancel()
            await asyncio.gather(*self._visits, return_exceptions=True)

        async def handle_index(self, request: Request) -> StreamResponse:
            """Return the page; its addresses are those that the visitor came by."""
            size = request.query.get("fontsize", "16")
            text = template.render(
                title=self.title,
                font_size=int(size) if size.isdecimal() and len(size) < 4 else 16,
                socket=f"{socket_of(request)}/ws",
            )
            return web.Response(text=text, content_type="text/html")

        async def handle_websocket(self, request: Request) -> WebSocketResponse:
            """Start a process for a visitor, and go between until either goes."""
            if len(self._visits) >= MOST_VISITORS:
                raise web.HTTPServiceUnavailable(text=f"There are {MOST_VISITORS} visitors already.")
            me = asyncio.current_task()
            assert me is not None
            self._visits.add(me)
            socket = web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 16)

            async def shut() -> None:
                await socket.close()

            visit = Visit(
                "",
                write_bytes=socket.send_bytes,
                write_str=socket.send_str,
                close=shut,
                download_manager=self.download_manager,
            )
            try:
                await socket.prepare(request)
                await visit.start(cells(request.query.get("width"), 80), cells(request.query.get("height"), 24))
                async for message in socket:
                    if message.type == WSMsgType.TEXT:
                        await self._take(message.data, visit, socket)
            except (asyncio.CancelledError, ConnectionError):
                # The server ends, or the visitor was gone before something could be said to it.
                pass
            finally:
                try:
                    await visit.stop()
                finally:
                    self._visits.discard(me)
                    await shut()
            return socket

        @staticmethod
        async def _take(text: str, visit: Any, socket: WebSocketResponse) -> None:
            """Pass on what a visitor's terminal says; what is not understood is nothing."""
            kind, value = said(text)
            if kind == "stdin" and isinstance(value, str):
                await visit.send_bytes(value.encode("utf-8", "replace"))
            elif kind == "resize" and isinstance(value, dict):
                await visit.set_terminal_size(cells(value.get("width"), 80), cells(value.get("height"), 24))
            elif kind == "ping" and isinstance(value, str):
                await socket.send_json(["pong", value[:40]])
            elif kind == "blur":
                await visit.blur()
            elif kind == "focus":
                await visit.focus()

    def socket_of(request: Request) -> str:
        return f"{'wss' if request.scheme == 'https' else 'ws'}://{request.host}"

    @web.middleware  # type: ignore[untyped-decorator, unused-ignore]
    async def guard(request: Request, handler: Callable[[Request], Awaitable[StreamResponse]]) -> StreamResponse:
        """Refuse what comes from a page of somebody else: any page that a person has open may try to reach this machine."""
        if not allowed(request.headers.get("Origin"), request.host, host):
            raise web.HTTPForbidden(text="This page may be opened by its own address only.")
        return await handler(request)

    async def shut_in(request: Request, response: StreamResponse) -> None:
        """Let pages fetch nothing from elsewhere, and be shown within no other page."""
        response.headers["Content-Security-Policy"] = POLICY.format(socket=socket_of(request))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"

    return RunServer()


def said(text: str) -> tuple[str, object]:
    """Return kind and value of what a visitor's terminal says; an empty kind where it is not one of its messages."""
    try:
        match json.loads(text):
            case [str(kind)]:
                return kind, None
            case [str(kind), value]:
                return kind, value
    except (ValueError, RecursionError):
        pass
    return "", None


def cells(asked: object, usual: int) -> int:
    """Return how many columns or rows a terminal gets that asks for so many, as a number or in writing."""
    if isinstance(asked, str) and asked.isdecimal() and len(asked) < 7:
        asked = int(asked)
    if not isinstance(asked, int) or isinstance(asked, bool):
        return usual
    return max(1, min(MOST_CELLS, asked))


def allowed(origin: str | None, asked: str, host: str) -> bool:
    """Return whether a request is answered.

    Args:
        origin: of the page that asks, as its browser says; None where it is no page.
        asked: host (and port) that it asks, as its browser says.
        host: address that is listened at. On this machine alone, only names of this machine are answered to.
    """
    if origin is not None and urlsplit(origin).netloc != asked:
        return False
    return host not in HERE or urlsplit(f"//{asked}").hostname in HERE
