"""What the compiler found: a rule, the words it comes from, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Confidence = Literal["high", "low", "model", "not placed"]


@dataclass(frozen=True)
class WakingHours:
    """When a person rises and sleeps, in minutes of the day's clock (sleep may be past 1440)."""

    wake: int = 7 * 60
    sleep: int = 23 * 60


@dataclass(frozen=True)
class Finding:
    """One thing read in a sentence, or a sentence that no rule was found in.

    Attributes:
        dimension: of :data:`propersim.core.records.DIMENSIONS`.
        sentence: the sentence, cleaned.
        span: from and to, in characters of the sentence.
        confidence: ``high``; ``low``: flagged; ``model``: a language model read it; ``not placed``: nothing was understood.
        key: the rule's key in the rubric, such as ``windows``; "" where there is none.
        rule: the value, ready for the persona's YAML; None where there is none.
        reason: why it was read so, or what could not be read.
        applied: whether the rule is part of the compiled rubric.
    """

    dimension: str
    sentence: str
    span: tuple[int, int]
    confidence: Confidence
    key: str
    rule: Any
    reason: str
    applied: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as the report's JSON shows it."""
        return {
            "dimension": self.dimension,
            "sentence": self.sentence,
            "span": list(self.span),
            "words": self.sentence[self.span[0] : self.span[1]],
            "confidence": self.confidence,
            "key": self.key,
            "rule": self.rule,
            "reason": self.reason,
            "applied": self.applied,
        }
