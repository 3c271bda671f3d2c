"""Say how a user reacts to recommendations (``--reactive on``). Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.clock import format_time
from propersim.core.records import Action, Step
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim.user.patience import patience_table
from propersim.user.reaction import SOURCE


def patience_text(step: Step, persona: Persona) -> str:
    """Return how much patience the user has left, or until when the assistant is muted.

    It is "" for a user who does not react.
    """
    clocks = step.clocks
    if clocks.muted is not None:
        return f"muted until {format_time(clocks.muted, wrap=True)}"
    if clocks.patience is None:
        return ""
    return f"patience {clocks.patience:.2g} of {patience_table().full_of(persona):g}"


def taken_up_text(step: Step) -> str:
    """Return what the user takes up because of a recommendation; "" where it is nothing."""
    action = step.taken_up
    if action is None:
        return ""
    times = f"{format_time(action.start, wrap=True)} → {format_time(action.end, wrap=True)}"
    return f"taken up: {clean(action.phrase, 80)}, {times}"


def action_note(action: Action, steps: Sequence[Step]) -> str:
    """Return the note on an action: the persona's words, or which recommendation it takes up.

    Args:
        action: the action.
        steps: steps of the day so far.
    """
    kind, _, index = action.source.partition(":")
    if kind != SOURCE:
        return clean(action.note)
    said = next((step for step in steps if str(step.index) == index), None)
    return "recommended" if said is None else f"recommended at {format_time(said.minute, wrap=True)}"
