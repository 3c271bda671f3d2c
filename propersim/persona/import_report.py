"""What an import understood, as lines of text."""

from __future__ import annotations

import json
from typing import Any

from propersim.persona.importing import ImportedPersona

_MARKS = {"high": "✓", "low": "?", "model": "M", "not placed": "–"}


def report_lines(imported: ImportedPersona) -> list[str]:
    """Return the report, sentence by sentence: ✓ understood, ? unsure, M read by a model, – no rule found in it; then what was assumed."""
    lines = [f"{imported.persona.id}: {imported.persona.name}, from {imported.source}"]
    if imported.compiled is None:
        return [*lines, "  its rules stand in the file; nothing had to be understood"]
    dimension = sentence = None
    for item in imported.compiled.findings:
        if item.dimension != dimension:
            dimension = item.dimension
            lines.append(f"  {dimension}")
        if item.sentence != sentence:
            sentence = item.sentence
            lines.append(f"    “{sentence}”")
        said = f"{item.key}: {_short(item.rule)}" if item.key and item.rule is not None else ""
        unused = "" if item.applied or item.confidence == "not placed" else "not used"
        why = "" if item.confidence == "high" else item.reason
        lines.append(f"      {_MARKS[item.confidence]} " + "; ".join(part for part in (said, why, unused) if part))
    lines.append("  in all")
    for key, rules in imported.compiled.rubric.items():
        lines.append(f"    {key}: {_short({name: value for name, value in rules.items() if name != 'text'})}")
    if imported.assumed:
        lines.append("  assumed, for want of a word on it")
        lines += [f"    {line}" for line in imported.assumed]
    return lines


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
