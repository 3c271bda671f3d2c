"""What: topics that are liked during some activities or hours, and topics that never are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.findings import Confidence, Finding, WakingHours
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Clause, Token, clauses, sentences, tokens
from propersim.rubric.time_windows import find_time_windows

_CONTEXT = {"when", "while", "whenever", "during", "over", "whatever", "between", "from", "before", "after"}
_SPEAKS = {"i", "you", "let", "tell", "bring", "talk", "please", "it", "tempt", "give", "suggest", "i'd", "speak", "a"}
_GENERAL = "no circumstance is named: any time"
_ANY = ("at any hour", "at any time", "any time", "anytime", "whatever i", "whatever the hour", "always")


def compile_preference(text: str, life: WakingHours) -> tuple[dict[str, Any] | None, list[Finding], str]:
    """Return the rule (None where no liked topic can be read), what was found, and why there is no rule."""
    found: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(found)
        for clause in clauses(words):
            if clause.kind == "reason":
                continue
            if clause.kind == "refusal":
                hits = lexicon.find("topics", words, clause.start, clause.end)
                if hits:
                    names = lexicon.names(hits)
                    found.append(_finding(sentence, words, "dislikes", names, (hits[0].start, hits[-1].end), True, "refused outright"))
                continue
            for start, end in _segments(words, clause, life):
                found += _likes(sentence, words, start, end, life)
        if len(found) == before:
            found.append(
                Finding("preference", sentence, (0, len(sentence)), "not placed", "", None, "names no topic of the catalogue", False)
            )
    # What is liked in general ("in line with my creative nature") counts only where nothing is liked at some time.
    if any(item.key == "likes" and item.reason != _GENERAL for item in found):
        found = [replace(item, applied=False) if item.reason == _GENERAL else item for item in found]
    likes: list[dict[str, Any]] = []
    for item in found:
        if item.applied and item.key == "likes" and item.rule not in likes:
            likes.append(item.rule)
    liked = {topic for like in likes for topic in like["topics"]}
    dislikes = list(dict.fromkeys(t for item in found if item.applied and item.key == "dislikes" for t in item.rule if t not in liked))
    if not likes:
        return None, found, "names no topic of the catalogue that is welcome"
    return {"likes": likes, **({"dislikes": dislikes} if dislikes else {})}, found, ""


def _finding(sentence: str, words: Sequence[Token], key: str, rule: Any, place: tuple[int, int], sure: bool, reason: str) -> Finding:
    confidence: Confidence = "high" if sure else "low"
    return Finding("preference", sentence, (words[place[0]].start, words[place[1] - 1].end), confidence, key, rule, reason, True)


def _segments(words: Sequence[Token], clause: Clause, life: WakingHours) -> list[tuple[int, int]]:
    """Return the parts of a statement that have a circumstance each: "X when I cook, and Y when I read" has two."""
    inside = {n for w in find_time_windows(words, life, clause.start, clause.end) for n in range(w.start, w.end)}
    cuts = [clause.start]
    for at in range(clause.start, clause.end - 2):
        joined = words[at].word == ";" or (words[at].word == "," and word_at(words, at + 1) in ("and", "or", "but"))
        if not joined or at in inside:
            continue
        rest = range(at + 1, clause.end)
        topic_first = lexicon.find("topics", words, at + 1, clause.end)
        later = next((n for n in rest if words[n].word in _CONTEXT), None)
        if later is not None and topic_first and _context_at(words, cuts[-1], at):
            cuts.append(at + 1)
    return list(zip(cuts, [*cuts[1:], clause.end], strict=True))


def _context_at(words: Sequence[Token], start: int, end: int) -> bool:
    return any(words[n].word in _CONTEXT for n in range(start, end))


def _likes(sentence: str, words: Sequence[Token], start: int, end: int, life: WakingHours) -> list[Finding]:
    """Return the likes of one part: its topics, with the activities and times of its circumstance."""
    begin = next((n for n in range(start, end) if words[n].word in _CONTEXT), None)
    times = find_time_windows(words, life, start, end)
    if times and (begin is None or times[0].start < begin):
        begin = times[0].start
    if begin is None:
        topics, context = (start, end), (end, end)
    elif lexicon.find("topics", words, start, begin):
        topics, context = (start, begin), (begin, end)
    else:
        comma = next((n for n in range(begin, end - 1) if words[n].word == "," and word_at(words, n + 1) in _SPEAKS), None)
        if comma is None:
            comma = next((n for n in range(begin, end - 1) if words[n].word in ("i", "please") and n > begin + 4), end)
        topics, context = (comma, end), (begin, comma)
    hits = lexicon.find("topics", words, *topics)
    if not hits:
        return []
    names = lexicon.names(hits)
    doing = [name for name in lexicon.names(lexicon.find("activities", words, *context)) if name != "vague"]
    inside = [w for w in times if context[0] <= w.start < context[1]]
    spoken = " ".join(t.word for t in words[start:end])
    sure, reason = True, "a topic, and when it is welcome"
    if context[0] < context[1] and not doing and not inside and not any(phrase in spoken for phrase in _ANY):
        sure, reason = False, "the circumstance is no activity or time that is known: read as any time"
    elif context[0] == context[1]:
        sure, reason = False, _GENERAL
        if any(phrase in spoken for phrase in _ANY):
            sure, reason = True, "welcome at any time"
    base: dict[str, Any] = {"topics": names, "during": doing or ["any"]}
    place = (min(hits[0].start, context[0]), max(hits[-1].end, context[1] if context[1] <= end else end))
    rules = [{**base, "between": [w.times["start"], w.times["end"]]} for w in inside] if inside and not doing else [base]
    return [_finding(sentence, words, "likes", rule, place, sure, reason) for rule in rules]
