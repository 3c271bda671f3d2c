"""Prompts: files of words written here, and the words of others in them, as data in blocks that they cannot leave."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

from propersim.core.text import MAX_SUGGESTION, clean

LONGEST: Final = 2000
"""Characters of one text in :func:`data`."""
_SIGNS: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>[]&"}
"""Written as escapes: with angle brackets a text could end its block; with square ones too, forge a model's own marks of who speaks."""


def quoted(text: str, *, limit: int = MAX_SUGGESTION) -> str:
    """Return a text, cleaned and at most ``limit`` characters long, as one JSON string on one line, quotes included.

    Neither angle nor square brackets are in it as such: a JSON parser gets the cleaned text back.
    """
    # In JSON text these signs can only stand inside of a string, where an escape means the same.
    return json.dumps(clean(text, limit=limit), ensure_ascii=False).translate(_SIGNS)


def data(value: Any) -> str:
    """Return plain data (texts, numbers, lists, mappings) as JSON on one line, each text in it as :func:`quoted`."""
    if isinstance(value, str):
        return quoted(value, limit=LONGEST)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(str(key))}: {data(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(data, value)) + "]"
    return json.dumps(value)


def block(name: str, lines: Iterable[str]) -> str:
    """Return lines between ``<name>`` and ``</name>``; whatever was not written here must be :func:`quoted` in them."""
    return "\n".join((f"<{name}>", *lines, f"</{name}>"))


@cache
def prompt(package: str, name: str) -> str:
    """Return the text of the file ``prompts/NAME.md`` of a package, without the white space around it."""
    return files(package).joinpath(f"prompts/{name}.md").read_text(encoding="utf-8").strip()


def filled(template: str, **parts: str) -> str:
    """Return a template with each ``$name`` replaced; what is put in is not looked at again.

    Raises:
        KeyError: a part is missing.
    """
    return Template(template).substitute(parts)
