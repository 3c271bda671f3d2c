"""A process of our own at the other end of a socket: started, written to, heard, and never waited for."""

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
    """Return the log of a process beside a database; a name that is no file name is made one."""
    return db.with_name(db.name + ".logs") / (re.sub(r"[^\w.-]|^\.", "_", name, flags=re.ASCII)[:100] + ".log")


def step_back(by: int) -> None:
    """Let other programs go first, the screen above all: called by a process of ours for itself.

    Linux shares a desktop's cores out between sessions before it looks at how nice a process is, and a process of ours has a session of its
    own: the session has to be made nice as well.

    Args:
        by: how nice, 1 to 19.
    """
    with contextlib.suppress(OSError):
        os.nice(by)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(by))


class Child:
    """A Python module in a process of its own: no terminal, a session of its own, its output in a log, JSON lines over a socket.

    Args:
        log_path: where its output goes.
        env: variables of its environment besides ours.
    """

    def __init__(self, log_path: Path, env: Mapping[str, str] | None = None) -> None:
        self.log_path = log_path
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._unsent = b""

    def _spawn(self, module: str, arguments: Sequence[str]) -> None:
        """Start it; it is given its end of the socket as ``--control``.

        Raises:
            OSError: the log's folder or the process cannot be made.
            ValueError: an argument holds a NUL character.
        """
        self.log_path.parent.mkdir(exist_ok=True)
        ours, theirs = socket.socketpair()
        try:
            with self.log_path.open("ab") as log, theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", module, f"--control={theirs.fileno()}", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                    env={**os.environ, **self._env},
                )
        except (OSError, ValueError):
            ours.close()
            raise
        ours.setblocking(False)
        self._socket = ours
        self._buffer = self._unsent = b""

    @property
    def pid(self) -> int | None:
        """Its process id, once started."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def suspended(self) -> bool:
        """Whether it is there and has been told to stand still (SIGSTOP, Ctrl-Z)."""
        try:
            return self.alive and psutil.Process(self.pid).status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    @property
    def busy_seconds(self) -> float:
        """Seconds of the processor that it has had so far; 0 where it is gone."""
        try:
            times = psutil.Process(self.pid).cpu_times() if self.alive else None
        except psutil.Error:
            return 0.0
        return times.user + times.system if times is not None else 0.0

    def _write(self, line: bytes) -> bool:
        """Send a line; False where nobody is there."""
        if self._socket is None or not self.alive:
            return False
        self._unsent += line
        return self._push()

    def _push(self) -> bool:
        """Send what is waiting to be sent, as far as the socket takes it; a line is never cut for good."""
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
        """Read the socket until it is empty, and return the whole lines in it."""
        if self._socket is None:
            return []
        self._push()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        return lines

    def _obituary(self, code: int, what: str) -> str:
        """Return in words how it ended."""
        if code < 0:
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
                why = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
                return f"the {what} was killed by {name}{why}; see {self.log_path}"
        return f"the {what} ended without a word (exit code {code}); see {self.log_path}"

    def _hang_up(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _wait(self, timeout: float) -> None:
        """Wait for it to end, and end it where it does not."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
