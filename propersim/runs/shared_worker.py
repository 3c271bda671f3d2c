"""A worker process that carries out several runs at once, each in a thread.

The runs share the weights of their base model (see :mod:`propersim.models.shared_model`); each has a store connection, a socket and an
adapter of its own.

:class:`propersim.runs.live_shared.SharedWorker` starts it. Runs come over its socket as they are to begin: a line with the run's id, and
with it the run's own socket. It ends when that socket is closed and its runs are over.
"""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from propersim.core.errors import EXIT_OK
from propersim.models.shared_model import share_models
from propersim.runs.child_process import log_file, lower_priority
from propersim.runs.worker import ScreenGate, carry_out

_MOST_BYTES = 65536
_MOST_SOCKETS = 64
"""Most that is read of the socket at once."""


def begun_runs(control: socket.socket) -> Iterator[tuple[str, socket.socket]]:
    """Yield the id and the socket of each run that is to begin, until the socket is closed."""
    data, sockets = b"", list[int]()
    while True:
        more, came, _, _ = socket.recv_fds(control, _MOST_BYTES, _MOST_SOCKETS)
        if not more:
            return
        data, sockets = data + more, sockets + came
        *lines, data = data.split(b"\n")
        for line in lines:
            yield line.decode(), socket.socket(fileno=sockets.pop(0))


def carry_out_in_thread(db: Path, run_id: str, gate: ScreenGate, link: socket.socket) -> None:
    """Run to the end, with error messages in the run's own log.

    Args:
        db: the database file.
        run_id: id of a run in it.
        gate: the gate of the run.
        link: the run's end of the socket, which is closed at the end.
    """
    with link, log_file(db, run_id).open("a", encoding="utf-8") as log:
        carry_out(db, run_id, gate, log)


def main(arguments: list[str] | None = None) -> int:
    """Carry out runs as they come, and return the exit code."""
    parser = argparse.ArgumentParser(prog="propersim.runs.shared_worker")
    parser.add_argument("--db", required=True, type=Path)
    parser.add_argument("--control", required=True, type=int)
    options = parser.parse_args(arguments)
    gates: list[ScreenGate] = []
    threads: list[threading.Thread] = []

    def stop(*_: object) -> None:
        for gate in gates:
            gate.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    lower_priority(10)
    share_models()
    for run_id, link in begun_runs(socket.socket(fileno=options.control)):
        gates.append(ScreenGate(link, speed=None, paused=False))
        threads.append(threading.Thread(target=carry_out_in_thread, args=(options.db, run_id, gates[-1], link), name=run_id))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
