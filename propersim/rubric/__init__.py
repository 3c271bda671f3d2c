"""The rubric compiler: texts that say when, how often, what and how one wants suggestions, turned into rules without a network."""

from __future__ import annotations

from propersim.rubric.compiler import CompiledRubric, FallbackReader, compile_rubric
from propersim.rubric.findings import Finding, WakingHours

__all__ = ["CompiledRubric", "FallbackReader", "Finding", "WakingHours", "compile_rubric"]
