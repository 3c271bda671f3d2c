"""What has to be looked up before a run is shown live: that it can go on, or that it can begin.

May take a second, as the simulation is loaded for it: a thread's work, while a screen goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Opening:
    """A run to be shown.

    Attributes:
        run_id: the run.
        live: whether a worker is to carry it on.
    """

    run_id: str
    live: bool = False


def to_go_on(db: Path, run_id: str) -> Opening:
    """Look whether a run can be carried on; a finished one is only looked at.

    Args:
        db: the database file.
        run_id: the run.

    Raises:
        PropersimError: the database or the run cannot be read; another process has it, or it was begun under other versions.
    """
    from propersim.runs.create import check_versions
    from propersim.store.store import Store

    with Store(db) as store:
        row = check_versions(store, store.run(run_id), force=False)
        if row.state != "finished":
            store.check_free(row)
        return Opening(row.id, live=row.state != "finished")


def to_begin(db: Path, persona: str) -> Opening:
    """Add a run of a persona with the default assistant.

    Args:
        db: the database file.
        persona: its id, or the path of its file.

    Raises:
        PropersimError: the persona or the database cannot be used.
    """
    from propersim.core.config import RunConfig
    from propersim.runs.create import add_run
    from propersim.store.store import Store

    with Store(db) as store:
        return Opening(add_run(store, RunConfig(persona=persona)).id, live=True)
