"""Building lines of styled text; text is never interpreted as markup."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from propersim_tui.render.format import wrap

Part = str | tuple[str, str] | Content


def line(*parts: Part) -> Content:
    """Return a line made of plain texts, (text, style) tuples and contents.

    Neighbours of the same style are merged, which is faster.
    """
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, tuple) and isinstance(last, tuple) and last[1] == part[1]:
            merged[-1] = (last[0] + part[0], part[1])
        else:
            merged.append(part)
    return Content.assemble(*merged)


def beside(columns: Sequence[tuple[Sequence[Content], int]], gap: int = 3) -> list[Content]:
    """Return columns of lines side by side.

    Args:
        columns: (lines, width in cells) of each.
        gap: cells between two columns.
    """
    height = max((len(lines) for lines, _ in columns), default=0)
    rows = []
    for row in range(height):
        parts: list[Content | str] = []
        for number, (lines, width) in enumerate(columns):
            text = lines[row] if row < len(lines) else Content("")
            last = number == len(columns) - 1
            parts += [text.truncate(width, pad=not last), "" if last else " " * gap]
        rows.append(Content.assemble(*parts))
    return rows


def paragraph(text: str, width: int, style: str = "", *, first: str = "", rest: str = "") -> list[Content]:
    """Return a text broken into lines.

    Args:
        text: the text.
        width: width in cells, prefixes included.
        style: style of the text.
        first: prefix of the first line.
        rest: prefix of the other lines.
    """
    room = max(2, width - max(len(first), len(rest)))
    lines = wrap(text, room)
    return [Content.assemble((rest if number else first, "$muted"), (line, style)) for number, line in enumerate(lines)]
