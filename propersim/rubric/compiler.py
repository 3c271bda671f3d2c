"""Four texts in, four sets of rules out, with everything that was read and everything that was not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from propersim.core.records import DIMENSIONS
from propersim.core.text import clean
from propersim.rubric.communication import compile_communication
from propersim.rubric.findings import Finding, WakingHours
from propersim.rubric.frequency import compile_frequency
from propersim.rubric.merging import merge
from propersim.rubric.preference import compile_preference
from propersim.rubric.sentences import LIMIT
from propersim.rubric.timing import compile_timing
from propersim.world import catalogue

FallbackReader = Callable[[Sequence[Finding], Mapping[str, str], WakingHours], Iterable[Finding]]
"""Takes what was not placed or is of low confidence, the texts by dimension, and when the person rises and sleeps.

Returns what it reads in those sentences, each with ``key`` and ``rule`` as a persona's file has them: ``windows`` or ``likes`` a mapping,
``frequency`` a mapping, the others lists of names. What of it is used: :mod:`propersim.rubric.merging`."""

_REMEDY = {
    "preference": "name what is welcome, such as 'I like book recommendations when I read'",
    "timing": "say when, such as 'between 8:00 and 10:00, or while I have a coffee'; for any time 'between 0:00 and 24:00'",
    "frequency": "say how many, such as 'four to five times a day' or 'once every two hours'",
    "communication": "name a tone: warm, formal, direct, playful, gentle, enthusiastic or analytical",
}
_NEEDED = {"preference": "likes", "timing": "windows", "frequency": "max_per_day", "communication": "tones"}


@dataclass(frozen=True)
class CompiledRubric:
    """A compiled rubric.

    Attributes:
        rubric: for each dimension ``text`` and its rules, ready for a persona's file; a dimension that could not be read has its text only.
        findings: what was read, sentence by sentence.
        errors: ``rubric.frequency: … ; remedy`` for each dimension that could not be read.
    """

    rubric: dict[str, dict[str, Any]]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]

    @property
    def unsure(self) -> list[Finding]:
        """What is of low confidence: applied or not, each says so."""
        return [item for item in self.findings if item.confidence == "low"]

    @property
    def not_placed(self) -> list[Finding]:
        """The sentences that nothing was understood of."""
        return [item for item in self.findings if item.confidence == "not placed"]


def compile_rubric(
    texts: Mapping[str, str], life: WakingHours, helper: FallbackReader | None = None, only: Collection[str] = DIMENSIONS
) -> CompiledRubric:
    """Return the rules that four texts say.

    Args:
        texts: by dimension, of ``preference``, ``timing``, ``frequency``, ``communication``.
        life: when the person rises and sleeps ("after nine" lasts until bedtime).
        helper: who is asked about sentences that were not placed or are of low confidence, such as a language model; nobody where None.
        only: the dimensions that are compiled.
    """
    rubric: dict[str, dict[str, Any]] = {}
    found: list[Finding] = []
    errors: list[str] = []
    for dimension in [name for name in DIMENSIONS if name in only]:
        text = texts.get(dimension, "")
        rubric[dimension] = {"text": clean(text, limit=LIMIT)}
        if not rubric[dimension]["text"]:
            errors.append(f"rubric.{dimension}: there is no text; {_REMEDY[dimension]}")
            continue
        if len(text) > LIMIT:
            errors.append(f"rubric.{dimension}: longer than {LIMIT} characters; shorten it")
            continue
        rule, items, why = _compile(dimension, text, life)
        found += items
        if rule is None:
            errors.append(f"rubric.{dimension}: {why}; {_REMEDY[dimension]}")
        else:
            rubric[dimension].update(rule)
    if helper is not None:
        # What has no key, but is applied (hours taken out of the windows), is understood.
        unread = [item for item in found if item.confidence != "high" and not (item.applied and not item.key)]
        found = merge(rubric, found, helper(unread, texts, life)) if unread else found
        errors = [
            line for line in errors if not any(line.startswith(f"rubric.{n}:") and key in rubric.get(n, ()) for n, key in _NEEDED.items())
        ]
    _settle(rubric, found)
    return CompiledRubric(rubric, tuple(found), tuple(errors))


def _compile(dimension: str, text: str, life: WakingHours) -> tuple[dict[str, Any] | None, list[Finding], str]:
    if dimension == "preference":
        return compile_preference(text, life)
    if dimension == "timing":
        return compile_timing(text, life)
    return compile_frequency(text) if dimension == "frequency" else compile_communication(text)


def _settle(rubric: dict[str, dict[str, Any]], found: list[Finding]) -> None:
    """Drop boundaries that a liked topic touches (it could never be said), and flag them."""
    limits = rubric.get("communication", {}).get("boundaries", [])
    likes = rubric.get("preference", {}).get("likes", [])
    touched = {subject for like in likes for topic in like["topics"] for subject in catalogue.topics()[topic].subjects}
    crossed = [name for name in limits if name in touched]
    if not crossed:
        return
    kept = [name for name in limits if name not in touched]
    rubric["communication"]["boundaries"] = kept
    for n, item in enumerate(found):
        if item.key == "boundaries" and set(item.rule) & set(crossed):
            reason = f"{', '.join(crossed)} is off limits, but a topic that is liked touches it; left out"
            found[n] = replace(item, confidence="low", reason=reason, rule=[x for x in item.rule if x in kept] or item.rule, applied=False)
