"""``propersim serve``: show the screen in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from propersim.cli import options as o
from propersim.cli.last_run import can_be_shown
from propersim.core.errors import InputError


def serve(
    which: Annotated[str, o.run_name(can_be_shown)],
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; any other than a loopback address exposes it to your network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen at.")] = 8000,
    db: o.Db = o.DB,
) -> None:
    """Show a run in a browser, finished or still running.

    The browser cannot control it.

    Args:
        which: run id, the beginning of one, or ``last``.
        host: address to listen at.
        port: port to listen at.
        db: database of runs.
    """
    from propersim.cli.last_run import find_run
    from propersim.core.plugins import entry_points
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        row = find_run(store, which, can_be_shown)
    screens = entry_points("propersim.screens", "browser")
    if not screens:
        raise InputError("the screen for browsers is not installed", "install it with: pip install 'propersim[serve]'")
    raise typer.Exit(screens[0].load()(db, row.id, host=host, port=port))
