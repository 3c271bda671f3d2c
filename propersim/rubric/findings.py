"""Findings of the rubric compiler: a rule, the words it comes from, and how certain it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Confidence = Literal["high", "low", "model", "not placed"]
ASSUMED_HOURS = "the bedtime is assumed, not stated: write hours, such as “between 21:00 and 22:00”"
"""Reason of a finding whose times hang on a bedtime that is not stated."""
UNREAD_REFUSAL = "refuses something that is not known"
"""Reason of a finding whose sentence refuses something in words that give no rule."""


@dataclass(frozen=True)
class WakingHours:
    """When a person gets up and goes to bed, in minutes of the day.

    Attributes:
        wake: 0 to 1440.
        sleep: later than ``wake``; past midnight it is above 1440.
        assumed: whether the bedtime is not stated; times relative to them ("before bed") are then unsure and not used.
    """

    wake: int = 7 * 60
    sleep: int = 23 * 60
    assumed: bool = False


@dataclass(frozen=True)
class Finding:
    """One rule read in a sentence, or a sentence in which no rule was found.

    Attributes:
        dimension: one of :data:`propersim.core.records.DIMENSIONS`.
        sentence: the sentence, cleaned.
        span: start and end of the words that were read, in characters of the sentence.
        confidence: ``high``; ``low``: uncertain; ``model``: read by a language model; ``not placed``: nothing was understood.
        key: the rule's key in the rubric, such as ``windows``; "" if there is no rule.
        rule: the value as in a persona file; None if there is no rule.
        reason: why it was read this way, or what could not be read.
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
        """Return the finding as an entry of the import report's JSON."""
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


def not_placed(dimension: str, sentence: str, reason: str) -> Finding:
    """Return the finding of a sentence in which no rule was found.

    Args:
        dimension: the dimension whose text it stands in.
        sentence: the whole sentence.
        reason: what it lacks.
    """
    return Finding(dimension, sentence, (0, len(sentence)), "not placed", "", None, reason, False)


class DimensionRules(NamedTuple):
    """The result of compiling one dimension's text.

    Attributes:
        rules: the dimension's rules as in a persona file, without ``text``; None if the text gives too few of them.
        findings: everything read, in order of the sentences.
        problem: why there are no rules; "" if there are some.
    """

    rules: dict[str, Any] | None
    findings: list[Finding]
    problem: str
