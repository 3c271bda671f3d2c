"""What a model calls an action, as the phrase that records, screens and other prompts show: made fit, or not taken."""

from __future__ import annotations

import re
from typing import Final

from propersim.core.text import clean
from propersim.reading.injection import speaks_to_judge

LONGEST: Final = 80

_SUBJECT: Final = re.compile(r"^(?:i am|i'm|i’m|(?:she|he|user|the user) is|they are|is|are)\s+", re.IGNORECASE)
_AS_ACTIVITY: Final = re.compile(r"^(?:\w+ly )?(?:\w+ing|at|in|on|out|off|away|back|deep|asleep|busy)\b", re.IGNORECASE)
_FOREIGN: Final = re.compile(r"[<>{}\[\]|\\`#*=_]|://")
"""Signs of markup and code: nobody needs them to say that the ferns are being watered."""


def phrase_of(doing: str, name: str = "") -> str | None:
    """Return what is seen done, such as "watering the ferns"; None where the text is no such phrase.

    Args:
        doing: a model's words.
        name: of the user, who may be said to be doing it ("Ada is reading").
    """
    text = clean(doing, limit=LONGEST).strip(" .,;:!?\"'“”‘’…-")
    if name and text.lower().startswith(f"{name.lower()} is "):
        text = text[len(name) + 1 :]
    text = _SUBJECT.sub("", text)
    if not _AS_ACTIVITY.match(text) or _FOREIGN.search(text) or speaks_to_judge(doing):
        return None
    first, _, rest = text.partition(" ")
    return f"{first.lower()} {rest}".strip()
