"""The styles of cells that a widget draws itself, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style as CellStyle
from textual.style import Style
from textual.widget import Widget


class CellStyles:
    """Makes each style once; component classes do the same by CSS, and cost as much as all else when a screen changes its size.

    Args:
        widget: who draws; what a style leaves open is as the widget's own.
        table: styles by name, in the words of Textual's content: ``bold $mark on $panel 20%``.
    """

    def __init__(self, widget: Widget, table: Mapping[str, str]) -> None:
        self._widget = widget
        self._table = table
        self._made: dict[str, CellStyle] = {}

    def __call__(self, name: str = "") -> CellStyle:
        """Return a style; without a name the widget's own."""
        made = self._made.get(name)
        if made is None:
            own = self._widget.visual_style
            if name:
                own += Style.parse(self._table[name], self._widget.app.theme_variables)
            made = self._made[name] = own.rich_style
        return made

    def segments(self, cells: Iterable[tuple[str, str]]) -> list[Segment]:
        """Return (character, name of its style) as segments, neighbours of one style together."""
        return [Segment("".join(char for char, _ in run), self(name)) for name, run in groupby(cells, key=itemgetter(1))]

    def clear(self) -> None:
        """Make them anew: there is another theme, or the widget has another style."""
        self._made.clear()
