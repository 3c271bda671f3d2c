"""Input line for a filter; visible only while it is in use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from propersim_tui.widgets.safe_input import SafeInput


class FilterLine(SafeInput):
    """Input line that filters on every keystroke; up and down move the cursor of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "clear filter"),
        Binding("enter", "submit", "go to the list"),
        Binding("up", "walk(-1)", "up", show=False),
        Binding("down", "walk(1)", "down", show=False),
    ]

    @dataclass
    class Walk(Message):
        """Move the cursor of the list by some rows."""

        by: int

    class Closed(Message):
        """The input is finished; the list should take the focus."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, max_length=100, compact=True, id=id)

    def open(self) -> None:
        """Show the line and focus it."""
        self.add_class("-open")
        self.focus()

    def close(self) -> bool:
        """Clear and hide the line; return whether it was visible."""
        was_open = self.has_class("-open")
        self.value = ""
        self.remove_class("-open")
        if was_open:
            self.post_message(self.Closed())
        return was_open

    def on_input_submitted(self) -> None:
        """Return to the list; hide the line if it is empty."""
        if not self.value:
            self.remove_class("-open")
        self.post_message(self.Closed())

    def action_clear(self) -> None:
        """Clear the filter."""
        self.close()

    def action_walk(self, by: int) -> None:
        """Move the cursor of the list."""
        self.post_message(self.Walk(by))
