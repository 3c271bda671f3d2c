"""Actions of the live screen that have no effect at a moment.

Their keys explain why, but the footer leaves them out.
"""

from __future__ import annotations

from propersim_tui.data.frame import Frame, PlaybackStatus

_BEFORE_THE_FIRST_STEP = frozenset(
    {"step_back", "previous_day", "next_day", "go_to_time", "first_step", "newest_step", "inspect", "memory", "learned", "copy", "train"}
)
"""Actions that need a step."""


def idle_actions(frame: Frame | None, status: PlaybackStatus) -> frozenset[str]:
    """Return the ids of the actions that would change nothing.

    Args:
        frame: the run as of the shown step; None before the first look.
        status: how the run is played.
    """
    idle: set[str] = set()
    if status.at < 0:
        idle |= _BEFORE_THE_FIRST_STEP
    working = status.live and status.phase in ("starting", "running")
    if status.at <= 0:
        idle |= {"step_back", "previous_day"}
    if not status.behind and not status.playing and not working and not status.growing:
        # The last step of a run that has no more of them.
        idle |= {"play", "step_forward", "next_day"}
    if not working:
        idle |= {"rate_by_hand", "train"}
    if not status.undoable:
        idle.add("undo_rating")
    if status.training is not None:
        idle.add("train")
    if frame is not None:
        if frame.about.unteachable:
            idle.add("train")
        if frame.about.control:
            idle |= {"learned", "memory"}
        if frame.about.remote:
            idle.add("learned")
    return frozenset(idle)
