"""Say in words what the ratings so far told the assistant at a step. Pure function."""

from __future__ import annotations

from propersim.core.text import clean

LABEL, BRIEF_LABEL = "good time by ratings", "rated good time"
"""Labels of counts of ratings, in the long and the short form; the glossary explains both."""
OTHER_LABEL = "ratings so far"
"""Label where no ratings are counted."""
_SILENT = ("unknown", "none yet")
"""Values that say nothing: a count without ratings, and a gap before the day's first recommendation."""
_WORDS = {
    "time": ("this hour {}", "this hour {}"),
    "activity": ("this activity {}", "activity {}"),
    "gap": ("gap {}", "gap {}"),
    "topic": ("likes {}", "likes {}"),
}
"""By the name of a part of the record: its long and its short form on the screen."""


def evidence_forms(evidence: str) -> list[tuple[str, str]]:
    """Return what the ratings so far say of a moment, from the longest form to the shortest.

    Each has its label. A count is that of the ratings at this hour, or in this activity, and how many of them found the time good; it
    does not count how often the assistant was right.

    Each is whole: where there is no room for one, the next leaves out its last part, and no word is cut. An example of the longest is
    ``good time by ratings``, ``this hour 5 of 6 · this activity 0 of 4 · gap fine · likes music``; of the next, ``rated good time``,
    ``this hour 5 of 6 · activity 0 of 4 · gap fine · likes music``.

    Args:
        evidence: the field of the record, such as ``time 5 of 6, activity 0 of 4, gap fine, topic music``.
    """
    parts = [part.partition(" ")[::2] for part in clean(evidence).split(", ") if part]
    known = [(name, value) for name, value in parts if value not in _SILENT]
    if not known:
        return [(OTHER_LABEL, "none of such moments"), (OTHER_LABEL, "none")]
    long, short = ([_WORDS.get(name, (f"{name} {{}}",) * 2)[form].format(value) for name, value in known] for form in (0, 1))
    # A gap or a topic alone counts nothing.
    label, brief = (LABEL, BRIEF_LABEL) if known[0][0] in ("time", "activity") else (OTHER_LABEL, OTHER_LABEL)
    return [(label, " · ".join(long)), *((brief, " · ".join(short[:count])) for count in range(len(short), 0, -1))]
