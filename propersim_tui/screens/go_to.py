"""Ask for a time to go to."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label

from propersim.core.clock import parse_hand_time, parse_moment
from propersim.core.text import clean
from propersim_tui.screens.cached_screen import CachedScreen
from propersim_tui.screens.dialog import Dialog
from propersim_tui.widgets.safe_input import SafeInput

DayTime = tuple[int, float | None]


def parse_day_time(text: str, today: int) -> DayTime:
    """Parse ``day 3 08:30``, ``day 3`` or, for the current day, ``08:30``.

    Args:
        text: the text as typed.
        today: number of the day that a bare time belongs to.

    Returns:
        The day and the minute of its clock; None as minute if no time is given.

    Raises:
        ValueError: the text has none of these forms; the message says what to write.
    """
    text = text.strip()
    if text[:1].isdigit():
        return today, parse_hand_time(text)
    return parse_moment(text)


class GoToScreen(CachedScreen, Dialog[int | None]):
    """Input line for a time; returns the index of the step, or None.

    Args:
        find: returns the index of the step at (day, minute); raises ValueError if there is none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel")]
    DEFAULT_CSS = """
    GoToScreen > Vertical { width: 56; }
    """

    def __init__(self, find: Callable[[int, float | None], int]) -> None:
        super().__init__()
        self._find = find
        self._today, self._now = 1, ""

    def begin(self, today: int, now: str) -> None:
        """Set the day and the text to start from.

        Args:
            today: number of the day on screen.
            now: initial text of the input line.
        """
        self._today, self._now = today, now

    def opened(self) -> None:
        """Suggest the time on screen."""
        entry = self.query_one(SafeInput)
        entry.value = self._now
        self.query_one("#wrong", Label).update("")
        # Taking the focus selects the whole text, so that typing replaces it.
        self.set_focus(None)
        entry.focus()

    def compose(self) -> ComposeResult:
        """Lay out the input line and a hint about its format."""
        with Vertical() as box:
            box.border_title = "Go to"
            yield SafeInput(placeholder="day 3 08:30", max_length=40)
            yield Label("", id="wrong", markup=False)
            yield Label("day 3 08:30 · day 3 · 08:30 (this day)\nEnter: go · Esc: cancel", id="how", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the step, or show why there is none."""
        try:
            self.dismiss(self._find(*parse_day_time(event.value, self._today)))
        except ValueError as error:
            self.query_one("#wrong", Label).update(clean(str(error), 200))

    def on_input_changed(self) -> None:
        """Clear the error about the previous text."""
        self.query_one("#wrong", Label).update("")

    def action_cancel(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
