"""Pane of a full screen that draws lines of text; never read as markup."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim_tui.widgets.row_widget import LinesWidget


class TextPane(LinesWidget):
    """Draws the result of :meth:`lines`; ``waiting`` is the text while there is none."""

    waiting: reactive[str] = reactive("reading …")

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the lines that fit."""
        return [each.truncate(width) for each in self.lines(width, height)[:height]] if width >= 2 else []

    def lines(self, width: int, height: int) -> list[Content]:
        """Return the lines to draw, each at most ``width`` cells."""
        raise NotImplementedError
