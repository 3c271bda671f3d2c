"""Base class of the screens that draw the current step of a run."""

from __future__ import annotations

from textual.reactive import reactive
from textual.screen import Screen

from propersim_tui.data.frame import Frame, Status
from propersim_tui.screens.sized import SizeClasses


class MomentScreen(SizeClasses, Screen[None]):
    """Screen that receives each frame of the run from the app, and how the run is played."""

    # No repaint here: the widgets bound to these draw themselves.
    frame: reactive[Frame | None] = reactive(None, repaint=False)
    status: reactive[Status] = reactive(Status(), repaint=False)
