"""How long nothing has been heard of a worker, and what is said of it. The clock is the app's; nothing here waits."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from propersim_tui.look import duration

STILL, BUSY = 15.0, 90.0
"""Seconds after which a silence is told: of a worker that does nothing, and of one that computes (a long step, a model that is loaded)."""
AGAIN = 10.0
"""Seconds after which it is told anew, with how long it has lasted by then."""
LEAST = 0.05
"""Share of the processor from which on a worker counts as one that computes."""


class Heard(Protocol):
    """What is looked at of a worker (see :class:`~propersim.live.LiveRun`)."""

    @property
    def pid(self) -> int | None: ...

    @property
    def suspended(self) -> bool: ...

    @property
    def busy_seconds(self) -> float: ...


class Told(NamedTuple):
    """What is to be said: a message, what to do, and whether it is no more than a warning."""

    message: str
    hint: str
    mild: bool


class Silence:
    """Hears when a worker says something, and says what is to be thought of it when it does not."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._busy = 0.0
        self._told: float | None = None

    @property
    def told(self) -> bool:
        """Whether a person has been told of the silence that lasts just now."""
        return self._told is not None

    def heard(self, now: float) -> float | None:
        """Hear something; returns how many seconds the silence lasted where a person was told of it."""
        lasted = now - self._since if self._since is not None and self.told else None
        self._since, self._told = None, None
        return lasted

    def look(self, now: float, worker: Heard, resume: str) -> Told | None:
        """Return what is to be said now that nothing was heard; None where it is not time to.

        Args:
            now: seconds of a clock that never goes back.
            worker: that is silent.
            resume: command that carries its run on.
        """
        if self._since is None:
            self._since, self._busy = now, worker.busy_seconds
        lasted = now - self._since
        if lasted < STILL or (self._told is not None and now - self._told < AGAIN):
            return None
        suspended = worker.suspended
        computes = not suspended and worker.busy_seconds - self._busy > LEAST * lasted
        if computes and lasted < BUSY:
            return None
        self._told = now
        message = f"nothing has been heard from the worker for {duration(lasted)}"
        leave = f"q ends it, nothing that is stored is lost, and it goes on with: {resume}"
        if suspended:
            return Told(f"{message}: it was suspended", f"kill -CONT {worker.pid} lets it go on; or {leave}", False)
        if computes:
            return Told(f"{message}, but it computes: it may be loading a model, or be at a long step", f"wait; or {leave}", True)
        return Told(f"{message}, and it does nothing: it hangs, or waits for the disk", f"wait; or {leave}", False)
