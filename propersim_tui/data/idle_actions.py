"""Actions of the live screen that have no effect at a moment.

Their keys explain why, but the footer leaves them out.
"""

from __future__ import annotations

from propersim_tui.data.frame import Frame, PlaybackStatus

_SPEED = frozenset({"faster", "slower"})
_SEEKING = frozenset(f"{way}_{kind}" for way in ("previous", "next") for kind in ("recommendation", "bad_rating", "disagreement"))
_BEFORE_THE_FIRST_STEP = _SEEKING | {
    "step_back",
    "previous_day",
    "next_day",
    "go_to_time",
    "first_step",
    "newest_step",
    "search",
    "inspect",
    "memory",
    "learned",
    "copy",
    "bookmark",
    "train",
}
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
        idle |= {"step_back", "previous_day", "first_step"} | {each for each in _SEEKING if each.startswith("previous")}
    if not status.behind:
        idle |= {"newest_step"} | {each for each in _SEEKING if each.startswith("next")}
        if not status.playing and not working and not status.growing:
            # The last step of a run that has no more of them.
            idle |= {"play", "step_forward", "next_day"} | _SPEED
    if not working:
        idle |= {"rate_by_hand", "train"}
    if not status.undoable:
        idle.add("undo_rating")
    if status.training is not None:
        idle.add("train")
    if frame is not None:
        if frame.blind:
            idle |= {each for each in _SEEKING if not each.endswith("recommendation")}
        if frame.about.unteachable:
            idle.add("train")
        if frame.about.control:
            idle |= {"learned", "memory"}
        if frame.about.remote:
            idle.add("learned")
        if frame.about.control or frame.about.remote:
            # They have a single candidate at every step.
            idle |= {"previous_disagreement", "next_disagreement"}
    return frozenset(idle)
