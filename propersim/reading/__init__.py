"""Read topic and tone of a sentence, whether it recommends anything, and prompt injection.

Prompt injection is a sentence that tries to instruct the judge.

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
