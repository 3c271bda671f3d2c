"""The other end of a worker process that carries out several runs at once."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from propersim.core.config import RunConfig
from propersim.runs.child_process import ChildProcess, log_file
from propersim.runs.live import LiveRun
from propersim.runs.protocol import Event, Failed, Stop

BaseModel = tuple[str, str, str]
"""A model, its quantization and its device, by which base models are told apart."""


def base_model(config: RunConfig) -> BaseModel | None:
    """Return the base model of a run.

    None where its process holds no model that other runs could use.
    """
    return (config.model, config.quantize, config.device) if config.assistant == "llama" else None


class SharedWorker(ChildProcess):
    """A process that carries out runs of the same base model, which it loads once.

    Args:
        db: the database file.
        name: name of its log.
        base: the base model.
        env: additional environment variables of the process.
    """

    def __init__(self, db: Path, name: str, base: BaseModel, env: Mapping[str, str] | None = None) -> None:
        super().__init__(log_file(db, name), env)
        self.base = base
        self._db = db

    def start(self) -> None:
        """Start the process, without a run."""
        self._spawn("propersim.runs.shared_worker", [f"--db={self._db}"])

    def begin(self, run_id: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Begin a run, and return the process and the socket to the run.

        In a process that has just died it does not begin.
        """
        assert self._process is not None
        assert self._socket is not None
        own_end, runs_end = socket.socketpair()
        with runs_end, contextlib.suppress(OSError):
            socket.send_fds(self._socket, [f"{run_id}\n".encode()], [runs_end.fileno()])
        own_end.setblocking(False)
        return self._process, own_end

    def close(self, timeout: float = 5.0) -> None:
        """Let the process end after its runs.

        It is killed where it does not within ``timeout`` seconds.
        """
        self._close_socket()
        self._wait(timeout)


class SharedRun(LiveRun):
    """A run in a thread of a shared worker process.

    Args:
        worker: the process.
        db: the database file.
        run_id: id of a run in it.
    """

    def __init__(self, worker: SharedWorker, db: Path, run_id: str) -> None:
        super().__init__(db, run_id, speed=None)
        self._worker = worker

    def start(self) -> None:
        """Begin the run in its process."""
        self._process, self._socket = self._worker.begin(self.run_id)

    def _exit_message(self, code: int, what: str) -> str:
        return self._worker._exit_message(code, what)

    def poll(self) -> list[Event]:
        """Return the events since the last call, without waiting; see :meth:`LiveRun.poll`."""
        events = super().poll()
        if self._other_end_closed and not self._ended and self.alive:
            self._ended = True
            events.append(Failed(f"the run ended without a message; see {self.log_path}", f"propersim resume {self.run_id} --watch"))
        return events

    def close(self, timeout: float = 5.0) -> None:
        """Ask the run to stop.

        The whole process is killed where it does not within ``timeout`` seconds.
        """
        self.send(Stop())
        deadline = time.monotonic() + timeout
        while self._socket is not None and self.alive and not self._other_end_closed:
            left = deadline - time.monotonic()
            if left <= 0:
                assert self._process is not None
                os.killpg(self._process.pid, signal.SIGKILL)
                break
            select.select([self._socket], [], [], left)
            self._lines()
        self._close_socket()
