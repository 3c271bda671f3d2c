"""Run a program in a pseudo-terminal, and read its frames with their times."""

from __future__ import annotations

import codecs
import os
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.latency.picture import Picture
from tools.pseudo_terminal import PseudoTerminal

FRAME_ENDS = b"\x1b[?2026l"
SYNC_ASKED, SYNC_ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Query and answer for synchronised output: each frame then has a visible end."""

Sight = Callable[[Picture], bool]
"""A condition on the picture."""


class Gone(Exception):
    """The program has ended; the message is its last output."""


class Terminal(PseudoTerminal):
    """A program in a terminal that records each of its frames.

    Args:
        arguments: of the interpreter, such as ``-m propersim``.
        folder: to run in; the screen's settings are a file there.
        size: columns and rows.
        env: variables besides ours.

    Attributes:
        picture: what is seen.
        now: when the newest frame of it had arrived, as of ``time.perf_counter``.
        waited: seconds of the last answer in which the program, or we, waited for a core that somebody else had.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, size: tuple[int, int] = (120, 40), env: Mapping[str, str] | None = None):
        self.picture = Picture(*size)
        self.now = self.began = time.perf_counter()
        self.waited = 0.0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = b""
        super().__init__(arguments, folder, size, {"PROPERSIM_SCREEN_CONFIG": str(folder / "screen.toml"), **(env or {})})

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the program receives the usual signal."""
        self.picture.resize(columns, rows)
        self._tell_size(columns, rows)

    def _read(self, seconds: float) -> bool:
        """Read output until a frame is complete; return whether there was one in time.

        Raises:
            Gone: the program has ended.
        """
        data = self.read(seconds)
        if data is None:
            return False
        arrived = time.perf_counter()
        if not data:
            told = re.sub(r"\x1b[^a-zA-Z]*[a-zA-Z]", "", self._rest.decode(errors="replace"))
            raise Gone(f"{self.picture.text.strip()}\n{told}")
        self._rest += data
        if SYNC_ASKED in data:
            self.press(SYNC_ANSWER)
        whole, mark, rest = self._rest.rpartition(FRAME_ENDS)
        if not mark:
            return False
        self.picture.draw(self._decoder.decode(whole + mark))
        self._rest, self.now = rest, arrived
        return True

    def settle(self, seconds: float) -> None:
        """Read all output for some seconds."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def until(self, sight: Sight, seconds: float = 10.0) -> bool:
        """Read until a frame satisfies a condition (``now`` is its time of arrival); False if none does in time."""
        return sight(self.picture) or self._wait(sight, seconds)

    def answer(self, keys: bytes, sight: Sight, seconds: float = 10.0, size: tuple[int, int] | None = None) -> float | None:
        """Send keys, or change the size; return the seconds until the frame with the effect arrived, or None.

        What has arrived already is drawn before: a frame that is still on its way then shows the state before the key.
        """
        while self._read(0):
            pass
        before = _queued(self.pid) + _queued(os.getpid())
        pressed = time.perf_counter()
        if size is not None:
            self.resize(*size)
        else:
            self.press(keys)
        seen = self._wait(sight, seconds)
        self.waited = _queued(self.pid) + _queued(os.getpid()) - before
        return self.now - pressed if seen else None

    def _wait(self, sight: Sight, seconds: float) -> bool:
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if self._read(left) and sight(self.picture):
                return True
        return False

    def memory(self) -> float:
        """Return the memory of the program, in MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> None:
        """Quit with ``q`` and wait; kill the program if it does not end."""
        try:
            self.press(b"\x1b")
            self.settle(0.3)
            self.press(b"q")
            self.settle(10.0)
        except (Gone, OSError):
            pass
        for number in (signal.SIGTERM, signal.SIGKILL):
            for _ in range(50):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self.fd)
                    return
                time.sleep(0.1)
            os.kill(self.pid, number)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def _queued(pid: int) -> float:
    """Return the seconds that a process's main thread waited for a core (Linux; elsewhere 0)."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
