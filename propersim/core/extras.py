"""Check whether the packages of an optional extra are installed."""

from __future__ import annotations

from importlib.util import find_spec

from propersim.core.errors import InputError


def is_installed(name: str) -> bool:
    """Return whether a package can be imported; imports nothing."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def need_packages(what: str, extra: str, *names: str) -> None:
    """Check that packages of an extra are installed.

    Args:
        what: what needs them, as the subject of the message.
        extra: name of the extra that installs them.
        *names: the packages, as they are imported.

    Raises:
        InputError: one is missing; the message is one line with the command that installs them.
    """
    missing = [name for name in names if not is_installed(name)]
    if missing:
        raise InputError(f"{what} needs {' and '.join(missing)}: pip install 'propersim[{extra}]'")
