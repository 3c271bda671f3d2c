"""Say in words what the ratings so far told the assistant at a step. Pure function."""

from __future__ import annotations

from propersim.core.text import clean

LABEL, BRIEF_LABEL = "ratings so far", "right so far"
"""Labels of the line, in its long and its short form; the glossary explains both as evidence."""
_SILENT = ("unknown", "none yet")
"""Values that say nothing: a count without ratings, and a gap before the day's first recommendation."""
_WORDS = {
    "time": ("right at this hour {}", "this hour {}"),
    "activity": ("right in this activity {}", "activity {}"),
    "gap": ("gap {}", "gap {}"),
    "topic": ("likes {}", "likes {}"),
}
"""By the name of a part of the record: its long and its short form on the screen."""


def evidence_forms(evidence: str) -> list[tuple[str, str]]:
    """Return what the ratings so far say of a moment, from the longest form to the shortest.

    Each has its label.

    Each is whole: where there is no room for one, the next leaves out its last part, and no word is cut. An example of the longest is
    ``ratings so far``, ``right at this hour 5 of 6 · right in this activity 0 of 4 · gap fine · likes music``; of the next, ``right so
    far``, ``this hour 5 of 6 · activity 0 of 4 · gap fine · likes music``.

    Args:
        evidence: the field of the record, such as ``time 5 of 6, activity 0 of 4, gap fine, topic music``.
    """
    parts = [part.partition(" ")[::2] for part in clean(evidence).split(", ") if part]
    known = [(name, value) for name, value in parts if value not in _SILENT]
    if not known:
        return [(LABEL, "none of such moments"), (LABEL, "none")]
    long, short = ([_WORDS.get(name, (f"{name} {{}}",) * 2)[form].format(value) for name, value in known] for form in (0, 1))
    # "Right so far" belongs to counts: a gap or a topic alone has the other label.
    label = BRIEF_LABEL if known[0][0] in ("time", "activity") else LABEL
    return [(LABEL, " · ".join(long)), *((label, " · ".join(short[:count])) for count in range(len(short), 0, -1))]
