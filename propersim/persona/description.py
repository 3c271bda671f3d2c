"""Who the user is, in words: what an assistant's model is told under ``--reveal-persona``, an ablation, and a model that plays the user."""

from __future__ import annotations

from propersim.persona.model import TRAITS, Persona


def portrait(persona: Persona) -> str:
    """Return a persona as some lines to be read; how it wants to be spoken to is not in it."""
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


def introduce(persona: Persona) -> str:
    """Return a persona and the text of its rubric as some lines to be read; the rules are not in it."""
    rubric = persona.rubric
    lines = (
        portrait(persona),
        f"What suggestions this person likes: {rubric.preference.text}",
        f"When they may come: {rubric.timing.text}",
        f"How often: {rubric.frequency.text}",
        f"How they should be put: {rubric.communication.text}",
    )
    return "\n".join(lines)
