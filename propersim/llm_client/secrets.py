"""The key: read from the environment only, and never to be seen in a text."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

from propersim.core.errors import InputError

KEY_VARIABLES = ("PROPERSIM_API_KEY", "OPENAI_API_KEY")
PLACEHOLDER = "none"
"""Sent where there is no key: a local server needs none, but the client wants something to send."""

_MARKS = ("[key]", "***", "###", "———", "···")


def read_key(variables: Sequence[str] = KEY_VARIABLES) -> str | None:
    """Return the key: the first of these environment variables that is set and not empty; None where none is.

    Raises:
        InputError: it has characters that no header can hold; the message names the variable, not the key.
    """
    variable = key_variable(variables)
    if variable is None:
        return None
    key = os.environ[variable].strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InputError(f"{variable}: not a key: it has blanks, control characters or letters outside ASCII", "copy it anew")
    return key


def key_variable(variables: Sequence[str] = KEY_VARIABLES) -> str | None:
    """Return which of these environment variables the key comes from: the first that is set and not empty; None where none is."""
    return next((variable for variable in variables if os.environ.get(variable, "").strip()), None)


def _mark(spellings: Iterable[str]) -> str:
    """Return a mark that shares no character with any spelling, so that none can arise anew around it."""
    taken = set().union(*spellings)
    for mark in _MARKS:
        if not taken & set(mark):
            return mark
    return next(chr(code) for code in range(0x2500, 0x10000) if chr(code) not in taken)


def scrub(text: str, *keys: str | None) -> str:
    """Return a text without these keys, also where they are written as in a URL, in JSON or in a ``repr``."""
    spellings = {
        spelling for key in keys if key for spelling in (key, quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1], repr(key)[1:-1])
    }
    if not spellings:
        return text
    mark = _mark(spellings)
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, mark)
    return text
