"""Read counts that hold on some days of the week: "twice a day, four on Sundays"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from propersim.core.clock import longest_gap, shortest_gap
from propersim.rubric.counts import parse_count
from propersim.rubric.days import ALL_DAYS, DaySpan, spelled
from propersim.rubric.numbers import word_at
from propersim.rubric.rates import RateStatement, count_bound
from propersim.rubric.sentences import Token

_BREAKS = {",", ";", ":", ".", "but", "and", "(", ")"}


class DayRateStatement(NamedTuple):
    """A count on some days.

    Attributes:
        days: their ids.
        rate: the count per day.
    """

    days: frozenset[str]
    rate: RateStatement


def day_rates(
    words: Sequence[Token], spans: Sequence[DaySpan], statements: Sequence[RateStatement]
) -> tuple[list[DayRateStatement], list[DaySpan]]:
    """Return the counts that go with days of a sentence, and the days with which no count goes.

    Args:
        words: the tokens of the sentence.
        spans: the days in it.
        statements: the counts that were read without regard to days.
    """
    rates: list[DayRateStatement] = []
    unread: list[DaySpan] = []
    taken: set[int] = set()
    for span in spans:
        if span.days is None:
            unread.append(span)
            continue
        one = _beside(words, span, [s for s in statements if s.start not in taken])
        if one is None or one.start in taken:
            unread.append(span)
            continue
        taken.add(one.start)
        rates.append(DayRateStatement(span.days, one))
    return rates, unread


def _beside(words: Sequence[Token], span: DaySpan, statements: Sequence[RateStatement]) -> RateStatement | None:
    """Return the count beside days: before them in their part of the sentence, or after them."""
    start = next((n + 1 for n in range(span.start - 1, -1, -1) if _is_break(words, n)), 0)
    end = next((n for n in range(span.end, len(words)) if _is_break(words, n)), len(words))
    if start == span.start and end == span.end and word_at(words, end) in (",", ":"):
        end = next((n for n in range(span.end + 1, len(words)) if _is_break(words, n)), len(words))
    for one in statements:
        if start <= one.start < end:
            return one if one.kind == "day" else None
    for at in range(start, end):
        if span.start <= at < span.end or word_at(words, at - 1) in ("every", "each"):
            continue
        many = parse_count(words, at)
        if many is not None and word_at(words, many.end) in ("more", "less", "fewer", "extra"):
            return None  # "one more at weekends" is counted from another number
        if many is not None:
            bound = count_bound(words, at, many.end)
            if bound == "is" and span.start >= many.end:
                bound = count_bound(words, at, span.end)  # "five on Sundays at most"
            return RateStatement("day", many.low, many.high, bound, at, max(many.end, at + 1), many.sure)
    return None


def _is_break(words: Sequence[Token], at: int) -> bool:
    """Return whether a part of the sentence ends at a token.

    The "and" of "between two and four" ends none.
    """
    return words[at].word in _BREAKS and not (words[at].word == "and" and "between" in (word_at(words, at - 2), word_at(words, at - 3)))


def on_days_rules(
    main: dict[str, Any] | None, rates: Sequence[DayRateStatement]
) -> tuple[dict[str, Any] | None, list[dict[str, Any]], list[str]]:
    """Return the main rate, the rates of some days, and the doubts about them.

    If only rates of some days are stated, that of most days is the main one.

    Args:
        main: the rate that holds on all other days; None if none is stated.
        rates: the counts of some days.
    """
    doubts: list[str] = []
    bands: dict[frozenset[str], tuple[float, float]] = {}
    for one in rates:
        low, high = one.rate.low, one.rate.high
        if one.rate.bound == "most":
            low = min(main["min_per_day"] if main else 1.0, high)
            doubts.append(f"gives only an upper limit on {_spoken(one.days)}: {low:g} a day is assumed as the lower limit")
        elif one.rate.bound == "least":
            high = max(main["max_per_day"] if main else low, low)
            doubts.append(f"gives only a lower limit on {_spoken(one.days)}: {high:g} a day is assumed as the upper limit")
        if bands.get(one.days, (low, high)) != (low, high) or any(one.days & days for days in bands if days != one.days):
            doubts.append("states more than one rate for the same day")
        if low <= 0:
            doubts.append("none on some days: no rate can say so")
            continue
        bands.setdefault(one.days, (low, high))
    if main is None and bands:
        days = max(bands, key=len)
        low, high = bands.pop(days)
        main = {"min_per_day": round(low, 3), "max_per_day": round(high, 3)}
        if days.union(*bands) != ALL_DAYS:
            doubts.append(f"states no rate for the days besides {_spoken(days)}: the same is assumed")
    entries: list[dict[str, Any]] = []
    for days, (low, high) in bands.items():
        entry: dict[str, Any] = {"days": spelled(days) or list(ALL_DAYS), "min_per_day": round(low, 3), "max_per_day": round(high, 3)}
        if main is not None and "min_gap" in main and shortest_gap(high) <= main["min_gap"] < longest_gap(low):
            entry["min_gap"] = main["min_gap"]
        entries.append(entry)
    return main, entries, doubts


def _spoken(days: frozenset[str]) -> str:
    value = spelled(days)
    return value if isinstance(value, str) else ", ".join(value or ())
