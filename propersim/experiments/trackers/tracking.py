"""Send the figures of runs to a tracker, which works in a process of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from propersim.core import plugins
from propersim.core.errors import InputError, reason
from propersim.core.records import DayFigures
from propersim.core.text import clean, did_you_mean
from propersim.experiments.results import versions_text
from propersim.experiments.trackers.process import Begin, Day, End, Handled, Message
from propersim.experiments.variants import variant_label
from propersim.runs.child_process import ChildProcess, log_file
from propersim.runs.create import run_config, stored_versions
from propersim.simulation.metrics import metrics
from propersim.store.store import RunRow

SILENT_SECONDS = 60.0
"""Longest time at the end in which a tracker may handle no message."""
POLL_SECONDS = 0.05


def check_tracker(name: str) -> str:
    """Return the name of a tracker after checking that it can be used; imports nothing of it.

    Raises:
        InputError: no tracker has the name, or the library of a built-in one is not installed.
    """
    known = plugins.names(plugins.TRACKERS)
    if name not in known and not plugins.is_registered(plugins.TRACKERS, name):
        raise InputError(f"--track: no {clean(name, 60)!r}{did_you_mean(name, known)}", f"one of {', '.join(known)}")
    if name in plugins.BUILT_IN[plugins.TRACKERS]:
        # The built-in ones have the names of their libraries.
        if importlib.util.find_spec(name) is None:
            raise InputError(f"--track {name}: {name} is not installed", f"pip install 'propersim[{name}]'")
    elif name not in known:
        plugins.load(plugins.TRACKERS, name)
    return name


class Tracking(ChildProcess):
    """Follows runs in a tracker.

    Sending never waits. What a tracker lacks is sent when the command is given again.

    Args:
        name: registered name of the tracker (:func:`check_tracker`).
        db: the database of the runs; the process's log is beside it.
        warn: receives what went wrong with the tracker, at most once.
    """

    def __init__(self, name: str, db: Path, warn: Callable[[str], None]) -> None:
        super().__init__(log_file(db, f"{name}.tracker"))
        self._name = name
        self._warn = warn
        self._sent: dict[str, int] = {}
        self._unanswered = 0
        self._off = self._warned = False

    def follow(self, run: RunRow, figures: Sequence[DayFigures], *, over: bool = False) -> None:
        """Send the options of a run, the first time, and the figures of its days that were not sent.

        Args:
            run: the run.
            figures: the figures of all of its complete days.
            over: whether the run was finished before this command.

        Raises:
            StoreError: the row of the run is damaged.
        """
        if run.id not in self._sent:
            self._send(Begin(run.id, _options(run), over))
            self._sent[run.id] = 0
        for count in range(self._sent[run.id] + 1, len(figures) + 1):
            self._send(Day(run.id, figures[count - 1].day, _figures(figures[:count])))
        self._sent[run.id] = len(figures)
        self.poll()

    def end(self, run_id: str, state: str) -> None:
        """Send that a run is not carried on; nothing where it was not followed.

        Args:
            run_id: id of the run.
            state: ``finished``, ``stopped`` or ``failed``.
        """
        if self._sent.pop(run_id, None) is not None:
            self._send(End(run_id, state))

    def poll(self) -> int:
        """Read the answers that came, without waiting, and return their number."""
        lines = self._lines()
        self._unanswered -= len(lines)
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):
                if warning := msgspec.json.decode(line, type=Handled).warning:
                    self._stop_with(f"{warning}; the runs go on", off=False)
        return len(lines)

    def close(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Wait until the tracker has everything, then end the process.

        A tracker that handles nothing for :data:`SILENT_SECONDS` is killed.

        Args:
            hurry: called meanwhile; returns whether to kill it now.
        """
        for run_id in list(self._sent):
            self.end(run_id, "stopped")
        deadline = time.monotonic() + SILENT_SECONDS
        while self._unanswered > 0 and self.alive and time.monotonic() < deadline and not hurry():
            if self.poll():
                deadline = time.monotonic() + SILENT_SECONDS
            time.sleep(POLL_SECONDS)
        self.poll()
        if self._unanswered > 0 and not self._off:
            self._stop_as("ended" if not self.alive else "was ended")
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
        # Libraries have threads of their own that end with the process.
        self._wait(0.0 if self._unanswered > 0 else SILENT_SECONDS)
        self._close_socket()

    def _send(self, message: Message) -> None:
        if self._off:
            return
        if self.pid is None:
            try:
                self._spawn("propersim.experiments.trackers.process", [f"--tracker={self._name}"])
            except (OSError, ValueError) as error:
                self._stop_with(f"the process of the tracker {self._name} cannot be started: {reason(error)}")
                return
        self._unanswered += 1
        if not self._write(msgspec.json.encode(message) + b"\n"):
            self.poll()
            self._stop_as("ended")

    def _stop_as(self, how: str) -> None:
        """Warn that the process ended, or was ended, with something unsent."""
        self._stop_with(f"the process of the tracker {self._name} {how} before it had everything; see {self.log_path}")

    def _stop_with(self, warning: str, *, off: bool = True) -> None:
        """Warn, and send nothing more where the process cannot be reached."""
        if not self._warned:
            self._warn(f"--track: {warning}; what is missing is sent when the command is given again")
        self._warned, self._off = True, self._off or off


def _options(run: RunRow) -> dict[str, str | int | float]:
    """Return what a tracker is told about a run."""
    config = run_config(run)
    # An address may contain a password, and says where a machine is.
    given = {name: value for name, value in config.to_dict().items() if value not in (None, "") and "://" not in str(value)}
    return given | {"variant": variant_label(config), "versions": versions_text(stored_versions(run))}


def _figures(days: Sequence[DayFigures]) -> dict[str, float]:
    """Return the figures of the last of some days, and those of all of them."""
    today, so_far = metrics(days[-1:]), metrics(days)
    found = {"day": days[-1].day, **today, "f1_so_far": so_far["f1"], "unwelcome_so_far": so_far["unwelcome"]}
    return {name: float(value) for name, value in found.items() if value is not None}
