"""Personas that a language model makes up from one line about somebody."""

from __future__ import annotations

from propersim.persona_generation.generate import Invented, NotUsable, invent

__all__ = ["Invented", "NotUsable", "invent"]
