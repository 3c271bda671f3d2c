"""A headless Chromium that tests drive over its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import zlib
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.waiting import wait_for, wait_for_async

PATIENCE = 60.0
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
# xterm.js keeps its terminal to itself; whoever is given one as a property called so is overheard.
OVERHEAR = """
Object.defineProperty(Object.prototype, "terminal", {configurable: true, set(found) {
  window.overheard = found;
  Object.defineProperty(this, "terminal", {value: found, writable: true, configurable: true, enumerable: true});
}});
"""
LINES = """
(() => { const buffer = window.overheard?.buffer.active; if (!buffer) return "";
  return Array.from({length: window.overheard.rows}, (_, row) => buffer.getLine(row)?.translateToString() ?? "").join("\\n"); })()
"""


def rows(png: bytes) -> set[bytes]:
    """Return the different rows of pixels of a picture, as they are stored; a blank one has a handful."""
    at, packed, stride = 8, b"", 0
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        if kind == b"IHDR":
            width, colours = int.from_bytes(png[at + 8 : at + 12]), png[at + 17]
            stride = 1 + width * {2: 3, 6: 4}[colours]
        elif kind == b"IDAT":
            packed += png[at + 8 : at + 8 + size]
        at += size + 12
    raw = zlib.decompress(packed)
    return {raw[start : start + stride] for start in range(0, len(raw), stride)}


class Tab:
    """A page of the browser, and what it asked for.

    Attributes:
        fetched: addresses that it asked for, as they come.
        problems: exceptions and errors that it told of.
    """

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._hearing = asyncio.create_task(self._hear())
        self.fetched: list[str] = []
        self.problems: list[str] = []

    async def _hear(self) -> None:
        async for message in self._socket:
            if message.type != WSMsgType.TEXT:
                continue
            told = message.json()
            if "id" in told:
                self._waiting.pop(told["id"]).set_result(told)
            elif told["method"] == "Network.requestWillBeSent":
                self.fetched.append(told["params"]["request"]["url"])
            elif told["method"] == "Network.webSocketCreated":
                self.fetched.append(told["params"]["url"])
            elif told["method"] == "Runtime.exceptionThrown":
                details = told["params"]["exceptionDetails"]
                self.problems.append(details.get("exception", {}).get("description", details["text"]))
            elif told["method"] == "Log.entryAdded" and told["params"]["entry"]["level"] == "error":
                self.problems.append(told["params"]["entry"]["text"])

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol, and return its result."""
        number = next(self._numbers)
        self._waiting[number] = answer = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE):
            told = await answer
        assert "error" not in told, told
        return told["result"]

    async def open(self, address: str, width: int = 1200, height: int = 800) -> None:
        """Go to an address."""
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.resize(width, height)
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=OVERHEAR)
        await self.call("Page.navigate", url=address)

    async def resize(self, width: int, height: int) -> None:
        """Give the page a size in pixels; only one that is in front takes note of it."""
        await self.call("Page.bringToFront")
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    async def value(self, script: str) -> Any:
        """Return the value of an expression."""
        told = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def text(self) -> str:
        """Return what stands in the page's terminal, line by line."""
        return await self.value(LINES)

    async def until(self, sight: str, *, gone: bool = False) -> str:
        """Wait until something stands in the terminal (or does not any more); returns all that stands there then."""
        seen = ""

        async def there() -> bool:
            nonlocal seen
            seen = await self.text()
            return (sight in seen) != gone

        await wait_for_async(
            there, lambda: f"{sight!r} {'gone' if gone else 'there'}; problems {self.problems}; seen:\n{seen}\nthis", seconds=PATIENCE
        )
        return seen

    async def until_true(self, script: str) -> None:
        """Wait until an expression is true in the page."""
        await wait_for_async(lambda: self.value(script), script, seconds=PATIENCE)

    async def press(self, key: str) -> None:
        """Press and let go a key that writes a character."""
        code = {" ": "Space"}.get(key, "")
        at = ord(key.upper()) if key.isalnum() or key == " " else 0
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=code, text=key, windowsVirtualKeyCode=at)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=code, windowsVirtualKeyCode=at)

    async def picture(self) -> bytes:
        """Return a picture of the page (PNG)."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])

    async def close(self) -> None:
        """Close the page, as a person does."""
        await self.call("Page.close")
        await self._socket.close()
        await self._hearing


class Browser:
    """A running browser.

    Args:
        session: of the test.
        place: host and port of its DevTools.
    """

    def __init__(self, session: ClientSession, place: str) -> None:
        self._session = session
        self._place = place

    async def tab(self) -> Tab:
        """Open an empty page."""
        async with self._session.put(f"http://{self._place}/json/new?about:blank") as answer:
            address = (await answer.json())["webSocketDebuggerUrl"]
        return Tab(await self._session.ws_connect(address, max_msg_size=0))


@contextlib.asynccontextmanager
async def browser(program: str, folder: Path) -> AsyncIterator[Browser]:
    """Start a browser with a new profile in a folder, and end it with all of its processes."""
    profile = folder / "profile"
    command = [program, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    with (folder / "chromium.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)
    try:
        port = profile / "DevToolsActivePort"

        def listening() -> bool:
            return port.exists() and len(port.read_text().splitlines()) >= 2

        await asyncio.to_thread(wait_for, listening, lambda: (folder / "chromium.log").read_text(), seconds=PATIENCE, process=process)
        async with ClientSession() as session:
            yield Browser(session, f"127.0.0.1:{port.read_text().splitlines()[0]}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)
