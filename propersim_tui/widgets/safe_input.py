"""Input line that rejects control characters, also in pasted text."""

from __future__ import annotations

from textual.widgets import Input

from propersim_tui.render.format import harmless


class SafeInput(Input):
    """Textual's input line without control and direction characters in its text."""

    def validate_value(self, value: str) -> str:
        """Remove characters that must not be drawn."""
        return harmless(value)
