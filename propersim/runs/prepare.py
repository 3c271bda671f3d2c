"""Prepare a run for a screen: check that it can be resumed, or create it.

Call these in a thread: importing the simulation may take a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from propersim.core.config import RunConfig


@dataclass(frozen=True)
class PreparedRun:
    """A run that a screen is to show.

    Attributes:
        run_id: id of the run.
        live: whether a worker is to continue it.
    """

    run_id: str
    live: bool = False


def prepare_resume(db: Path, run_id: str) -> PreparedRun:
    """Check that a run can be resumed; a finished one is only shown.

    Args:
        db: the database file.
        run_id: id of the run.

    Raises:
        PropersimError: the database or the run cannot be read, another process is running it, or it was started under other versions.
    """
    from propersim.runs.create import check_versions
    from propersim.store.store import Store

    with Store(db) as store:
        row = check_versions(store, store.run(run_id), force=False)
        if row.state != "finished":
            store.check_free(row)
        return PreparedRun(row.id, live=row.state != "finished")


def prepare_new_run(db: Path, config: RunConfig) -> PreparedRun:
    """Create a run.

    Args:
        db: the database file.
        config: its options.

    Raises:
        PropersimError: the options are invalid, or the database cannot be written.
    """
    from propersim.runs.create import add_run
    from propersim.store.store import Store

    with Store(db) as store:
        return PreparedRun(add_run(store, config).id, live=True)
