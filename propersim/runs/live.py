"""The screen's end of a worker: starts it, sends commands, hears events; never waits for it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from propersim.runs.child_process import Child, log_file
from propersim.runs.protocol import Command, Event, Failed, State, Stop, decode_event, encode


class LiveRun(Child):
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
        super().__init__(log_file(db, run_id), env)
        self.db = db
        self.run_id = run_id
        self._speed = speed
        self._paused = paused
        self._ended = False

    def start(self) -> None:
        """Start the worker: no terminal of its own, its output in ``log_path``."""
        speed = "max" if self._speed is None else str(self._speed)
        arguments = [f"--db={self.db}", f"--run={self.run_id}", f"--speed={speed}", *(["--paused"] if self._paused else [])]
        self._spawn("propersim.runs.worker", arguments)

    def send(self, command: Command) -> bool:
        """Send a command; False where the worker is gone."""
        return self._write(encode(command))

    def poll(self) -> list[Event]:
        """Return what the worker has said since the last call; at once.

        A worker that died without a word gives one :class:`Failed`, once.
        """
        # Asked before reading: what a worker said just before it ended is still in the socket then.
        code = self._process.poll() if self._process is not None else None
        events: list[Event] = []
        for line in self._lines():
            with contextlib.suppress(msgspec.MsgspecError):
                events.append(decode_event(line))
        if any(isinstance(e, Failed) or (isinstance(e, State) and e.state in ("finished", "stopped")) for e in events):
            self._ended = True
        if code is not None and not self._ended:
            self._ended = True
            events.append(Failed(self._obituary(code, "worker"), f"propersim resume {self.run_id} --watch"))
        return events

    def close(self, timeout: float = 5.0) -> None:
        """Ask the worker to stop, wait for it, and end it where it does not."""
        self.send(Stop())
        self._wait(timeout)
        self._hang_up()
