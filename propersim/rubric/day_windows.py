"""Tell on which days of the week each window of a statement holds."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.clock_times import TimeWindow
from propersim.rubric.days import DaySpan
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.timing_windows import WindowEntry

_UNCLEAR = "it is not clear on which days"
_UNKNOWN = "these days cannot be known"
_ALL_DAY = (("any", "time"), ("anytime",), ("all", "day"), ("at", "any", "hour"), ("at", "all", "hours"), ("whenever", "you", "like"))

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


def _doubt_of_one(words: Sequence[Token], entry: WindowEntry, entries: Sequence[WindowEntry], span: DaySpan) -> str:
    """Return why it is uncertain that the only days of a statement hold for a window.

    "" if it is certain.
    """
    if span.days is None:
        return _UNKNOWN
    if len(entries) == 1 or span.start <= entries[0].start:
        return ""  # "on Saturdays, in the morning and in the evening"
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
                if any(entry.during and entry.start <= end + 3 and entry.end > at for entry in entries):
                    continue  # "at any hour while I have a coffee" is the coffee
                found.append(WindowEntry(TimeWindow(0, MINUTES_PER_DAY, at, end), (), at, end, True, "any time, stated outright"))
    return found
