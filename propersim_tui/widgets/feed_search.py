"""Search line of the live screen, with the number of matches.

It is visible only while a search is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from propersim_tui.widgets.filter_line import FilterLine

HINTS = ("/: search recommendations and reasons of all days", "/: search all days", "/: search")
"""The text of an empty search line, from the longest to the shortest."""


class FeedLine(FilterLine):
    """Input line of the search; down and up go to the next and the previous match."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "close search"),
        Binding("enter", "submit", "go to match"),
    ]

    def on_resize(self) -> None:
        """Say what is searched in as many words as fit."""
        self.placeholder = next((hint for hint in HINTS if len(hint) < self.content_size.width), HINTS[-1])

    def close(self) -> bool:
        """Clear the line; return whether it had text."""
        had_text = bool(self.value)
        self.value = ""
        self.post_message(self.Closed())
        return had_text


class FeedSearch(Horizontal):
    """Line to type a search in; it stays while one goes from match to match, until it is closed."""

    @dataclass
    class Typed(Message):
        """Another text is searched."""

        text: str

    @dataclass
    class Go(Message):
        """Go to a match: 1 is the next one, −1 the previous one, 0 this step or else the next match."""

        by: int

    class Ended(Message):
        """The search is closed."""

    _count = ""

    def compose(self) -> ComposeResult:
        """Lay out the line and the count."""
        yield FeedLine(HINTS[0])
        yield Static("", markup=False)

    @property
    def line(self) -> FilterLine:
        """The input line."""
        return self.query_one(FilterLine)

    @property
    def is_open(self) -> bool:
        """Whether a search is open."""
        return bool(self.display)

    def open(self) -> None:
        """Show the line and give it the keys."""
        # Not by a class: the line cannot take the keys before it is displayed, and classes are applied later.
        self.display = True
        self.line.focus()

    def close(self) -> None:
        """Clear and hide the line."""
        self.line.close()
        self._hide()

    def _hide(self) -> None:
        if self.is_open:
            self.display = False
            self.post_message(self.Ended())

    def show_count(self, text: str) -> None:
        """Show how many matches there are."""
        if text != self._count:
            self._count = text
            self.query_one(Static).update(Content(text))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as the person types."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the match, or close an empty search."""
        event.stop()
        if event.value.strip():
            self.post_message(self.Go(0))
        else:
            self._hide()

    def on_filter_line_walk(self, message: FilterLine.Walk) -> None:
        """Go to the next or the previous match."""
        message.stop()
        self.post_message(self.Go(message.by))

    def on_filter_line_closed(self, message: FilterLine.Closed) -> None:
        """Close the search if it was cleared."""
        message.stop()
        if not self.line.value.strip():
            self._hide()
