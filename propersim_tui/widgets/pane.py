"""A part of a full screen that draws some lines in the size that there is; the text is never read as markup. Pure helpers besides."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive

from propersim_tui.render.format import wrap
from propersim_tui.widgets.rowwise import Lines


class Pane(Lines):
    """Draws what :meth:`lines` returns; ``waiting`` is said while there is nothing to draw."""

    waiting: reactive[str] = reactive("reading …")

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the lines in so much room."""
        return [each.truncate(width) for each in self.lines(width, height)[:height]] if width >= 2 else []

    def lines(self, width: int, height: int) -> list[Content]:
        """Return the lines to draw, each at most ``width`` cells."""
        raise NotImplementedError


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
