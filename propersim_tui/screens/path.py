"""Asks for the path of a file."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label

from propersim_tui.screens.window import Window
from propersim_tui.widgets.safe_input import SafeInput


class PathScreen(Window[str | None]):
    """A line to write a path in; leaves with it, or None.

    Args:
        title: what the file is.
        example: what a path may look like.
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
        """Lay out the line."""
        with Vertical() as box:
            box.border_title = self._title
            yield SafeInput(placeholder=self._example, max_length=1000)
            yield Label("Enter opens, Escape stays", id="how", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leave with the path."""
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_cancel(self) -> None:
        """Leave without one."""
        self.dismiss(None)
