"""Prompt files: reading and filling them, and quoting untrusted text in them.

Quoted text stays inside its block.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

from propersim.core.text import MAX_SUGGESTION, clean

LONGEST: Final = 2000
"""Most characters of one text in :func:`data`."""
# These characters occur in JSON text, besides lists, only inside strings, where an escape means the same.
_ESCAPES: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>[]&"}
"""Characters written as JSON escapes: angle brackets could close a block, and square brackets could imitate a model's role markers."""


def quoted(text: str, *, limit: int = MAX_SUGGESTION) -> str:
    """Return a text, cleaned and cut to ``limit`` characters, as a JSON string on one line.

    The quotes are included, but do not count towards the limit.

    The string contains no angle or square brackets; a JSON parser restores the cleaned text.
    """
    return json.dumps(clean(text, limit=limit), ensure_ascii=False).translate(_ESCAPES)


def answer_json(value: dict[str, Any]) -> str:
    """Return an answer as JSON on one line, with the brackets of its texts as escapes.

    A JSON parser restores the texts. A text cannot imitate the control tokens or role markers of a model that reads the line.

    Args:
        value: the answer, by field; a field that is no text is no list.
    """
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


def without_brackets(text: str) -> str:
    """Return plain text with its brackets and ampersands as escapes.

    It cannot imitate a control token.
    """
    return text.translate(_ESCAPES)


def data(value: Any) -> str:
    """Return plain data as JSON on one line, each text as by :func:`quoted`.

    Plain data are texts, numbers, lists and mappings.
    """
    if isinstance(value, str):
        return quoted(value, limit=LONGEST)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(str(key))}: {data(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(data, value)) + "]"
    return json.dumps(value)


def block(name: str, lines: Iterable[str]) -> str:
    """Return lines between ``<name>`` and ``</name>``.

    Untrusted text in the lines must be :func:`quoted`.
    """
    return "\n".join((f"<{name}>", *lines, f"</{name}>"))


@cache
def prompt(package: str, name: str) -> str:
    """Return the text of the file ``prompts/NAME.md`` of a package.

    Surrounding white space is stripped.
    """
    return files(package).joinpath(f"prompts/{name}.md").read_text(encoding="utf-8").strip()


def fill_template(template: str, **parts: str) -> str:
    """Return a template with each ``$name`` replaced; replacements are not expanded again.

    Raises:
        KeyError: the template has a name that ``parts`` lacks.
    """
    return Template(template).substitute(parts)
