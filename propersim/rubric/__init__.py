"""The rubric compiler: texts that say when, how often, what and how one wants suggestions, turned into rules without a network."""

from __future__ import annotations

from propersim.rubric.compiler import Compiled, Helper, compile_rubric
from propersim.rubric.findings import Found, Life

__all__ = ["Compiled", "Found", "Helper", "Life", "compile_rubric"]
