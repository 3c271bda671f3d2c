"""Dialog with a text; any of its keys closes it."""

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
    """Scrolling text over another screen.

    Args:
        heading: title of the dialog.
        text: lines that begin with a key, and any other lines.
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
        """Lay out the dialog."""
        with VerticalScroll() as box:
            box.border_title = self._heading
            box.border_subtitle = "Esc: close"
            yield HangingText(self._text, KEY_LEAD)

    def opened(self) -> None:
        """Show the beginning of the text, and let the arrow keys scroll it."""
        box = self.query_one(VerticalScroll)
        box.scroll_home(animate=False)
        box.focus()
