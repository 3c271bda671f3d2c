"""Sizes of the panels of the live screen: stepped by keys, dragged by the mouse.

A size is kept as the difference from the stylesheet's, in cells, so that it holds at every size of the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from textual import events
from textual.css.scalar import Unit
from textual.geometry import Offset, Region
from textual.screen import Screen
from textual.widget import Widget

from propersim_tui.config.settings import MOST_CELLS
from propersim_tui.messages import PanelsChanged


@dataclass(frozen=True)
class Boundary:
    """A size that can be changed, and the border that is dragged for it.

    Attributes:
        id: the widget that has the size.
        axis: what the size is.
        least: fewest cells of the widget.
        rest: fewest cells of what is beside it, in the same parent.
        far: whether the border is that at the right or lower end of the widget.
        step: cells by which a key changes it.
    """

    id: str
    axis: Literal["width", "height"]
    least: int
    rest: int
    far: bool = True
    step: int = 1

    def hit(self, region: Region, at: Offset) -> bool:
        """Return whether a place is on the border, which is two cells thick: each panel has its own.

        Args:
            region: the region of the widget.
            at: the place, on the screen.
        """
        if self.axis == "width":
            edge = region.right if self.far else region.x
            return edge - 1 <= at.x <= edge and region.y <= at.y < region.bottom
        edge = region.bottom if self.far else region.y
        return edge - 1 <= at.y <= edge and region.x <= at.x < region.right


BOUNDARIES: Mapping[str, Boundary] = {
    "left_width": Boundary("left", "width", 30, 40, step=2),
    "home_height": Boundary("home", "height", 6, 4),
    "now_height": Boundary("now", "height", 4, 6),
    "figures_width": Boundary("figures", "width", 30, 60, far=False, step=2),
    "figures_height": Boundary("figures", "height", 5, 14, far=False),
}
"""The sizes, by the name of their setting."""
BY_PANEL: Mapping[str, tuple[tuple[str, int], ...]] = {
    "home": (("left_width", 1), ("home_height", 1)),
    "doing": (("home_height", -1), ("left_width", 1)),
    "now": (("now_height", 1),),
    "assistant": (("left_width", -1), ("now_height", -1)),
    "scores": (("figures_height", 1), ("figures_width", 1)),
    "days": (("figures_height", 1), ("figures_width", 1)),
}
"""The size that makes a panel larger (1) or smaller (−1); the first one that the present layout has is changed."""


class PanelSizes(Screen[Any]):
    """Mixin of a screen whose panels have sizes that a person changes.

    Posts :class:`PanelsChanged` when a person has changed one.

    Attributes:
        sizes: cells by which each size differs from the stylesheet's, by the name of its setting.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sizes: dict[str, int] = dict.fromkeys(BOUNDARIES, 0)
        self._dragged: tuple[str, Widget, Offset, int] | None = None

    # -- sizes ----------------------------------------------------------------------------------------------------

    def set_sizes(self, sizes: Mapping[str, int]) -> None:
        """Set all sizes.

        Args:
            sizes: cells by which each differs from the stylesheet's, by the name of its setting; 0 for those that are missing.
        """
        self.sizes = {name: sizes.get(name, 0) for name in BOUNDARIES}
        self.apply_sizes()
        self.refresh_bindings()

    def apply_sizes(self) -> None:
        """Give the panels their sizes, as far as there is room."""
        for name, boundary in BOUNDARIES.items():
            widget, usual = self.query_one(f"#{boundary.id}"), self._usual(name)
            size = self._within(name, usual + self.sizes[name]) if usual is not None and self.sizes[name] else None
            # The two sizes of the figures belong to different layouts, and only one of them is fixed.
            if size is not None:
                setattr(widget.styles, boundary.axis, size)
            elif widget.styles.inline.has_rule(boundary.axis):
                setattr(widget.styles, boundary.axis, None)

    def _usual(self, name: str) -> int | None:
        """Return a size by the stylesheet; None if it is not fixed in the present layout."""
        boundary = BOUNDARIES[name]
        widget = self.query_one(f"#{boundary.id}")
        scalar = getattr(widget.styles.base, boundary.axis)
        if widget is self.maximized or not widget.display or scalar is None or scalar.unit != Unit.CELLS:
            return None
        return int(scalar.value)

    def _within(self, name: str, size: int) -> int:
        boundary = BOUNDARIES[name]
        parent = self.query_one(f"#{boundary.id}").parent
        room = getattr(parent.size, boundary.axis) - boundary.rest if isinstance(parent, Widget) else 0
        # Before the first layout the room is not known.
        return max(boundary.least, min(size, room) if room > 0 else size)

    def change_size(self, name: str, by: int) -> bool:
        """Change a size by some cells, and return whether that had an effect.

        Args:
            name: the setting of the size.
            by: cells.
        """
        usual = self._usual(name)
        if usual is None or name not in BOUNDARIES:
            return False
        now = self._within(name, usual + self.sizes[name])
        wanted = self._within(name, now + by)
        self.sizes[name] = max(-MOST_CELLS, min(MOST_CELLS, wanted - usual))
        self.apply_sizes()
        return wanted != now

    def resize_panel(self, panel: str, by: int) -> bool | None:
        """Make a panel larger or smaller by a step.

        Args:
            panel: its id.
            by: 1 for larger, −1 for smaller.

        Returns:
            Whether that had an effect; None if the panel has no size of its own in the present layout.
        """
        for name, sign in BY_PANEL.get(panel, ()):
            if self._usual(name) is not None:
                changed = self.change_size(name, sign * by * BOUNDARIES[name].step)
                if changed:
                    self.post_message(PanelsChanged())
                return changed
        return None

    def on_resize(self, event: events.Resize) -> None:
        """Give the panels their sizes again when the stylesheet has been applied."""
        if any(self.sizes.values()):
            self.call_after_refresh(self.apply_sizes)

    # -- mouse ----------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the border under the mouse."""
        at = event.screen_offset
        for name, boundary in BOUNDARIES.items():
            widget, usual = self.query_one(f"#{boundary.id}"), self._usual(name)
            if event.button == 1 and usual is not None and self.maximized is None and boundary.hit(widget.region, at):
                self.clear_selection()
                widget.capture_mouse()
                self._dragged = name, widget, at, getattr(widget.outer_size, boundary.axis)
                event.stop()
                return

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the border."""
        if self._dragged is None:
            return
        event.stop()
        name, _, start, before = self._dragged
        boundary = BOUNDARIES[name]
        moved = event.screen_offset - start
        by = moved.x if boundary.axis == "width" else moved.y
        usual = self._usual(name)
        if usual is not None:
            self.change_size(name, before + (by if boundary.far else -by) - self._within(name, usual + self.sizes[name]))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Leave the border where it is."""
        if self._dragged is None:
            return
        event.stop()
        self._dragged[1].release_mouse()
        self._dragged = None
        self.clear_selection()
        self.post_message(PanelsChanged())
