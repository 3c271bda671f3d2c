"""Put the day's log in words, within bounds, for models that read text.

A log grows at its end alone, so that what a model has read of it need not be read again. The oldest entries become a line of summary at a
full hour where the log has grown long, and at no other time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from propersim.core.clock import format_time
from propersim.core.prompts import quoted
from propersim.core.text import counted
from propersim.memory.day_log import Entry, Suggested
from propersim.memory.state_text import known_activity, known_room
from propersim.world.catalogue import tones, topics

LINES: Final = 60
"""Most lines of a log, heading and summary included."""
TOKENS: Final = 900
"""Most tokens of a log."""
LEAST_TOKENS: Final = 200
"""Tokens below which a model has no room for a log."""
HEADING: Final = "Earlier today:"
_LONG: Final = 2 / 3
"""Share of the bounds above which the oldest entries become a summary at the next full hour."""
_SHORT: Final = 1 / 3
"""Share of the bounds that the log has then, at most."""
_HOUR: Final = 60
_LONGEST: Final = 80
"""Characters of a suggestion without a topic in a line."""


@lru_cache(4096)
def log_line(entry: Entry) -> str:
    """Return an entry in words."""
    at, begun, shown = format_time(entry.minute, wrap=True), entry.began, entry.suggested
    if begun is not None:
        return f"{at} {known_activity(begun.activity, begun.phrase)} in the {known_room(begun.room)}."
    assert shown is not None
    about = _about(shown)
    # A person may have rated it in part.
    score = "in part" if shown.score is None else f"{shown.score} of 4"
    if shown.yesterday is not None:
        return f"Overnight: {about} at {format_time(shown.yesterday, wrap=True)} yesterday was rated {score}."
    return f"{at} suggested {about}." if shown.score is None else f"{at} suggested {about}: rated {score}."


def _about(entry: Suggested) -> str:
    """Return topic and tone of a suggestion.

    It is the suggestion itself, quoted, where it has no topic of the catalogue.
    """
    if entry.topic not in topics():
        return quoted(entry.text, limit=_LONGEST)
    return f"{entry.topic}, {entry.tone}" if entry.tone in tones() else str(entry.topic)


def _summary(entries: Sequence[Entry], hour: int) -> str:
    """Return one line about the entries before a full hour."""
    all_shown = [one.suggested for one in entries if one.suggested is not None]
    shown = [one for one in all_shown if one.yesterday is None]
    late, begun = len(all_shown) - len(shown), len(entries) - len(all_shown)
    parts = ["1 activity" if begun == 1 else f"{begun} activities", counted(len(shown), "suggestion")]
    names = Counter(one.topic for one in shown if one.topic in topics())
    if names:
        parts[-1] += f" ({', '.join(str(name) for name, _ in names.most_common(3))})"
    scores = [one.score for one in shown if one.score is not None]
    if scores:
        parts[-1] += f", rated {sum(scores) / len(scores):.1f} of 4 on average"
    if late:
        parts.append(f"{counted(late, 'rating')} overnight")
    return f"Before {format_time(hour * _HOUR, wrap=True)}: {'; '.join(parts)}."


def log_lines(entries: Sequence[Entry], minute: float, size: Callable[[str], int], room: int = TOKENS) -> list[str]:
    """Return the log of a day at a minute as lines, at most :data:`LINES` of them.

    Within an hour of the clock the lines of a later minute begin with those of an earlier one. Entries for which there is no room are left
    out until the next full hour.

    Args:
        entries: the entries so far, oldest first.
        minute: minute of the day's clock.
        size: returns the tokens of a line, its end included.
        room: most tokens of all lines.

    Returns:
        The lines without their ends, a heading first.
    """
    sizes = [size(log_line(one)) for one in entries]
    head = [HEADING]
    taken, folded = size(HEADING), 0
    last = int(minute // _HOUR)
    starts = [one.minute for one in entries]
    for hour in range(int(starts[0] // _HOUR) + 1 if starts else last + 1, last + 1):
        before = bisect_left(starts, hour * _HOUR)
        if _fits(before - folded + len(head), taken + sum(sizes[folded:before]), room, _LONG):
            continue
        while folded < before and not _fits(before - folded + 2, taken + sum(sizes[folded:before]), room, _SHORT):
            folded += 1
        summary = _summary(entries[:folded], hour)
        head, taken = [HEADING, summary], size(HEADING) + size(summary)
    lines = list(head)
    for entry, more in zip(entries[folded:], sizes[folded:], strict=True):
        if not _fits(len(lines) + 1, taken + more, room, 1.0):
            break
        lines.append(log_line(entry))
        taken += more
    return lines


def _fits(lines: int, tokens: int, room: int, share: float) -> bool:
    """Return whether lines and tokens are within a share of the bounds."""
    return lines <= share * LINES and tokens <= share * room
