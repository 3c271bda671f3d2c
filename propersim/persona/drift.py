"""Personas whose rubric changes during a run, and which other rubric each can have.

Who the user is and how the days go stay the same; from the morning of a day on, the user rates by the rubric of another persona.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field
from pydantic_core import from_json

from propersim.core import safe_yaml
from propersim.core.errors import InputError, PersonaError
from propersim.persona.fields import PersonaPart, ShortText
from propersim.persona.library import load_persona
from propersim.persona.model import Persona, Rubric
from propersim.persona.move import MovingPersona, load_move, usual_other


class Drift(PersonaPart):
    """The change of a persona's rubric.

    Attributes:
        day: day of the run, from 1, on which the other rubric holds first.
        persona: id of the persona whose rubric it is.
        rubric: the other rubric.
    """

    day: Annotated[int, Field(ge=1)]
    persona: ShortText
    rubric: Rubric


class DriftingPersona(Persona):
    """A persona whose rubric changes once.

    It is made from two personas and stored with a run, never read from a persona file.
    """

    drift: Drift

    @property
    def changes_on(self) -> int:
        """Day of the run from which on the other rubric holds."""
        return self.drift.day

    def on_day(self, day: int) -> Persona:
        """Return the persona, without its change, with the rubric of a day of the run.

        Day 0 is before the run.
        """
        own = self.own_fields
        return Persona.model_construct(**({**own, "rubric": self.drift.rubric} if self.has_changed(day) else own))


def drift_of(persona: Persona) -> Drift | None:
    """Return the change of a persona's rubric; None where it stays the same."""
    return persona.drift if isinstance(persona, DriftingPersona) else None


def drifting(persona: Persona, day: int, other: Persona) -> DriftingPersona:
    """Return a persona that has another persona's rubric from a day of the run on.

    Args:
        persona: the persona.
        day: day of the run, from 1.
        other: the persona whose rubric it is.
    """
    return DriftingPersona.model_construct(**persona.own_fields, drift=Drift(day=day, persona=other.id, rubric=other.rubric))


def persona_from_json(text: str) -> Persona:
    """Return the persona of a stored run from its JSON.

    Raises:
        ValueError: the text is no persona.
    """
    fields = from_json(text)
    known: dict[str, type[Persona]] = {"drift": DriftingPersona, "move": MovingPersona} if isinstance(fields, dict) else {}
    kind = next((kind for name, kind in known.items() if name in fields), Persona)
    return kind.model_validate_json(text)


@cache
def usual_drifts() -> dict[str, str]:
    """Return, for each built-in persona, the one whose rubric it changes to by default.

    Its routine can be lived with that rubric. The table is read from ``drifts.yaml``.
    """
    table: dict[str, str] = safe_yaml.load(files("propersim.persona").joinpath("drifts.yaml").read_text(encoding="utf-8"))
    return table


def load_run_persona(which: str, drift: int = 0, drift_to: str = "", move: int = 0, move_to: str = "") -> Persona:
    """Load the persona of a run, with the change of its rubric or its move where there is one.

    Args:
        which: id or path of the persona.
        drift: day from which on another rubric holds; 0 is never.
        drift_to: id or path of the persona whose rubric it is; "" is the usual one of a built-in persona.
        move: day from which on the user lives the days of another persona; 0 is never.
        move_to: id or path of that persona; "" is the built-in persona that the built-in one is at work.

    Raises:
        PersonaError: there is no such persona, or a file is invalid.
        InputError: a persona needs ``drift_to`` or ``move_to``.
    """
    persona = load_persona(which)
    if move:
        return load_move(which, persona, move, move_to)
    if not drift:
        return persona
    other = drift_to or usual_other(which, persona, usual_drifts())
    if not other:
        raise InputError(
            f"--drift: no other rubric is known for the persona {persona.id}",
            "give the persona whose rubric holds from that day on with --drift-to, an id or a path",
        )
    try:
        return drifting(persona, drift, load_persona(other))
    except PersonaError as error:
        raise PersonaError(f"--drift-to: {error.message}", error.hint) from error
