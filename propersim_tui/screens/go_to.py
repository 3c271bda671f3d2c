"""Asks for a time to go to."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label

from propersim.core.clock import LATEST, parse_moment, parse_time
from propersim.core.text import clean
from propersim_tui.screens.kept import Kept
from propersim_tui.screens.window import Window
from propersim_tui.widgets.safe_input import SafeInput

DayTime = tuple[int, float | None]


def parse_day_time(text: str, today: int) -> DayTime:
    """Return (day, minute or None) of ``day 3 08:30``, ``day 3`` or, today, ``08:30``.

    Raises:
        ValueError: it is none of these; says what to write.
    """
    text = text.strip()
    if text[:1].isdigit():
        return today, parse_time(text if text[1:2] != ":" else f"0{text}", latest=LATEST)
    return parse_moment(text)


class GoToScreen(Kept, Window[int | None]):
    """A line to write a time in; leaves with the index of the step, or None.

    Args:
        find: returns the index of the step at (day, minute); raises ValueError where there is none.
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
        """Ask from a time on.

        Args:
            today: the day that is shown.
            now: what stands in the line at first.
        """
        self._today, self._now = today, now

    def opened(self) -> None:
        """Offer the time that is shown."""
        entry = self.query_one(SafeInput)
        entry.value = self._now
        self.query_one("#wrong", Label).update("")
        # With the focus that it is given then, all that stands in it is marked, to be written over.
        self.set_focus(None)
        entry.focus()

    def compose(self) -> ComposeResult:
        """Lay out the line and what may be written in it."""
        with Vertical() as box:
            box.border_title = "Go to"
            yield SafeInput(placeholder="day 3 08:30", max_length=40)
            yield Label("", id="wrong", markup=False)
            yield Label("day 3 08:30, day 3, or a time of this day; Enter goes, Escape stays", id="how", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there, or say why not."""
        try:
            self.dismiss(self._find(*parse_day_time(event.value, self._today)))
        except ValueError as error:
            self.query_one("#wrong", Label).update(clean(str(error), 200))

    def on_input_changed(self) -> None:
        """Take away what was wrong with the last try."""
        self.query_one("#wrong", Label).update("")

    def action_cancel(self) -> None:
        """Stay where we are."""
        self.dismiss(None)
