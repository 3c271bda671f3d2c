"""Base class of the screens that send questions to the inspector process."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from propersim.inspector.protocol import Question, Reply
from propersim_tui.config.actions import ScreenAction
from propersim_tui.screens.cached_screen import CachedScreen
from propersim_tui.screens.frame_screen import FrameScreen

AskInspector = Callable[[Question], int]
"""Send a question to the inspector; returns the number that its answers carry."""


class InspectorScreen(CachedScreen, FrameScreen):
    """Screen above the live one that asks the inspector and receives all of its answers.

    Args:
        ask: sends a question to the inspector.
    """

    ACTS: ClassVar[tuple[ScreenAction, ...]] = ()
    HEADING: ClassVar[str] = ""

    def __init__(self, ask: AskInspector) -> None:
        super().__init__()
        self._ask = ask

    def receive(self, answer: Reply) -> None:
        """Show an answer if it belongs to the newest question of this screen; ignore it otherwise."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Close this screen and return to the one below."""
        self.dismiss(None)
