"""Interfaces of the engines that carry out a batch, and of what they report to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from propersim.core.errors import PropersimError
from propersim.core.records import DayFigures
from propersim.experiments.jobs import Job, JobState

POLL_INTERVAL = 0.1
"""Seconds between two polls of an engine."""
STOP_SECONDS = 120.0
"""Seconds that a worker may take to commit and stop."""
ATTEMPTS = 2
"""Times that a run is started which an outage stops."""


class Reports(Protocol):
    """Receives what an engine reports about its jobs; the batch itself."""

    @property
    def stopping(self) -> bool:
        """Whether the batch is to stop."""
        ...

    def begun_elsewhere(self, job: Job) -> str:
        """Return the id of a job's run that another process has begun; "" for none."""
        ...

    def started(self, job: Job, run: str) -> None:
        """Receive that a job is started, which counts as an attempt.

        Args:
            job: the job.
            run: id of its run in the store; "" where it is not there yet.
        """
        ...

    def state(self, job: Job, state: JobState) -> None:
        """Receive what a job does."""
        ...

    def days(self, job: Job, figures: Sequence[DayFigures], wall_s: float) -> None:
        """Receive the figures of a job's complete days, and the seconds that they took.

        Args:
            job: the job.
            figures: the figures of all of its complete days.
            wall_s: seconds that they took.
        """
        ...

    def finished(self, job: Job, run: str) -> None:
        """Receive that the run of a job is finished and in the store."""
        ...

    def failed(self, job: Job, error: PropersimError, *, again: int = ATTEMPTS) -> None:
        """Receive that a job failed; it waits for another attempt where the error is an outage.

        Args:
            job: the job.
            error: why.
            again: times that it is started in all.
        """
        ...

    def note(self, text: str) -> None:
        """Receive a message for the user."""
        ...


class Engine(Protocol):
    """Carries out the jobs of a batch.

    An engine changes jobs through :class:`Reports` alone.
    """

    def begin(self, reports: Reports) -> None:
        """Begin to work for a batch, to which it reports.

        Raises:
            PropersimError: the machines cannot be reached.
        """
        ...

    def describe(self) -> str:
        """Return how much it does at once, such as ``2 in parallel``."""
        ...

    @property
    def at_once(self) -> int:
        """Number of runs that it carries out at once."""
        ...

    @property
    def working(self) -> bool:
        """Whether it has begun jobs that are not over."""
        ...

    def fill(self, jobs: Sequence[Job]) -> None:
        """Begin as many of the jobs as there is room for.

        Args:
            jobs: the jobs that wait, in the order in which to begin them.
        """
        ...

    def poll(self) -> None:
        """Report what has happened since the last call; return soon."""
        ...

    def stop(self) -> None:
        """Stop the jobs that are under way, politely; :meth:`poll` reports when they have stopped."""
        ...

    def close(self, *, kill: bool) -> None:
        """End all workers.

        Args:
            kill: do not wait for them.
        """
        ...
