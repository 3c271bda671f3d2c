"""The screen's end of a worker process.

It starts it, sends commands and receives events, and never blocks the screen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from propersim.runs.child_process import ChildProcess, log_file
from propersim.runs.protocol import Command, Event, Failed, RunState, Stop, decode_event, encode

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""Environment of workers beside others: runs with a thread per core each would slow each other down."""


class LiveRun(ChildProcess):
    """A run in its own worker process.

    Args:
        db: the database file.
        run_id: id of a run in it.
        speed: steps per second; None for no limit.
        paused: start paused.
        env: additional environment variables of the process.
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
        """Start the worker without a terminal; its output goes to ``log_path``."""
        speed = "max" if self._speed is None else str(self._speed)
        arguments = [f"--db={self.db}", f"--run={self.run_id}", f"--speed={speed}", *(["--paused"] if self._paused else [])]
        self._spawn("propersim.runs.worker", arguments)

    def send(self, command: Command) -> bool:
        """Send a command and return whether the worker was there to receive it."""
        return self._write(encode(command))

    def poll(self) -> list[Event]:
        """Return the events since the last call, without waiting.

        A worker that died without sending a final event yields one :class:`Failed`, once.
        """
        # Checked before reading: the last events of a worker that has just ended are still in the socket.
        code = self._process.poll() if self._process is not None else None
        events: list[Event] = []
        for line in self._lines():
            with contextlib.suppress(msgspec.MsgspecError):
                events.append(decode_event(line))
        if any(isinstance(e, Failed) or (isinstance(e, RunState) and e.state in ("finished", "stopped")) for e in events):
            self._ended = True
        if code is not None and not self._ended:
            self._ended = True
            events.append(Failed(self._exit_message(code, "worker"), f"propersim resume {self.run_id} --watch"))
        return events

    def close(self, timeout: float = 5.0) -> None:
        """Ask the worker to stop, and kill it where it does not within ``timeout`` seconds."""
        self.send(Stop())
        self._wait(timeout)
        self._close_socket()
