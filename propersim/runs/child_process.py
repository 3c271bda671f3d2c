"""Child processes: Python modules that exchange JSON lines over a socket.

Reading and writing never block.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


def log_file(db: Path, name: str) -> Path:
    """Return the path of a process's log beside a database.

    Characters that do not suit a file name are replaced.
    """
    return db.with_name(db.name + ".logs") / (re.sub(r"[^\w.-]|^\.", "_", name, flags=re.ASCII)[:100] + ".log")


def lower_priority(by: int) -> None:
    """Lower the scheduling priority of the current process, so that the screen stays responsive.

    Linux divides a desktop's cores between sessions before it looks at niceness, and a child process has its own session, so the
    session's niceness is set as well.

    Args:
        by: niceness to add, 1 to 19.
    """
    with contextlib.suppress(OSError):
        os.nice(by)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(by))


class ChildProcess:
    """A Python module in a child process, which exchanges JSON lines over a socket.

    It has no terminal, a session of its own, and its output in a log.

    Args:
        log_path: file for its output.
        env: additional environment variables.
    """

    def __init__(self, log_path: Path, env: Mapping[str, str] | None = None) -> None:
        self.log_path = log_path
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._unsent = b""
        self._other_end_closed = False

    def _spawn(self, module: str, arguments: Sequence[str]) -> None:
        """Start the process and pass it its end of the socket as ``--control``.

        Raises:
            OSError: the log's folder or the process cannot be created.
            ValueError: an argument holds a NUL character.
        """
        self.log_path.parent.mkdir(exist_ok=True)
        own_end, child_end = socket.socketpair()
        try:
            with self.log_path.open("ab") as log, child_end:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", module, f"--control={child_end.fileno()}", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[child_end.fileno()],
                    start_new_session=True,
                    env={**os.environ, **self._env},
                )
        except (OSError, ValueError):
            own_end.close()
            raise
        own_end.setblocking(False)
        self._socket = own_end
        self._buffer = self._unsent = b""
        self._other_end_closed = False

    @property
    def pid(self) -> int | None:
        """Process id, or None before the start."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.poll() is None

    @property
    def suspended(self) -> bool:
        """Whether the process is stopped (SIGSTOP, Ctrl-Z)."""
        try:
            return self.alive and psutil.Process(self.pid).status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    @property
    def busy_seconds(self) -> float:
        """CPU seconds that the process has used; 0 once it has ended."""
        try:
            times = psutil.Process(self.pid).cpu_times() if self.alive else None
        except psutil.Error:
            return 0.0
        return times.user + times.system if times is not None else 0.0

    def _write(self, line: bytes) -> bool:
        """Send a line, and return whether the process was there to receive it."""
        if self._socket is None or not self.alive:
            return False
        self._unsent += line
        return self._push()

    def _push(self) -> bool:
        """Send what is left to send, as far as the socket accepts it.

        The rest of a line is sent later.
        """
        if self._socket is None:
            return False
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True

    def _lines(self) -> list[bytes]:
        """Read the socket until it is empty, and return the complete lines."""
        if self._socket is None:
            return []
        self._push()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                self._buffer += data
            self._other_end_closed = True
        *lines, self._buffer = self._buffer.split(b"\n")
        return lines

    def _exit_message(self, code: int, what: str) -> str:
        """Describe how the process ended."""
        if code < 0:
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
                why = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
                return f"the {what} was killed by {name}{why}; see {self.log_path}"
        return f"the {what} ended without a message (exit code {code}); see {self.log_path}"

    def _close_socket(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _wait(self, timeout: float) -> None:
        """Wait for the process to end, and kill it after ``timeout`` seconds."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
