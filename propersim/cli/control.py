"""``propersim ctl``: pause, resume, stop or ask a run that another process is running."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.last_run import find_run, is_running
from propersim.core.errors import InputError, UnknownRun
from propersim.core.program import program
from propersim.core.text import clean, counted, did_you_mean, nearest

if TYPE_CHECKING:
    from propersim.runs.control import Request, RunControl
    from propersim.store.store import RunRow, Store

ACTIONS = ("pause", "resume", "stop", "status")
"""Actions of ``propersim ctl``."""
PATIENCE = 20.0
"""Seconds to wait until the run has followed."""
PAUSE = 0.05
"""Seconds between two looks at its answer."""


def _actions_or_runs(ctx: typer.Context, incomplete: str) -> completion.Values:
    """Return what the shell offers as second argument.

    These are actions or, behind an action, the runs that are running.
    """
    if ctx.params.get("which") in ACTIONS:
        return completion.able_runs(ctx, incomplete, is_running)
    return [(one, "") for one in ACTIONS if one.startswith(incomplete)]


def ctl(
    which: Annotated[str, o.run_name(is_running)],
    action: Annotated[
        str,
        typer.Argument(
            help="What to do.",
            metavar="|".join(ACTIONS),
            autocompletion=_actions_or_runs,
        ),
    ] = "status",
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Pause, resume or stop a run that another process is running.

    The action may also come before the run.

    Args:
        which: run id, the beginning of one, or ``last``.
        action: ``pause``, ``resume``, ``stop`` or ``status``.
        db: database of runs.
        as_json: print one JSON value.

    Raises:
        InputError: there is no such action, or run.
    """
    from propersim.runs.control import RunControl
    from propersim.store.store import Store

    if action not in ACTIONS and nearest(which, ACTIONS) is not None:
        which, action = action, which
    if action not in ACTIONS:
        raise InputError(f"no action {clean(action, 60)!r}{did_you_mean(action, ACTIONS)}", f"one of {', '.join(ACTIONS)}")
    with Store(db, read_only=True) as store:
        row = _find(store, which)
        control = RunControl(store, row)
        waits = ""
        if action != "status":
            if not is_running(row):
                hint = (
                    f"resume it with: {program()} resume {row.id}" if row.state != "finished" else f"see `{program()} runs ls --state live`"
                )
                raise InputError(f"run {row.id} is not running: it is {row.state}", hint)
            waits = _ask(store, row, control, action)  # type: ignore[arg-type]
        found = _status(store, store.run(row.id), control)
    if as_json:
        print(json.dumps({**found, "waiting_for": waits or None}))
        return
    print(_line(found))
    if waits:
        print(f"{action} takes effect when it has ended {waits}")


def _find(store: Store, which: str) -> RunRow:
    """Return a run; ``last`` is the newest one that is running.

    Where an action was given in its place, the error says so.

    Raises:
        UnknownRun: no run matches, or several do.
    """
    try:
        return find_run(store, which, is_running)
    except UnknownRun as error:
        if (action := nearest(which, ACTIONS)) is not None:
            error.hint = f"name the run too: {program()} ctl last {action}"
        raise


def _ask(store: Store, row: RunRow, control: RunControl, request: Request) -> str:
    """Send a request and wait until it is followed.

    Returns what the run still has to end first, or "".

    Args:
        store: the database.
        row: the run.
        control: its files.
        request: the request.
    """
    number = control.send(request)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if store.run(row.id).state != "running":
            return ""
        if control.answered(number):
            if request == "resume" or (request == "pause" and control.doing() == "paused"):
                return ""
        elif not control.is_waiting():
            # The run has just started, and removed what was there before.
            control.send(request, number)
        time.sleep(PAUSE)
    return {"training": "its training", "asking": "its question", "starting": "its start"}.get(control.doing(), "its step")


def _status(store: Store, row: RunRow, control: RunControl) -> dict[str, Any]:
    """Return whether a run is running, what it does, and how far it is."""
    live = row.state == "running"
    last = next(store.steps(row, row.steps - 1), None) if row.steps else None
    return {
        "run": row.id,
        "running": live,
        "state": control.doing() if live else row.state,
        "day": last.day if last else None,
        "minute": last.minute if last else None,
        "steps": row.steps,
        "days_done": row.days_done,
        "days": row.days,
    }


def _line(found: dict[str, Any]) -> str:
    from propersim.core.clock import format_time
    from propersim.runs.control import live_word

    state = live_word(found["state"]) if found["running"] else f"not running ({found['state']})"
    at = f"day {found['day']} {format_time(found['minute'])}, " if found["day"] else ""
    done = f"{found['days_done']} of {counted(found['days'], 'day')}"
    return f"{clean(found['run'])}: {state}, {at}{counted(found['steps'], 'step')}, {done}"
