"""A line to write in that takes nothing a terminal could mistake for a command, whatever is pasted into it."""

from __future__ import annotations

from textual.widgets import Input

from propersim_tui.render.format import harmless


class SafeInput(Input):
    """Textual's input line, without control and direction characters in its text."""

    def validate_value(self, value: str) -> str:
        """Leave out what must not be drawn."""
        return harmless(value)
