"""Tell suggestions with swear words, obscene or violent ones.

They are thrown away like malformed ones.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from propersim.core import safe_yaml


@cache
def _pattern() -> re.Pattern[str]:
    raw = safe_yaml.load(files(__package__).joinpath("unfit_words.yaml").read_text(encoding="utf-8"))
    words, phrases = (sorted(re.escape(word.strip()) for word in raw[part].split(",")) for part in ("words", "phrases"))
    endings = "|".join(re.escape(ending) for ending in raw["endings"])
    # "shitting", "slutty": the last letter may come twice before an ending.
    stems = "|".join(f"{word}{re.escape(word[-1])}?" for word in words)
    return re.compile(rf"\b(?:(?:{stems})(?:{endings})|{'|'.join(phrases)})\b", re.IGNORECASE)


def is_unfit(text: str) -> bool:
    """Return whether a text has a word of ``unfit_words.yaml``."""
    return _pattern().search(text) is not None
