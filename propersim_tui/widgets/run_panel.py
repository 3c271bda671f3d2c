"""Base class of the panels that draw a frame of a run as text; never read as markup."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim_tui.data.frame import Frame
from propersim_tui.widgets.row_widget import LinesWidget


class RunPanel(LinesWidget, can_focus=True):
    """Panel of a run that shows a frame as lines of text."""

    # No repaint here: from step to step most lines stay the same.
    frame: reactive[Frame | None] = reactive(None, repaint=False)

    def watch_frame(self) -> None:
        """Redraw the lines that have changed."""
        self.redraw()

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the lines that fit."""
        return [each.truncate(width) for each in self.lines(self.frame, width, height)[:height]] if self.frame is not None else []

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Return the lines to draw.

        Args:
            frame: the frame.
            width: available cells; no line is wider.
            height: available lines.
        """
        raise NotImplementedError
