"""The screen in a browser: a page, a process for each visitor, and nobody else let in."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from propersim.cli.main import app as cli
from propersim.core.errors import InputError, UnknownRun
from propersim.store.delete import remove_run
from propersim.store.store import Store
from propersim_tui.web.requests import is_allowed, terminal_cells
from propersim_tui.web.server import serve
from tests.known import known
from tests.tui import story
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0


def until(condition, what: str):
    return wait_for(condition, what, seconds=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def three_days(tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add(path)
    return path


async def test_a_request_that_is_no_web_socket_is_refused_without_a_traceback(server, tmp_path):
    from aiohttp import ClientSession

    _, place = server
    async with ClientSession() as session:
        for method in ("GET", "HEAD"):
            async with session.request(method, f"http://{place}/ws") as answer:
                assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "1", "Sec-WebSocket-Key": "x"}
        async with session.get(f"http://{place}/ws", headers=upgrade) as answer:
            assert answer.status == 426
        for headers in ({"Origin": "http://["}, {"Host": "["}):
            async with session.get(f"http://{place}/", headers=headers) as answer:
                assert 400 <= answer.status < 500
        for path in ("/download/x", "/static/none", "/page/../../x", "/none", "/?fontsize=٣"):
            async with session.get(f"http://{place}{path}") as answer:
                assert answer.status < 500, path
    assert "Traceback" not in (tmp_path / "said").read_text()


def listens(port: int) -> bool:
    """Return whether something listens at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(three_days, tmp_path):
    """A server of a run of three days: its process, and where it is."""
    pytest.importorskip("textual_serve")
    port = free_port()
    code = f"from pathlib import Path; from propersim_tui.web.server import serve; serve(Path({str(three_days)!r}), 'last', port={port})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PROPERSIM_SCREEN_CONFIG": str(tmp_path / "own.toml")}
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=tmp_path, stdout=said, stderr=said)
    try:
        until(lambda: "Serving run" in (tmp_path / "said").read_text() or process.poll() is not None, "the server does not start")
        assert process.poll() is None, (tmp_path / "said").read_text()
        assert listens(port), "it says that it serves only once it listens"
        yield process, f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


async def read_until(socket_, text: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(PATIENCE):
        while text not in seen:
            message = await socket_.receive()
            assert isinstance(message.data, bytes), message
            seen += message.data
    return seen


def children(process) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


async def test_a_visitor_sees_the_run_and_uses_its_keys(server, three_days):
    from aiohttp import ClientSession

    process, place = server
    async with ClientSession() as session:
        async with session.get(f"http://{place}/") as page:
            text = await page.text()
            assert page.status == 200
            assert f"ws://{place}/ws" in text
            assert "//" not in text.replace(f"ws://{place}/ws", ""), "the page has everything from here"
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        async with session.get(f"http://{place}/static/js/textual.js") as script:
            assert script.status == 200
        async with session.ws_connect(f"http://{place}/ws?width=100&height=32", origin=f"http://{place}") as visit:
            seen = await read_until(visit, b"Rosalind")
            assert b"\x1b[" in seen
            (visitor,) = children(process)
            assert "propersim_tui.web.viewer_app" in visitor.cmdline()
            await visit.send_json(["stdin", "g"])
            await read_until(visit, b"Go to")
            await visit.send_json(["stdin", "\x1b"])
        await asyncio.to_thread(psutil.wait_procs, [visitor], PATIENCE)
        assert not visitor.is_running()
    with Store(three_days, read_only=True) as store:
        assert store.run("last").state == "stopped", "a visitor does not carry a run on"


async def test_pages_of_others_are_refused(server):
    from aiohttp import ClientSession, WSServerHandshakeError

    process, place = server
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(f"http://{place}/ws", origin="http://elsewhere.example")
        for path in ("", "ws", "page/page.js", "static/js/textual.js", "download/abc"):
            async with session.get(f"http://{place}/{path}", headers={"Host": "elsewhere.example"}) as page:
                assert page.status == 403, path
    assert not children(process)


async def test_nothing_that_a_visitor_sends_harms_or_stays(server):
    """Odd messages and sizes are taken as nothing; words in the address reach no command; a process that hangs is ended."""
    from aiohttp import ClientSession

    process, place = server
    async with ClientSession() as session:
        async with session.ws_connect(f"http://{place}/ws?width=99999999&height=-3&db=/etc/passwd&run=other") as visit:
            await read_until(visit, b"\x1b[")
            (visitor,) = children(process)
            assert visitor.environ()["COLUMNS"] == "80", "no number of columns"
            assert visitor.cmdline()[1:3] == ["-m", "propersim_tui.web.viewer_app"]
            assert not {"/etc/passwd", "other"} & set(visitor.cmdline())
            for odd in ("", "{}", "[" * 5000, '["stdin"]', '["stdin", 3]', '["resize", "wide"]', '["resize", {"width": 1e9}]', '["meta"]'):
                await visit.send_str(odd)
            await visit.send_json(["resize", {"width": 120, "height": 40}])
            await read_until(visit, b"Rosalind")
            visitor.suspend()
        gone, _ = await asyncio.to_thread(psutil.wait_procs, [visitor], PATIENCE)
        assert gone


@pytest.mark.parametrize(
    ("asked", "given"),
    [(120, 120), ("120", 120), ("4000", 500), (10**9, 500), (0, 1), (-5, 1), ("-5", 80), (None, 80), (True, 80), ("wide", 80), (1e9, 80)],
)
def test_the_size_of_a_visitors_terminal(asked, given):
    assert terminal_cells(asked, 80) == given


async def test_a_visitor_whose_run_is_gone_is_sent_away(server, three_days):
    from aiohttp import ClientSession, WSMsgType

    _, place = server
    with Store(three_days) as store:
        run = store.run("last").id
    remove_run(three_days, run)
    async with ClientSession() as session, session.ws_connect(f"http://{place}/ws") as visit, asyncio.timeout(PATIENCE):
        assert (await visit.receive()).type == WSMsgType.CLOSE


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
async def test_visitors_end_with_the_server(server, how):
    from aiohttp import ClientSession

    process, place = server
    async with ClientSession() as session, session.ws_connect(f"http://{place}/ws") as visit:
        await read_until(visit, b"Rosalind")
        visitors = children(process)
        assert visitors
        process.send_signal(how)
        await asyncio.to_thread(process.wait, PATIENCE)
        gone, _ = await asyncio.to_thread(psutil.wait_procs, visitors, PATIENCE)
        assert len(gone) == len(visitors)
    assert process.returncode == (0 if how == signal.SIGINT else -how)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium on this machine")
async def test_it_is_seen_and_used_in_a_real_browser(server, tmp_path):
    from tests.tui.browser import browser, rows

    process, place = server
    async with browser("chromium", tmp_path) as chromium:
        first, second = await chromium.tab(), await chromium.tab()
        await first.open(f"http://{place}/", 1400, 800)
        await second.open(f"http://{place}/?fontsize=12", 1000, 600)
        for tab in (first, second):
            await tab.until("Rosalind")
            await tab.until("Quit")
        visitors = children(process)
        assert len(visitors) == 2
        assert await first.value("document.title") == "propersim p01-random-test"
        assert await first.value("[...document.fonts].every(face => face.status === 'loaded')")
        assert len(rows(await first.picture())) > 100, "the page is blank"

        # Keys, also those that need shift; nobody else's view moves with them.
        await first.press("]")
        await first.until("Day 2 of 14")
        before, seen = rows(await first.picture()), await first.until("paused")
        await first.press("n")
        await first.until(seen, gone=True)
        assert rows(await first.picture()) != before
        assert "paused" not in await second.text()
        await first.press("?")
        await first.until("Esc: close")
        await first.press("q")
        await first.until("Esc: close", gone=True)

        await first.resize(700, 500)
        await first.until_true("overheard.cols < 100")
        await first.until("Quit")
        for tab in (first, second):
            assert tab.problems == []
            assert {urlsplit(each).netloc for each in tab.fetched} == {place}, "something comes from elsewhere"

        # One closes the page, the other ends the view.
        await first.close()
        gone = await asyncio.to_thread(until, lambda: [each for each in visitors if not each.is_running()], "its process stays")
        assert len(gone) == 1
        await second.press("q")
        await second.until_true("document.body.classList.contains('-closed')")
        await asyncio.to_thread(until, lambda: not children(process), "its process stays")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium on this machine")
async def test_a_phone_gets_smaller_type_and_a_message_only_below_that(server, tmp_path):
    from tests.tui.browser import browser

    _, place = server
    async with browser("chromium", tmp_path) as chromium:
        for width, columns in ((390, 60), (430, 60), (320, 60), (1400, 100)):
            phone = await chromium.tab()
            await phone.open(f"http://{place}/", width, 844)
            await phone.until("Rosalind" if width > 400 else "Quit")
            assert await phone.value("overheard.cols") >= columns
            assert "needs at least" not in await phone.text()
            assert await phone.value("overheard.options.fontSize") == "16" or width < 1000
            await phone.close()
        phone = await chromium.tab()
        await phone.open(f"http://{place}/", 200, 844)
        await phone.until("needs at least")
        await phone.close()


@pytest.mark.parametrize(
    ("origin", "asked", "host", "answered"),
    [
        (None, "127.0.0.1:8000", "127.0.0.1", True),
        ("http://localhost:8000", "localhost:8000", "127.0.0.1", True),
        ("http://[::1]:8000", "[::1]:8000", "::1", True),
        ("http://elsewhere.example", "127.0.0.1:8000", "127.0.0.1", False),
        ("http://127.0.0.1:9000", "127.0.0.1:8000", "127.0.0.1", False),
        ("null", "127.0.0.1:8000", "127.0.0.1", False),
        # A name of somebody else that leads to this machine.
        ("http://elsewhere.example:8000", "elsewhere.example:8000", "127.0.0.1", False),
        (None, "elsewhere.example:8000", "localhost", False),
        ("https://lab.example", "lab.example", "0.0.0.0", True),
        ("http://elsewhere.example", "lab.example", "0.0.0.0", False),
    ],
)
def test_who_is_answered(origin, asked, host, answered):
    assert is_allowed(origin, asked, host) == answered


def test_without_the_package_it_says_how_to_install_it(three_days, monkeypatch):
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    with pytest.raises(InputError, match="textual-serve") as error:
        serve(three_days, "last")
    assert "pip install 'propersim[serve]'" in known(error.value.hint)


def test_a_port_that_is_taken_is_an_error_that_says_so(three_days):
    pytest.importorskip("textual_serve")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = f"""
import sys
from pathlib import Path
from propersim.core.errors import InputError
from propersim_tui.web.server import serve
try:
    serve(Path({str(three_days)!r}), "last", port={port})
except InputError as error:
    sys.exit(error.message)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert f"cannot listen at 127.0.0.1:{port}" in done.stderr


# -- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def declared(monkeypatch):
    """The entry points of this checkout, whatever is installed."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]

    def entry_points(*, group, name):
        return [EntryPoint(name, groups[group][name], group)] if name in groups.get(group, {}) else []

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)


def test_the_command_serves_here_unless_told_otherwise(declared, monkeypatch, three_days):
    asked = []

    def server(*all_):
        asked.append(all_)
        return type("S", (), {"run": lambda self: None})()

    monkeypatch.setattr("propersim_tui.web.http_server.ViewerServer", server)
    cli(["serve", "last", "--db", str(three_days)], standalone_mode=False)
    command, run, host, port = asked.pop()
    assert (run, host, port) == ("p01-random-test", "127.0.0.1", 8000)
    assert command[1:5] == ["-m", "propersim_tui.web.viewer_app", str(three_days), "p01-random-test"]


def test_another_address_is_warned_of(declared, monkeypatch, three_days, capsys):
    monkeypatch.setattr("propersim_tui.web.http_server.ViewerServer", lambda *_: type("S", (), {"run": lambda self: None})())
    cli(["serve", "last", "--db", str(three_days), "--port", "9000"], standalone_mode=False)
    assert capsys.readouterr().err == ""
    cli(["serve", "last", "--db", str(three_days), "--host", "0.0.0.0", "--port", "9000"], standalone_mode=False)
    assert "no password" in capsys.readouterr().err


def test_a_run_that_is_not_there_is_said_at_once(declared, three_days):
    with pytest.raises(UnknownRun):
        cli(["serve", "nobody", "--db", str(three_days)], standalone_mode=False)


@pytest.mark.parametrize("host", ["", " ", "no host", "é" * 70, "999.1.1.1"])
def test_an_address_that_is_none_is_refused_in_one_line(three_days, host):
    pytest.importorskip("textual_serve")
    with pytest.raises(InputError, match="--host: is empty" if not host.strip() else "cannot listen at"):
        serve(three_days, "last", host=host, port=free_port())
