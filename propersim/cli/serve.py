"""``propersim serve``: the screen in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from propersim.cli import options as o
from propersim.core.errors import InputError


def serve(
    which: o.RunName,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; another than this machine's own lets others in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen at.")] = 8000,
    db: o.Db = o.DB,
) -> None:
    """Show a run in a browser, stored or still being made; it is watched, never carried on."""
    from importlib.metadata import entry_points

    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        row = store.run(which)
    found = list(entry_points(group="propersim.screens", name="browser"))
    if not found:
        raise InputError("no screen for browsers is installed", "install propersim with it: pip install 'propersim[serve]'")
    raise typer.Exit(found[0].load()(db, row.id, host=host, port=port))
