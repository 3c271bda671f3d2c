"""Summary in a few words of how the assistant decided at a step.

It contains figures only, so never markup. Pure function.
"""

from __future__ import annotations

from propersim.core.records import Step
from propersim_tui.data.frame import Frame
from propersim_tui.render.silence_text import short_cause

BLOCKS = 5
"""Cells of the gauge of the probability of speaking."""


def decision_summary(frame: Frame, width: int) -> str:
    """Summarize the decision at a step.

    The summary has the probability of speaking, its threshold, why the assistant was silent where the threshold was exceeded, and the
    number of other candidates that were rated.

    Args:
        frame: the frame with the step.
        width: available cells; if the full form is wider, a shorter one is returned.

    Returns:
        The summary; empty if nothing is known about the decision.
    """
    step = frame.step
    if step is None:
        return ""
    threshold = frame.threshold
    limit = percent_text(threshold) if threshold is not None else ""
    full, short = [], []
    if step.p_speak is not None:
        blocks = max(0, min(BLOCKS, round(step.p_speak * BLOCKS)))
        full.append(f"speak {'▮' * blocks}{'▯' * (BLOCKS - blocks)} {percent_text(step.p_speak)}" + (f" (needs {limit})" if limit else ""))
        short.append(f"speak {percent_text(step.p_speak)}" + (f" (≥ {limit})" if limit else ""))
    if (cause := frame.silence_cause) is not None:
        full.append(f"silent: {short_cause(cause)}")
        short.append(short_cause(cause))
    if step.explored:
        full.append("spoke to learn")
        short.append("to learn")
    others = other_candidates(step)
    if others:
        full.append(f"{others} more rated")
        short.append(f"{others} more")
    text = " · ".join(full)
    return text if len(text) <= width else " · ".join(short)


def other_candidates(step: Step) -> int:
    """Return the number of candidates that were rated besides the one that was chosen."""
    return len(step.candidates) - 1


def percent_text(share: float) -> str:
    """Return a share of 0–1 as ``84 %``."""
    return f"{round(100 * share)} %"
