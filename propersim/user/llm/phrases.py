"""Turn a model's words for an action into the phrase that is shown, or reject them.

Records, screens and prompts show the phrase.
"""

from __future__ import annotations

import re
from typing import Final

from propersim.core.text import clean
from propersim.reading.injection import is_injection

LONGEST: Final = 80
"""Most characters of a phrase."""

_SUBJECT: Final = re.compile(r"^(?:i am|i'm|i’m|(?:she|he|user|the user) is|they are|is|are)\s+", re.IGNORECASE)
_AS_ACTIVITY: Final = re.compile(r"^(?:\w+ly )?(?:\w+ing|at|in|on|out|off|away|back|deep|asleep|busy)\b", re.IGNORECASE)
_FOREIGN: Final = re.compile(r"[<>{}\[\]|\\`#*=_]|://")
"""Characters of markup and code, which a description of an activity does not need."""


def phrase_of(doing: str, name: str = "") -> str | None:
    """Return a phrase such as "watering the ferns", or None where the text is not one.

    Args:
        doing: the model's words.
        name: first name of the user, which is removed from the beginning ("Ada is reading").
    """
    text = clean(doing, limit=LONGEST).strip(" .,;:!?\"'“”‘’…-")
    if name and text.lower().startswith(f"{name.lower()} is "):
        text = text[len(name) + 1 :]
    text = _SUBJECT.sub("", text)
    if not _AS_ACTIVITY.match(text) or _FOREIGN.search(text) or is_injection(doing):
        return None
    first, _, rest = text.partition(" ")
    return f"{first.lower()} {rest}".strip()
