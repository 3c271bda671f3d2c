"""Detection of child processes that no longer answer.

The caller passes the time; nothing here waits.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from propersim_tui.render.format import duration

IDLE_LIMIT, BUSY_LIMIT = 15.0, 90.0
"""Seconds of silence after which a process is reported: an idle one, and one that computes (a long step, loading a model)."""
REPEAT = 10.0
"""Seconds after which the report is renewed, with the new duration."""
BUSY_SHARE = 0.05
"""Share of processor time from which on a process counts as computing."""


class WatchedProcess(Protocol):
    """The properties of a process that the watchdog reads.

    :class:`~propersim.runs.child_process.ChildProcess` has them.
    """

    @property
    def pid(self) -> int | None:
        """The process id."""
        ...

    @property
    def suspended(self) -> bool:
        """Whether the process was stopped by a signal."""
        ...

    @property
    def busy_seconds(self) -> float:
        """Seconds of processor time used so far."""
        ...


class SilenceReport(NamedTuple):
    """A report on a process that does not answer.

    Attributes:
        message: how long it has been silent, and the likely reason.
        remedy: what may help.
        computes: whether the process computes, so that nothing may be wrong.
    """

    message: str
    remedy: str
    computes: bool


class Watchdog:
    """Measures how long a process has been silent, and reports it after a limit.

    Args:
        name: the process in a word, for messages.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._since: float | None = None
        self._busy = 0.0
        self._reported_at: float | None = None

    @property
    def reported(self) -> bool:
        """Whether the present silence was reported."""
        return self._reported_at is not None

    def received(self, now: float) -> float | None:
        """End a silence because the process answered, or no answer is expected.

        Args:
            now: monotonic time in seconds.

        Returns:
            The length of the silence in seconds if it was reported, else None.
        """
        silent = now - self._since if self._since is not None and self.reported else None
        self._since, self._reported_at = None, None
        return silent

    def check(self, now: float, process: WatchedProcess) -> SilenceReport | None:
        """Note that the process has not answered, and return a report if one is due.

        Args:
            now: monotonic time in seconds.
            process: the silent process.
        """
        if self._since is None:
            self._since, self._busy = now, process.busy_seconds
        silent = now - self._since
        if silent < IDLE_LIMIT or (self._reported_at is not None and now - self._reported_at < REPEAT):
            return None
        suspended = process.suspended
        computes = not suspended and process.busy_seconds - self._busy > BUSY_SHARE * silent
        if computes and silent < BUSY_LIMIT:
            return None
        self._reported_at = now
        message = f"no answer from the {self._name} for {duration(silent)}"
        if suspended:
            return SilenceReport(f"{message}: it is suspended", f"resume it with kill -CONT {process.pid}", False)
        if computes:
            return SilenceReport(f"{message}, but it is computing: a long step, or a model being loaded", "wait", True)
        return SilenceReport(f"{message}, and it is idle: it hangs, or waits for the disk or for a busy machine", "wait", False)
