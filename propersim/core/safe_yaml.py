"""Load YAML as plain data only, with libyaml where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Loader class; constructs plain data only, never objects."""


MAX_DEPTH = 40
"""Nesting depth of collections beyond which a text is rejected."""
_SHORT = 1000
_MOST_BITS = 1024


def nested_too_deeply(text: str) -> bool:
    """Return whether a YAML text nests collections more than 40 deep.

    libyaml recurses without a limit and would crash.

    Raises:
        yaml.YAMLError: the text is not YAML.
    """
    # Each level needs a bracket or a column of indentation, so that a short text need not be parsed.
    if text.count("[") + text.count("{") + max(map(len, text.splitlines()), default=0) < _SHORT:
        return False
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return True
    return False


def load(text: str) -> Any:
    """Return the data of a YAML text.

    Raises:
        yaml.YAMLError: the text is not YAML.
    """
    return yaml.load(text, Loader)  # noqa: S506 - a safe loader


def has_giant_integer(data: Any) -> bool:
    """Return whether data hold an integer that Python refuses to print.

    YAML and TOML may state one in hexadecimal digits.
    """
    if isinstance(data, int):
        return data.bit_length() > _MOST_BITS
    if isinstance(data, dict):
        return any(has_giant_integer(one) for pair in data.items() for one in pair)
    return isinstance(data, list) and any(map(has_giant_integer, data))
