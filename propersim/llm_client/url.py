"""Addresses of endpoints: validation, normal spelling, and detection of local ones.

A local address is one on this machine.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from propersim.core.errors import InputError


def normal(base_url: str) -> str:
    """Return an address in its normal spelling.

    Scheme and host are in lower case, and there is no slash at the end.

    Raises:
        InputError: not an http(s) address, or one with a password, query or fragment. The message repeats none of these.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError("the endpoint's address is not a URL", "give one such as http://127.0.0.1:8080/v1") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InputError("the endpoint's address must begin with http:// or https:// and name a host", "such as http://127.0.0.1:8080/v1")
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise InputError(f"the endpoint's address names no possible host ({host[:60]!r})", "such as http://127.0.0.1:8080/v1") from error
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InputError(
            f"the endpoint's address ({parts.scheme}://{host}/…) must hold no name, password, query or fragment",
            "set the key in the environment variable PROPERSIM_API_KEY",
        )
    shown = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, shown if port is None else f"{shown}:{port}", parts.path.rstrip("/"), "", ""))


def host_of(base_url: str) -> str:
    """Return the host of an address in lower case; "" where it has none."""
    return urlsplit(base_url).hostname or ""


def is_local(base_url: str) -> bool:
    """Return whether an address is on this machine; models there cost nothing."""
    host = host_of(base_url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
