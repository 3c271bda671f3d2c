"""Find the terms of the glossary in rows of text, and the one that explains a figure.

Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len

from propersim.core.glossary import Term, glossary

NO_TERMS: Mapping[str, str] = {}
_QUOTED = re.compile(r"“[^”]*(?:”|$)")
"""Quoted speech, in which words are not labels."""
_BESIDE_IT = re.compile(r"\s{2,}[○◔◐◕●].*")
"""A rating behind the first row of what is said."""
_HEADING = 3
"""Most cells by which a figure may stand beside its heading."""
_SIGNS = r"(?P<rating>[○●](?: ?[○●]){3}(?!\S))|(?P<score>[○◔◐◕●](?= \d))"
"""Signs that are labels, as groups with the names of their terms: four dimensions, and the score before its number."""


@dataclass(frozen=True)
class Label:
    """A label on the screen.

    Attributes:
        x: first column, in cells.
        y: row.
        text: the label as it is written.
        term: what explains it.
    """

    x: int
    y: int
    text: str
    term: Term

    @property
    def right(self) -> int:
        """Column behind the label."""
        return self.x + cell_len(self.text)


@lru_cache(maxsize=1)
def _terms() -> dict[str, Term]:
    """Return the entries of the glossary by their labels in lower case."""
    return {label.casefold(): entry for entry in glossary() for label in entry.labels}


@lru_cache(maxsize=16)
def _pattern(own: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of all labels.

    Words are grouped by their first character, so that a place in a row is compared with those few that may begin there.

    Args:
        own: labels besides those of the glossary.
    """
    groups: dict[str, list[str]] = {}
    signs = []
    # The longest comes first: "score ≥ 3" is not "score".
    for word in sorted({*_terms(), *own}, key=len, reverse=True):
        if len(word) == 1 and not word.isalnum():
            # A sign may be repeated.
            signs.append(f"{re.escape(word)}+")
        else:
            groups.setdefault(word[0], []).append(re.escape(word[1:]))
    words = "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items())
    return re.compile("|".join((_SIGNS, rf"(?<!\w)(?:{words})(?!\w)", *signs)), re.IGNORECASE)


def prepare_labels(*owners: Mapping[str, str]) -> None:
    """Compile the patterns of :func:`find_labels` in advance.

    It takes some tens of milliseconds.

    Args:
        *owners: terms of labels that mean something else on some widget.
    """
    for own in (NO_TERMS, *owners):
        _pattern(_besides(own))


def _besides(own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the labels that the glossary does not have."""
    return tuple(word for word in own if word not in _terms())


def _unquoted(said: re.Match[str]) -> str:
    """Return a quotation as blanks; a rating that stands beside it is kept."""
    rows = []
    for row in said[0].split("\n"):
        beside = _BESIDE_IT.search(row)
        rows.append(" " * len(row) if beside is None else " " * beside.start() + row[beside.start() :])
    return "\n".join(rows)


def find_labels(rows: Sequence[str], own: Mapping[str, str] = NO_TERMS) -> list[Label]:
    """Return the labels in rows of text that the glossary explains, in reading order.

    Args:
        rows: the rows as drawn.
        own: terms by labels, in lower case, that mean something else here than elsewhere.
    """
    terms = _terms()
    found = []
    # A quotation may go on in the next row.
    text = _QUOTED.sub(_unquoted, "\n".join(rows))
    pattern = _pattern(_besides(own))
    for y, (row, plain) in enumerate(zip(rows, text.split("\n"), strict=True)):
        for match in pattern.finditer(plain):
            key = match[0].casefold()
            term = match.lastgroup or own.get(key) or own.get(key[0], key)
            found.append(Label(cell_len(row[: match.start()]), y, match[0], terms[term.casefold()]))
    return found


def explaining(labels: Sequence[Label], x: int, y: int, end: int = 0) -> Label | None:
    """Return the label that explains what stands at a place; None if there is none.

    It is the label there, the one right behind a figure ("43 steps"), the nearest one before it in the row, or its heading above.

    Args:
        labels: the labels of a widget.
        x: column.
        y: row.
        end: column behind the figure at ``x``; 0 if that is not known.
    """
    row = [label for label in labels if label.y == y]
    here = next((label for label in row if label.x <= x < label.right), None)
    if here is not None:
        return here
    behind = next((label for label in row if 0 <= label.x - max(end, x + 1) <= 1), None)
    before = max((label for label in row if label.right <= x), key=lambda label: label.x, default=None)
    return behind or before or _heading(labels, x, y, max(end, x + 1))


def _heading(labels: Sequence[Label], x: int, y: int, end: int) -> Label | None:
    """Return the nearest label above a figure; None if there is none."""
    above = [(max(0, label.x - end, x - label.right), label) for label in labels if label.y < y]
    near = [(label.y, -far, label) for far, label in above if far <= _HEADING]
    return max(near, key=lambda each: each[:2], default=(0, 0, None))[2]
