"""What all regions have in common: they are given frames, and draw text that is never read as markup."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from propersim_tui.frame import Frame

Part = str | tuple[str, str] | Content


class Region(Widget, can_focus=True):
    """A part of the screen that shows a frame as some lines of text."""

    # Repainted where what is drawn is something else than before, which it mostly is not from one step to the next.
    frame: reactive[Frame | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: tuple[Content, Size] | None = None

    def render(self) -> Content:
        """Draw the frame in the size that there is."""
        content = self._content()
        self._drawn = content, self.content_size
        return content

    def watch_frame(self) -> None:
        """Draw the frame where it looks other than the one before."""
        drawn = self._drawn
        if drawn is None or drawn[1] != self.content_size or not drawn[0].is_same(self._content()):
            self.refresh()

    def _content(self) -> Content:
        width, height = self.content_size
        if self.frame is None or width < 1 or height < 1:
            return Content("")
        return Content("\n").join(each.truncate(width) for each in self.lines(self.frame, width, height)[:height])

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Return the lines to draw, each at most ``width`` cells."""
        raise NotImplementedError


def line(*parts: Part) -> Content:
    """Return a line of parts: plain text, or (text, style). Neighbours of one style become one part: each costs as much as a long one."""
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, tuple) and isinstance(last, tuple) and last[1] == part[1]:
            merged[-1] = (last[0] + part[0], part[1])
        else:
            merged.append(part)
    return Content.assemble(*merged)
