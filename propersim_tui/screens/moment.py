"""What all screens have in common that draw a moment of a run."""

from __future__ import annotations

from textual.reactive import reactive
from textual.screen import Screen

from propersim_tui.data.frame import Frame, Status
from propersim_tui.screens.sized import SizeClasses


class MomentScreen(SizeClasses, Screen[None]):
    """A screen that the app hands each moment that is shown, and how the run is played."""

    # Neither repaints everything: the widgets that they are handed to draw themselves.
    frame: reactive[Frame | None] = reactive(None, repaint=False)
    status: reactive[Status] = reactive(Status(), repaint=False)
