"""A part of a full screen that draws some lines in the size that there is; the text is never read as markup. Pure helpers besides."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim_tui.widgets.row_widget import LinesWidget


class TextPane(LinesWidget):
    """Draws what :meth:`lines` returns; ``waiting`` is said while there is nothing to draw."""

    waiting: reactive[str] = reactive("reading …")

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the lines in so much room."""
        return [each.truncate(width) for each in self.lines(width, height)[:height]] if width >= 2 else []

    def lines(self, width: int, height: int) -> list[Content]:
        """Return the lines to draw, each at most ``width`` cells."""
        raise NotImplementedError
