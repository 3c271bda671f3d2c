"""Describe a persona in words, for the prompts of models.

The user agent's model gets it; the assistant's model only under ``--reveal-persona``, an ablation.
"""

from __future__ import annotations

from propersim.persona.model import TRAITS, Persona


def describe_attributes(persona: Persona) -> str:
    """Return a persona's attributes as lines of text, without its rubric."""
    traits = ", ".join(f"{getattr(persona.big_five, trait)} {trait}" for trait in TRAITS)
    lines = (
        f"{persona.name}, {persona.age}, {persona.pronouns}; {persona.occupation}.",
        f"Household: {persona.household}. Culture: {persona.culture}.",
        f"Traits: {traits}.",
        f"Background: {persona.background}",
        f"Interests: {'; '.join(one.text for one in persona.interests)}.",
        f"Way of life: {persona.lifestyle.text}",
        f"Goals: {'; '.join(persona.goals)}.",
    )
    return "\n".join(lines)


def describe_persona(persona: Persona) -> str:
    """Return a persona's attributes and the texts of its rubric as lines, without the rules."""
    rubric = persona.rubric
    # Counts under preference: it is rated by the same five questions as without the clause.
    variety = (f"When they like the same again, and when they no longer like it: {rubric.variety.text}",) if rubric.variety else ()
    lines = (
        describe_attributes(persona),
        f"What suggestions this person likes: {rubric.preference.text}",
        f"When they may come: {rubric.timing.text}",
        f"How often: {rubric.frequency.text}",
        f"How they should be put: {rubric.communication.text}",
        *variety,
    )
    return "\n".join(lines)
