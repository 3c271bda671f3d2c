"""Text that was not written here, as data in a prompt: a JSON string inside a block that it cannot end."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Final

from propersim.text import MAX_SUGGESTION, clean

_SIGNS: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>[]"}
"""Written as escapes: with the first two a text could end its block; with all four, forge a model's own marks of who speaks."""
_GAP: Final = re.compile(r"\{\{(\w+)\}\}")


def quoted(text: str, *, limit: int = MAX_SUGGESTION) -> str:
    """Return a text, cleaned and at most ``limit`` characters long, as one JSON string on one line, quotes included.

    Neither ``<``, ``>`` nor square brackets are in it as such: a JSON parser gets the cleaned text back.
    """
    # In JSON text these signs can only stand inside of a string, where an escape means the same.
    return json.dumps(clean(text, limit=limit), ensure_ascii=False).translate(_SIGNS)


def block(name: str, lines: list[str]) -> str:
    """Return lines between ``<name>`` and ``</name>``; whatever is not written here must be :func:`quoted` in them."""
    return "\n".join((f"<{name}>", *lines, f"</{name}>"))


def prompt(name: str) -> str:
    """Return the text of a file of prompts, without the white space around it."""
    return (resources.files("propersim.user.llm") / "prompts" / name).read_text(encoding="utf-8").strip()


def filled(template: str, **parts: str) -> str:
    """Return a template with each ``{{name}}`` replaced; what is put in is not looked at again.

    Raises:
        KeyError: a part is missing.
    """
    return _GAP.sub(lambda found: parts[found[1]], template)
