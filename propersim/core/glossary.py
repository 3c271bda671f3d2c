"""The glossary of the project's terms, for the help screen and the documentation.

Its text is in ``glossary.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        shown: other words and signs by which a screen may call it.
    """

    term: str
    definition: str
    more: str = ""
    shown: Sequence[str] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Everything by which a screen may call it."""
        return self.term, *self.shown


@lru_cache(maxsize=1)
def glossary() -> tuple[Term, ...]:
    """Return the entries of the glossary, related terms side by side."""
    text = files("propersim.core").joinpath("glossary.yaml").read_text(encoding="utf-8")
    return tuple(Term(**entry) for entry in safe_yaml.load(text))
