"""How long nothing has been heard of a process, and what is said of it. The clock is the app's; nothing here waits."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from propersim_tui.render.format import duration

STILL, BUSY = 15.0, 90.0
"""Seconds after which a silence is told: of a process that does nothing, and of one that computes (a long step, a model that is loaded)."""
AGAIN = 10.0
"""Seconds after which it is told anew, with how long it has lasted by then."""
LEAST = 0.05
"""Share of the processor from which on a process counts as one that computes."""


class Heard(Protocol):
    """What is looked at of a process (see :class:`~propersim.runs.child_process.Child`)."""

    @property
    def pid(self) -> int | None:
        """Its process id."""
        ...

    @property
    def suspended(self) -> bool:
        """Whether it has been told to stand still."""
        ...

    @property
    def busy_seconds(self) -> float:
        """Seconds of the processor that it has had."""
        ...


class Told(NamedTuple):
    """What is to be said of a silence.

    Attributes:
        message: how long it has lasted, and what seems to be the matter.
        remedy: what may end it.
        computes: whether the process computes: nothing may be wrong.
    """

    message: str
    remedy: str
    computes: bool


class Silence:
    """Hears when a process says something, and says what is to be thought of it when it does not.

    Args:
        who: the process in a word.
    """

    def __init__(self, who: str) -> None:
        self._who = who
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

    def look(self, now: float, process: Heard) -> Told | None:
        """Return what is to be said now that nothing was heard; None where it is not time to.

        Args:
            now: seconds of a clock that never goes back.
            process: that is silent.
        """
        if self._since is None:
            self._since, self._busy = now, process.busy_seconds
        lasted = now - self._since
        if lasted < STILL or (self._told is not None and now - self._told < AGAIN):
            return None
        suspended = process.suspended
        computes = not suspended and process.busy_seconds - self._busy > LEAST * lasted
        if computes and lasted < BUSY:
            return None
        self._told = now
        message = f"nothing has been heard from the {self._who} for {duration(lasted)}"
        if suspended:
            return Told(f"{message}: it was suspended", f"kill -CONT {process.pid} lets it go on", False)
        if computes:
            return Told(f"{message}, but it computes: it may be loading a model, or be at a long step", "wait", True)
        return Told(f"{message}, and it does nothing: it hangs, or waits for the disk", "wait", False)
