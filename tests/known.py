"""A value that is there, where its type says that it may be missing."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")


def known(value: Value | None) -> Value:
    """Return a value that is not None; fail where it is."""
    assert value is not None
    return value
