"""A window with a text in it, that any of its keys closes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from propersim_tui.screens.kept import Kept
from propersim_tui.screens.window import Window
from propersim_tui.widgets.hanging_text import KEY_LEAD, HangingText


class TextDialog(Kept, Window[None]):
    """A window over another screen; the arrow keys scroll it.

    Args:
        heading: what stands in its frame.
        text: keys, each with what it does behind it, and whatever else.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter,space", "dismiss", "close", show=False)]
    DEFAULT_CSS = """
    TextDialog > VerticalScroll { width: 78; scrollbar-size-vertical: 1; }
    """

    def __init__(self, heading: str, text: Content) -> None:
        super().__init__()
        self._heading = heading
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay out the window."""
        with VerticalScroll() as box:
            box.border_title = self._heading
            box.border_subtitle = "Escape closes"
            yield HangingText(self._text, KEY_LEAD)

    def opened(self) -> None:
        """Show it from its beginning, and let the arrow keys scroll it."""
        box = self.query_one(VerticalScroll)
        box.scroll_home(animate=False)
        box.focus()
