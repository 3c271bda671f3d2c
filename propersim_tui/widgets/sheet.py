"""A framed text that scrolls."""

from __future__ import annotations

import re

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

_LEAD = re.compile(r"\s*(?:▸ )?")


def hanging(content: Content, width: int) -> Content:
    """Return a text broken at a width, each line's continuation as far in as the line itself begins."""
    lines: list[Content] = []
    for each in content.split("\n", allow_blank=True):
        found = _LEAD.match(each.plain)
        lead = min(found.end() if found else 0, width // 2)
        if each.cell_length <= width or not lead:
            lines.append(each)
            continue
        first, *others = each[lead:].wrap(width - lead)
        lines += [each[:lead] + first, *(Content(" " * lead) + other for other in others)]
    return Content("\n").join(lines)


class Sheet(VerticalScroll):
    """Text that is never read as markup, in a frame with a title; scrolls where it is longer than its room.

    Args:
        head: the title.
    """

    def __init__(self, head: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = head
        self._text = Static("", markup=False)
        self._shown = Content("")

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield self._text

    @property
    def content_shown(self) -> Content:
        """What stands in it."""
        return self._shown

    def show(self, content: Content) -> None:
        """Replace the text; where it is the same, nothing is drawn anew."""
        if content != self._shown:
            self._shown = content
            self._draw()

    def on_resize(self) -> None:
        """Break the lines where the new width wants it."""
        self._draw()

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        self._text.update(hanging(self._shown, width) if width > 2 else self._shown)
