"""Say in plain words what transformers finds wrong with a field of ``config.json``."""

from __future__ import annotations

import re
from typing import Final

_FIELD: Final = re.compile(r"Field '(\w+)' expected (\w+), got (\w+) \(value: (.*?)\)(?=[;).]|$)")
_SEVERAL: Final = re.compile(r"Field '(\w+)' with value (.+?) doesn't match any type in \((.*?)\)\.")
_KINDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "an object",
    "list": "a list",
    "tuple": "a list",
    "None": "null",
    "NoneType": "null",
}
"""Python's kinds of values, in the words of JSON."""


def plain_field(text: str) -> str:
    """Return a message about a field of a configuration without Python's words."""
    found = list(_FIELD.finditer(text))
    several = _SEVERAL.search(text)
    if several:
        name, value, wanted = several.groups()
        kinds = [kind.rpartition(".")[2] for kind in re.findall(r"<class '([\w.]+)'>", wanted)]
    elif found:
        name, _, _, value = found[0].groups()
        kinds = [match[2] for match in found]
    if several or found:
        words = dict.fromkeys(_KINDS.get(kind, "an object") for kind in kinds)
        return f"{name} must be {' or '.join(words)}, not {'null' if value == 'None' else value}"
    return re.sub(r"^Class validation error for validator '\w+': (?:ValueError: )?", "", text)
