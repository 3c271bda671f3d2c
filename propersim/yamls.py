"""YAML, read safely and fast: plain data only, by libyaml where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader class; gives plain data only, never objects."""


def load(text: str) -> Any:
    """Return the data of a YAML text; yaml.YAMLError where it is none."""
    return yaml.load(text, Loader)  # noqa: S506 - a safe loader
