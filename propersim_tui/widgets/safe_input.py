"""Input line that rejects control characters, also in pasted text."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from propersim.core.text import JOINER, printable


class SafeInput(Input):
    """Textual's input line without control and direction characters in its text."""

    def validate_value(self, value: str) -> str:
        """Remove characters that must not be drawn.

        A joiner stays behind an emoji, as the next one may follow.
        """
        return printable(value, unfinished=True).replace("\n", " ")

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace the text between two places, and cut what does not fit.

        Textual would drop all of it without a word.

        Args:
            text: the new text.
            start: index of the first character that is replaced.
            end: index behind the last one.
        """
        # The cursor moves by the length of the new text: as much of it as the whole line keeps.
        start, end = sorted((max(0, start), min(len(self.value), end)))
        before, after = self.value[:start], self.value[end:]
        text = self.validate_value(before + text)[len(self.validate_value(before)) :]
        if self.max_length:
            room = max(0, self.max_length - len(before) - len(after))
            if len(text) > room:
                text = text[:room]
                self.notify(f"Cut to {self.max_length} characters", severity="warning", markup=False)
        super().replace(text, start, end)

    def on_key(self, event: events.Key) -> None:
        """Type a joiner, which Textual takes for no character.

        A terminal sends an emoji of several as one key for each of its parts.
        """
        if event.character == JOINER:
            event.stop()
            event.prevent_default()
            self.replace(JOINER, *self.selection)
