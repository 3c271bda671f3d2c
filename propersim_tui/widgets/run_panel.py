"""What all regions have in common: they are given frames, and draw text that is never read as markup."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim_tui.data.frame import Frame
from propersim_tui.widgets.row_widget import LinesWidget


class RunPanel(LinesWidget, can_focus=True):
    """A part of the screen that shows a frame as some lines of text."""

    # Repainted where what is drawn is something else than before, which much of it is not from one step to the next.
    frame: reactive[Frame | None] = reactive(None, repaint=False)

    def watch_frame(self) -> None:
        """Draw the lines anew that look other than before."""
        self.redraw()

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the frame in so much room."""
        return [each.truncate(width) for each in self.lines(self.frame, width, height)[:height]] if self.frame is not None else []

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Return the lines to draw, each at most ``width`` cells."""
        raise NotImplementedError
