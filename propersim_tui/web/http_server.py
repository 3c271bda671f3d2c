"""The web server: a terminal on a page, and one process for each viewer.

The terminal is textual-serve's, the page our own. Imported only by :func:`propersim_tui.web.server.serve`, as textual-serve is an
optional dependency.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from jinja2 import Environment, FileSystemLoader
from textual_serve.app_service import AppService
from textual_serve.server import Server

from propersim_tui.web.requests import is_allowed, parse_message, terminal_cells

MAX_VIEWERS = 16
"""Most viewers at a time; each is a process of some 80 MB."""
STOP_SECONDS = 5.0
"""Seconds that a viewer's process has to end before it is killed."""
COLUMNS, ROWS = 80, 24
"""Size of a terminal whose browser asks for none."""
PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy: the page loads nothing from other sites. (The terminal sets inline styles.)"""


class ViewerProcess(AppService):  # type: ignore[misc, unused-ignore]  # textual-serve has no type hints
    """The process of one viewer."""

    async def run(self) -> None:
        """Forward the process's output until it ends, then close the browser's connection."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """Ask the process to quit, and kill it if it does not."""
        process = self._process
        if process is None:
            return
        stopping = asyncio.gather(super().stop(), process.wait(), return_exceptions=True)
        try:
            await asyncio.wait([stopping], timeout=STOP_SECONDS)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        await stopping


class ViewerServer:
    """Serves one run to browsers.

    Args:
        command: starts the process of a viewer.
        run_id: the run, for the page's title.
        host: address to listen at.
        port: port to listen at.
    """

    def __init__(self, command: Sequence[str], run_id: str, host: str, port: int) -> None:
        # textual-serve starts its command in a shell, which exec replaces with the command.
        self._command = f"exec {shlex.join(command)}"
        self._run_id, self._host, self._port = run_id, host, port
        self._textual = Server(self._command, host=host, port=port, title=f"propersim {run_id}")
        self._page = Environment(loader=FileSystemLoader(PAGE), autoescape=True).get_template("index.html")
        self._viewers: set[asyncio.Task[Any]] = set()

    def run(self) -> None:
        """Serve until interrupted.

        Raises:
            OSError: the address is in use or does not exist.
        """
        # aiohttp prints when the server listens.
        web.run_app(self._application(), host=self._host, port=self._port, print=self._announce)

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._refuse_foreign_requests])
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/ws", self._socket),
                web.get("/download/{key}", self._textual.handle_download),
                web.static("/static", self._textual.statics_path),
                web.static("/page", PAGE),
            ]
        )
        app.on_response_prepare.append(self._add_headers)
        app.on_shutdown.append(self._disconnect)
        return app

    def _announce(self, _: str) -> None:
        """Print the address of the page, in the place of aiohttp's message."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        print(f"Serving run {self._run_id} at http://{host}:{self._port}/ (Ctrl+C to stop)", file=sys.stderr, flush=True)

    async def _disconnect(self, _: web.Application) -> None:
        """Disconnect all viewers, which ends their processes."""
        for viewer in list(self._viewers):
            viewer.cancel()
        await asyncio.gather(*self._viewers, return_exceptions=True)

    # -- pages ----------------------------------------------------------------------------------------------------

    @web.middleware  # type: ignore[untyped-decorator, unused-ignore]  # aiohttp may be missing where types are checked
    async def _refuse_foreign_requests(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Refuse requests from other sites.

        Any page open in the user's browser could try to reach this server.
        """
        if not is_allowed(request.headers.get("Origin"), request.host, self._host):
            raise web.HTTPForbidden(text="This server answers only to pages opened by its own address.")
        return await handler(request)

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Forbid pages to load anything from other sites, or to be embedded in them."""
        response.headers["Content-Security-Policy"] = POLICY.format(socket=_socket_address(request))
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"

    async def _index(self, request: web.Request) -> web.StreamResponse:
        """Return the page, with the address by which the viewer reached it."""
        size = request.query.get("fontsize", "16")
        text = self._page.render(
            title=self._textual.title,
            font_size=int(size) if size.isdecimal() and len(size) < 4 else 16,
            socket=f"{_socket_address(request)}/ws",
        )
        return web.Response(text=text, content_type="text/html")

    # -- viewers --------------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        """Start a process for a viewer, and forward messages until either side ends."""
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 16)
        if not socket.can_prepare(request):
            raise web.HTTPUpgradeRequired(text="This address is for the terminal of the page alone.", headers={"Upgrade": "websocket"})
        if len(self._viewers) >= MAX_VIEWERS:
            raise web.HTTPServiceUnavailable(text=f"There are {MAX_VIEWERS} viewers already.")
        task = asyncio.current_task()
        assert task is not None
        self._viewers.add(task)

        async def close() -> None:
            await socket.close()

        process = ViewerProcess(
            self._command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=self._textual.download_manager,
        )
        try:
            await socket.prepare(request)
            await process.start(terminal_cells(request.query.get("width"), COLUMNS), terminal_cells(request.query.get("height"), ROWS))
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await self._forward(message.data, process, socket)
        except (asyncio.CancelledError, ConnectionError):
            # The server stops, or the browser disconnected while something was being sent to it.
            pass
        finally:
            try:
                await process.stop()
            finally:
                self._viewers.discard(task)
                await close()
        return socket

    @staticmethod
    async def _forward(text: str, process: ViewerProcess, socket: web.WebSocketResponse) -> None:
        """Forward a message of the browser to the process; ignore invalid ones."""
        kind, value = parse_message(text)
        if kind == "stdin" and isinstance(value, str):
            await process.send_bytes(value.encode("utf-8", "replace"))
        elif kind == "resize" and isinstance(value, dict):
            await process.set_terminal_size(terminal_cells(value.get("width"), COLUMNS), terminal_cells(value.get("height"), ROWS))
        elif kind == "ping" and isinstance(value, str):
            await socket.send_json(["pong", value[:40]])
        elif kind == "blur":
            await process.blur()
        elif kind == "focus":
            await process.focus()


def _socket_address(request: web.Request) -> str:
    return f"{'wss' if request.scheme == 'https' else 'ws'}://{request.host}"
