"""The interface of trackers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

PROJECT = "propersim"
"""Name of the project or experiment that runs are tracked in."""


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run as a tracker sees it: neither its persona's rubric nor any text is in it.

    Attributes:
        id: the run's id in its database, such as ``p07-oracle-k3f9``; it stays the same when the run is resumed.
        options: the options of the run, its variant and its versions; those that hold an address are left out.
    """

    id: str
    options: Mapping[str, str | int | float]


class Tracker(Protocol):
    """Records the figures of runs, one call after another, in a process of its own.

    A call may raise anything: the user gets one warning, and nothing more is sent for that run until the command is given again.
    """

    def begin(self, run: TrackedRun) -> Collection[int]:
        """Begin to record a run, or continue one, and return the days that are there already.

        Several runs are recorded side by side.
        """
        ...

    def log(self, run: str, day: int, figures: Mapping[str, float]) -> None:
        """Record the figures of a complete day; called once for each day, in order.

        Args:
            run: id of a run that was begun.
            day: day of the run, from 1.
            figures: the figures by name (:func:`propersim.simulation.metrics.metrics`), ``day``, and ``f1_so_far`` and
                ``unwelcome_so_far`` of all days until this one. A figure that is undefined is left out.
        """
        ...

    def end(self, run: str, state: str) -> None:
        """Record that a run is not carried on.

        Args:
            run: id of a run that was begun.
            state: ``finished``, ``stopped`` or ``failed``; the latter two may be begun again.
        """
        ...


TrackerFactory = Callable[[str], Tracker]
"""Makes a tracker from the name of the project; its other settings are the user's, such as environment variables."""
