"""Ask for the path of a file."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label

from propersim_tui.screens.window import Window
from propersim_tui.widgets.safe_input import SafeInput


class PathScreen(Window[str | None]):
    """Input line for a path; returns it, or None.

    Args:
        title: title of the dialog.
        example: placeholder of the input line.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel")]
    DEFAULT_CSS = """
    PathScreen > Vertical { width: 70; }
    """

    def __init__(self, title: str, example: str) -> None:
        super().__init__()
        self._title = title
        self._example = example

    def compose(self) -> ComposeResult:
        """Lay out the input line."""
        with Vertical() as box:
            box.border_title = self._title
            yield SafeInput(placeholder=self._example, max_length=1000)
            yield Label("Enter: open · Esc: cancel", id="how", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the path."""
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_cancel(self) -> None:
        """Close without a path."""
        self.dismiss(None)
