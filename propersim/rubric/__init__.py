"""The rubric compiler: turns the four texts of a rubric into rules, offline.

A text says in free words which recommendations a persona wants, when, how often and in which tone. Each dimension has a module of its own
(``preference``, ``timing``, ``frequency``, ``communication``); they share ``sentences`` (tokens), ``scope`` (clauses: what is wished,
refused, compared or a reason), ``days``, ``numbers``, ``clock_times``, ``time_windows``, ``rates`` and the phrases of
``data/lexicon.yaml``. Optionally a language model reads the sentences that the compiler cannot (``llm_reader``); ``merging`` decides
which of its answers are used. ``coverage`` and ``constructions`` doubt what was read beside words that no rule accounts for.

May import ``reading``, ``world`` and ``core``; ``llm_client`` only in ``llm_reader``. Begin with ``compiler.py``.
"""

from __future__ import annotations

from propersim.rubric.compiler import CompiledRubric, FallbackReader, compile_rubric
from propersim.rubric.findings import Finding, WakingHours

__all__ = ["CompiledRubric", "FallbackReader", "Finding", "WakingHours", "compile_rubric"]
