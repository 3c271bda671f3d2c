"""What all regions have in common: they are given frames, and draw text that is never read as markup."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from propersim_tui.frame import Frame

Part = str | tuple[str, str] | Content


class Region(Widget, can_focus=True):
    """A part of the screen that shows a frame as some lines of text."""

    frame: reactive[Frame | None] = reactive(None)

    def render(self) -> Content:
        """Draw the frame in the size that there is."""
        width, height = self.content_size
        if self.frame is None or width < 1 or height < 1:
            return Content("")
        return Content("\n").join(each.truncate(width) for each in self.lines(self.frame, width, height)[:height])

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Return the lines to draw, each at most ``width`` cells."""
        raise NotImplementedError


def line(*parts: Part) -> Content:
    """Return a line of parts: plain text, or (text, style)."""
    return Content.assemble(*parts)
