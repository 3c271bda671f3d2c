"""Base class of the screens that send questions to the inspector process."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from propersim.inspector.protocol import Answer, Question
from propersim_tui.config.actions import Act
from propersim_tui.screens.kept import Kept
from propersim_tui.screens.moment import MomentScreen

AskInspector = Callable[[Question], int]
"""Send a question to the inspector; returns the number that its answers carry."""


class AskingScreen(Kept, MomentScreen):
    """Screen above the live one that asks the inspector and receives all of its answers.

    Args:
        ask: sends a question to the inspector.
    """

    ACTS: ClassVar[tuple[Act, ...]] = ()
    HEADING: ClassVar[str] = ""

    def __init__(self, ask: AskInspector) -> None:
        super().__init__()
        self._ask = ask

    def hear(self, answer: Answer) -> None:
        """Show an answer if it belongs to the newest question of this screen; ignore it otherwise."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Close this screen and return to the one below."""
        self.dismiss(None)
