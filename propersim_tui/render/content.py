"""Build and arrange lines of styled text; text is never interpreted as markup."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from propersim_tui.render.format import wrap

Part = str | tuple[str, str] | Content


def line(*parts: Part) -> Content:
    """Return a line of parts: plain text, or (text, style). Neighbours of one style become one part: each costs as much as a long one."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, tuple) and isinstance(last, tuple) and last[1] == part[1]:
            merged[-1] = (last[0] + part[0], part[1])
        else:
            merged.append(part)
    return Content.assemble(*merged)


def beside(columns: Sequence[tuple[Sequence[Content], int]], gap: int = 3) -> list[Content]:
    """Return columns of lines side by side, each with its cells."""
    height = max((len(lines) for lines, _ in columns), default=0)
    found = []
    for row in range(height):
        parts: list[Content | str] = []
        for number, (lines, width) in enumerate(columns):
            text = lines[row] if row < len(lines) else Content("")
            last = number == len(columns) - 1
            parts += [text.truncate(width, pad=not last), "" if last else " " * gap]
        found.append(Content.assemble(*parts))
    return found


def paragraph(text: str, width: int, style: str = "", *, first: str = "", rest: str = "") -> list[Content]:
    """Return a text in lines, with something before the first one and before the others."""
    room = max(2, width - max(len(first), len(rest)))
    lines = wrap(text, room)
    return [Content.assemble((rest if number else first, "$muted"), (line, style)) for number, line in enumerate(lines)]
