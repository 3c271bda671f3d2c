"""Sets of words written as one text."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text with spaces between them.

    Args:
        text: the words.
    """
    return frozenset(text.split())
