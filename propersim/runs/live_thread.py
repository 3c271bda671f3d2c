"""A run in a thread of this process, with the same messages as one in a worker process."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from propersim.runs.live import LiveRun
from propersim.runs.protocol import Event, Failed
from propersim.runs.shared_worker import carry_out_in_thread
from propersim.runs.worker import ScreenGate


class ThreadRun(LiveRun):
    """A run in a thread; for runs without a local model, which need no process of their own.

    Args:
        db: the database file.
        run_id: id of a run in it.
    """

    def __init__(self, db: Path, run_id: str) -> None:
        super().__init__(db, run_id, speed=None)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin the run in a thread."""
        self._socket, other = socket.socketpair()
        self._socket.setblocking(False)
        self.log_path.parent.mkdir(exist_ok=True)
        gate = ScreenGate(other, speed=None, paused=False)
        self._thread = threading.Thread(target=carry_out_in_thread, args=(self.db, self.run_id, gate, other), name=self.run_id, daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread is running."""
        return self._thread is not None and self._thread.is_alive()

    def poll(self) -> list[Event]:
        """Return the events since the last call, without waiting; see :meth:`LiveRun.poll`."""
        over = not self.alive
        events = super().poll()
        if over and not self._ended:
            self._ended = True
            events.append(Failed(f"the run ended without a message; see {self.log_path}"))
        return events

    def _wait(self, timeout: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout)
