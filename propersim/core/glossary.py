"""The glossary of the project's terms, for the help screen and the documentation.

Its text is in ``glossary.yaml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from propersim.core import safe_yaml


@dataclass(frozen=True)
class Term:
    """An entry of the glossary.

    Attributes:
        term: the term.
        definition: one sentence of at most 140 characters.
        more: what else is useful to know; often empty.
    """

    term: str
    definition: str
    more: str = ""


@lru_cache(maxsize=1)
def glossary() -> tuple[Term, ...]:
    """Return the entries of the glossary, related terms side by side."""
    text = files("propersim.core").joinpath("glossary.yaml").read_text(encoding="utf-8")
    return tuple(Term(**entry) for entry in safe_yaml.load(text))
