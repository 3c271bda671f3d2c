"""Load YAML as plain data only, with libyaml where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Loader class; constructs plain data only, never objects."""


MAX_DEPTH = 40
"""Nesting depth of collections beyond which a text is rejected."""
_SHORT = 1000


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
