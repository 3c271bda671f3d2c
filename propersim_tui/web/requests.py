"""Checks of what a browser sends.

Checked are its origin, the size of its terminal, and its messages. Pure functions.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

MAX_CELLS = 500
"""Most columns, and rows, of a viewer's terminal: the memory of a screen grows with its size."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine that no other machine can reach."""


def parse_message(text: str) -> tuple[str, object]:
    """Return kind and value of a message of the browser's terminal.

    The kind is empty if it is not a valid message.
    """
    try:
        match json.loads(text):
            case [str(kind)]:
                return kind, None
            case [str(kind), value]:
                return kind, value
    except (ValueError, RecursionError):
        pass
    return "", None


def terminal_cells(requested: object, default: int) -> int:
    """Return the number of columns or rows for a terminal.

    Args:
        requested: what the browser asked for, a number or its text.
        default: used if it is neither.
    """
    if isinstance(requested, str) and requested.isdecimal() and len(requested) < 7:
        requested = int(requested)
    if not isinstance(requested, int) or isinstance(requested, bool):
        return default
    return max(1, min(MAX_CELLS, requested))


def is_allowed(origin: str | None, requested_host: str, host: str) -> bool:
    """Return whether to answer a request.

    Pages of other sites are refused. A server on a loopback address answers only to loopback names, so that a foreign name that
    resolves to this machine is refused too.

    Args:
        origin: the ``Origin`` header; None if the request does not come from a page.
        requested_host: the ``Host`` header.
        host: the address that the server listens at.
    """
    try:
        if origin is not None and urlsplit(origin).netloc != requested_host:
            return False
        return host not in LOOPBACK or urlsplit(f"//{requested_host}").hostname in LOOPBACK
    except ValueError:
        # An origin or a host that is no address, such as an unclosed bracket.
        return False
