"""The conditions under which the assistant of a run learns, in words.

They are the feedback mode, its noise and delay, the exploration budget, a user who reacts, and a change of the rubric. Pure functions.
"""

from __future__ import annotations

from propersim.core.text import clean
from propersim.persona.drift import drift_of
from propersim.persona.model import Persona
from propersim.persona.move import move_of
from propersim.world.setting import settings
from propersim_tui.data.frame import RunInfo

SPOKE_TO_LEARN = "spoke to learn: less likely to speak than needed"
"""What is said of a step at which the assistant spoke in order to learn."""


def conditions(about: RunInfo, day: int, *, short: bool = False) -> str:
    """Return the conditions of a run that differ from the usual ones; "" where none does.

    Args:
        about: the run.
        day: day that is shown; 0 before the first step.
        short: whether to leave out words that a small screen has no room for.
    """
    parts = []
    if about.feedback != "complete":
        parts.append(clean(about.feedback, 20) if short else f"feedback {clean(about.feedback, 20)}")
    if about.noise:
        parts.append(f"noise {100 * about.noise:g} %")
    if about.delayed:
        parts.append("at night" if short else "ratings at night")
    if about.explores:
        parts.append(f"explores {about.explores}" if short else f"explores up to {about.explores}")
    if about.reactive:
        parts.append("reacts" if short else "the user reacts")
    parts += [drift_text(about.persona, day, short=short), move_text(about.persona, day, short=short)]
    return " · ".join(part for part in parts if part)


def move_text(persona: Persona, day: int, *, short: bool = False) -> str:
    """Return from which day on the user lives whose days; "" where the user does not move.

    Args:
        persona: the persona of a run.
        day: day that is shown; 0 before the first step.
        short: whether to leave out the name of the place.
    """
    move = move_of(persona)
    if move is None:
        return ""
    text = f"{clean(move.persona.id, 40)} {'since' if day >= move.day else 'from'} day {move.day}"
    return text if short else f"{settings()[move.persona.world].title.lower()}: {text}"


def drift_text(persona: Persona, day: int, *, short: bool = False) -> str:
    """Return from which day on which rubric holds; "" where the rubric stays the same.

    Args:
        persona: the persona of a run.
        day: day that is shown; 0 before the first step.
        short: whether to leave out the word rubric.
    """
    drift = drift_of(persona)
    if drift is None:
        return ""
    text = f"{clean(drift.persona, 40)} {'since' if day >= drift.day else 'from'} day {drift.day}"
    return text if short else f"rubric of {text}"
