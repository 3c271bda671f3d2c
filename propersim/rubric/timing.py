"""When: windows of time and activities in which suggestions may come, and what must not be interrupted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from propersim.core import clock
from propersim.rubric import lexicon
from propersim.rubric.clock_times import DAY
from propersim.rubric.findings import Confidence, Finding, WakingHours
from propersim.rubric.lexicon import Hit
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Clause, Token, clauses, sentences, tokens
from propersim.rubric.time_windows import TimeWindow, find_time_windows

_STARTS = {"while", "whenever", "when", "during", "over", "catch", "as"}
_TAKEN_OUT = "a time at which nothing may come: taken out of the windows"
_APART = {"any", "whatever", "whenever", "also", "besides", "or", ";"}


class _Entry(NamedTuple):
    """A window in the making: times, activities or both."""

    window: TimeWindow | None
    during: tuple[str, ...]
    start: int
    end: int
    sure: bool
    reason: str
    applied: bool = True

    @property
    def rule(self) -> dict[str, Any]:
        return {**(self.window.times if self.window else {}), **({"during": list(self.during)} if self.during else {})}


def compile_timing(text: str, life: WakingHours) -> tuple[dict[str, Any] | None, list[Finding], str]:
    """Return the rule (None where no window can be read), what was found, and why there is no rule."""
    found: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(found)
        whole = " ".join(t.word for t in words)
        if any(phrase in whole for phrase in ("at those times", "at these times", "same hours", "those hours")):
            found.append(Finding("timing", sentence, (0, len(sentence)), "not placed", "", None, "speaks of the times said before", False))
            continue
        for clause in clauses(words):
            if clause.kind == "statement":
                found += [
                    _finding(sentence, words, "windows", e.rule, e.start, e.end, e.sure, e.reason, e.applied)
                    for e in _entries(words, clause, life, not any(f.key == "windows" for f in found))
                ]
            else:
                found += _never(sentence, words, clause, life)
        if len(found) == before:
            found.append(Finding("timing", sentence, (0, len(sentence)), "not placed", "", None, "names no time and no activity", False))
    found = _without_refused(found)
    rule: dict[str, Any] = {}
    for key in ("windows", "never_during"):
        values = [item.rule for item in found if item.applied and item.key == key]
        if key == "never_during":
            values = list(dict.fromkeys(name for value in values for name in value))
        unique = [v for n, v in enumerate(values) if v not in values[:n]]
        if unique:
            rule[key] = unique
    said = [sentence for sentence in sentences(text) if _any_time(sentence)]
    if "windows" not in rule and said:
        sentence = said[0]
        anything = {"start": "00:00", "end": "24:00"}
        found = [item for item in found if item.sentence != sentence]
        found.append(Finding("timing", sentence, (0, len(sentence)), "high", "windows", anything, "any time, said outright", True))
        found = _without_refused(found)
        rule["windows"] = [item.rule for item in found if item.applied and item.key == "windows"]
    if "windows" not in rule:
        return None, found, "names no time of day and no activity in which suggestions may come"
    return rule, found, ""


def _refused(time: TimeWindow, life: WakingHours) -> TimeWindow:
    """Return a time at which nothing may come; "after ten" lasts until rising, "before nine" begins at bedtime."""
    begin, finish = time.begin % DAY, time.finish % DAY
    if finish == life.sleep % DAY:
        finish = life.wake
    elif begin == life.wake % DAY:
        begin = life.sleep % DAY
    return time._replace(begin=begin, finish=finish) if begin != finish else time


def _without_refused(found: Sequence[Finding]) -> list[Finding]:
    """Return what was found with the refused times taken out of all windows; those of which nothing is left are not applied."""
    refused = [item.rule for item in found if item.applied and item.reason == _TAKEN_OUT]
    kept: list[Finding] = []
    for item in found:
        if item.key != "windows" or not item.applied or not any(minutes(item.rule) & minutes(times) for times in refused):
            kept.append(item)
            continue
        left = minutes(item.rule).difference(*(minutes(times) for times in refused))
        spoken = ", ".join(times["start"] + "–" + times["end"] for times in refused)
        why = f"{item.reason}; without {spoken}"
        if not left:
            kept.append(replace(item, confidence="low", reason="nothing is left of it: refused elsewhere", applied=False))
        for start, end in _spans(left):
            times = {"start": clock.format_time(start), "end": clock.format_time(end)}
            kept.append(replace(item, rule={**item.rule, **times}, reason=why))
    return kept


def minutes(window: Mapping[str, Any]) -> set[int]:
    """Return the minutes of the day in a window's hours; all of them where it has none."""
    if "start" not in window:
        return set(range(DAY))
    start, end = (clock.parse_time(window[key]) for key in ("start", "end"))
    return set(range(start, end)) if start < end else {*range(start, DAY), *range(end)}


def _spans(left: set[int]) -> list[tuple[int, int]]:
    """Return minutes of the day as spans, one over midnight where both sides of it are among them."""
    starts = sorted(minute for minute in left if (minute - 1) % DAY not in left)
    spans = []
    for start in starts:
        end = start + 1
        while end % DAY in left:
            end += 1
        spans.append((start, end if end <= DAY else end - DAY))
    return spans


def _any_time(sentence: str) -> bool:
    words = tokens(sentence)
    spoken = " ".join(t.word for t in words)
    said = any(phrase in spoken for phrase in ("any time", "anytime", "at any hour", "whenever you like", "all day"))
    return said and all(clause.kind == "statement" for clause in clauses(words)) and not lexicon.find("activities", words)


def _finding(
    sentence: str, words: Sequence[Token], key: str, rule: Any, start: int, end: int, sure: bool, reason: str, applied: bool = True
) -> Finding:
    confidence: Confidence = "high" if sure else "low"
    span = (words[start].start, words[min(end, len(words)) - 1].end)
    return Finding("timing", sentence, span, confidence, key, rule, reason, applied)


def _never(sentence: str, words: Sequence[Token], clause: Clause, life: WakingHours) -> list[Finding]:
    """Return what a refusal or a reason names: the first is a rule, the second is only flagged."""
    hits = lexicon.find("activities", words, clause.start, clause.end)
    found = []
    names = [name for name in lexicon.names(hits) if name != "vague"]
    if clause.kind == "reason":
        # A reason may name what is said to be disturbed ("so they don't interfere with my writing"): that is no refusal yet.
        disturbing = {"interfere", "disrupt", "disrupting", "interrupt", "interrupting", "not", "don't", "disturbing", "without", "disturb"}
        if names and disturbing & {t.word for t in words[clause.start : clause.end]}:
            reason = "given as a reason, not as a wish"
            found.append(_finding(sentence, words, "never_during", names, hits[0].start, hits[-1].end, False, reason, applied=False))
        return found
    if names:
        plain = [h for h in hits if h.names != ("vague",)]
        widened = any(words[n].word == "or" and word_at(words, n + 1) == "not" for n in range(clause.start, clause.end))
        reason = "refused outright" if not widened else "“or not” may mean more than is named"
        found.append(_finding(sentence, words, "never_during", names, plain[0].start, plain[-1].end, not widened, reason))
    for hit in hits:
        if hit.names == ("vague",):
            found.append(_finding(sentence, words, "", None, hit.start, hit.end, False, "no activity of the catalogue", applied=False))
    if not names:
        for time in find_time_windows(words, life, clause.start, clause.end):
            rule = _refused(time, life).times
            reason = (
                _TAKEN_OUT if time.sure else "a time at which nothing may come, not said precisely; leave it out of the windows by hand"
            )
            found.append(_finding(sentence, words, "", rule, time.start, time.end, False, reason, applied=time.sure))
    return found


def _entries(words: Sequence[Token], clause: Clause, life: WakingHours, first: bool) -> list[_Entry]:
    """Return the windows of a statement: times, activities, and activities that hold only at some times."""
    found: list[_Entry] = []
    times = find_time_windows(words, life, clause.start, clause.end)
    inside = {n for w in times for n in range(w.start, w.end)}
    items: list[TimeWindow | tuple[Hit, ...]] = [*times]
    for group in _groups(words, clause, inside):
        items.append(group)
    items.sort(key=lambda item: item.start if isinstance(item, TimeWindow) else item[0].start)
    previous = clause.start
    pending: list[int] = []  # places in found of times that an "only while" after them may hold for
    condition: tuple[str, ...] | None = None
    for item in items:
        start, end = (item.start, item.end) if isinstance(item, TimeWindow) else (item[0].start, item[-1].end)
        gap = [t.word for t in words[previous:start]]
        if isinstance(item, TimeWindow):
            if ";" in gap:
                pending = []
            attached = _attached(words, found, item, gap) or (
                condition if condition and "or" in gap and ";" not in gap and len(gap) <= 3 else None
            )
            if attached is not None:
                if found and found[-1].during == attached and found[-1].window is None:
                    found.pop()
                condition = attached if "if" in gap or condition else None
                found.append(_Entry(item, attached, start, end, item.sure, "an activity at a time of day"))
            else:
                condition = None
                pending.append(len(found))
                reason = (
                    ("a part of the day" if item.blur else "a time of day")
                    if item.sure
                    else "which half of the day, or how long, is not said"
                )
                found.append(_Entry(item, (), start, end, item.sure, reason))
        else:
            names = tuple(name for name in lexicon.names(item) if name != "vague")
            if not names:
                previous = end
                continue
            how = _intro(words, previous, start, bool(pending), found)
            if how == "only" and pending:
                mine = (
                    pending if any(v in gap for v in ("listen", "come", "listening", "can", "may")) and "then" not in gap else pending[-1:]
                )
                for place in mine if "listening" not in gap else pending[-1:]:
                    found[place] = found[place]._replace(during=names, end=end, reason="a time, and only with an activity")
                pending = []
            elif how == "alternative" and first and not found and "also" in gap:
                reason = "also then, beside times that are not said yet: an hour of its own, or only no hindrance?"
                found.append(_Entry(None, names, start, end, False, reason, applied=False))
            elif how == "alternative":
                doubt = _shared_place(words, item)
                found.append(_Entry(None, names, start, end, not doubt, doubt or "an activity"))
            elif how == "described" and pending and "," not in gap:
                place = pending[-1]
                found[place] = found[place]._replace(sure=False, reason=f"also names {', '.join(names)}: only then? read as any activity")
        previous = end
    return found


def _shared_place(words: Sequence[Token], group: Sequence[Hit]) -> str:
    """Return why a list of activities is not sure: in "working or sitting in the garden" the garden may belong to both."""
    for one, two in pairwise(group):
        if one.end - one.start == 1 and words[one.start].word.endswith("ing") and two.end - two.start > 1 and two.start - one.end == 1:
            return f"“{words[one.start].word}”: of any kind, or as what is named after it?"
    return ""


def _attached(words: Sequence[Token], found: Sequence[_Entry], window: TimeWindow, gap: Sequence[str]) -> tuple[str, ...] | None:
    """Return the activities that stand right before a time and hold with it ("while having coffee between 8:00 and 16:00")."""
    if not found or found[-1].window is not None:
        return None
    plain = [w for w in gap if w not in (",", "it's", "it", "is", "just", "only")]
    if "," in gap and "if" not in gap:
        return None
    return found[-1].during if set(plain) <= {"if", "time", "break", "breaks", "in", "the"} else None


def _since_comma(words: Sequence[str]) -> Sequence[str]:
    return words[len(words) - words[::-1].index(",") :] if "," in words else words


def _intro(words: Sequence[Token], previous: int, start: int, pending: bool, found: Sequence[_Entry]) -> str:
    """Return what the words before an activity make of it: ``only``, ``alternative``, ``described`` or "" (merely named)."""
    gap = [t.word for t in words[previous:start]]
    if "only" in gap and not _APART & set(_since_comma(gap[: gap.index("only")])) - {"any"}:
        return "only" if pending else "alternative"
    if "if" in gap and pending:
        return "only"
    started = [w for w in gap if w in _STARTS]
    if not started:
        return ""
    if not pending:
        return "alternative"
    place = gap.index(started[0])
    head = gap[:place]
    if _APART & set(gap) or "and" in head:
        return "alternative"
    if started[0] in ("while", "during") and "," not in head and len(gap) <= 5:
        return "only"
    return "described" if started[0] == "when" or "," in head else "alternative"


def _groups(words: Sequence[Token], clause: Clause, inside: set[int]) -> list[tuple[Hit, ...]]:
    """Return the activities of a statement, those of one list together ("over a coffee, while I make tea, or out for a walk")."""
    hits = [h for h in lexicon.find("activities", words, clause.start, clause.end) if not set(range(h.start, h.end)) & inside]
    # "After lunch" is no time at which one has lunch.
    hits = [h for h in hits if not {"after", "before", "until"} & {word_at(words, h.start - 1), word_at(words, h.start - 2)}]
    groups: list[list[Hit]] = []
    for hit in hits:
        if groups:
            last = groups[-1][-1]
            gap = [t.word for t in words[last.end : hit.start]]
            if {"while", "when"} & set(gap) and not {",", "or", "and"} & set(gap) and len(gap) <= 5:
                continue  # "during my lunch break while watching a series" is lunch
            apart = (
                {"while", "during", "when"} & set(gap)
                and {"or", "and"} & set(gap)
                and "only" not in [t.word for t in words[clause.start : hit.start]]
            )
            if not apart and len(gap) <= 9 and not set(gap) & {";", ".", "only", "if"} and not set(range(last.end, hit.start)) & inside:
                groups[-1].append(hit)
                continue
        groups.append([hit])
    return [tuple(group) for group in groups]
