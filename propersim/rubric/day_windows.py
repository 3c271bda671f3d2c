"""Tell on which days of the week each window of a statement holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.any_time import is_limited
from propersim.rubric.clock_times import TimeWindow
from propersim.rubric.days import ALL_DAYS, DaySpan
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.timing_windows import WindowEntry

_UNCLEAR = "it is not clear on which days"
_UNKNOWN = "these days cannot be known"
_OTHERS = "on the days named after it too? read as the other days"
_JOINTS = {",", "and", "or", "but", "though", "although", "yet", "whereas", "however", "except", "–", "—", ":", "(", ")"}
CONTRASTS = frozenset(["but", "though", "although", "yet", "whereas", "however", "except"])
"""Words after which days limit only their own part of a statement."""
_ALL_DAY = (
    ("any", "time"),
    ("anytime",),
    ("all", "day"),
    ("at", "any", "hour"),
    ("at", "all", "hours"),
    ("whenever", "you", "like"),
    ("whole", "day"),
    ("entire", "day"),
)

Dated = tuple[WindowEntry, "frozenset[str] | None", str]
"""A window, its days (None: every day), and why its days are uncertain ("" if they are not)."""


def entries_with_days(words: Sequence[Token], entries: Sequence[WindowEntry], spans: Sequence[DaySpan]) -> list[Dated]:
    """Return each window of a statement with its days.

    "Weekday evenings, and at weekends any time": days hold for the times beside them, up to the next days.

    Args:
        words: the tokens of the statement.
        entries: its windows.
        spans: the days in it.
    """
    if not spans:
        return [(entry, None, "") for entry in entries]
    items = [*entries, *_all_day(words, entries)]
    items.sort(key=lambda entry: entry.start)
    if not items:
        return []
    parts = _parts(words, items, spans)
    if (by_part := _by_part(words, parts)) is not None:
        return by_part
    if len(spans) == 1:
        return [(entry, spans[0].days, _doubt_of_one(words, entry, items, spans[0])) for entry in items]
    day_first = spans[0].start <= items[0].start
    dated: list[Dated] = []
    for entry in items:
        if day_first:
            span = next((one for one in reversed(spans) if one.start <= entry.start), None)
        else:
            span = next((one for one in spans if one.start >= entry.start), None)
        if span is None:
            dated.append((entry, None, _UNCLEAR))
        else:
            dated.append((entry, span.days, "" if span.days is not None else _UNKNOWN))
    used = [days for _, days, _ in dated]
    if any(span.days not in used for span in spans):
        dated = [(entry, days, _UNCLEAR) for entry, days, _ in dated]
    return dated


class _Part(NamedTuple):
    """Windows and days of a statement between two joining words.

    Attributes:
        joint: the words that join it to the part before.
        items: its windows.
        spans: its days.
    """

    joint: frozenset[str]
    items: list[WindowEntry]
    spans: list[DaySpan]


def _parts(words: Sequence[Token], items: Sequence[WindowEntry], spans: Sequence[DaySpan]) -> list[_Part]:
    """Return the parts of a statement that name a window or days."""
    places = [*((one.start, one.end) for one in items), *((one.start, one.end) for one in spans)]
    inside = {n for start, end in places for n in range(start, end)}
    parts: list[_Part] = []
    joint: frozenset[str] = frozenset()
    start = 0
    for at in range(len(words) + 1):
        if at < len(words) and (words[at].word not in _JOINTS or at in inside):
            continue
        held = [one for one in items if start <= one.start < at]
        named = [one for one in spans if start <= one.start < at]
        if held or named:
            parts.append(_Part(joint, held, named))
            joint = frozenset()
        joint |= {word_at(words, at)}
        start = at + 1
    return parts


def _by_part(words: Sequence[Token], parts: Sequence[_Part]) -> list[Dated] | None:
    """Return each window with the days of its part, or None where that is not clear.

    It is not if some part has days without a window, or more than one.

    Windows before the first days hold on the other days: "in the evening, but on Sundays in the afternoon".
    """
    first = next((n for n, part in enumerate(parts) if part.spans), len(parts))
    if len(parts) < 2 or any(len(part.spans) > 1 or not part.items for part in parts):
        return None
    leading, rest = parts[:first], parts[first:]
    of_first = rest[0].spans[0]
    sets_apart = bool(rest[0].joint & (CONTRASTS | {"("})) or holds_only(words, of_first)
    if leading and not (sets_apart or (of_first.start < rest[0].items[0].start and not any("and" in part.joint for part in rest))):
        return None
    named = frozenset[str]().union(*(part.spans[0].days or ALL_DAYS for part in rest if part.spans))
    dated: list[Dated] = []
    for part in leading:
        others = ALL_DAYS - named
        if sets_apart:
            dated += [(entry, others, "" if others else _UNCLEAR) for entry in part.items]
        else:
            dated += [(entry._replace(sure=False, reason=_OTHERS), others, "" if others else _UNCLEAR) for entry in part.items]
    days, doubt = of_first.days, ""
    for part in rest:
        if part.spans:
            days = part.spans[0].days
            doubt = _UNKNOWN if days is None else ""
        dated += [
            (entry, days, doubt or _doubt_of_joined(of_first if not part.spans else part.spans[0], rest[0].items[0], entry))
            for entry in part.items
        ]
    return dated


def _doubt_of_joined(span: DaySpan, first: WindowEntry, entry: WindowEntry) -> str:
    """Return why days of a part of the day may not hold for hours named after it.

    "" if they do.

    Example: "Saturday mornings, and from 7 to 9 pm".
    """
    of_part = span.end == first.start and first.window is not None and first.window.vagueness == 2
    return _UNCLEAR if of_part and entry is not first and (entry.window is None or entry.window.vagueness < 2) else ""


def holds_only(words: Sequence[Token], span: DaySpan) -> bool:
    """Return whether "only" follows days, with what holds on them: "on Sundays only music"."""
    return word_at(words, span.end) == "only" and word_at(words, span.end + 1) not in ("", ",", ".", "!", "?", ")", "and", "or", "but")


def _doubt_of_one(words: Sequence[Token], entry: WindowEntry, entries: Sequence[WindowEntry], span: DaySpan) -> str:
    """Return why it is uncertain that the only days of a statement hold for a window.

    "" if it is certain.
    """
    if span.days is None:
        return _UNKNOWN
    if len(entries) == 1 or span.start <= entries[0].start:
        return _doubt_of_joined(span, entries[0], entry)  # "on Saturdays, in the morning and in the evening"
    after_all = span.start >= entries[-1].start
    listed = all(word_at(words, one.start - 1) in ("and", "or", "in", "the") for one in entries[1:])
    return "" if after_all and listed and word_at(words, span.start - 1) in (",", ":", ";") else _UNCLEAR


def _all_day(words: Sequence[Token], entries: Sequence[WindowEntry]) -> list[WindowEntry]:
    """Return a window for each "any time"."""
    found = []
    for at in range(len(words)):
        for phrase in _ALL_DAY:
            if tuple(word_at(words, at + n) for n in range(len(phrase))) == phrase:
                end = at + len(phrase)
                if is_limited(words, end):
                    continue  # "any time after ten" is from ten on
                if any(entry.during and entry.start <= end + 3 and entry.end > at for entry in entries):
                    continue  # "at any hour while I have a coffee" is the coffee
                found.append(WindowEntry(TimeWindow(0, MINUTES_PER_DAY, at, end), (), at, end, True, "any time, stated outright"))
    return found
