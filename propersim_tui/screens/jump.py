"""Show a letter on everything that can be reached; pressing the letter goes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from propersim_tui.screens.dialog import Dialog

REGION_LETTERS = {
    "home": "h",
    "doing": "d",
    "now": "n",
    "training": "r",
    "assistant": "a",
    "scores": "s",
    "days": "y",
    "today": "t",
}
ENTRY_LETTERS = "bcefgiklmopquvwxz"
"""Letters for entries of the feed, from the newest upwards."""


@dataclass(frozen=True)
class JumpTarget:
    """Something that can be reached.

    Attributes:
        letter: the key that goes there.
        x: column of its label.
        y: row of its label.
        action: the app's action to run, in Textual's notation.
        width: cells of its label.
    """

    letter: str
    x: int
    y: int
    action: str
    width: int = 3


class JumpScreen(Dialog[str | None]):
    """Letters drawn over the screen; returns an action, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel")]
    DEFAULT_CSS = """
    JumpScreen { align: left top; background: $background 25%; layers: letters; overflow: hidden; }
    JumpScreen Label { layer: letters; position: absolute; width: 3; height: 1; background: $mark; color: $mark-text; text-style: bold; }
    """

    def __init__(self, goals: Sequence[JumpTarget]) -> None:
        super().__init__()
        self._goals = {goal.letter: goal for goal in goals}

    @property
    def goals(self) -> Sequence[JumpTarget]:
        """Everything that can be reached."""
        return list(self._goals.values())

    def compose(self) -> ComposeResult:
        """Lay out one letter per target."""
        for goal in self._goals.values():
            label = Label(f" {goal.letter} "[-goal.width :], markup=False)
            label.styles.width = goal.width
            label.styles.offset = (goal.x, goal.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go to the target of the letter; close on any other key."""
        if event.key in ("escape", "ctrl+q", "ctrl+c"):
            return
        event.stop()
        goal = self._goals.get(event.character or "")
        self.dismiss(goal.action if goal else None)

    def on_click(self, event: events.Click) -> None:
        """Go to the target whose label was clicked."""
        clicked = (goal for goal in self._goals.values() if goal.y == event.screen_y and goal.x <= event.screen_x < goal.x + goal.width)
        goal = next(clicked, None)
        self.dismiss(goal.action if goal else None)

    def action_cancel(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
