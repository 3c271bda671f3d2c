"""Text whose lines, where they are broken, go on as far in as they begin."""

from __future__ import annotations

import re

from textual.content import Content
from textual.widgets import Static

EMPTY = Content("")
LEAD = re.compile(r"\s*(?:▸ )?")
"""Blanks, and the sign of what was chosen."""
KEY_LEAD = re.compile(r"\s{2}\S.{8} (?=\S)|\s*")
"""The same, or a key with the blanks behind it."""


def hang_indent(content: Content, width: int, lead: re.Pattern[str] = LEAD) -> Content:
    """Return a text broken at a width, each line's continuation below the end of what it begins with."""
    lines: list[Content] = []
    for each in content.split("\n", allow_blank=True):
        found = lead.match(each.plain)
        start = min(found.end() if found else 0, width // 2)
        if each.cell_length <= width or not start:
            lines.append(each)
            continue
        first, *others = each[start:].wrap(width - start)
        lines += [each[:start] + first, *(Content(" " * start) + other for other in others)]
    return Content("\n").join(lines)


class HangingText(Static):
    """Such a text; never read as markup.

    Args:
        content: the text.
        lead: what its lines begin with.
    """

    def __init__(self, content: Content = EMPTY, lead: re.Pattern[str] = LEAD) -> None:
        super().__init__("", markup=False)
        self._whole = content
        self._lead = lead

    def show(self, content: Content) -> None:
        """Replace the text."""
        self._whole = content
        self.on_resize()

    def on_resize(self) -> None:
        """Break the lines for the width that there is."""
        width = self.content_size.width
        self.update(hang_indent(self._whole, width, self._lead) if width > 2 else self._whole)
