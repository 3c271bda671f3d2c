"""Personas that a language model makes up from one line about somebody."""

from __future__ import annotations

from propersim.persona_generation.generate import GeneratedPersona, UnusablePersona, generate_persona

__all__ = ["GeneratedPersona", "UnusablePersona", "generate_persona"]
