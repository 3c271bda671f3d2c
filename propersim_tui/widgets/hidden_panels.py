"""Line that says which panels of a screen are out of view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region
from textual.widgets import Static

from propersim_tui.render.content import line


class HiddenPanels(Static):
    """Line below panels that stand below each other and scroll together."""

    EXPLAINED: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)

    def show(self, view: Region, panels: Sequence[Region]) -> None:
        """Say which panels are above and below the view.

        Args:
            view: the visible region.
            panels: the regions of the panels, from top to bottom.
        """
        above = [number for number, panel in enumerate(panels, 1) if panel.bottom <= view.y]
        below = [number for number, panel in enumerate(panels, 1) if panel.y >= view.bottom]
        self.update(line((hidden_panels(above, below, len(panels)), "$muted")))


def hidden_panels(above: Sequence[int], below: Sequence[int], of: int) -> str:
    """Return which panels are out of view, and the key that goes to the next.

    It is "" where all are in view. An example is ``↓ panels 3–5 of 5 below · tab: next panel``.

    Args:
        above: numbers of the panels above the view, from 1.
        below: numbers of those below it.
        of: number of panels.
    """
    if not above and not below:
        return ""
    parts = []
    for sign, numbers, where in (("↑", above, "above"), ("↓", below, "below")):
        if numbers:
            which = f"panel {numbers[0]}" if len(numbers) == 1 else f"panels {numbers[0]}–{numbers[-1]}"
            parts.append(f"{sign} {which} of {of} {where}")
    return " · ".join([*parts, "tab: next panel" if below else "shift+tab: previous panel"])
