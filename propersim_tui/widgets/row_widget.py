"""Widgets that redraw only changed rows.

Drawing a row is most of the cost of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import eq, is_
from typing import ClassVar, Self, TypeVar

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

from propersim_tui.widgets.cell_styles import CellStyles

R = TypeVar("R")


class RowWidget(Widget):
    """Widget that can redraw single rows or its lower border, and caches named styles.

    Attributes:
        STYLES: styles of the cells that it draws itself, by name.
        style: returns one of them by name, or the widget's own.
    """

    STYLES: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.style = CellStyles(self, self.STYLES)
        self._subtitle = ""
        self._border_only = False

    def notify_style_update(self) -> None:
        """Drop the styles of the previous theme."""
        super().notify_style_update()
        self.style.clear()

    def refresh_rows(self, before: Sequence[R] | None, now: Sequence[R], same: Callable[[R, R], bool] = eq) -> None:
        """Redraw the rows that differ; all rows if there were none before.

        Args:
            before: the previous rows; None if there were none.
            now: the new rows.
            same: compares two rows.
        """
        if before is None:
            self.refresh()
            return
        width, least = self.content_size.width, min(len(before), len(now))
        rows = [y for y in range(max(len(before), len(now))) if y >= least or not same(before[y], now[y])]
        if rows:
            self.refresh(*(Region(0, y, width, 1) for y in rows))

    def set_subtitle(self, text: str) -> None:
        """Set the text in the lower border and redraw only that border."""
        if self._subtitle != text:
            self._subtitle, self._border_only = text, True
            self.border_subtitle = text
            self._border_only = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Redraw the widget, or some regions of it.

        Args:
            *regions: regions to redraw; without any, the whole widget.
            repaint: see Textual.
            layout: see Textual.
            recompose: see Textual.
        """
        if self._border_only and not regions:
            width, height = self.content_size
            regions = (Region(-1, height, width + 2, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class LinesWidget(RowWidget):
    """Widget whose rows are the lines of :meth:`contents`; never read as markup."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._made: tuple[list[Content], Size] | None = None
        self._fresh = False
        self._strips: dict[int, tuple[Content, Style, Strip]] = {}

    def contents(self, width: int, height: int) -> list[Content]:
        """Return the lines, at most ``height``, each at most ``width`` cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Redraw the rows that have changed."""
        before = self._rows_made if self._made is not None and self._made[1] == self.content_size else None
        self._make()
        self.refresh_rows(before, self._rows_made, is_)
        self._fresh = True

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Redraw the widget, or some regions of it; a repaint invalidates the cached rows.

        Args:
            *regions: regions to redraw; without any, the whole widget.
            repaint: see Textual.
            layout: see Textual.
            recompose: see Textual.
        """
        self._fresh = self._fresh and not repaint
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    @property
    def _rows_made(self) -> list[Content]:
        return self._made[0] if self._made is not None else []

    def _make(self) -> None:
        width, height = self.content_size
        rows = self.contents(width, height) if width > 0 and height > 0 else []
        for y, (old, new) in enumerate(zip(self._rows_made, rows, strict=False)):
            if old.is_same(new):
                rows[y] = old
        self._made = rows, self.content_size
        self._fresh = True

    def _current_rows(self) -> list[Content]:
        if not self._fresh or self._made is None or self._made[1] != self.content_size:
            self._make()
        return self._rows_made

    def render(self) -> Content:
        """Return all rows as one text."""
        return Content("\n").join(self._current_rows())

    def render_line(self, y: int) -> Strip:
        """Draw one row from the cache, or anew."""
        if self.text_selection is not None:
            # Textual draws a mouse selection.
            return super().render_line(y)
        rows, width, style = self._current_rows(), self.content_size.width, self.visual_style
        if not 0 <= y < len(rows):
            return Strip.blank(width, style.rich_style)
        drawn = self._strips.get(y)
        if drawn is None or drawn[0] is not rows[y] or drawn[1] != style or drawn[2].cell_length != width:
            strips = Visual.to_strips(self, rows[y], width, 1, style, pad=True)
            drawn = self._strips[y] = rows[y], style, strips[0] if strips else Strip.blank(width, style.rich_style)
        return drawn[2]

    def notify_style_update(self) -> None:
        """Drop the rows drawn with the previous theme."""
        super().notify_style_update()
        self._strips.clear()
