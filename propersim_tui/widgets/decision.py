"""How the assistant came to what it did at a step, in a few words: figures only, so nothing of it can be markup. Pure."""

from __future__ import annotations

from propersim.records import Step
from propersim_tui.frame import Frame
from propersim_tui.look import share

BLOCKS = 5


def decision(frame: Frame) -> str:
    """Return the probability of speaking beside the threshold, and how many other candidates were rated; "" where neither is known."""
    step = frame.step
    if step is None:
        return ""
    parts = []
    if step.p_speak is not None:
        full = max(0, min(BLOCKS, round(step.p_speak * BLOCKS)))
        parts.append(f"P(speak) {'▮' * full}{'▯' * (BLOCKS - full)} {share(step.p_speak)}")
        if frame.about.threshold is not None:
            parts.append(f"threshold {share(frame.about.threshold)}")
    if more(step):
        parts.append(f"{more(step)} more rated")
    return " · ".join(parts)


def more(step: Step) -> int:
    """Return how many candidates were rated besides what was shown."""
    return len(step.candidates) - 1
