"""Sentences that speak to a judge or a model instead of to the user: what they say of themselves is no evidence of anything.

A recommendation with such a sentence is about nothing that anybody likes and speaks in no tone that anybody welcomes: talking a
judge into a score is no recommendation. The patterns are data (``orders.yaml``).
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
"""Only so many characters of a sentence are looked at."""
_SPACED: Final = re.compile(r"(?:\b\w[ .\-_]+){7,}\w\b")
"""Eight letters that stand apart: nobody writes so."""
_LEET: Final = str.maketrans("013457$@", "oieastsa")
_CODED: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


@cache
def _patterns() -> re.Pattern[str]:
    raw = safe_yaml.load(data_text("orders.yaml"))
    found = [one for kind in raw["patterns"].values() for one in kind]
    for name, listed in raw["lists"].items():
        found = [one.replace(f"{{{name}}}", listed) for one in found]
    return re.compile("|".join(found), re.IGNORECASE | re.DOTALL)


def speaks_to_judge(sentence: str) -> bool:
    """Whether a sentence speaks to whoever judges it, openly or in a thin disguise."""
    return any(_patterns().search(guise) for guise in _guises(sentence[:LONGEST])) or _SPACED.search(sentence[:LONGEST]) is not None


def _guises(sentence: str) -> Iterator[str]:
    """Yield a sentence as it stands, with figures read as letters, backwards, and decoded."""
    yield sentence
    if any(ch.isdigit() or ch in "$@" for ch in sentence):
        yield sentence.translate(_LEET)
    yield sentence[::-1]
    for coded in _CODED.findall(sentence):
        try:
            yield base64.b64decode(coded, validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
