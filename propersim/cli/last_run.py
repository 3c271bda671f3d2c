"""Find the run that ``last`` means: the newest one on which a command can act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from propersim.cli.console import print_message
from propersim.core.text import clean, counted
from propersim.store.rows import RESUMABLE, has_steps

if TYPE_CHECKING:
    from propersim.store.store import RunRow, Store

MOST_OTHERS = 5
"""Most further runs that are named; more are counted."""


def find_run(store: Store, which: str, able: Callable[[RunRow], bool]) -> RunRow:
    """Return the run that a command's argument names.

    ``last`` is the newest one on which the command can act. If that is not the newest run of the database, a message says so.
    Where the command can act on none, it is the newest run.

    Args:
        store: the open database.
        which: run id, the beginning of one, or ``last``.
        able: returns whether the command can act on a run.

    Raises:
        UnknownRun: no run matches, or several do.
    """
    newest = store.run(which)
    if which != "last" or able(newest):
        return newest
    found = store.newest(able)
    if found is None:
        return newest
    print_message(f"the newest run, {state_text(newest)}; last is {described(found)}")
    return found


def find_run_to_resume(store: Store, which: str) -> RunRow:
    """Return the run that ``resume`` is to carry on.

    ``last`` is the newest unfinished one that no process is running. A message says which runs are unfinished, where ``last``
    passes the newest run over, and where a run is finished already. It then also says which runs are running.

    Args:
        store: the open database.
        which: run id, the beginning of one, or ``last``.

    Raises:
        UnknownRun: no run matches, or several do.
    """
    run = find_run(store, which, is_unfinished)
    every = store.runs()
    others = [each for each in every if is_unfinished(each) and each.id != run.id]
    if run.state == "finished":
        print_message(f"run {clean(run.id)} is already finished; {_others_text(every, others)}")
    elif which == "last" and run.id != every[0].id and others:
        print_message(f"also unfinished: {_listed(others)}")
    return run


def is_unfinished(run: RunRow) -> bool:
    """Return whether a run can be resumed: it is unfinished, and no process runs it."""
    return run.state in RESUMABLE


def is_running(run: RunRow) -> bool:
    """Return whether a process is running a run."""
    return run.state == "running"


def is_idle(run: RunRow) -> bool:
    """Return whether no process is running a run, so that it can be deleted."""
    return not is_running(run)


def can_be_shown(run: RunRow) -> bool:
    """Return whether a run has steps, or is about to have some."""
    return has_steps(run) or is_running(run)


def state_text(run: RunRow) -> str:
    """Return a run's id with what it is, such as ``p01-oracle-k3f9, is finished``."""
    return f"{clean(run.id)}, {f'is {run.state}' if run.steps else 'has no steps yet'}"


def described(run: RunRow) -> str:
    """Return id, name and progress of a run."""
    done = "finished" if run.state == "finished" else f"day {min(run.days, run.days_done + 1)} of {run.days}, {run.state}"
    return f"{clean(run.id)} ({clean(run.name, 40)}, {done})"


def _others_text(every: list[RunRow], others: list[RunRow]) -> str:
    """Return which other runs can be resumed, and which a process is running.

    Args:
        every: all runs.
        others: those that can be resumed.
    """
    running = [clean(run.id) for run in every if run.state == "running"]
    more = [f"and {len(running) - MOST_OTHERS} more"] if len(running) > MOST_OTHERS else []
    live = f"{', '.join([*running[:MOST_OTHERS], *more])} {'is' if len(running) == 1 else 'are'} running"
    if others:
        return f"unfinished: {_listed(others)}" + (f"; {live}" if running else "")
    return f"no other run can be resumed; {live}" if running else "no run is unfinished"


def _listed(runs: list[RunRow]) -> str:
    more = len(runs) - MOST_OTHERS
    named = [described(run) for run in runs[:MOST_OTHERS]]
    return ", ".join([*named, *([f"and {counted(more, 'more run')}"] if more > 0 else [])])
