"""The command ``propersim serve``, which shows a run in browsers.

Viewers watch the stored steps and never resume the run.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from propersim.core.errors import EXIT_OK, InputError, reason
from propersim_tui.data.source import RunSource
from propersim_tui.web.requests import LOOPBACK

PACKAGE = "textual-serve"


def serve(db: Path, run_id: str, *, host: str = "127.0.0.1", port: int = 8000) -> int:
    """Show a run in browsers until interrupted.

    Args:
        db: the database file.
        run_id: the run.
        host: address to listen at.
        port: port to listen at.

    Returns:
        The exit code.

    Raises:
        PropersimError: the run cannot be read, the server cannot listen at the address, or textual-serve is not installed.
    """
    if find_spec("textual_serve") is None:
        raise InputError(f"the package {PACKAGE} is not installed", "install it: pip install 'propersim[serve]'")
    from propersim_tui.web.http_server import ViewerServer

    if not host.strip():
        raise InputError("--host: is empty", "give an address of this machine, such as 127.0.0.1")
    # Report errors now, not to the first viewer.
    source = RunSource(db, run_id)
    run_id = source.about.run_id
    source.close()
    if host not in LOOPBACK:
        print(
            f"warning: anyone who can reach {host}:{port} can watch run {run_id} and all other runs of {db}, including the personas; "
            "there is no password and no encryption",
            file=sys.stderr,
        )
    with tempfile.TemporaryDirectory(prefix="propersim-serve-") as locks:
        command = [sys.executable, "-m", "propersim_tui.web.viewer_app", str(db.absolute()), run_id, locks]
        try:
            ViewerServer(command, run_id, host, port).run()
        except (OSError, ValueError) as error:
            raise InputError(f"cannot listen at {host}:{port}: {reason(error)}", "choose another --port or --host") from error
    return EXIT_OK
