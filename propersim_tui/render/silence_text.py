"""Say why the assistant was silent although P(speak) exceeded the threshold. Pure functions."""

from __future__ import annotations

from typing import Final

from propersim.assistant.silence import SilenceCause
from propersim.core.records import Step
from propersim.core.text import counted

NO_TOPIC: Final = "no topic is known to be good at this moment"
"""The cause ``no topic`` as a clause."""
_SHORT: Final[dict[SilenceCause, str]] = {
    "no topic": "no good topic known",
    "none fits": "no candidate fitted",
    "malformed": "candidate malformed",
    "unknown": "cause not recorded",
}


def short_cause(cause: SilenceCause) -> str:
    """Return a cause in a few words, for a line that says that the assistant was silent."""
    return _SHORT[cause]


def cause_text(cause: SilenceCause, step: Step) -> str:
    """Return a cause as sentences, which continue ``speak 57 % (needs 50 %), but``.

    Args:
        cause: the cause.
        step: the step.
    """
    if cause == "no topic":
        drawn = sum(one.origin == "tried" for one in step.candidates)
        tried = f" {counted(drawn, 'candidate')} {'was' if drawn == 1 else 'were'} drawn to try topics, and rated without being shown."
        return f"{NO_TOPIC}: the assistant stays silent." + (tried if drawn else "")
    if cause == "none fits":
        return (
            f"none of the {counted(step.drawn, 'candidate')} drawn was a new recommendation that fits the hour, on a topic and in a tone "
            "known to be good: the assistant stays silent."
        )
    if cause == "malformed":
        return "the candidate to be shown was malformed, also when drawn again: the assistant stays silent."
    return "the assistant stays silent; the record does not say why."
