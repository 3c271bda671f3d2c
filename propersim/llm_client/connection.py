"""Creation of the HTTP client of an endpoint.

It uses the certificates and proxies that the environment names.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from propersim.core.errors import InputError
from propersim.core.text import clean
from propersim.llm_client.secrets import PLACEHOLDER
from propersim.llm_client.url import host_of, is_local

if TYPE_CHECKING:
    import ssl

    import httpx2

LONGEST_BODY: Final = 64 << 20
"""Most bytes of a response."""
_MOST_TIMEOUTS: Final = 5
"""Timeouts after which a response that is still being sent, a few bytes at a time, is given up."""
_CONNECTIONS: Final = 100
"""Most connections to an endpoint at once."""
_OWN_HEADERS: Final = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
"""Headers for OpenAI itself, and the environment variables that they are read from."""
_PROXIES: Final = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


def open_client(base_url: str, key: str | None, timeout_s: float, connect_s: float) -> httpx2.Client:
    """Return a new client of an endpoint.

    Args:
        base_url: address, as :func:`propersim.llm_client.url.normal` returns it.
        key: API key; None where there is none.
        timeout_s: seconds without any data from the endpoint after which a request fails.
        connect_s: seconds to connect.

    Raises:
        InputError: certificates or a proxy that the environment names cannot be used.
    """
    import httpx2

    local = is_local(base_url)
    headers = {"Authorization": f"Bearer {key or PLACEHOLDER}", "Accept": "application/json", "User-Agent": "propersim"}
    if host_of(base_url).endswith("openai.com"):
        # Only OpenAI itself may learn the user's organisation and project.
        headers |= {header: os.environ[variable] for header, variable in _OWN_HEADERS.items() if os.environ.get(variable)}
    timeout = httpx2.Timeout(timeout_s, connect=connect_s)
    certificates = _certificates_for(base_url)
    try:
        # A proxy from the environment cannot reach this machine.
        hooks: Any = {"response": [lambda response: read_response(response, LONGEST_BODY, _MOST_TIMEOUTS * timeout_s)]}
        return httpx2.Client(
            base_url=base_url,
            headers=headers,
            follow_redirects=True,
            trust_env=not local,
            timeout=timeout,
            limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            verify=certificates,
            event_hooks=hooks,
        )
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise _unusable_proxy(error) from None


def read_response(response: httpx2.Response, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    """Read the body of a response, which may have no end, within bounds of size and time.

    Its text is later decoded as UTF-8, whatever encoding the server names: there are encodings that are none of text.

    Args:
        response: the response, of which only the head has been read.
        most: most bytes, after decompression.
        seconds: most seconds.
        clock: returns the time in seconds.

    Raises:
        httpx2.ReadError: the body is larger, or takes longer.
    """
    import httpx2

    response.encoding = "utf-8"
    end, size, parts = clock() + seconds, 0, []
    for part in response.iter_bytes():
        size += len(part)
        if size > most:
            raise httpx2.ReadError(f"the response is larger than {most:,} bytes")
        if clock() > end:
            raise httpx2.ReadError(f"the response had no end after {seconds:g} s")
        parts.append(part)
    response._content = b"".join(parts)


def _certificates_for(base_url: str) -> ssl.SSLContext:
    """Return the context that verifies servers' certificates.

    Raises:
        InputError: the certificates that the environment names cannot be read, and the address needs them.
    """
    import ssl

    try:
        return _certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    except (OSError, ValueError) as error:
        if base_url.startswith("http:"):
            # No certificate is needed; after a redirection to https, none is trusted.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        names = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
        where = f"{names[0]} ({clean(os.environ[names[0]])})" if names else "this machine"
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise InputError(f"the certificates of {where} cannot be read: {reason}", "set it to an existing PEM file, or unset it") from None


@lru_cache(maxsize=1)
def _certificates(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Return the context for the certificates that the environment names.

    It is cached, because loading the certificates takes longer than a request. ``httpx2`` reads the variables by itself.
    """
    import httpx2

    return httpx2.create_ssl_context()


def _unusable_proxy(error: Exception) -> InputError:
    """Return the error for a proxy that cannot be used.

    Of its address, which may hold a password, the error shows the scheme.
    """
    proxies = {name: value for name in _PROXIES for value in (os.environ.get(name) or os.environ.get(name.lower()),) if value}
    named = ", ".join(f"{name} ({value.partition(':')[0]}:…)" for name, value in proxies.items())
    missing = isinstance(error, ImportError)
    reason = "a SOCKS proxy needs the package socksio" if missing else "it is no address of a proxy"
    hint = "install socksio, set an http:// proxy, or unset it" if missing else "set an address such as http://127.0.0.1:3128, or unset it"
    return InputError(f"the proxy in {named or 'the environment'} cannot be used: {reason}", hint)
