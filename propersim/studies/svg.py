"""The frame of a picture of a study: colours, font, title and description, as SVG.

Pictures are written by hand, so that they need no library, and the same figures give the same file.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from propersim.core.text import printable

WIDTH = 760
INK, SOFT, RULE = "#1b1f24", "#57606a", "#d5dae0"
"""Colours of text and marks, of what is beside the matter, and of lines."""


def opened(title: str, height: int, told: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines with which a picture begins.

    Args:
        title: what it shows.
        height: its height.
        told: what is in it, for readers who do not see it, as names and words.
    """
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-family="system-ui, DejaVu Sans, sans-serif" font-size="13">',
        f"<title>{text(title)}</title>",
        f"<desc>{text('. '.join(f'{name}: {words}' for name, words in told))}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" fill="{INK}" font-weight="bold">{text(title)}</text>',
    ]


def closed(lines: Iterable[str]) -> str:
    """Return a picture of its lines."""
    return "\n".join([*lines, "</svg>", ""])


def text(content: str) -> str:
    """Return a text as the content of an element."""
    return escape(printable(content))
