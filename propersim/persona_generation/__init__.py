"""Personas that a language model writes from a one-line description.

The model fills three forms, ``who``, ``life`` and ``rubric`` (``answer_types``); ``drafting`` turns its answers into the data of a persona
file; ``generate`` asks, validates, and asks again for what is wrong; ``rubric_draft`` asks for the rubric
of a known person alone. The prompts are the files in ``prompts``.

May import ``simulation`` (for the check that the rubric can be learned), ``persona``, ``rubric``, ``llm_client``, ``world`` and ``core``.
Begin with ``generate.py``.
"""

from __future__ import annotations

from propersim.persona_generation.generate import GeneratedPersona, UnusablePersona, generate_persona
from propersim.persona_generation.rubric_draft import draft_rubric

__all__ = ["GeneratedPersona", "UnusablePersona", "draft_rubric", "generate_persona"]
