"""How the running command line is called again, for the commands that it prints."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "propersim"
"""Name of the command."""


def program() -> str:
    """Return the words that start this command line again in the folder where it runs.

    They are ``propersim`` where the shell finds the running script by this name, and else its path, such as ``.venv/bin/propersim``.
    Where there is no script, as in a test or another program, they are ``propersim``.
    """
    called = Path(sys.argv[0])
    if called.name == "__main__.py" and called.parent.name == NAME:
        # python -m propersim
        script = Path(sys.executable).with_name(NAME)
        return _path_of(script) if script.is_file() else f"{_path_of(Path(sys.executable))} -m {NAME}"
    return _path_of(called) if called.stem == NAME and called.is_file() else NAME


def _path_of(file: Path) -> str:
    """Return what to type to call an executable.

    It is its name where the shell finds it, or else its path, which begins in the current folder if that holds it.
    """
    found = shutil.which(file.name)
    try:
        if found is not None and os.path.samefile(found, file):
            return file.name
        path = os.path.abspath(file)
        inside = os.path.relpath(path)
    except OSError:
        # The folder of the process was deleted, or the script was.
        return shlex.quote(str(file))
    if inside.split(os.sep)[0] == os.pardir:
        return shlex.quote(path)
    return shlex.quote(inside if os.sep in inside else os.path.join(os.curdir, inside))
