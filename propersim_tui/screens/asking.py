"""What the screens have in common that ask the examiner."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from propersim.inspector.protocol import Answer, Question
from propersim_tui.config.actions import Act
from propersim_tui.screens.kept import Kept
from propersim_tui.screens.moment import MomentScreen

AskInspector = Callable[[Question], int]
"""Passes a question on; returns the number that its answers will carry."""


class AskingScreen(Kept, MomentScreen):
    """A screen over the live one that asks the examiner, and hears every answer that it gives.

    Args:
        ask: passes a question on.
    """

    ACTS: ClassVar[tuple[Act, ...]] = ()
    HEADING: ClassVar[str] = ""

    def __init__(self, ask: AskInspector) -> None:
        super().__init__()
        self._ask = ask

    def hear(self, answer: Answer) -> None:
        """Take an answer, where it is one to the newest question asked here."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Return to where one came from."""
        self.dismiss(None)
