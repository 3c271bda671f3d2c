"""Checks on a drawn screen: widgets that are cut off, and text whose colour is too close to its background."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static

from propersim_tui.screens.dialog import Dialog


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, 1–21."""

    def light(colour: Color) -> float:
        parts = [part / 255 for part in colour.rgb]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def cells(app: App[Any]) -> Iterator[tuple[int, int, str, Style]]:
    """Yield column, row, text and style of every run of cells on the screen."""
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        x = 0
        for segment in strip:
            if not segment.control:
                yield x, y, segment.text, segment.style or Style()
                x += segment.cell_length


def colours_of(app: App[Any], text: str) -> set[tuple[str, str]]:
    """Return (foreground, background) of each run of cells that contains a text, as ``#rrggbb``."""
    return {
        (style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex)
        for _, _, part, style in cells(app)
        if text in part and style.color and style.bgcolor
    }


def faint_text(app: App[Any], least: float) -> list[str]:
    """Return words whose contrast is below a limit; disabled keys and the dimmed screen below a dialog may be faint."""
    dialog = isinstance(app.screen, Dialog)
    areas = [child.region for child in app.screen.children] if dialog else [app.screen.region]
    found = []
    for x, y, text, style in cells(app):
        words = any(char.isalnum() for char in text) and any(area.contains(x, y) for area in areas)
        if words and style.color and style.bgcolor and not style.dim:
            ratio = contrast(Color(*style.color.get_truecolor()), Color(*style.bgcolor.get_truecolor()))
            if ratio < least:
                found.append(f"{text.strip()!r} at {x},{y}: {ratio:.1f}")
    return found


def cut_off(app: App[Any]) -> list[str]:
    """Return the widgets of which a part is not visible, although they do not scroll."""
    screen = app.screen
    found = []
    for widget in screen.walk_children(Widget):
        area = widget.region
        if not area.area or not widget.is_on_screen or any(scrolls(each) for each in widget.ancestors if isinstance(each, Widget)):
            continue
        if visible(widget) != area:
            found.append(f"{widget!r}: {area} of which {visible(widget)} is visible")
        elif isinstance(widget, Static) and not widget.has_class("full--head"):
            width, height = widget.content_size
            needed = widget.get_content_height(screen.size, screen.size, width)
            if needed > max(height, 1):
                found.append(f"{widget!r} has {height} rows and needs {needed}")
    return found


def scrolls(widget: Widget) -> bool:
    """Return whether a widget can be scrolled to show all of its children."""
    return bool(widget.max_scroll_x or widget.max_scroll_y)


def visible(widget: Widget) -> Region:
    """Return the part of a widget that is on the screen."""
    return widget.screen.find_widget(widget).visible_region
