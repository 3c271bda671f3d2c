"""Find why the assistant was silent although P(speak) exceeded its threshold.

The cause follows from the record; no model is needed.
"""

from __future__ import annotations

from typing import Literal

from propersim.core.records import Step
from propersim.memory.assistant_base import SUGGESTION_ATTEMPTS

CHOICES = 32
"""Most suggestions that are drawn until one is about what the ratings call good."""

SilenceCause = Literal["no topic", "none fits", "malformed", "unknown"]
"""Why nothing was shown: no topic was known to be good; no suggestion fitted what was; the one to show was malformed; not recorded."""


def silence_cause(step: Step, threshold: float | None, *, complete: bool) -> SilenceCause | None:
    """Return why the assistant was silent at a step although P(speak) exceeded the threshold.

    The cause follows from what was drawn, by the rules of :class:`propersim.assistant.llama.Llama`:

    - it draws :data:`CHOICES` suggestions, or more, only where it looks for one about a topic that is known to be good;
    - it draws a malformed suggestion once more, so the one to show was lost only if two or more were malformed;
    - where it draws fewer, and reads ratings, it did not want to show any: no topic was known to be good.

    Args:
        step: the step.
        threshold: the probability of speaking that had to be exceeded; None if decisions are drawn.
        complete: whether the assistant receives the ratings of all candidates; only then does it speak about known topics alone.

    Returns:
        The cause; None where the assistant spoke, or the threshold was not exceeded.
    """
    if step.spoke or threshold is None or step.p_speak is None or step.p_speak <= threshold:
        return None
    reads_ratings = step.evidence is not None
    if reads_ratings and step.drawn >= CHOICES:
        return "none fits"
    if reads_ratings and complete and (step.malformed < SUGGESTION_ATTEMPTS or any(one.origin == "tried" for one in step.candidates)):
        return "no topic"
    if step.malformed >= SUGGESTION_ATTEMPTS and not (reads_ratings and complete and step.malformed == step.drawn):
        return "malformed"
    return "unknown"
