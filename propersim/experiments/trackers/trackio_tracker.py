"""Track runs in Trackio.

It records in its folder on this machine, unless ``TRACKIO_SPACE_ID`` or ``TRACKIO_SERVER_URL`` is set.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from propersim.experiments.trackers.base import TrackedRun


def make_tracker(project: str) -> TrackioTracker:
    """Return the tracker."""
    if not (os.environ.get("TRACKIO_SPACE_ID") or os.environ.get("TRACKIO_SERVER_URL")):
        # Trackio asks the hub who is logged in, also where it records on this machine alone.
        os.environ["HF_HUB_OFFLINE"] = "1"
    import trackio

    return TrackioTracker(trackio, project)


class TrackioTracker:
    """Records runs of propersim as runs of Trackio with the same name.

    Trackio has one run open at a time, so each call opens its run and closes it, which also writes it.
    """

    def __init__(self, trackio: Any, project: str) -> None:
        self._trackio = trackio
        self._project = project
        self._options: dict[str, dict[str, str | int | float]] = {}

    def begin(self, run: TrackedRun) -> Collection[int]:
        """Begin or continue a run; return its days that are there."""
        self._options[run.id] = dict(run.options)
        opened = self._open(run.id)
        try:
            # Days are recorded in order, so those before the next step are there.
            return range(1, opened._next_step)
        finally:
            opened.finish()

    def log(self, run: str, day: int, figures: Mapping[str, float]) -> None:
        """Record the figures of a day, as its step.

        Args:
            run: id of the run.
            day: the day.
            figures: its figures by name.
        """
        opened = self._open(run)
        try:
            opened.log(dict(figures), step=day)
        finally:
            opened.finish()

    def end(self, run: str, state: str) -> None:
        """Do nothing: Trackio has no state of a run."""

    def _open(self, run: str) -> Any:
        return self._trackio.init(
            project=self._project, name=run, config=self._options[run], resume="allow", embed=False, auto_log_gpu=False, auto_log_cpu=False
        )
