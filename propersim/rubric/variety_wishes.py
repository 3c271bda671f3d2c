"""Find wishes for variety in a preference text: that the same must not come again.

No rule is made of them, because words such as "never the same subject twice" give no hours. They are reported, and their words are not
taken for topics ("two days running" is no fitness).
"""

from __future__ import annotations

import re
from typing import Final

from propersim.rubric.findings import Finding

VARIETY: Final = "a wish for variety; no rule is made of it: write the clause rubric.variety, such as topic: {fills: 1.5, half_life: 8}"
"""Reason of a finding that the same must not come again."""
_THING: Final = "(?:things?|topics?|subjects?|themes?|suggestions?|recommendations?|ideas?|advice|tips?|words|story|stories|ones?)"
_REFUSED: Final = r"(?:never|not|no|nothing|without|cannot|do not|\w+n['’]t)"
_WISHES: Final = re.compile(
    rf"\b{_REFUSED}\b[^,;:.!?]*?\bthe same {_THING}\b[^,;:.!?]*"
    rf"|\b(?:always|forever|again and again|only ever|all) the same {_THING}\b[^,;:.!?]*"
    rf"|\bthe same {_THING}(?: \w+){{0,3}} (?:twice|again|over and over)\b[^,;:.!?]*"
    r"|\bsurprise me\b"
    rf"|\b{_REFUSED} (?:repeat (?:yourself|anything|things?)|repeats?|repetitions?)\b[^,;:.!?]*"
    r"|\bsomething (?:new|different) (?:each|every) (?:time|day)\b",
    re.IGNORECASE,
)


def variety_wishes(sentence: str) -> list[Finding]:
    """Return a finding for each wish for variety in a sentence of the preference text."""
    return [Finding("preference", sentence, found.span(), "low", "", None, VARIETY, False) for found in _WISHES.finditer(sentence)]
