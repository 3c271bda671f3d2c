"""The report of an import: for each sentence of the rubric, what was understood or assumed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from propersim.core.text import clean
from propersim.persona.foreign_import import ForeignPersona
from propersim.persona.importing import ImportedPersona
from propersim.rubric.day_minutes import REFUSED_HOURS
from propersim.rubric.findings import Finding

_MARKS = {"high": "✓", "low": "?", "model": "M", "not placed": "–"}
_LEGEND = "  ✓ understood  ? unsure  M read by a model  – no rule found"


def report_lines(imported: ImportedPersona) -> list[str]:
    """Return the report of an import as lines of text.

    Each finding has a mark: ✓ understood, ? unsure, M read by a model, – no rule found.
    """
    origin = f", {imported.format}" if imported.format else ""
    lines = [f"{imported.persona.id}: {imported.persona.name}, from {imported.source}{origin}"]
    if imported.drafted_by:
        return [*lines, f"  The rubric was drafted by {imported.drafted_by}: read it before you use it.", *_assumed(imported.assumed)]
    if imported.compiled is None:
        return [*lines, "  The file contains the rules; nothing was compiled.", *_assumed(imported.assumed)]
    lines.append(_LEGEND)
    dimension = sentence = None
    for item in imported.compiled.findings:
        if item.dimension != dimension:
            dimension = item.dimension
            lines.append(f"  {dimension}")
        if item.sentence != sentence:
            sentence = item.sentence
            lines.append(f"    “{sentence}”")
        lines.append("      " + _finding_line(item))
    lines.append("  rules")
    for key, rules in imported.compiled.rubric.items():
        lines.append(f"    {key}: {_json({name: value for name, value in rules.items() if name != 'text'})}")
    return [*lines, *_assumed(imported.assumed)]


def _finding_line(item: Finding) -> str:
    """Return a finding as a line of the report, with its mark and whether it is used."""
    rule = _spoken_rule(item)
    if item.applied and item.reason == REFUSED_HOURS:
        return f"✓ {rule}{item.reason}" if not rule else f"✓ {item.reason}: {rule}"
    if item.confidence == "high":
        return f"✓ {rule}" if item.applied else f"✓ {rule}; not used"
    if item.confidence == "not placed":
        return f"– {item.reason}"
    if item.confidence == "low" and rule:
        rule += "?"
    said = f"“{item.sentence[item.span[0] : item.span[1]]}”: " if item.confidence == "low" else ""
    parts = [rule, item.reason, "used" if item.applied else "not used"]
    return f"{_MARKS[item.confidence]} {said}" + "; ".join(part for part in parts if part)


def _spoken_rule(item: Finding) -> str:
    """Return a finding's rule in words; "" if it has none."""
    if item.rule is None:
        return ""
    if not item.key:
        return _json(item.rule)
    name = {"tones": "tone"}.get(item.key, item.key)
    if item.key == "frequency":
        return spoken_rate(item.rule) if "kind" in item.rule else f"{name} {_json(item.rule)}"
    if isinstance(item.rule, list):
        return f"{name} {', '.join(str(one) for one in item.rule)}"
    return f"{name} {_json(item.rule)}"


def spoken_rate(rule: Mapping[str, Any]) -> str:
    """Return a rate in words, such as "10.7 to 16 a day" or "at most 8 a day"."""
    low, high, bound = (rule[key] for key in ("low", "high", "bound"))
    gap = rule["kind"] == "gap"
    one, two = (f"{number:.1f}".removesuffix(".0") for number in (low, high))
    count = f"at most {two}" if bound == "most" else f"at least {one}" if bound == "least" or (gap and low == high) else one
    if bound not in ("most", "least") and low != high:
        count = f"{one} to {two}"
    days = rule.get("days")
    on = "" if days is None else f" on {days if isinstance(days, str) else ', '.join(days)}"
    unit = " minutes apart" if gap else " at a moment of the day" if rule["kind"] == "once" else " a day"
    return count + unit + on


def incomplete_lines(foreign: ForeignPersona) -> list[str]:
    """Return the report of a person whose rubric is still to be written, as lines of text."""
    return [
        f"{foreign.id}: {clean(str(foreign.draft.data['name']))}, from {foreign.path}, {foreign.format}",
        "  NOT COMPLETE: it has no rubric. Write the four texts marked TODO in the file, or import it again with --rubric or --with-llm.",
        *_assumed(foreign.draft.assumed),
    ]


def unsure_lines(imported: ImportedPersona) -> list[str]:
    """Return a line for each part of a compiled rubric that is unsure or was not understood."""
    if imported.compiled is None:
        return []
    words = [(item, item.sentence[item.span[0] : item.span[1]]) for item in imported.compiled.unsure]
    lines = [f"unsure: {item.dimension}: “{said}”: {item.reason}; {'used' if item.applied else 'not used'}" for item, said in words]
    return lines + [f"no rule found: {item.dimension}: “{item.sentence}”" for item in imported.compiled.not_placed]


def _assumed(lines: Sequence[str]) -> list[str]:
    return ["  assumed (not stated in the file)", *(f"    {line}" for line in lines)] if lines else []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
