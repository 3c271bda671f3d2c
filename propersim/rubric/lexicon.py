"""The compiler's lexicon: phrases for activities, topics, tones, subjects and parts of the day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from propersim.core import safe_yaml
from propersim.reading.classifier import stem
from propersim.rubric.sentences import Token, tokens

_PASSED = frozenset(["a", "an", "the", "my", "your", "our", "his", "her", "their", "this", "that", "i'm", "i", "am", "some", "any"])


class Hit(NamedTuple):
    """Names that a phrase stands for, and the tokens it covers (from, to)."""

    names: tuple[str, ...]
    start: int
    end: int


@cache
def raw() -> dict[str, Any]:
    """Return the lexicon file."""
    found: dict[str, Any] = safe_yaml.load(files("propersim.rubric").joinpath("data/lexicon.yaml").read_text(encoding="utf-8"))
    return found


@cache
def _phrases(section: str) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Return a section's phrases by first stem, longest first."""
    found: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for names, listed in raw()[section].items():
        means = () if names == "none" else tuple(names.split())
        for entry in listed.split(","):
            key = tuple(_stem(token.word) for token in tokens(entry.strip()) if token.word not in _PASSED)
            found.setdefault(key[0], []).append((key, means))
    for entries in found.values():
        entries.sort(key=lambda pair: -len(pair[0]))
    return found


@cache
def _stem(word: str) -> str:
    return stem(word)


def find(section: str, words: Sequence[Token], start: int = 0, end: int | None = None) -> list[Hit]:
    """Return what the phrases of a section (``activities``, ``topics``, …) stand for within some tokens, in order."""
    known = _phrases(section)
    kept = [n for n in range(start, len(words) if end is None else end) if words[n].word not in _PASSED]
    stems = [_stem(words[n].word) for n in kept]
    found: list[Hit] = []
    at = 0
    while at < len(kept):
        step = 1
        for key, names in known.get(stems[at], ()):
            if tuple(stems[at : at + len(key)]) == key:
                step = len(key)
                if names:
                    found.append(Hit(names, kept[at], kept[at + step - 1] + 1))
                break
        at += step
    return found


def names(hits: Sequence[Hit]) -> list[str]:
    """Return the names of some hits, each once, in order."""
    return list(dict.fromkeys(name for hit in hits for name in hit.names))
