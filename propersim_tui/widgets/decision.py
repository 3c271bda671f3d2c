"""How the assistant came to what it did at a step, in a few words: figures only, so nothing of it can be markup. Pure."""

from __future__ import annotations

from propersim.core.records import Step
from propersim_tui.data.frame import Frame
from propersim_tui.render.format import share

BLOCKS = 5


def decision_summary(frame: Frame, width: int) -> str:
    """Return the probability of speaking beside the threshold, and how many other candidates were rated.

    Args:
        frame: with the step.
        width: cells that there are; where they do not suffice, the barest form.

    Returns:
        "" where nothing of it is known.
    """
    step = frame.step
    if step is None:
        return ""
    threshold = frame.threshold
    limit = share(threshold) if threshold is not None else ""
    full, bare = [], []
    if step.p_speak is not None:
        blocks = max(0, min(BLOCKS, round(step.p_speak * BLOCKS)))
        full.append(f"P(speak) {'▮' * blocks}{'▯' * (BLOCKS - blocks)} {share(step.p_speak)}")
        full += [f"threshold {limit}"] if limit else []
        bare.append(f"P(speak) {share(step.p_speak)}{f' of {limit}' if limit else ''}")
    if other_candidates(step):
        full.append(f"{other_candidates(step)} more rated")
        bare.append(f"{other_candidates(step)} more")
    text = " · ".join(full)
    return text if len(text) <= width else " · ".join(bare)


def other_candidates(step: Step) -> int:
    """Return how many candidates were rated besides what was shown."""
    return len(step.candidates) - 1
