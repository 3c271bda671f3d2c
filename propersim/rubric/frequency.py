"""Compile the frequency text: how many recommendations a day, and how far apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from propersim.core.clock import WAKING_HOURS, longest_gap, shortest_gap
from propersim.rubric.constructions import Marker, find_markers
from propersim.rubric.coverage import beside
from propersim.rubric.day_rates import DayRateStatement, day_rates, on_days_rules
from propersim.rubric.days import DaySpan, find_days, spelled
from propersim.rubric.findings import DimensionRules, Finding, not_placed
from propersim.rubric.numbers import is_odd_number, number, word_at
from propersim.rubric.rate_checks import is_refused, unread_moments, unread_numbers
from propersim.rubric.rate_doubts import place, unread_beside_rate, unread_by_part, why_no_rate
from propersim.rubric.rates import RateStatement, rate_statements
from propersim.rubric.scope import clauses
from propersim.rubric.sentences import Token, sentences, tokens

_BOUNDS = frozenset("<>≤≥≠=≪≫^*×÷%²³√∛")
"""Signs that may change how many a count means."""
_MAGNITUDES = frozenset(["hundred", "hundreds", "thousand", "thousands", "million", "millions", "negative", "percent", "squared"])
_LOOSE_DAYS = "names days, but not how many on them"
_NONE_THEN = (
    "none on these days: no rule of frequency can say so; what is stated besides holds on every day; refuse them in the timing text"
)
_UNCOUNTED = "a moment of the day without a number"
_ONLY_UPPER = "gives only an upper limit: one a day is assumed as the lower limit"


def compile_frequency(text: str) -> DimensionRules:
    """Compile the text on frequency into daily limits and gaps.

    The rules are ``min_per_day``, ``max_per_day``, ``min_gap`` and ``max_gap``. There are no rules if no rate can be read, or if the rates
    contradict each other.
    """
    placed: list[tuple[str, list[Token], RateStatement]] = []
    dated: list[tuple[str, list[Token], DayRateStatement]] = []
    findings: list[Finding] = []
    unread_beside: list[list[str]] = []  # words near each placed count that are not understood
    unread_beside_days: list[list[str]] = []  # the same for the counts of some days
    for sentence in sentences(text):
        words = tokens(sentence)
        refused = {t for clause in clauses(words, lambda _: False) if clause.kind in ("refusal", "contrast") for t in clause.words}
        statements = list(rate_statements(words))
        spans = find_days(words)
        wished = [one for one in spans if words[one.end - 1] not in refused]
        on_days, unread = day_rates(words, wished, statements)
        unread += [one for one in spans if one not in wished]
        markers = [*find_markers("frequency", words), *_unread_signs(sentence, words)]
        read = [*statements, *(one.rate for one in on_days)]
        parts = unread_by_part(words, read)
        numbers = unread_numbers(words, read)
        # "Three a day, better two": a number that was not read may change those that were.
        beside_numbers = [words[n].word for n in numbers]
        beside_numbers += [words[n].word for one in read if one.bound == "unclear" for n in range(one.start, one.end)]
        for day_rate in on_days:
            if why := why_no_rate(words, day_rate.rate, markers):
                findings.append(_unused(sentence, words, (day_rate.rate.start, day_rate.rate.end), why))
            else:
                dated.append((sentence, words, day_rate))
                unread_beside_days.append([*unread_beside_rate(words, day_rate.rate, parts), *beside_numbers])
        findings += [_unused(sentence, words, (one.start, one.end), _NONE_THEN if _none_on(words, one) else _LOOSE_DAYS) for one in unread]
        starts = {one.rate.start for one in on_days}
        for one in [one for one in statements if one.start not in starts]:
            if why := why_no_rate(words, one, markers):
                findings.append(_unused(sentence, words, (one.start, one.end), why))
            elif one.kind == "once" and word_at(words, one.start - 1) in ("and", "plus") and any(s.kind == "day" for s in statements):
                findings.append(_unused(sentence, words, (one.start, one.end), "part of the count per day, or besides it?"))
            elif one.bound == "unclear":
                findings.append(_unused(sentence, words, (one.start, one.end), "it is not clear whether this many are wished or refused"))
            elif is_refused(words, one) or (one.bound == "is" and one.kind != "gap" and words[one.start] in refused):
                findings.append(_unused(sentence, words, (one.start, one.end), "named only to refuse it"))
            else:
                placed.append((sentence, words, one))
                unread_beside.append([*unread_beside_rate(words, one, parts), *beside_numbers])
        findings += [_unused(sentence, words, (n, n + 1), "a number that was not read") for n in numbers]
        findings += [_unused(sentence, words, (n, n + 1), _UNCOUNTED) for n in unread_moments(words, statements)]
        if not statements and not on_days:
            findings.append(not_placed("frequency", sentence, "gives no number of recommendations"))
    rules, notes, problem = _combine([one for _, _, one in placed])
    kinds = {one.kind for _, _, one in placed}
    if rules is not None and "once" in kinds and "day" not in kinds and any(item.reason == _UNCOUNTED for item in findings):
        rules, problem = None, "names a moment of the day without a number"
    doubts: list[str] = []
    if dated and (rules is not None or not placed):
        rules, entries, doubts = on_days_rules(rules, [one for _, _, one in dated])
        problem = "" if rules is not None else problem
        if rules is not None and entries:
            rules["on_days"] = entries
    for (sentence, words, on_day), unread_words in zip(dated, unread_beside_days, strict=True):
        one = on_day.rate
        rule = {"kind": one.kind, "low": round(one.low, 3), "high": round(one.high, 3), "bound": one.bound, "days": spelled(on_day.days)}
        unsaid = _not_understood(unread_words)
        sure = one.sure and not doubts and not unsaid and one.bound != "unclear"
        reason = "; ".join(doubts) or unsaid or ("stated outright" if sure else "a vague number")
        findings.append(
            Finding(
                "frequency", sentence, place(words, one), "high" if sure else "low", "frequency", rule, reason, applied=rules is not None
            )
        )
    disputed = next((note for note in notes.values() if note and note != _ONLY_UPPER), "")
    loose = next((item.reason for item in findings if item.reason in (_LOOSE_DAYS, _NONE_THEN)), "")
    for place_of, (sentence, words, one) in enumerate(placed):
        note = notes.get(place_of, "")
        beside_other = f"another statement {disputed}" if disputed and not note else ""
        unsaid = _not_understood(unread_beside[place_of])
        findings.append(
            Finding(
                "frequency",
                sentence,
                place(words, one),
                "high" if one.sure and not note and not loose and not unsaid and not disputed else "low",
                "frequency",
                {"kind": one.kind, "low": round(one.low, 3), "high": round(one.high, 3), "bound": one.bound},
                note
                or (
                    "on every day, also those named without a number"
                    if loose
                    else (unsaid or beside_other or "stated outright")
                    if one.sure
                    else "a vague number"
                ),
                rules is not None and note in ("", _ONLY_UPPER),
            )
        )
    order = {sentence: n for n, sentence in enumerate(sentences(text))}
    findings.sort(key=lambda item: (order[item.sentence], item.span))
    return DimensionRules(rules, findings, problem)


def _unread_signs(sentence: str, words: Sequence[Token]) -> list[Marker]:
    """Return the signs and numbers whose meaning for a count is not known.

    Examples: "<3 a day", "1e3 a day".
    """
    signs = [sign for sign in sentence if sign in _BOUNDS] + [t.word for t in words if is_odd_number(t.word) or t.word in _MAGNITUDES]
    signs += [f"{one.word} {two.word}" for one, two in pairwise(words) if one.word.isdecimal() and two.word.isdecimal()]
    signs += [found[0] for found in re.finditer(r"\d+[A-Za-z]+\d+", sentence)]
    signs += [t.word for n, t in enumerate(words) if t.word.startswith("dozen") and number(word_at(words, n - 1)) is not None]
    return [Marker(f"“{signs[0]}” was not read", 0, len(sentence))] if signs else []


def _not_understood(unread: Sequence[str]) -> str:
    return beside("stated outright", unread) if unread else ""


def _none_on(words: Sequence[Token], span: DaySpan) -> bool:
    """Return whether days have no recommendations at all, as in "none on Sundays"."""
    none = {"none", "nothing", "never", "not", "no", "zero"}
    return bool({t.word for t in words[max(0, span.start - 2) : span.start]} & none) or word_at(words, span.end) in none


def _unused(sentence: str, words: Sequence[Token], place: tuple[int, int], reason: str) -> Finding:
    span = (words[place[0]].start, words[min(place[1], len(words)) - 1].end)
    return Finding("frequency", sentence, span, "low", "", None, reason, False)


def _combine(statements: Sequence[RateStatement]) -> tuple[dict[str, Any] | None, dict[int, str], str]:
    """Combine rate statements into rules.

    Counts per day take precedence over counts per hours. Upper and lower limits bound or widen a plain count. Beside counts per day, upper
    limits per hours are spacings.

    Returns:
        The rules or None; notes by number of the statement, on those that are not used as they stand; why there are no rules.
    """
    notes: dict[int, str] = {}
    per_day = [(n, s) for n, s in enumerate(statements) if s.kind == "day"]
    per_hours = [(n, s) for n, s in enumerate(statements) if s.kind == "hours"]
    gaps = [s for s in statements if s.kind == "gap"]
    single = [s for s in statements if s.kind == "once"]
    used = [*per_day, *per_hours] if per_day and not any(s.bound == "is" for _, s in per_day) else per_day or per_hours
    plain = [(n, s) for n, s in used if s.bound == "is"]
    most = min((s.high for _, s in used if s.bound == "most"), default=None)
    least = max((s.low for _, s in used if s.bound == "least"), default=None)
    low = high = None
    if plain:
        low, high = max(s.low for _, s in plain), min(s.high for _, s in plain)
        if low > high:
            low, high = plain[0][1].low, plain[0][1].high
            notes.update({n: "contradicts an earlier statement" for n, s in plain[1:] if (s.low, s.high) != (low, high)})
    elif single:
        low = high = sum(s.low for s in single)
        if any(s.ordinal > high for s in single):
            return None, notes, "counts more moments than it names"
    if most is not None and least is not None:
        low, high = least, most
    elif most is not None and low is not None and high is not None:
        low, high = min(low, most), most if low == high else min(high, most)
    elif least is not None and low is not None and high is not None:
        low, high = least if low == high else max(low, least), max(high, least)
    if most is not None and (low is None or high is None):
        low, high = min(1.0, most), most
        notes.update({n: _ONLY_UPPER for n, s in used})
    if low is None or high is None:
        if least is not None:
            return None, notes, "gives only a lower limit; add how many there may be at most"
        return None, notes, "gives no number of recommendations a day or an hour"
    if not 0 < low <= high:
        return None, notes, "the numbers contradict each other"
    rules: dict[str, Any] = {"min_per_day": round(low, 3), "max_per_day": round(high, 3)}
    shortest = [s.low for s in gaps]
    longest = [s.high for s in gaps if s.bound == "is" and s.high > s.low]
    if per_day:
        for n, s in per_hours:
            if s.bound == "most":
                shortest.append(WAKING_HOURS * 60 / s.high)
            elif s.high < low or s.low > high:
                notes[n] = "does not fit the count per day, which is used"
    if shortest:
        rules["min_gap"] = round(max(shortest), 1)
    if longest and min(longest) > max(shortest):
        rules["max_gap"] = round(min(longest), 1)
    ceiling = rules.get("max_gap", longest_gap(low))
    if rules.get("min_gap", shortest_gap(high)) >= ceiling:
        return None, notes, "the spacing leaves no room for that many recommendations"
    return rules, notes, ""
