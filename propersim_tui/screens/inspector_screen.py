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
from propersim_tui.widgets.scroll_panel import ScrollPanel

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
        self._wait = "asking the model …"

    @property
    def waiting(self) -> Content:
        """The text shown in place of an answer that has not come yet."""
        return line((self._wait, "$muted"))

    def show_wait(self, text: str) -> None:
        """Say how long the screen has waited, where it shows that it waits.

        Args:
            text: that the model is asked, for how long, and how long it usually takes.
        """
        if text == self._wait:
            return
        before, self._wait = self.waiting, text
        for panel in self.query(ScrollPanel):
            if panel.content_shown.plain == before.plain:
                panel.show(self.waiting)

    def receive(self, answer: Reply) -> None:
        """Show an answer if it belongs to the newest question of this screen; ignore it otherwise."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Close this screen and return to the one below."""
        self.dismiss(None)
