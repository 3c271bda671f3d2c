"""YAML, read safely and fast: plain data only, by libyaml where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader class; gives plain data only, never objects."""


DEEPEST = 40
_HARMLESS = 1000


def too_deep(text: str) -> bool:
    """Whether collections are nested deeper in a text than anybody would: what builds nodes of it recurs, in C, without looking.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    # Every level takes a bracket, or a column: most texts cannot be deep.
    if text.count("[") + text.count("{") + max(map(len, text.splitlines()), default=0) < _HARMLESS:
        return False
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return True
    return False


def load(text: str) -> Any:
    """Return the data of a YAML text; yaml.YAMLError where it is none."""
    return yaml.load(text, Loader)  # noqa: S506 - a safe loader
