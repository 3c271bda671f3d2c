"""Run a Python program in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]


class PseudoTerminal:
    """A program of this interpreter, running in a terminal with colours.

    Args:
        arguments: arguments of the interpreter, such as ``-m propersim``.
        folder: working directory.
        size: columns and rows.
        env: further environment variables.

    Attributes:
        pid: process id of the program.
        fd: file descriptor of our end of the terminal.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, size: tuple[int, int] = (120, 40), env: Mapping[str, str] | None = None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            # os.environ instead of the C environment, because libraries put the size of the current terminal there. The caller's own
            # settings are left out.
            kept = {
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("PROPERSIM_", "TEXTUAL_")) and key not in ("NO_COLOR", "COLUMNS", "LINES", "ESCDELAY")
            }
            names = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT), **(env or {})}
            os.execve(sys.executable, [sys.executable, *arguments], {**kept, **names})
        self._tell_size(*size)

    def _tell_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: bytes) -> None:
        """Send keys."""
        os.write(self.fd, keys)

    def read(self, seconds: float) -> bytes | None:
        """Wait some seconds for output and return it; None without output, b"" once the program has ended."""
        if not select.select([self.fd], [], [], max(0.0, seconds))[0]:
            return None
        try:
            return os.read(self.fd, 1 << 16)
        except OSError:
            return b""

    def drain(self, seconds: float) -> None:
        """Read for some seconds, or until the program ends."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and self.read(left) != b"":
            pass
