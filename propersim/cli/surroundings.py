"""Handle what the environment of a process causes in libraries.

This is the size and colour system of the terminal, completion by the shell, and imports that fail.
"""

from __future__ import annotations

import os
import traceback
from typing import Final

from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.core.text import clean

SHELL_COMPLETION: Final = "_PROPERSIM_COMPLETE"
"""Variable by which a shell asks for the completion of a command line."""
_SIZES: Final = ("COLUMNS", "LINES")
_MOST_DIGITS: Final = 4
_COLOURS: Final = "TEXTUAL_COLOR_SYSTEM"
_COLOUR_SYSTEMS: Final = ("auto", "standard", "256", "truecolor", "windows")
_OWN: Final = ("propersim", "propersim_tui")


def drop_odd_terminals() -> None:
    """Remove odd sizes and colour systems of the terminal from the environment.

    The sizes that stay are whole numbers of at most 4 digits. ``rich`` reads them with a check that lets other digits through, and would
    make a table as wide as they say; it knows no colour systems but its own.
    """
    if os.environ.get(_COLOURS, "auto") not in _COLOUR_SYSTEMS:
        del os.environ[_COLOURS]
    for name in _SIZES:
        value = os.environ.get(name, "")
        if value and not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
            del os.environ[name]


def failed_completion() -> InputError:
    """Return the error for a shell that asks for a completion in a way that is not known."""
    asked = clean(os.environ.get(SHELL_COMPLETION, ""), limit=60)
    return InputError(
        f"{SHELL_COMPLETION}: {asked!r} cannot be completed", f"install the completion with `{program()} --install-completion`"
    )


def failed_import(error: BaseException) -> InputError | None:
    """Return the error for a library that cannot be imported.

    It is None where the error is of another kind. Libraries read the environment when they are imported, and fail at odd values of
    their own variables.

    Args:
        error: an error with its traceback.
    """
    # Python removes the frames of the import itself; what runs at an import is the body of a module.
    modules = (frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_name == "<module>")
    names = [str(frame.f_globals.get("__name__", "")).partition(".")[0] for frame in modules]
    if isinstance(error, ImportError) and error.name:
        names.append(error.name.partition(".")[0])
    library = next((name for name in names if name not in (*_OWN, "__main__", "")), None)
    if library is None:
        return None
    lines = str(error).strip().splitlines()
    why = clean(lines[0], limit=200) if lines else type(error).__name__
    return InputError(
        f"the library {library} cannot be loaded: {why}", "check the environment variables that it reads, or install it again"
    )
