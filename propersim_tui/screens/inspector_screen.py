"""Base class of the screens that send questions to the inspector process."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.content import Content

from propersim.core.text import clean
from propersim.inspector.protocol import InspectorError, Question, Reply
from propersim_tui.config.actions import ScreenAction
from propersim_tui.render.content import line
from propersim_tui.screens.cached_screen import CachedScreen
from propersim_tui.screens.frame_screen import FrameScreen

AskInspector = Callable[[Question], int]
"""Send a question to the inspector; returns the number that its answers carry."""


LONGEST = 400
"""Most characters of a message, and of its hint."""


def problem_text(problem: InspectorError) -> Content:
    """Return why the inspector has no answer, and what to do."""
    hint = f"  {clean(problem.hint, LONGEST)}" if problem.hint else ""
    return line((clean(problem.message, LONGEST), "$text-warning"), (hint, "$muted"))


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
