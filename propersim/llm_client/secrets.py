"""The API key: reading it from the environment, and removing it from texts.

It is read from the environment only, and removed from every text that is shown or stored.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

from propersim.core.errors import InputError

KEY_VARIABLES = ("PROPERSIM_API_KEY", "OPENAI_API_KEY")
PLACEHOLDER = "none"
"""Key that is sent where there is none: local servers need no key, but some want the header."""

_SECRET = re.compile(
    r"\b(?:sk|pk|rk)[-_][\w.-]{8,}|\b(?:gsk|hf|xai|nvapi|r8|gh[opsu])[-_]\w{10,}|\bAIza[\w-]{20,}|\bAKIA\w{12,}|\beyJ[\w-]{10,}\.[\w.-]+"
    r"|(?i:(?<=bearer )\S{6,}|(?<=basic )[\w+/=]{8,}|(?<=://)[^\s/@]{1,200}:[^\s/@]{1,200}(?=@))"
    r"|(?i:(?<=api key provided: )|(?<=api[-_ ]key: )|(?<=api[-_ ]key=)|(?<=token: )|(?<=token=))(?=\S*\d)\S{8,}"
)
"""Texts that look like a key: of a provider's own form, or after words that announce one."""

_MARKS = ("[key]", "***", "###", "———", "···")


def read_key(variables: Sequence[str] = KEY_VARIABLES) -> str | None:
    """Return the value of the first of these environment variables that is set, or None.

    An empty variable counts as not set.

    Raises:
        InputError: it has characters that an HTTP header cannot hold; the message names the variable, not the key.
    """
    variable = key_variable(variables)
    if variable is None:
        return None
    key = os.environ[variable].strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InputError(f"{variable}: not a key: it has blanks, control characters or letters outside ASCII", "copy the key again")
    return key


def key_variable(variables: Sequence[str] = KEY_VARIABLES) -> str | None:
    """Return the first of these environment variables that is set and not empty, or None."""
    return next((variable for variable in variables if os.environ.get(variable, "").strip()), None)


def _mark(spellings: Iterable[str]) -> str:
    """Return a mark that shares no character with any spelling of the key.

    A replacement with it cannot create a new occurrence of the key.
    """
    taken = set().union(*spellings)
    for mark in _MARKS:
        if not taken & set(mark):
            return mark
    return next(chr(code) for code in range(0x2500, 0x10000) if chr(code) not in taken)


def scrub(text: str, *keys: str | None) -> str:
    """Return a text with these keys removed.

    They are also found where they are escaped as in a URL, in JSON or in a ``repr``.

    Args:
        text: that may hold keys.
        *keys: keys to remove; None and "" are ignored.
    """
    spellings = {
        spelling for key in keys if key for spelling in (key, quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1], repr(key)[1:-1])
    }
    if not spellings:
        return text
    mark = _mark(spellings)
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, mark)
    return text


def mask_secrets(text: str) -> str:
    """Return a text of an endpoint with all that looks like a key replaced.

    It may be the key of a server behind the endpoint.
    """
    return _SECRET.sub(_MARKS[0], text)
