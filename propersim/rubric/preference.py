"""Compile the preference text: liked topics with activities or hours, and disliked ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.findings import Confidence, DimensionRules, Finding, WakingHours, not_placed
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Clause, Token, clauses, sentences, tokens
from propersim.rubric.time_windows import find_time_windows

_CIRCUMSTANCE_WORDS = {"when", "while", "whenever", "during", "over", "whatever", "between", "from", "before", "after"}
_STATEMENT_STARTS = {"i", "you", "let", "tell", "bring", "talk", "please", "it", "tempt", "give", "suggest", "i'd", "speak", "a"}
_NO_CIRCUMSTANCE = "names no circumstance: any time"
_ANY_TIME_PHRASES = ("at any hour", "at any time", "any time", "anytime", "whatever i", "whatever the hour", "always")


def compile_preference(text: str, hours: WakingHours) -> DimensionRules:
    """Compile the text on topics into ``likes`` and ``dislikes``.

    There are no rules if no liked topic can be read.

    Args:
        text: the rubric's text.
        hours: when the person gets up and goes to bed.
    """
    findings: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(findings)
        for clause in clauses(words):
            if clause.kind == "reason":
                continue
            if clause.kind == "refusal":
                hits = lexicon.find("topics", words, clause.start, clause.end)
                if hits:
                    names = lexicon.names(hits)
                    findings.append(_finding(sentence, words, "dislikes", names, (hits[0].start, hits[-1].end), True, "refused outright"))
                continue
            for start, end in _segments(words, clause, hours):
                findings += _likes(sentence, words, start, end, hours)
        if len(findings) == before:
            findings.append(not_placed("preference", sentence, "names no topic of the catalogue"))
    # A general like ("in line with my creative nature") counts only if no like has a circumstance.
    if any(item.key == "likes" and item.reason != _NO_CIRCUMSTANCE for item in findings):
        findings = [replace(item, applied=False) if item.reason == _NO_CIRCUMSTANCE else item for item in findings]
    likes: list[dict[str, Any]] = []
    for item in findings:
        if item.applied and item.key == "likes" and item.rule not in likes:
            likes.append(item.rule)
    liked = {topic for like in likes for topic in like["topics"]}
    dislikes = list(dict.fromkeys(t for item in findings if item.applied and item.key == "dislikes" for t in item.rule if t not in liked))
    if not likes:
        return DimensionRules(None, findings, "names no welcome topic of the catalogue")
    return DimensionRules({"likes": likes, **({"dislikes": dislikes} if dislikes else {})}, findings, "")


def _finding(sentence: str, words: Sequence[Token], key: str, rule: Any, place: tuple[int, int], sure: bool, reason: str) -> Finding:
    confidence: Confidence = "high" if sure else "low"
    return Finding("preference", sentence, (words[place[0]].start, words[place[1] - 1].end), confidence, key, rule, reason, True)


def _segments(words: Sequence[Token], clause: Clause, hours: WakingHours) -> list[tuple[int, int]]:
    """Split a statement into parts with one circumstance each.

    "X when I cook, and Y when I read" has two.
    """
    in_times = {n for w in find_time_windows(words, hours, clause.start, clause.end) for n in range(w.start, w.end)}
    cuts = [clause.start]
    for at in range(clause.start, clause.end - 2):
        joined = words[at].word == ";" or (words[at].word == "," and word_at(words, at + 1) in ("and", "or", "but"))
        if not joined or at in in_times:
            continue
        topic_follows = lexicon.find("topics", words, at + 1, clause.end)
        if topic_follows and _has_circumstance(words, at + 1, clause.end) and _has_circumstance(words, cuts[-1], at):
            cuts.append(at + 1)
    return list(zip(cuts, [*cuts[1:], clause.end], strict=True))


def _has_circumstance(words: Sequence[Token], start: int, end: int) -> bool:
    return any(words[n].word in _CIRCUMSTANCE_WORDS for n in range(start, end))


def _likes(sentence: str, words: Sequence[Token], start: int, end: int, hours: WakingHours) -> list[Finding]:
    """Return the likes of one part of a statement.

    They are its topics, with the activities and times of its circumstance.
    """
    begin = next((n for n in range(start, end) if words[n].word in _CIRCUMSTANCE_WORDS), None)
    times = find_time_windows(words, hours, start, end)
    if times and (begin is None or times[0].start < begin):
        begin = times[0].start
    if begin is None:
        topics, circumstance = (start, end), (end, end)
    elif lexicon.find("topics", words, start, begin):
        topics, circumstance = (start, begin), (begin, end)
    else:
        comma = next((n for n in range(begin, end - 1) if words[n].word == "," and word_at(words, n + 1) in _STATEMENT_STARTS), None)
        if comma is None:
            comma = next((n for n in range(begin, end - 1) if words[n].word in ("i", "please") and n > begin + 4), end)
        topics, circumstance = (comma, end), (begin, comma)
    hits = lexicon.find("topics", words, *topics)
    if not hits:
        return []
    activities = [name for name in lexicon.names(lexicon.find("activities", words, *circumstance)) if name != "vague"]
    inside = [w for w in times if circumstance[0] <= w.start < circumstance[1]]
    spoken = " ".join(t.word for t in words[start:end])
    any_time = any(phrase in spoken for phrase in _ANY_TIME_PHRASES)
    sure, reason = True, "a topic, and when it is welcome"
    if circumstance[0] < circumstance[1] and not activities and not inside and not any_time:
        sure, reason = False, "the circumstance is not a known activity or time: read as any time"
    elif circumstance[0] == circumstance[1]:
        sure, reason = (True, "welcome at any time") if any_time else (False, _NO_CIRCUMSTANCE)
    base: dict[str, Any] = {"topics": lexicon.names(hits), "during": activities or ["any"]}
    place = (min(hits[0].start, circumstance[0]), max(hits[-1].end, circumstance[1] if circumstance[1] <= end else end))
    rules = [{**base, "between": [w.times["start"], w.times["end"]]} for w in inside] if inside and not activities else [base]
    return [_finding(sentence, words, "likes", rule, place, sure, reason) for rule in rules]
