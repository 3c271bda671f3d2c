"""Compile the timing text: when recommendations may come, and what never to interrupt.

They may come in windows of time and during activities; other activities are never to be interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric import lexicon
from propersim.rubric.clock_times import TimeWindow
from propersim.rubric.day_minutes import REFUSED_HOURS, remove_refused_hours
from propersim.rubric.findings import Confidence, DimensionRules, Finding, WakingHours, not_placed
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Clause, Token, clauses, sentences, tokens
from propersim.rubric.time_windows import find_time_windows
from propersim.rubric.timing_windows import window_entries


def compile_timing(text: str, hours: WakingHours) -> DimensionRules:
    """Compile the text on timing into ``windows`` and ``never_during``.

    There are no rules if no window can be read.

    Args:
        text: the rubric's text.
        hours: when the person gets up and goes to bed.
    """
    findings: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(findings)
        spoken = " ".join(t.word for t in words)
        if any(phrase in spoken for phrase in ("at those times", "at these times", "same hours", "those hours")):
            findings.append(not_placed("timing", sentence, "refers to times stated before"))
            continue
        for clause in clauses(words):
            if clause.kind == "statement":
                findings += [
                    _finding(sentence, words, "windows", e.rule, e.start, e.end, e.sure, e.reason, e.applied)
                    for e in window_entries(words, clause, hours, not any(item.key == "windows" for item in findings))
                ]
            else:
                findings += _refusals(sentence, words, clause, hours)
        if len(findings) == before:
            findings.append(not_placed("timing", sentence, "names no time and no activity"))
    findings = remove_refused_hours(findings)
    rules: dict[str, Any] = {}
    for key in ("windows", "never_during"):
        values = [item.rule for item in findings if item.applied and item.key == key]
        if key == "never_during":
            values = list(dict.fromkeys(name for value in values for name in value))
        unique = [value for n, value in enumerate(values) if value not in values[:n]]
        if unique:
            rules[key] = unique
    any_time = [sentence for sentence in sentences(text) if _says_any_time(sentence)]
    if "windows" not in rules and any_time:
        sentence = any_time[0]
        whole_day = {"start": "00:00", "end": "24:00"}
        findings = [item for item in findings if item.sentence != sentence]
        findings.append(Finding("timing", sentence, (0, len(sentence)), "high", "windows", whole_day, "any time, stated outright", True))
        findings = remove_refused_hours(findings)
        rules["windows"] = [item.rule for item in findings if item.applied and item.key == "windows"]
    if "windows" not in rules:
        return DimensionRules(None, findings, "names no time of day and no activity in which recommendations may come")
    return DimensionRules(rules, findings, "")


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


def _says_any_time(sentence: str) -> bool:
    words = tokens(sentence)
    spoken = " ".join(t.word for t in words)
    stated = any(phrase in spoken for phrase in ("any time", "anytime", "at any hour", "whenever you like", "all day"))
    return stated and all(clause.kind == "statement" for clause in clauses(words)) and not lexicon.find("activities", words)


def _finding(
    sentence: str, words: Sequence[Token], key: str, rule: Any, start: int, end: int, sure: bool, reason: str, applied: bool = True
) -> Finding:
    confidence: Confidence = "high" if sure else "low"
    span = (words[start].start, words[min(end, len(words)) - 1].end)
    return Finding("timing", sentence, span, confidence, key, rule, reason, applied)


def _refusals(sentence: str, words: Sequence[Token], clause: Clause, hours: WakingHours) -> list[Finding]:
    """Return the activities and times that a refusal or a reason names.

    Those of a reason are only flagged.
    """
    hits = lexicon.find("activities", words, clause.start, clause.end)
    findings = []
    names = [name for name in lexicon.names(hits) if name != "vague"]
    if clause.kind == "reason":
        # "So they don't interfere with my writing" names an activity, but does not refuse recommendations during it.
        disturbing = {"interfere", "disrupt", "disrupting", "interrupt", "interrupting", "not", "don't", "disturbing", "without", "disturb"}
        if names and disturbing & {t.word for t in words[clause.start : clause.end]}:
            reason = "given as a reason, not as a wish"
            findings.append(_finding(sentence, words, "never_during", names, hits[0].start, hits[-1].end, False, reason, applied=False))
        return findings
    if names:
        plain = [h for h in hits if h.names != ("vague",)]
        or_not = any(words[n].word == "or" and word_at(words, n + 1) == "not" for n in range(clause.start, clause.end))
        reason = "“or not” may mean more than is named" if or_not else "refused outright"
        findings.append(_finding(sentence, words, "never_during", names, plain[0].start, plain[-1].end, not or_not, reason))
    for hit in hits:
        if hit.names == ("vague",):
            reason = "not an activity of the catalogue"
            findings.append(_finding(sentence, words, "", None, hit.start, hit.end, False, reason, applied=False))
    if not names:
        for window in find_time_windows(words, hours, clause.start, clause.end):
            reason = REFUSED_HOURS if window.sure else "refused hours, not stated precisely: remove them from the windows by hand"
            rule = _refused_window(window, hours).times
            findings.append(_finding(sentence, words, "", rule, window.start, window.end, False, reason, applied=window.sure))
    return findings
