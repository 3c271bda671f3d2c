"""The glossary as text of the help screen."""

from __future__ import annotations

from textual.content import Content

from propersim.core.glossary import glossary


def glossary_text() -> Content:
    """Return a heading, then each term with its definition on the lines below it."""
    parts: list[str | tuple[str, str]] = [("\nGlossary\n", "bold $primary")]
    for entry in glossary():
        parts += [(f"  {entry.term}\n", "bold"), f"    {entry.definition}\n"]
        if entry.more:
            parts.append((f"    {entry.more}\n", "$muted"))
    return Content.assemble(*parts).rstrip()
