"""Reads topic and tone off a sentence, and detects sentences that try to instruct the judge (prompt injection).

May import ``world`` and ``core``. Begin with ``classifier.py``: ``default_reader().read(text)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from propersim.reading.classifier import default_reader

__all__ = ["default_reader"]


def __getattr__(name: str) -> Any:
    """Import the reader when it is first used: it loads numpy and the word vectors."""
    if name == "default_reader":
        from propersim.reading.classifier import default_reader

        return default_reader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
