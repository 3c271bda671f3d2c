"""Base class of the dialogs: a frame above the dimmed screen below."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from rich.segment import Segment
from rich.style import Style as CellStyle
from textual import events
from textual.app import RenderResult
from textual.color import Color
from textual.containers import Vertical, VerticalScroll
from textual.css.styles import RulesMap
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

from propersim_tui.screens.size_classes import SizeClasses

Result = TypeVar("Result")
_PLAIN = CellStyle()
MOST_TOAST_ROWS = 3
"""Most rows of the toast in a dialog."""


@lru_cache(maxsize=4096)
def _dimmed(style: CellStyle, tint: Color) -> CellStyle:
    """Return a style with both colours tinted and without its click actions."""
    colours = (Color.from_rich_color(each) + tint if each is not None else None for each in (style.color, style.bgcolor))
    fore, back = (each.rich_color if each is not None else None for each in colours)
    return style.clear_meta_and_links() + CellStyle.from_color(fore, back)


class Dimmed(Visual):
    """Tinted copy of another screen; draws line by line, six times as fast as Textual's own.

    Args:
        screen: the screen below.
        tint: translucent colour laid over it.
    """

    def __init__(self, screen: Screen[object], tint: Color) -> None:
        self._screen = screen
        self._tint = tint

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Return the lines of the screen below, tinted.

        Args:
            width: columns; those of the terminal.
            height: rows; those of the terminal.
            style: not used.
            options: not used.
        """
        tint = self._tint
        return [
            Strip([Segment(text, _dimmed(own or _PLAIN, tint)) for text, own, control in strip if not control], strip.cell_length)
            for strip in self._screen._compositor.render_strips()
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width of the terminal."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return the height of the terminal."""
        return self._screen.size.height


def dimmed(drawn: RenderResult) -> RenderResult:
    """Return what a screen draws, with :class:`Dimmed` for Textual's own copy."""
    return Dimmed(drawn.screen, drawn.color) if isinstance(drawn, BackgroundScreen) else drawn


class Dialog(SizeClasses, ModalScreen[Result]):
    """Dialog over another screen; the first widget that a subclass composes is its frame.

    The newest toast stands in the last rows of the screen. Where the frame would reach into them, it is laid out above them.
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog ToastRack { margin: 0; max-height: 3; }
    Dialog ToastHolder { display: none; }
    Dialog ToastHolder:last-child { display: block; }
    Dialog.-crowded ToastRack { layer: default; }
    Dialog Toast { width: auto; max-width: 100%; margin: 0; padding: 0 1; }
    Dialog > Vertical, Dialog > VerticalScroll {
        max-width: 100%; height: auto; max-height: 100%;
        border: round $mark; border-title-color: $mark; border-subtitle-color: $muted; background: $surface; padding: 0 1;
    }
    Dialog Input { margin: 0; border: tall $panel; }
    Dialog #wrong { color: $error; height: auto; width: 1fr; }
    Dialog #how { color: $muted; height: auto; width: 1fr; }
    """

    toast_rows = 0
    """Rows that a toast takes from the frame."""

    def on_mount(self) -> None:
        """Look after every layout whether toasts and the frame need the same rows."""
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._make_room(), immediate=True)

    def _make_room(self) -> None:
        """Lay the frame out above the toast if that would cover it.

        It has the whole screen again when the toast is gone.
        """
        racks = [rack for rack in self.query("#textual-toastrack") if rack.display]
        rows = sum(toast.region.height for rack in racks for toast in rack.query("ToastHolder:last-child Toast"))
        frames = [child for child in self.children if isinstance(child, Vertical | VerticalScroll)]
        covers = any(frame.region.bottom > self.size.height - rows for frame in frames)
        rows = min(rows, MOST_TOAST_ROWS) if covers or self.has_class("-crowded") else 0
        if rows != self.toast_rows:
            self.toast_rows = rows
            self.set_class(rows > 0, "-crowded")
            self.fit_frame()

    def fit_frame(self) -> None:
        """Fit the frame into the rows that a toast leaves.

        For frames whose height is not set by styles alone.
        """

    def render(self) -> RenderResult:  # type: ignore[override]  # Textual draws visuals as well as renderables here
        """Draw the screen below, dimmed."""
        return dimmed(super().render())

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Skip the refresh of all styles: they were applied when the dialog was mounted."""
        event.refresh_styles = False
