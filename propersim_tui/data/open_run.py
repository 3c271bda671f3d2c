"""Opening a run for the screen: a stored one, or one that a worker simulates."""

from __future__ import annotations

from pathlib import Path

from propersim.core.errors import PropersimError, reason
from propersim.runs.live import LiveRun
from propersim.runs.prepare import PreparedRun
from propersim_tui.data.source import RunSource


def open_run(db: Path, opening: PreparedRun, speed: float | None) -> RunSource:
    """Open a run, and start its worker if it is to be live.

    Args:
        db: the database file.
        opening: the run, and whether it is to be live.
        speed: the worker's steps a second; None is as fast as possible.

    Raises:
        PropersimError: the run cannot be read, or the worker cannot be started.
    """
    return _live(db, opening.run_id, speed) if opening.live else RunSource(db, opening.run_id)


def _live(db: Path, run_id: str, speed: float | None) -> RunSource:
    worker = LiveRun(db, run_id, speed=speed)
    source = RunSource(db, run_id, worker)
    try:
        worker.start()
    except OSError as error:
        source.close()
        raise PropersimError(f"the worker cannot be started: {reason(error)}") from error
    return source
