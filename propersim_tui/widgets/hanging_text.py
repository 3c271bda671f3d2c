"""Text with hanging indents.

Continuation lines are indented as far as their first line begins.
"""

from __future__ import annotations

import re

from textual.content import Content
from textual.widgets import Static

EMPTY = Content("")
LEAD = re.compile(r"\s*(?:▸ )?")
"""Leading blanks, and the mark of the chosen candidate."""
KEY_LEAD = re.compile(r"\s{2}\S.{8} (?=\S)|\s*")
"""Leading blanks, or a key with the blanks behind it."""


def hang_indent(content: Content, width: int, lead: re.Pattern[str] = LEAD) -> Content:
    """Return a text wrapped with hanging indents.

    Args:
        content: the text.
        width: cells of a line.
        lead: matches the start of a line, which continuation lines are indented by.
    """
    lines: list[Content] = []
    for each in content.split("\n", allow_blank=True):
        match = lead.match(each.plain)
        start = min(match.end() if match else 0, width // 2)
        if each.cell_length <= width or not start:
            lines.append(each)
            continue
        first, *others = each[start:].wrap(width - start)
        lines += [each[:start] + first, *(Content(" " * start) + other for other in others)]
    return Content("\n").join(lines)


class HangingText(Static):
    """Wrapped text with hanging indents; never read as markup.

    Args:
        content: the text.
        lead: matches the start of a line, which continuation lines are indented by.
    """

    def __init__(self, content: Content = EMPTY, lead: re.Pattern[str] = LEAD) -> None:
        super().__init__("", markup=False)
        self._content = content
        self._lead = lead

    def show(self, content: Content) -> None:
        """Replace the text."""
        self._content = content
        self.on_resize()

    def on_resize(self) -> None:
        """Wrap the text for the current width."""
        width = self.content_size.width
        self.update(hang_indent(self._content, width, self._lead) if width > 2 else self._content)
