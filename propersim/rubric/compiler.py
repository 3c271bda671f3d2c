"""Compile the four texts of a rubric into rules.

Everything that was and was not understood is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from propersim.core.records import DIMENSIONS
from propersim.core.text import clean
from propersim.rubric.communication import compile_communication
from propersim.rubric.coverage import doubt_beside_unsure
from propersim.rubric.day_minutes import REFUSED_HOURS, minutes_of_window
from propersim.rubric.findings import DimensionRules, Finding, WakingHours
from propersim.rubric.frequency import compile_frequency
from propersim.rubric.merging import merge
from propersim.rubric.preference import compile_preference
from propersim.rubric.sentences import LIMIT, tokens
from propersim.rubric.time_windows import find_time_windows
from propersim.rubric.timing import compile_timing
from propersim.world import catalogue

FallbackReader = Callable[[Sequence[Finding], Mapping[str, str], WakingHours], Iterable[Finding]]
"""Reads the sentences that the compiler could not place or is not sure of, for example by asking a language model.

It takes their findings, the texts by dimension and the waking hours. It returns its own findings, with ``key`` and ``rule`` as in a
persona file: ``windows`` and ``likes`` each one mapping, ``frequency`` a mapping, the others lists of names.
:mod:`propersim.rubric.merging` decides which of them are used."""

_REMEDY = {
    "preference": "name what is welcome, such as 'I like book recommendations when I read'",
    "timing": "say when, such as 'between 8:00 and 10:00, or while I have a coffee'; for any time 'between 0:00 and 24:00'",
    "frequency": "say how many, such as 'four to five times a day' or 'once every two hours'",
    "communication": "name a tone: warm, formal, direct, playful, gentle, enthusiastic or analytical",
}
_UNCOVERED = "only the count is used: the time is in no rule of timing"
_REQUIRED_KEY = {"preference": "likes", "timing": "windows", "frequency": "max_per_day", "communication": "tones"}


@dataclass(frozen=True)
class CompiledRubric:
    """A compiled rubric.

    Attributes:
        rubric: the dimensions, each with ``text`` and its rules, as in a persona file; only ``text`` where it could not be read.
        findings: what was read, sentence by sentence.
        errors: one ``rubric.DIMENSION: problem; remedy`` for each dimension that could not be read.
    """

    rubric: dict[str, dict[str, Any]]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]

    @property
    def unsure(self) -> list[Finding]:
        """Findings of low confidence, applied or not, without refused hours in use."""
        return [item for item in self.findings if item.confidence == "low" and not (item.applied and item.reason == REFUSED_HOURS)]

    @property
    def not_placed(self) -> list[Finding]:
        """Sentences in which nothing was understood."""
        return [item for item in self.findings if item.confidence == "not placed"]


def compile_rubric(
    texts: Mapping[str, str],
    hours: WakingHours,
    fallback: FallbackReader | None = None,
    only: Collection[str] = DIMENSIONS,
) -> CompiledRubric:
    """Compile the texts of a rubric into rules.

    Args:
        texts: the text of each dimension: ``preference``, ``timing``, ``frequency``, ``communication``.
        hours: when the person gets up and goes to bed ("after nine" lasts until bedtime).
        fallback: reads the sentences that were not placed or are uncertain; None: they stay unread.
        only: the dimensions to compile.

    Returns:
        The rules, what was read, and an error for each dimension that could not be read.
    """
    rubric: dict[str, dict[str, Any]] = {}
    findings: list[Finding] = []
    errors: list[str] = []
    for dimension in [name for name in DIMENSIONS if name in only]:
        text = texts.get(dimension, "")
        rubric[dimension] = {"text": clean(text, limit=LIMIT)}
        if not rubric[dimension]["text"]:
            errors.append(f"rubric.{dimension}: the text is missing; {_REMEDY[dimension]}")
            continue
        if len(text) > LIMIT:
            errors.append(f"rubric.{dimension}: longer than {LIMIT} characters; shorten it")
            continue
        rules, items, problem = _compile(dimension, text, hours)
        findings += doubt_beside_unsure(items)
        if rules is None:
            errors.append(f"rubric.{dimension}: {problem}; {_REMEDY[dimension]}")
        else:
            rubric[dimension].update(rules)
    findings = _with_uncovered_moments(rubric, findings, hours)
    if fallback is not None:
        # A finding without a key that is applied (hours removed from the windows) is understood.
        unread = [item for item in findings if item.confidence != "high" and not (item.applied and not item.key)]
        findings = merge(rubric, findings, fallback(unread, texts, hours)) if unread else findings
        errors = [
            line
            for line in errors
            if not any(line.startswith(f"rubric.{n}:") and key in rubric.get(n, ()) for n, key in _REQUIRED_KEY.items())
        ]
    _drop_crossed_boundaries(rubric, findings)
    return CompiledRubric(rubric, tuple(findings), tuple(errors))


def _compile(dimension: str, text: str, hours: WakingHours) -> DimensionRules:
    if dimension == "preference":
        return compile_preference(text, hours)
    if dimension == "timing":
        return compile_timing(text, hours)
    return compile_frequency(text) if dimension == "frequency" else compile_communication(text)


def _with_uncovered_moments(rubric: Mapping[str, Mapping[str, Any]], findings: Sequence[Finding], hours: WakingHours) -> list[Finding]:
    """Return the findings, and one for each count at a time that no window has.

    "Once in the morning" only counts: where the timing has no mornings, none comes in the morning.
    """
    windows = rubric.get("timing", {}).get("windows")
    result: list[Finding] = []
    for item in findings:
        result.append(item)
        if windows is None or item.dimension != "frequency" or not item.applied or item.rule.get("kind") != "once":
            continue
        said = item.sentence[item.span[0] : item.span[1]]
        times = [window.times for window in find_time_windows(tokens(said), hours)]
        covered = set().union(*(minutes_of_window(window) for window in windows if "start" in window or not window.get("during")))
        if any(not minutes_of_window(time) & covered for time in times):
            result.append(Finding("frequency", item.sentence, item.span, "low", "", None, _UNCOVERED, False))
    return result


def _drop_crossed_boundaries(rubric: dict[str, dict[str, Any]], findings: list[Finding]) -> None:
    """Drop boundaries that a liked topic touches, and mark their findings.

    That topic could otherwise never be recommended.
    """
    boundaries = rubric.get("communication", {}).get("boundaries", [])
    likes = rubric.get("preference", {}).get("likes", [])
    touched = {subject for like in likes for topic in like["topics"] for subject in catalogue.topics()[topic].subjects}
    crossed = [name for name in boundaries if name in touched]
    if not crossed:
        return
    remaining = [name for name in boundaries if name not in touched]
    rubric["communication"]["boundaries"] = remaining
    for n, item in enumerate(findings):
        if item.key == "boundaries" and set(item.rule) & set(crossed):
            reason = f"{', '.join(crossed)} is off limits, but a liked topic touches it; left out"
            rule = [name for name in item.rule if name in remaining] or item.rule
            findings[n] = replace(item, confidence="low", reason=reason, rule=rule, applied=False)
