"""How soon the screen answers a key while the worker runs as fast as it goes: ``python -m tools.latency``.

End to end: a real terminal (pty) of 120 × 40, a real worker; from the byte of the key to the first sight of its effect.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

ROUNDS = 40


class Terminal:
    """A command in a pseudo-terminal, and what it has drawn since it was last asked."""

    def __init__(self, command: list[str], folder: Path, columns: int = 120, rows: int = 40) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            # Exactly what Python knows of: libraries put the size of the terminal that this runs in into the rest.
            environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
            os.execve(command[0], command, {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds: float) -> bytes:
        """Return what is drawn within some time, as soon as there is something."""
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                return os.read(self.fd, 1 << 16)
            except OSError:
                return b""
        return b""

    def drain(self, seconds: float) -> bytes:
        """Return all that is drawn within some time."""
        end, drawn = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            drawn += self.read(left)
        return drawn

    def until(self, sight: bytes, seconds: float = 5.0) -> float | None:
        """Return the seconds until something is seen; None where it is not."""
        began, drawn = time.monotonic(), b""
        while time.monotonic() - began < seconds:
            drawn += self.read(0.25)
            if sight in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", drawn):
                return time.monotonic() - began
        return None

    def press(self, key: bytes) -> None:
        """Send a key."""
        os.write(self.fd, key)


def main(rounds: int = ROUNDS) -> int:
    """Measure and print; returns 1 where an answer was not seen at all."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("propersim")), "watch", "--days", "5000", "--persona", "p11"]
        screen = Terminal(command, Path(folder))
        if screen.until("▶".encode(), 20) is None:
            print("the screen did not come up")
            return 1
        for _ in range(8):
            screen.press(b"+")
            screen.drain(0.1)
        screen.drain(3.0)
        pause, go = [], []
        for _ in range(rounds):
            for times, sight in ((pause, "‖".encode()), (go, "▶".encode())):
                screen.press(b" ")
                took = screen.until(sight)
                if took is None:
                    print(f"no answer seen: {sight.decode()}")
                    return 1
                times.append(took * 1000)
                screen.drain(0.35)
        screen.press(b"q")
        screen.drain(3.0)
        for name, times in (("pause", pause), ("go on", go)):
            ordered = sorted(times)
            p95 = ordered[int(0.95 * len(ordered)) - 1]
            median, worst = statistics.median(ordered), ordered[-1]
            print(f"{name}: median {median:.0f} ms, 95th percentile {p95:.0f} ms, worst {worst:.0f} ms ({len(ordered)} keys)")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
