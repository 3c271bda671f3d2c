"""The report of an import: for each sentence of the rubric, what was understood or assumed."""

from __future__ import annotations

import json
from typing import Any

from propersim.persona.importing import ImportedPersona

_MARKS = {"high": "✓", "low": "?", "model": "M", "not placed": "–"}


def report_lines(imported: ImportedPersona) -> list[str]:
    """Return the report of an import as lines of text.

    Each finding has a mark: ✓ understood, ? uncertain, M read by a model, – no rule found.
    """
    lines = [f"{imported.persona.id}: {imported.persona.name}, from {imported.source}"]
    if imported.compiled is None:
        return [*lines, "  The file contains the rules; nothing was compiled."]
    dimension = sentence = None
    for item in imported.compiled.findings:
        if item.dimension != dimension:
            dimension = item.dimension
            lines.append(f"  {dimension}")
        if item.sentence != sentence:
            sentence = item.sentence
            lines.append(f"    “{sentence}”")
        rule = f"{item.key}: {_json(item.rule)}" if item.key and item.rule is not None else ""
        unused = "" if item.applied or item.confidence == "not placed" else "not used"
        reason = "" if item.confidence == "high" else item.reason
        lines.append(f"      {_MARKS[item.confidence]} " + "; ".join(part for part in (rule, reason, unused) if part))
    lines.append("  rules")
    for key, rules in imported.compiled.rubric.items():
        lines.append(f"    {key}: {_json({name: value for name, value in rules.items() if name != 'text'})}")
    if imported.assumed:
        lines.append("  assumed (not stated in the file)")
        lines += [f"    {line}" for line in imported.assumed]
    return lines


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
