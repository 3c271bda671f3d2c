"""Runs to be shown: one that is stored, one that goes on, one that begins."""

from __future__ import annotations

from pathlib import Path

from propersim.config import RunConfig
from propersim.errors import PropersimError
from propersim.live import LiveRun
from propersim.run import add_run, check_versions
from propersim.store import Store
from propersim_tui.source import RunSource


def replay(db: Path, run_id: str) -> RunSource:
    """Return a stored run, to be looked at; it may be growing by another's hand.

    Raises:
        PropersimError: the database or the run cannot be read.
    """
    return RunSource(db, run_id)


def go_on(db: Path, run_id: str, speed: float | None) -> RunSource:
    """Return a run that a worker carries on from where it is; a finished one is only looked at.

    Args:
        db: the database file.
        run_id: the run.
        speed: steps a second; None is as fast as it goes.

    Raises:
        PropersimError: as above; or another process has it, or it was begun under other versions.
    """
    with Store(db) as store:
        row = check_versions(store, store.run(run_id), force=False)
        if row.state == "finished":
            return RunSource(db, row.id)
        store.check_free(row)
    return _live(db, row.id, speed)


def begin(db: Path, persona: str, speed: float | None) -> RunSource:
    """Return a new run of a persona with the default assistant, which a worker begins.

    Args:
        db: the database file.
        persona: its id, or the path of its file.
        speed: steps a second; None is as fast as it goes.

    Raises:
        PropersimError: the persona or the database cannot be used.
    """
    with Store(db) as store:
        row = add_run(store, RunConfig(persona=persona))
    return _live(db, row.id, speed)


def _live(db: Path, run_id: str, speed: float | None) -> RunSource:
    worker = LiveRun(db, run_id, speed=speed)
    source = RunSource(db, run_id, worker)
    try:
        worker.start()
    except OSError as error:
        source.close()
        raise PropersimError(f"the worker cannot be started: {error}") from error
    return source
