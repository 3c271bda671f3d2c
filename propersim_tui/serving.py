"""The screen in a browser: a web server that starts one process for each visitor, which watches the store and never carries a run on."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from propersim.errors import EXIT_OK, InputError
from propersim_tui.source import RunSource

if TYPE_CHECKING:
    from aiohttp.web import Application, Request, StreamResponse

MOST_VISITORS = 16
"""Each is a process of some 80 MB."""
HERE = ("127.0.0.1", "localhost", "::1")
NEEDS = "textual-serve"


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
    RunSource(db, run_id).close()
    if host not in HERE:
        print(
            f"warning: whoever reaches {host}:{port} can watch run {run_id}, persona included; there is no password and no encryption",
            file=sys.stderr,
        )
    command = f"exec {shlex.join([sys.executable, '-m', 'propersim_tui.visitor', str(db.absolute()), run_id])}"
    try:
        _server(command, run_id, host, port).serve()
    except OSError as error:
        raise InputError(f"{host}:{port} cannot be listened at: {error.strerror or error}", "give another --port or --host") from error
    return EXIT_OK


def _server(command: str, run_id: str, host: str, port: int) -> Any:
    """Return a server of a command; the package that it comes from is only there where it was asked for."""
    import aiohttp_jinja2
    from aiohttp import web
    from rich.console import Console
    from textual_serve.server import Server

    class RunServer(Server):  # type: ignore[misc, unused-ignore]
        """Serves one run: to pages of its own only, to so many visitors, and quietly."""

        def __init__(self) -> None:
            super().__init__(command, host=host, port=port, title=f"propersim {run_id}")
            self.console = Console(stderr=True)
            self._visits: set[asyncio.Task[Any]] = set()

        def initialize_logging(self) -> None:
            """Leave logging as it is: what matters is said."""

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
            self._check(request)
            scheme = "wss" if request.scheme == "https" else "ws"
            size = request.query.get("fontsize", "16")
            context = {
                "font_size": int(size) if size.isdecimal() and len(size) < 4 else 16,
                "app_websocket_url": f"{scheme}://{request.host}/ws",
                "config": {"static": {"url": "/static/"}},
                "application": {"name": self.title},
            }
            return aiohttp_jinja2.render_template("app_index.html", request, context)

        async def handle_websocket(self, request: Request) -> StreamResponse:
            """Start a process for a visitor, and go between."""
            self._check(request)
            if len(self._visits) >= MOST_VISITORS:
                raise web.HTTPServiceUnavailable(text=f"There are {MOST_VISITORS} visitors already.")
            visit = asyncio.current_task()
            assert visit is not None
            self._visits.add(visit)
            try:
                return await super().handle_websocket(request)  # type: ignore[no-any-return, unused-ignore]
            finally:
                self._visits.discard(visit)

        @staticmethod
        def _check(request: Request) -> None:
            """Refuse what comes from a page of somebody else: any page that a person has open may try to reach this machine."""
            if not allowed(request.headers.get("Origin"), request.host, host):
                raise web.HTTPForbidden(text="This page may be opened by its own address only.")

    return RunServer()


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
