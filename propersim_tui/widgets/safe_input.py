"""Input line that rejects control characters, also in pasted text."""

from __future__ import annotations

from textual.widgets import Input

from propersim_tui.render.format import remove_invisible


class SafeInput(Input):
    """Textual's input line without control and direction characters in its text."""

    def validate_value(self, value: str) -> str:
        """Remove characters that must not be drawn."""
        return remove_invisible(value)

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace the text between two places, and cut what does not fit.

        Textual would drop all of it without a word.

        Args:
            text: the new text.
            start: index of the first character that is replaced.
            end: index behind the last one.
        """
        text = remove_invisible(text)
        if self.max_length:
            room = max(0, self.max_length - len(self.value) + abs(end - start))
            if len(text) > room:
                text = text[:room]
                self.notify(f"Cut to {self.max_length} characters", severity="warning", markup=False)
        super().replace(text, start, end)
