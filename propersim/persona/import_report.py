"""The report of an import: for each sentence of the rubric, what was understood or assumed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from propersim.core.text import clean
from propersim.persona.foreign_import import ForeignPersona
from propersim.persona.importing import ImportedPersona

_MARKS = {"high": "✓", "low": "?", "model": "M", "not placed": "–"}


def report_lines(imported: ImportedPersona) -> list[str]:
    """Return the report of an import as lines of text.

    Each finding has a mark: ✓ understood, ? uncertain, M read by a model, – no rule found.
    """
    origin = f", {imported.format}" if imported.format else ""
    lines = [f"{imported.persona.id}: {imported.persona.name}, from {imported.source}{origin}"]
    if imported.drafted_by:
        return [*lines, f"  The rubric was drafted by {imported.drafted_by}: read it before you use it.", *_assumed(imported.assumed)]
    if imported.compiled is None:
        return [*lines, "  The file contains the rules; nothing was compiled.", *_assumed(imported.assumed)]
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
    return [*lines, *_assumed(imported.assumed)]


def incomplete_lines(foreign: ForeignPersona) -> list[str]:
    """Return the report of a person whose rubric is still to be written, as lines of text."""
    return [
        f"{foreign.id}: {clean(str(foreign.draft.data['name']))}, from {foreign.path}, {foreign.format}",
        "  NOT COMPLETE: it has no rubric. Write the four texts marked TODO in the file, or import it again with --rubric or --with-llm.",
        *_assumed(foreign.draft.assumed),
    ]


def unsure_lines(imported: ImportedPersona) -> list[str]:
    """Return a line for each part of a compiled rubric that is uncertain or was not understood."""
    if imported.compiled is None:
        return []
    words = [(item, item.sentence[item.span[0] : item.span[1]]) for item in imported.compiled.unsure]
    lines = [f"uncertain: {item.dimension}: “{said}”: {item.reason}" for item, said in words]
    return lines + [f"no rule found: {item.dimension}: “{item.sentence}”" for item in imported.compiled.not_placed]


def _assumed(lines: Sequence[str]) -> list[str]:
    return ["  assumed (not stated in the file)", *(f"    {line}" for line in lines)] if lines else []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
