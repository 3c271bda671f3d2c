"""The line at the foot: the keys of the screen, and what they do. A click does the same as the key."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

ROOMY = 100
"""Columns from which on the palette has its place at the right."""


class Shown(NamedTuple):
    """A key of the line.

    Attributes:
        key: Textual's name of it.
        cap: how it is written.
        label: what it does, in a word; "" where it shares one with the next.
        tip: what it does, in a sentence.
        enabled: whether it does anything just now.
    """

    key: str
    cap: str
    label: str
    tip: str
    enabled: bool


class Part(NamedTuple):
    """Some cells of the line, and the key that they stand for."""

    text: str
    style: str
    shown: Shown | None = None


class Footer(Widget):
    """One widget that draws all keys; a widget for each key, as in Textual's own, is half of what opening a screen costs."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key", "footer--label", "footer--edge"}

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Part] = []
        self._palette: list[Part] = []

    def on_mount(self) -> None:
        """Follow the keys of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self.app.screen_change_signal.subscribe(self, self._changed)
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        """Look which keys there are now; called more often than they change, also while another screen lies upon this one."""
        if screen is not self.screen or screen is not self.app.screen:
            return
        active = screen.active_bindings
        keys = [(each.binding, each.enabled, each.tooltip) for each in active.values() if each.binding.show]
        parts: list[Part] = []
        # A binding that has several keys is shown with the first.
        once = {binding.action: (binding, enabled, tip) for binding, enabled, tip in reversed(keys)}
        ordered = sorted(once.values(), key=lambda each: next(n for n, key in enumerate(keys) if key[0].action == each[0].action))
        for group, together in groupby(ordered, key=lambda each: each[0].group):
            members = [
                Shown(binding.key, self.app.get_key_display(binding), binding.description, tip or binding.description, enabled)
                for binding, enabled, tip in together
            ]
            if group is not None and len(members) > 1:
                parts.append(Part(" ", "gap"))
                parts += [Part(one.cap, "key", one) for one in members]
                parts += [Part(" ", "gap"), Part(group.description, "label"), Part(" ", "gap")]
            else:
                for one in members:
                    parts += [Part(one.cap, "key", one), Part(f" {one.label}", "label", one), Part(" ", "gap")]
        palette: list[Part] = []
        found = active.get(self.app.COMMAND_PALETTE_BINDING)
        if found is not None:
            binding = found.binding
            one = Shown(binding.key, self.app.get_key_display(binding), binding.description, binding.tooltip, found.enabled)
            palette = [Part("▏", "edge"), Part(one.cap, "key", one), Part(f" {one.label}", "label", one), Part(" ", "gap")]
        if (parts, palette) != (self._parts, self._palette):
            self._parts, self._palette = parts, palette
            self.refresh()

    def _line(self) -> list[tuple[int, Part]]:
        """Return the parts that are seen, each with its first cell."""
        width = self.size.width
        palette = self._palette if width >= ROOMY else []
        room = width - sum(cell_len(part.text) for part in palette)
        found, at = [], 0
        for part in self._parts:
            found.append((at, part))
            at += cell_len(part.text)
        if palette:
            found = [
                (start, part._replace(text=set_cell_size(part.text, min(cell_len(part.text), room - start))))
                for start, part in found
                if start < room
            ]
            at = room
            for part in palette:
                found.append((at, part))
                at += cell_len(part.text)
        return found

    def render_line(self, y: int) -> Strip:
        """Draw the keys; what has no room is cut off."""
        ground = Style(bgcolor=self.rich_style.bgcolor)
        styles = {name: self.get_component_rich_style(f"footer--{name}") for name in ("key", "label", "edge")} | {"gap": ground}
        segments: list[Segment] = []
        end = 0
        for start, part in self._line():
            if start > end:
                segments.append(Segment(" " * (start - end), ground))
            style = styles[part.style]
            segments.append(Segment(part.text, style if part.shown is None or part.shown.enabled else style + Style(dim=True)))
            end = start + cell_len(part.text)
        return Strip(segments, end).adjust_cell_length(self.size.width, ground)

    # -- mouse ----------------------------------------------------------------------------------------------------

    def _at(self, event: events.MouseEvent) -> Shown | None:
        under = [part for start, part in self._line() if start <= event.x < start + cell_len(part.text)]
        return under[-1].shown if under else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key under the pointer does."""
        shown = self._at(event)
        self.tooltip = shown.tip if shown is not None else None

    def on_click(self, event: events.Click) -> None:
        """Do what the key does."""
        shown = self._at(event)
        if shown is not None and shown.enabled:
            self.app.simulate_key(shown.key)
        elif shown is not None:
            self.app.bell()
