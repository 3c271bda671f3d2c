"""A framed text that scrolls."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from propersim_tui.widgets.hanging_text import HangingText


class ScrollPanel(VerticalScroll):
    """Text that is never read as markup, in a frame with a title; scrolls where it is longer than its room.

    Args:
        head: the title.
    """

    def __init__(self, head: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = head
        self._text = HangingText()
        self._shown = Content("")

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield self._text

    @property
    def content_shown(self) -> Content:
        """What stands in it."""
        return self._shown

    def show(self, content: Content) -> None:
        """Replace the text; where it is the same, nothing is drawn anew."""
        # (Compared with !=, two texts in other colours are the same.)
        if not content.is_same(self._shown):
            self._shown = content
            self._text.show(content)
