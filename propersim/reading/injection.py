"""Detect sentences that address a judge or a model instead of the user (prompt injection).

The classifier gives a recommendation with such a sentence neither topic nor tone, so that it cannot raise its own rating. The patterns
are data (``orders.yaml``).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from propersim.core import safe_yaml
from propersim.world.data import data_text

LONGEST: Final = 600
"""Characters of a sentence that are searched; the rest is ignored."""
_SPACED: Final = re.compile(r"(?:\b\w[ .\-_]+){7,}\w\b")
"""Eight or more letters written apart, as in "i g n o r e", which ordinary text does not contain."""
_LEET: Final = str.maketrans("013457$@", "oieastsa")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


@cache
def _patterns() -> re.Pattern[str]:
    raw = safe_yaml.load(data_text("orders.yaml"))
    patterns = [pattern for kind in raw["patterns"].values() for pattern in kind]
    for name, alternatives in raw["lists"].items():
        patterns = [pattern.replace(f"{{{name}}}", alternatives) for pattern in patterns]
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


def speaks_to_judge(sentence: str) -> bool:
    """Return whether a sentence addresses its judge, openly or in a simple disguise."""
    return any(_patterns().search(variant) for variant in _variants(sentence[:LONGEST])) or _SPACED.search(sentence[:LONGEST]) is not None


def _variants(sentence: str) -> Iterator[str]:
    """Yield a sentence as it is, with digits read as letters, reversed, and decoded from base64."""
    yield sentence
    if any(ch.isdigit() or ch in "$@" for ch in sentence):
        yield sentence.translate(_LEET)
    yield sentence[::-1]
    for encoded in _BASE64.findall(sentence):
        try:
            yield base64.b64decode(encoded, validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
