"""Named styles for widgets that draw their own cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style as CellStyle
from textual.style import Style
from textual.widget import Widget


class CellStyles:
    """Cache of named styles.

    Component classes do the same in CSS, but cost as much as all other work of a resize.

    Args:
        widget: the widget that draws; its own style fills what a named style leaves open.
        table: styles by name, in the notation of Textual's content: ``bold $mark on $panel 20%``.
    """

    def __init__(self, widget: Widget, table: Mapping[str, str]) -> None:
        self._widget = widget
        self._table = table
        self._made: dict[str, CellStyle] = {}

    def __call__(self, name: str = "") -> CellStyle:
        """Return a style; without a name, the widget's own."""
        made = self._made.get(name)
        if made is None:
            own = self._widget.visual_style
            if name:
                own += Style.parse(self._table[name], self._widget.app.theme_variables)
            made = self._made[name] = own.rich_style
        return made

    def segments(self, cells: Iterable[tuple[str, str]]) -> list[Segment]:
        """Return (character, style name) cells as segments, merging neighbours of one style."""
        return [Segment("".join(char for char, _ in run), self(name)) for name, run in groupby(cells, key=itemgetter(1))]

    def clear(self) -> None:
        """Drop all styles after a change of theme or of the widget's style."""
        self._made.clear()
