"""The study ``sensitivity``."""
from __future__ import annotations

from propersim.persona.model import Persona
from propersim.studies.rubric_variations import variations_of


def variations(persona: Persona) -> list[Persona]:
    """Return the persona itself, and the personas with another rubric that are made from it."""
    return [persona, *(one.persona for one in variations_of(persona) if one.persona is not None)]


def parts(study, results):
    return ["-"]
