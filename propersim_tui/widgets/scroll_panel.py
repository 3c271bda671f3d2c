"""Framed text that scrolls."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from propersim_tui.widgets.hanging_text import HangingText


class ScrollPanel(VerticalScroll):
    """Text in a frame with a title; scrolls if it does not fit, and is never read as markup.

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
        """The current text."""
        return self._shown

    def show(self, content: Content) -> None:
        """Replace the text; redraw only if it differs."""
        # != ignores styles.
        if not content.is_same(self._shown):
            self._shown = content
            self._text.show(content)
