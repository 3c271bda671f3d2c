"""Compile the timing text: when recommendations may come, and what never to interrupt.

They may come in windows of time and during activities; other activities are never to be interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric import lexicon
from propersim.rubric.any_time import any_time_words, names_time
from propersim.rubric.clock_times import TimeWindow
from propersim.rubric.coverage import doubt_unread
from propersim.rubric.day_minutes import REFUSED_HOURS, UNSURE_HOURS, overlap, remove_refused_hours
from propersim.rubric.day_windows import entries_with_days, holds_only
from propersim.rubric.days import ALL_DAYS, DaySpan, days_of, find_days, with_days
from propersim.rubric.findings import UNREAD_REFUSAL, Confidence, DimensionRules, Finding, WakingHours, not_placed
from propersim.rubric.numbers import word_at
from propersim.rubric.scope import Clause, clauses, is_elliptic
from propersim.rubric.sentences import Token, sentences, tokens
from propersim.rubric.time_windows import find_time_windows
from propersim.rubric.timing_windows import window_entries
from propersim.rubric.untroubled import is_untroubled, turned_round
from propersim.rubric.vague_windows import unplaced_parts, unplaced_times
from propersim.rubric.wishes import REPORT, tells_of_others, told_by_negation


def compile_timing(text: str, hours: WakingHours) -> DimensionRules:
    """Compile the text on timing into ``windows`` and ``never_during``.

    There are no rules if no window can be read.

    Args:
        text: the rubric's text.
        hours: when the person gets up and goes to bed.
    """
    findings: list[Finding] = []
    named: set[str] = set()
    only_on: dict[str, frozenset[str]] = {}  # days on which only what their sentence says holds, by sentence
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(findings)
        spoken = " ".join(t.word for t in words)
        referring = any(phrase in spoken for phrase in ("at those times", "at these times", "same hours", "those hours"))
        if referring and not find_time_windows(words, hours):
            findings.append(not_placed("timing", sentence, "refers to times stated before"))
            continue
        for clause in clauses(words, names_time):
            if clause.kind == "statement":
                spans = find_days(clause.words, named, every=True)
                findings += _wishes(sentence, clause, hours, spans, not any(item.key == "windows" for item in findings))
                only = [one.days for one in spans if one.days and holds_only(clause.words, one)]
                only_on[sentence] = only_on.get(sentence, frozenset()).union(*only)
            elif clause.kind != "contrast":
                spans = find_days(clause.words, named)
                findings += _refusals(sentence, clause, hours, spans)
            else:
                spans = []
            named |= {day for one in spans for day in one.days or () if one.days != ALL_DAYS}
        if len(findings) == before:
            findings.append(not_placed("timing", sentence, "names no time and no activity"))
    findings = doubt_unread("timing", _outside_only_days(findings, only_on), names_time, hours)
    findings = _doubt_beside_unsure_hours(remove_refused_hours(_doubt_contradictions(_doubt_beside_loose_days(findings))))
    rules: dict[str, Any] = {}
    for key in ("windows", "never_during"):
        values = [item.rule for item in findings if item.applied and item.key == key]
        if key == "never_during":
            values = list(dict.fromkeys(name for value in values for name in value))
        unique = [value for n, value in enumerate(values) if value not in values[:n]]
        if unique:
            rules[key] = unique
    any_time = [(sentence, words) for sentence in sentences(text) if (words := any_time_words(sentence))]
    if "windows" not in rules and any_time:
        sentence, spoken_words = any_time[0]
        spans = find_days(spoken_words)
        days = spans[0].days if len(spans) == 1 else None
        known = not spans or days is not None
        whole_day = with_days({"start": "00:00", "end": "24:00"}, days)
        findings = [item for item in findings if item.sentence != sentence or item.confidence != "not placed"]
        span = (spoken_words[0].start, spoken_words[-1].end)
        if known:
            item = Finding("timing", sentence, span, "high", "windows", whole_day, "any time, stated outright", True)
            read = doubt_unread("timing", [*findings, item], names_time, hours)[-1]
            findings.append(read if read.confidence == "high" else replace(read, applied=False))
        findings = remove_refused_hours(findings)
        windows = [item.rule for item in findings if item.applied and item.key == "windows"]
        rules |= {"windows": windows} if windows else {}
    if "windows" not in rules:
        return DimensionRules(None, findings, _problem(findings))
    return DimensionRules(rules, findings, "")


def _problem(findings: Sequence[Finding]) -> str:
    """Return why a text gives no windows: the words that cannot be read, if there are some."""
    unread = [item for item in findings if item.confidence == "low" and not item.applied and item.reason != UNREAD_REFUSAL]
    if not unread:
        return "names no time of day and no activity in which recommendations may come"
    said = [f"“{item.sentence[item.span[0] : item.span[1]]}” ({item.reason})" for item in unread[:3]]
    return f"cannot be read with certainty: {'; '.join(said)}"


def _outside_only_days(findings: Sequence[Finding], only_on: Mapping[str, frozenset[str]]) -> list[Finding]:
    """Limit windows without days to those on which no other sentence sets something else.

    Example: "In the evening. On Saturdays only in the morning."
    """
    result = []
    for item in findings:
        days = frozenset[str]().union(*(days for sentence, days in only_on.items() if sentence != item.sentence))
        if days and item.key == "windows" and "days" not in item.rule and days != ALL_DAYS:
            item = replace(item, rule=with_days(item.rule, ALL_DAYS - days))
        result.append(item)
    return result


def _refused_window(window: TimeWindow, hours: WakingHours) -> TimeWindow:
    """Return a refused window, extended to getting up or bedtime where it is open.

    A refused "after ten" lasts until getting up, a refused "before nine" begins at bedtime.
    """
    begin, finish = window.begin % MINUTES_PER_DAY, window.finish % MINUTES_PER_DAY
    if finish == hours.sleep % MINUTES_PER_DAY:
        finish = hours.wake
    elif begin == hours.wake % MINUTES_PER_DAY:
        begin = hours.sleep % MINUTES_PER_DAY
    return window._replace(begin=begin, finish=finish) if begin != finish else window


LOOSE_DAYS = "days without a time: it is not clear what holds on them"
BESIDE_ACTIVITY = "no rule can say what comes before or after an activity; write hours, such as “between 13:00 and 14:00”"
_BOTH = "a time and days: both at once, or each by itself?"
_SOME_DAYS = "refused on some days only: no rule can say so"


def _doubt_beside_loose_days(findings: Sequence[Finding]) -> list[Finding]:
    """Mark windows without days as unsure if the text names days that go with no time."""
    loose = any(item.reason == LOOSE_DAYS for item in findings)
    return [
        replace(item, confidence="low", reason=f"{item.reason}; on all days?")
        if loose and item.key == "windows" and item.applied and "days" not in item.rule
        else item
        for item in findings
    ]


def _doubt_beside_unsure_hours(findings: Sequence[Finding]) -> list[Finding]:
    """Mark windows as unsure that overlap refused hours which are not stated precisely."""
    refused = [item.rule for item in findings if item.rule is not None and item.reason.startswith(UNSURE_HOURS)]
    refused += [with_days({"start": "00:00", "end": "24:00"}, days_of(item.rule)) for item in findings if item.reason == _BOTH]
    return [
        replace(item, confidence="low", reason=f"{item.reason}; some of it may be refused")
        if item.key == "windows" and item.applied and any(overlap(item.rule, times) for times in refused)
        else item
        for item in findings
    ]


def _doubt_contradictions(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings; a window during an activity that is also refused makes both unsure."""
    never = {name for item in findings if item.applied and item.key == "never_during" for name in item.rule}
    both = {name for item in findings if item.applied and item.key == "windows" for name in item.rule.get("during", ()) if name in never}
    result = []
    for item in findings:
        names = item.rule.get("during", ()) if item.key == "windows" else item.rule if item.key == "never_during" else ()
        if item.applied and both & set(names):
            item = replace(item, confidence="low", reason=f"{', '.join(sorted(both & set(names)))}: both wished and refused")
        result.append(item)
    return result


def _wishes(sentence: str, clause: Clause, hours: WakingHours, spans: Sequence[DaySpan], first: bool) -> list[Finding]:
    """Return the windows of a statement, and the times and days in it whose role is not clear.

    Args:
        sentence: the sentence.
        clause: the statement.
        hours: when the person gets up and goes to bed.
        spans: the days that it names.
        first: whether no window was read in the text before.
    """
    words = clause.words
    entries = window_entries(words, hours, first)
    dated = entries_with_days(words, entries, spans)
    findings = []
    in_times = {n for entry in entries for n in range(entry.start, entry.end)} | {n for one in spans for n in range(one.start, one.end)}
    told = REPORT if tells_of_others(words, in_times) and not is_untroubled(words) else ""
    for entry, days, day_doubt in dated:
        doubt = clause.doubt or day_doubt or (told if entry.window is not None and entry.window.vagueness and not entry.during else "")
        rule = with_days(entry.rule, days)
        place = (entry.start, entry.end)
        sure = entry.sure and not doubt
        findings.append(_finding(sentence, words, "windows", rule, place, sure, doubt or entry.reason, entry.applied and not doubt))
    used = {n for e, _, _ in dated for n in range(e.start, e.end)}
    for start, end in sorted({*unplaced_parts(words, used), *unplaced_times(words, used)}):
        findings.append(_finding(sentence, words, "", None, (start, end), False, "it is not clear whether this is a time to come", False))
    findings += _before_or_after(sentence, words, bool(entries))
    if spans and not dated:
        place = (spans[0].start, spans[-1].end)
        only = spans[0].days if len(spans) == 1 and "only" in {t.word for t in words} and not clause.doubt else None
        if only:
            rule = with_days({"start": "00:00", "end": "24:00"}, ALL_DAYS - only)
            findings.append(_finding(sentence, words, "", rule, place, False, REFUSED_HOURS, True))
        else:
            findings.append(_finding(sentence, words, "", None, place, False, LOOSE_DAYS, False))
    return findings


def _finding(
    sentence: str, words: Sequence[Token], key: str, rule: Any, place: tuple[int, int], sure: bool, reason: str, applied: bool = True
) -> Finding:
    confidence: Confidence = "high" if sure else "low"
    span = (words[place[0]].start, words[min(place[1], len(words)) - 1].end)
    return Finding("timing", sentence, span, confidence, key, rule, reason, applied)


def _before_or_after(sentence: str, words: Sequence[Token], has_windows: bool) -> list[Finding]:
    """Return the activities that are named for what comes before or after them.

    No rule can say that.

    Beside other windows they often only describe these: "around 6pm, after work". After "or" or "and" they are times of their own.
    """
    found = []
    for hit in lexicon.find("activities", words):
        start = next(
            (n for n in range(hit.start, max(-1, hit.start - 5), -1) if words[n].word in ("after", "before", "about", "until")), None
        )
        if start is None or hit.names == ("vague",) or not lexicon.is_outside(words, hit):
            continue
        if not has_windows or word_at(words, start - 1) in ("or", "and"):
            found.append(_finding(sentence, words, "", None, (start, hit.end), False, BESIDE_ACTIVITY, False))
    return found


def _joined(words: Sequence[Token], window: TimeWindow, span: DaySpan) -> bool:
    """Return whether "and" stands between a time and days: "evenings and Sundays excepted"."""
    first, last = sorted([(window.start, window.end), (span.start, span.end)])
    return bool({t.word for t in words[first[1] : last[0]]} & {"and", "or", ","})


def _is_verb(words: Sequence[Token], hit: lexicon.Hit) -> bool:
    """Return whether "work" only says that a time does not suit.

    Example: "mornings don't work".
    """
    negated = ("don't", "doesn't", "won't", "not", "never", "can't", "cannot", "wouldn't", "didn't")
    one = hit.end - hit.start == 1 and words[hit.start].word in ("work", "works")
    before = [t.word for t in words[: hit.start] if t.word not in ("really", "quite", "usually", "ever")]
    return one and bool(before) and before[-1] in negated and not {"i", "we"} & set(before[-3:])


def _refusals(sentence: str, clause: Clause, hours: WakingHours, spans: Sequence[DaySpan]) -> list[Finding]:
    """Return the activities and times that a refusal or a reason names.

    Those of a reason are only flagged.

    Args:
        sentence: the sentence.
        clause: the refusal or reason.
        hours: when the person gets up and goes to bed.
        spans: the days that it names.
    """
    words = clause.words
    if clause.kind == "refusal" and not clause.doubt:
        told = "" if clause.condition else told_by_negation(tokens(sentence), words)
        clause = clause._replace(doubt=turned_round(words) or told)
    hits = [hit for hit in lexicon.find("activities", words) if not _is_verb(words, hit)]
    findings = []
    names = [name for name in lexicon.names(hits) if name != "vague"]
    if clause.kind == "reason":
        # "So they don't interfere with my writing" names an activity, but does not refuse recommendations during it.
        disturbing = {"interfere", "disrupt", "disrupting", "interrupt", "interrupting", "not", "don't", "disturbing", "without", "disturb"}
        if names and disturbing & {t.word for t in words}:
            place = (hits[0].start, hits[-1].end)
            findings.append(
                _finding(sentence, words, "never_during", names, place, False, "given as a reason, not as a wish", applied=False)
            )
        return findings
    if names:
        plain = [h for h in hits if h.names != ("vague",)]
        or_not = any(words[n].word == "or" and word_at(words, n + 1) == "not" for n in range(len(words)))
        around = [h for h in plain if lexicon.is_outside(words, h)]
        doubt = clause.doubt or ("“or not” may mean more than is named" if or_not else "")
        doubt = doubt or ("refuses what comes before or after it" if around else "")
        place = (plain[0].start, plain[-1].end)
        applied = not clause.doubt and not around
        findings.append(_finding(sentence, words, "never_during", names, place, not doubt, doubt or "refused outright", applied))
    for hit in hits:
        if hit.names == ("vague",):
            reason = "not an activity of the catalogue"
            findings.append(_finding(sentence, words, "", None, (hit.start, hit.end), False, reason, applied=False))
    used: set[int] = {n for hit in hits for n in range(hit.start, hit.end)}
    days = spans[0].days if len(spans) == 1 else ALL_DAYS if not spans else None
    if spans and names:
        findings = [replace(item, confidence="low", applied=False, reason=_SOME_DAYS) if item.key else item for item in findings]
    windows = [] if names else find_time_windows(words, hours)
    if spans and not names and not windows:
        rule = with_days({"start": "00:00", "end": "24:00"}, days)
        sure = days is not None and not clause.doubt
        place = (spans[0].start, spans[-1].end)
        reason = REFUSED_HOURS if sure else clause.doubt or "these days cannot be known: remove them by hand"
        findings.append(_finding(sentence, words, "", rule if sure else None, place, False, reason, applied=sure))
    if not names:
        both = windows and spans and _joined(words, windows[0], spans[0])
        if both:
            clause = clause._replace(doubt=clause.doubt or _BOTH)
        for window in windows:
            used |= set(range(window.start, window.end))
            sure = window.sure and not clause.doubt and days is not None
            reason = clause.doubt or UNSURE_HOURS
            rule = with_days(_refused_window(window, hours).times, days)
            findings.append(
                _finding(sentence, words, "", rule, (window.start, window.end), False, REFUSED_HOURS if sure else reason, applied=sure)
            )
    for start, end in unplaced_parts(words, used):
        findings.append(_finding(sentence, words, "", None, (start, end), False, "it is not clear whether this time is refused", False))
    if not findings and (len(words) > 1 or is_elliptic(words)):
        findings.append(_finding(sentence, words, "", None, (0, len(words)), False, UNREAD_REFUSAL, False))
    return findings
