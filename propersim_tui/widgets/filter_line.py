"""The line to write a filter in; open only while there is one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from propersim_tui.widgets.safe_input import SafeInput


class FilterLine(SafeInput):
    """Says what is written with every key; up and down move the list's cursor meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "clear the filter"),
        Binding("enter", "submit", "to the list"),
        Binding("up", "walk(-1)", "up", show=False),
        Binding("down", "walk(1)", "down", show=False),
    ]

    @dataclass
    class Walk(Message):
        """Move the list's cursor."""

        by: int

    class Closed(Message):
        """The filter is done with; the list should have the keys again."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, max_length=100, compact=True, id=id)

    def validate_value(self, value: str) -> str:
        """Take away what cannot be drawn: control and direction characters, as they come with what is pasted."""
        return value if value.isprintable() else "".join(char for char in value if not unicodedata.category(char).startswith("C"))

    def open(self) -> None:
        """Let something be written."""
        self.add_class("-open")
        self.focus()

    def close(self) -> bool:
        """Take the filter away; False where there was none."""
        there = self.has_class("-open")
        self.value = ""
        self.remove_class("-open")
        if there:
            self.post_message(self.Closed())
        return there

    def on_input_submitted(self) -> None:
        """Give the keys back to the list; the filter stays where there is one."""
        if not self.value:
            self.remove_class("-open")
        self.post_message(self.Closed())

    def action_clear(self) -> None:
        """Take the filter away."""
        self.close()

    def action_walk(self, by: int) -> None:
        """Move the list's cursor."""
        self.post_message(self.Walk(by))


def matches(needle: str, text: str) -> bool:
    """Whether every word of a filter is somewhere in a text (which is in lower case)."""
    return all(word in text for word in needle.lower().split())
