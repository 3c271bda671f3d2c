"""Tooltips that explain the terms of a panel, from the project's glossary."""

from __future__ import annotations

from textual.content import Content

from propersim.core.glossary import glossary
from propersim_tui.render.content import Part, line


def explain(*terms: str) -> Content:
    """Return the definitions of some terms, one paragraph each.

    Raises:
        KeyError: a term is not in the glossary.
    """
    definitions = {entry.term: entry.definition for entry in glossary()}
    parts: list[Part] = []
    for term in terms:
        parts += ["\n" if parts else "", (f"{term}: ", "bold"), definitions[term]]
    return line(*parts)
