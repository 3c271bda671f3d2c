"""Personas that move during a run, such as from home to the office.

From a day on the user lives the days of another persona, in its world. The assistant stays the same, with all that it has learned. Routine,
world, rubric and voice are those of the other persona from the morning of that day on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field

from propersim.core import safe_yaml
from propersim.core.errors import InputError, PersonaError
from propersim.persona.fields import PersonaPart
from propersim.persona.library import load_persona, persona_path
from propersim.persona.model import Persona
from propersim.world.floor_plan import World, built_in_world, parse_world


class Move(PersonaPart):
    """The move of a persona.

    Attributes:
        day: day of the run, from 1, that is the first one of the other persona.
        persona: the other persona.
        floor_plan: text of the floor plan of its world.
    """

    day: Annotated[int, Field(ge=1)]
    persona: Persona
    floor_plan: Annotated[str, Field(min_length=1)]


class MovingPersona(Persona):
    """A persona that lives the days of another one from a day of the run on.

    It is made from two personas and stored with a run, never read from a persona file.
    """

    move: Move

    @property
    def changes_on(self) -> int:
        """First day of the other persona."""
        return self.move.day

    def on_day(self, day: int) -> Persona:
        """Return the persona that lives a day of the run; day 0 is before the run."""
        return self.move.persona if self.has_changed(day) else Persona.model_construct(**self.own_fields)


def move_of(persona: Persona) -> Move | None:
    """Return the move of a persona; None where it stays."""
    return persona.move if isinstance(persona, MovingPersona) else None


def moving(persona: Persona, day: int, other: Persona, *, floor_plan: str | None = None) -> MovingPersona:
    """Return a persona that lives the days of another one from a day of the run on.

    Args:
        persona: the persona.
        day: day of the run, from 1.
        other: the other persona.
        floor_plan: text of the floor plan of its world; None for the built-in world of the other persona.
    """
    # Without the line break at its end, as it is read again from a stored run.
    plan = floor_plan or built_in_world(other.world).text.strip()
    return MovingPersona.model_construct(**persona.own_fields, move=Move(day=day, persona=other, floor_plan=plan))


def world_on_day(persona: Persona, first: World, day: int) -> World:
    """Return the world of a day of the run.

    Args:
        persona: the persona of the run.
        first: the world in which the run begins.
        day: the day.

    Raises:
        WorldError: the stored floor plan is invalid.
    """
    move = move_of(persona)
    return parse_world(move.floor_plan, f"the floor plan from day {move.day} on") if move is not None and day >= move.day else first


@cache
def usual_moves() -> dict[str, str]:
    """Return, for each built-in persona that has a built-in persona at work, the id of that one.

    The table is read from ``moves.yaml``.
    """
    table: dict[str, str] = safe_yaml.load(files("propersim.persona").joinpath("moves.yaml").read_text(encoding="utf-8"))
    return table


def usual_other(which: str, persona: Persona, table: Mapping[str, str]) -> str:
    """Return the persona that a built-in one usually changes to; "" where the table has none.

    Args:
        which: id or path of the persona.
        persona: the persona.
        table: the other persona's id by that of each built-in one.
    """
    # A file may have the id of a built-in persona and other days.
    built_in = persona.id in table and persona_path(which) == persona_path(persona.id)
    return table[persona.id] if built_in else ""


def load_move(which: str, persona: Persona, day: int, other: str = "") -> MovingPersona:
    """Return a loaded persona with its move.

    Args:
        which: id or path of the persona.
        persona: the persona.
        day: first day of the other persona.
        other: id or path of that one; "" is the one that a built-in persona is at work.

    Raises:
        PersonaError: there is no such persona, or its file is invalid.
        InputError: the persona has no usual move.
    """
    named = other or usual_other(which, persona, usual_moves())
    if not named:
        raise InputError(
            f"--move: no persona at work is known for the persona {persona.id}",
            f"give the persona whose days it lives from that day on with --move-to; {', '.join(usual_moves())} have one",
        )
    try:
        return moving(persona, day, load_persona(named))
    except PersonaError as error:
        raise PersonaError(f"--move-to: {error.message}", error.hint) from error
