"""Base class of the screens that draw the current step of a run."""

from __future__ import annotations

from textual.reactive import reactive
from textual.screen import Screen

from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.data.idle_actions import idle_actions
from propersim_tui.screens.size_classes import SizeClasses


class FrameScreen(SizeClasses, Screen[None]):
    """Screen that receives each frame of the run from the app, and how the run is played."""

    # No repaint here: the widgets bound to these draw themselves.
    frame: reactive[Frame | None] = reactive(None, repaint=False)
    status: reactive[PlaybackStatus] = reactive(PlaybackStatus(), repaint=False)

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the app's actions that would change nothing now; the footer leaves them out."""
        return idle_actions(self.frame, self.status)
