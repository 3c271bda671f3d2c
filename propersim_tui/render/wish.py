"""Say whether the user would like a recommendation, and how long nothing useful came."""

from __future__ import annotations

from propersim.core.clock import format_minutes, format_time
from propersim.core.records import Step


def wish(step: Step) -> tuple[tuple[str, ...], str]:
    """Return what the user is waiting for at a step, and its style.

    The words have several forms, the longest first; they are ``("",)`` if the user waits for nothing.

    An overdue step is told by the time since the last useful recommendation: one that was shown shortly before may have been useless.
    A user who has muted the assistant waits for nothing from it.

    Where a recommendation is shown, the words say that the state is the one before it.
    """
    if step.clocks.muted is not None:
        until = format_time(step.clocks.muted, wrap=True)
        return (f"has muted the assistant until {until}", f"muted until {until}", "muted"), "bold $score-0"
    if step.moment.overdue:
        clocks, before = step.clocks, " before this" if step.spoke else ""
        # At waking the clock does not stand at 0, so it is no time that has passed.
        words = (
            f"nothing useful for {format_minutes(clocks.need)}{before}" if clocks.satisfying else f"nothing useful{before or ' yet today'}"
        )
        return (words, "too long"), "bold $score-0"
    if step.moment.wanted:
        return ("wanted one" if step.spoke else "wants one now",), "$score-4"
    return ("",), ""
