"""The screen's end of a worker: starts it, sends commands, hears events; never waits for it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from propersim.protocol import Command, Event, Failed, State, Stop, decode_event, encode


class LiveRun:
    """A run in a worker process of its own.

    Args:
        db: the database file.
        run_id: the run in it, already added.
        speed: steps a second; None is as fast as it goes.
        paused: begin paused.
        env: variables of its environment besides ours.
    """

    def __init__(
        self, db: Path, run_id: str, *, speed: float | None = 8.0, paused: bool = False, env: Mapping[str, str] | None = None
    ) -> None:
        self.db = db
        self.run_id = run_id
        self.log_path = db.with_name(db.name + ".logs") / f"{run_id}.log"
        self._speed = speed
        self._paused = paused
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._unsent = b""
        self._ended = False

    def start(self) -> None:
        """Start the worker: no terminal of its own, its output in ``log_path``."""
        ours, theirs = socket.socketpair()
        self.log_path.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "propersim.worker", "--db", str(self.db), "--run", self.run_id]
        command += ["--control", str(theirs.fileno())]
        command += ["--speed", "max" if self._speed is None else str(self._speed)]
        command += ["--paused"] if self._paused else []
        with self.log_path.open("ab") as log, theirs:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**os.environ, **self._env},
            )
        ours.setblocking(False)
        self._socket = ours

    @property
    def pid(self) -> int | None:
        """The worker's process id, once started."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether the worker's process is there."""
        return self._process is not None and self._process.poll() is None

    def send(self, command: Command) -> bool:
        """Send a command; False where the worker is gone."""
        if self._socket is None or not self.alive:
            return False
        self._unsent += encode(command)
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

    def poll(self) -> list[Event]:
        """Return what the worker has said since the last call; at once.

        A worker that died without a word gives one :class:`Failed`, once.
        """
        # Asked before reading: what a worker said just before it ended is still in the socket then.
        code = self._process.poll() if self._process is not None else None
        events = self._heard()
        if any(isinstance(e, Failed) or (isinstance(e, State) and e.state in ("finished", "stopped")) for e in events):
            self._ended = True
        if code is not None and not self._ended:
            self._ended = True
            events.append(Failed(self._obituary(code), f"propersim resume {self.run_id} --watch"))
        return events

    def _heard(self) -> list[Event]:
        """Read the socket until it is empty, and return the events in it."""
        if self._socket is None:
            return []
        self._push()
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        events: list[Event] = []
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):
                events.append(decode_event(line))
        return events

    def _obituary(self, code: int) -> str:
        if code < 0:
            with contextlib.suppress(ValueError):
                return f"the worker was killed by {signal.Signals(-code).name}; see {self.log_path}"
        return f"the worker ended without a word (exit code {code}); see {self.log_path}"

    def close(self, timeout: float = 5.0) -> None:
        """Ask the worker to stop, wait for it, and end it where it does not."""
        self.send(Stop())
        if self._process is not None:
            try:
                self._process.wait(timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(timeout=timeout)
        if self._socket is not None:
            self._socket.close()
            self._socket = None
