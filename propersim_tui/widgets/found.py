"""Marking of what a search found, in lines made of (text, style name) parts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from propersim_tui.data.fuzzy import spans

SEARCHED = ("text", "now", "reason")
"""Styles of the parts that are searched: recommendations and reasons."""


def mark_found(row: Sequence[tuple[str, str]], offsets: Callable[[str], Sequence[int]]) -> list[tuple[str, str]]:
    """Return a line in which what matches has the style ``found``.

    Args:
        row: the parts of the line, as (text, style name).
        offsets: returns the offsets of the letters of a text that match, in ascending order.
    """
    marked: list[tuple[str, str]] = []
    for text, style in row:
        end = 0
        for start, stop in spans(offsets(text)) if style in SEARCHED else ():
            if start > end:
                marked.append((text[end:start], style))
            marked.append((text[start:stop], "found"))
            end = stop
        if end < len(text) or not text:
            marked.append((text[end:], style))
    return marked
