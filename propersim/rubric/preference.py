"""Compile the preference text: liked topics with activities or hours, and disliked ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.circumstances import Circumstance, circumstance_start, read_circumstance, windows_between
from propersim.rubric.coverage import doubt_unread
from propersim.rubric.day_windows import CONTRASTS, holds_only
from propersim.rubric.days import ALL_DAYS, DaySpan, find_days, with_days
from propersim.rubric.findings import ASSUMED_HOURS, UNREAD_REFUSAL, Confidence, DimensionRules, Finding, WakingHours, not_placed
from propersim.rubric.negators import NEGATED_VERBS
from propersim.rubric.numbers import word_at
from propersim.rubric.preference_parts import OFFERS, day_parts, segments
from propersim.rubric.scope import Clause, clauses, is_elliptic
from propersim.rubric.sentences import Token, sentences, tokens
from propersim.rubric.topic_words import find_near_topics, find_topics, names_topic, unread_list_entries
from propersim.rubric.untroubled import is_untroubled, turned_round
from propersim.rubric.vague_windows import begins_with_part, part_of_day_window
from propersim.rubric.variety_wishes import variety_wishes

_STATEMENT_STARTS = {"i", "you", "let", "tell", "bring", "talk", "please", "it", "tempt", "give", "suggest", "i'd", "speak", "a"}
_LOST_PART = "a time of day, or only the name of something?"
_UNTROUBLED = "says only that it is no trouble"
_NEAR_TOPIC = "not a topic of the catalogue; perhaps this one"
_NO_CIRCUMSTANCE = "names no circumstance: any time"
_UNKNOWN_CIRCUMSTANCE = "the circumstance is not a known activity or time"
_OTHER_CIRCUMSTANCE = "it is not clear which topic goes with which time or activity"
_ANY_TIME_PHRASES = ("at any hour", "at any time", "any time", "anytime", "whatever i", "whatever the hour", "always")


def compile_preference(text: str, hours: WakingHours) -> DimensionRules:
    """Compile the text on topics into ``likes`` and ``dislikes``.

    There are no rules if no liked topic can be read.

    Args:
        text: the rubric's text.
        hours: when the person gets up and goes to bed.
    """
    findings: list[Finding] = []
    named: set[str] = set()
    only_on: dict[str, frozenset[str]] = {}  # days on which only what their sentence says is welcome, by sentence
    for sentence in sentences(text):
        wishes = variety_wishes(sentence)
        items: list[Finding] = list(wishes)
        said_words = [word for word in tokens(sentence) if not any(wish.span[0] <= word.start < wish.span[1] for wish in wishes)]
        outside = ""  # the circumstance that a sentence excludes, in words
        for clause in clauses(said_words, names_topic, without="contrast"):
            if clause.kind == "refusal":
                refused = _dislikes(sentence, clause, hours)
                excluded = _excluded_circumstance(clause, hours)
                outside = outside or excluded
                if not refused and not excluded and (len(clause.words) > 1 or is_elliptic(clause.words)):
                    place = (0, len(clause.words))
                    refused = [_finding(sentence, clause.words, "", None, place, "", UNREAD_REFUSAL, applied=False)]
                items += refused
            elif clause.kind == "statement":
                for words in day_parts(clause.words, hours):
                    spans = find_days(words, named)
                    said = frozenset[str]().union(*(one.days or () for one in spans))
                    only = any(one.days and holds_only(words, one) for one in spans)
                    if only:
                        only_on[sentence] = only_on.get(sentence, frozenset()) | said
                    if said and (only or word_at(words, 0) in CONTRASTS or word_at(words, 1) in CONTRASTS):
                        items = [_on_other_days(item, said, sure=only) for item in items]
                    for part in segments(words, hours):
                        doubt = clause.doubt or (_UNTROUBLED if is_untroubled(part) else "")
                        items += _likes(sentence, part, hours, doubt, find_days(part, named))
                    named |= said
        if outside:
            reason = f"not {outside}: no rule can say so"
            items = [replace(item, confidence="low", applied=False, reason=reason) if item.key == "likes" else item for item in items]
        findings += items or [not_placed("preference", sentence, "names no topic of the catalogue")]
    for sentence, days in only_on.items():
        findings = [item if item.sentence == sentence else _on_other_days(item, days, sure=True) for item in findings]
    return _combine(doubt_unread("preference", findings, names_topic, hours))


def _on_other_days(item: Finding, days: frozenset[str], sure: bool) -> Finding:
    """Return a like without days limited to the days on which nothing else is welcome.

    Other findings stay as they are.


    Args:
        item: the finding.
        days: the days on which something else is welcome.
        sure: whether only that is welcome on them.
    """
    if item.key != "likes" or "days" in item.rule or not ALL_DAYS - days:
        return item
    general = item.reason == _NO_CIRCUMSTANCE
    confidence: Confidence = "low" if not sure or (item.confidence == "low" and not general) else "high"
    reason = "on the days named after it too? read as the other days" if not sure else "welcome on some days" if general else item.reason
    return replace(item, rule=with_days(item.rule, ALL_DAYS - days), confidence=confidence, reason=reason)


def _combine(findings: list[Finding]) -> DimensionRules:
    # A topic that is only near is used where the text names no other.
    if not any(item.key == "likes" and item.applied for item in findings):
        findings = [replace(item, applied=item.applied or (item.key == "likes" and item.reason == _NEAR_TOPIC)) for item in findings]
    # A general like ("in line with my creative nature") counts only if no like has a circumstance.
    if any(item.key == "likes" and item.applied and item.reason != _NO_CIRCUMSTANCE for item in findings):
        findings = [replace(item, applied=False) if item.reason == _NO_CIRCUMSTANCE else item for item in findings]
    liked = {topic for item in findings if item.applied and item.key == "likes" for topic in item.rule["topics"]}
    refused = {topic for item in findings if item.applied and item.key == "dislikes" for topic in item.rule}
    both = liked & refused
    if both:
        reason = f"{', '.join(sorted(both))}: liked and refused"
        findings = [
            replace(item, confidence="low", reason=reason) if item.applied and both & set(_topics(item)) else item for item in findings
        ]
    likes: list[dict[str, Any]] = []
    for item in findings:
        if item.applied and item.key == "likes" and item.rule not in likes:
            likes.append(item.rule)
    dislikes = list(dict.fromkeys(t for item in findings if item.applied and item.key == "dislikes" for t in item.rule if t not in liked))
    if not likes:
        unknown = [item for item in findings if item.key == "likes" and item.reason == _UNKNOWN_CIRCUMSTANCE]
        problem = "says when a topic is welcome in words that are not known" if unknown else "names no welcome topic of the catalogue"
        return DimensionRules(None, findings, problem)
    return DimensionRules({"likes": likes, **({"dislikes": dislikes} if dislikes else {})}, findings, "")


def _topics(item: Finding) -> list[str]:
    topics: list[str] = item.rule["topics"] if item.key == "likes" else item.rule if item.key == "dislikes" else []
    return topics


def _finding(
    sentence: str, words: Sequence[Token], key: str, rule: Any, place: tuple[int, int], reason: str, doubt: str = "", applied: bool = True
) -> Finding:
    confidence: Confidence = "low" if doubt else "high"
    span = (words[place[0]].start, words[place[1] - 1].end)
    return Finding("preference", sentence, span, confidence, key, rule, doubt or reason, applied)


def _dislikes(sentence: str, clause: Clause, hours: WakingHours) -> list[Finding]:
    """Return the topics that a clause refuses.

    Those refused only in some circumstance are not used.
    """
    words = clause.words
    begin = circumstance_start(words, hours, 0, len(words))
    hits = find_topics(words, 0, len(words) if begin is None or begin == 0 else begin)
    if not hits or clause.condition:
        return []
    read = read_circumstance(words, hours, begin, len(words)) if begin else []
    when = begin is not None and words[begin].word in ("when", "while", "whenever")
    some = any(one.activities or one.window or (when and one.says_something) for one in read) or bool(find_days(words))
    only_then = "refused only then: no rule can say so" if some else ""
    degree = "refuses how much or how little, not the topic" if _names_degree(words) else ""
    doubt = clause.doubt or only_then or degree or turned_round(words)
    # "Fashion bores me. Books don't" refuses no books.
    alone = words[0].start <= 1 and [t.word for t in words if t.word not in (".", "!", "either")][-1] in NEGATED_VERBS
    doubt = doubt or ("refuses what was said before of something else" if alone else "")
    names, place = lexicon.names(hits), (hits[0].start, hits[-1].end)
    return [_finding(sentence, words, "dislikes", names, place, "refused outright", doubt, applied=not doubt)]


def _names_degree(words: Sequence[Token]) -> bool:
    """Return whether "too" many or few are refused, and not all.

    Example: "neither too much music nor too little".
    """
    return any(t.word == "too" and word_at(words, n + 1) in ("much", "many", "little", "few", "often", "long") for n, t in enumerate(words))


def _excluded_circumstance(clause: Clause, hours: WakingHours) -> str:
    """Return the words of a refusal that names an activity or a time, but no topic.

    "" if it is none.
    """
    words = clause.words
    if spans := [] if find_topics(words) and not clause.condition else find_days(words):
        return " ".join(t.word for t in words[spans[0].start : spans[-1].end])
    begin = circumstance_start(words, hours, 0, len(words))
    if not clause.condition and (begin is None or find_topics(words, 0, begin)):
        return ""
    read = read_circumstance(words, hours, begin or 0, len(words))
    if not clause.condition and not any(one.activities or one.window for one in read):
        return ""
    return " ".join(t.word for t in words[begin or 0 :] if t.word not in (",", "."))


def _likes(sentence: str, words: Sequence[Token], hours: WakingHours, doubt: str, spans: Sequence[DaySpan]) -> list[Finding]:
    """Return the likes of one part of a statement.

    They are its topics, with the activities and times of its circumstance.

    Args:
        sentence: the sentence.
        words: the part's tokens.
        hours: when the person gets up and goes to bed.
        doubt: why the statement is uncertain; "" if it is not.
        spans: the days that the part names.
    """
    end = len(words)
    begin = circumstance_start(words, hours, 0, end)
    near_only = not find_topics(words) or (begin and find_near_topics(words, 0, begin) and not find_topics(words, 0, begin))
    find = find_near_topics if near_only else find_topics
    if begin is None:
        topics, circumstance = (0, end), (end, end)
    elif find(words, 0, begin):
        topics, circumstance = (0, begin), (begin, end)
    elif (last := _end_of_times(words, hours, begin)) and find(words, last, end):
        topics, circumstance = (last, end), (begin, last)
    else:
        comma = next((n for n in range(begin, end - 1) if words[n].word == "," and word_at(words, n + 1) in _STATEMENT_STARTS), None)
        if comma is None:
            starts = (n for n in range(begin + 5, end - 1) if words[n].word in ("i", "please"))
            comma = next((n for n in starts if words[n - 1].word not in ("when", "while", "whenever")), end)
        if comma == end and not {t.word for t in words[:begin]} & OFFERS:
            comma = next((n for n in range(begin, end - 1) if words[n].word == "," and find(words, n, end)), end)
        topics, circumstance = (comma, end), (begin, comma)
    hits = find(words, *topics)
    doubt = doubt or _lost_part(words) or _circumstance_beside(words, hours, topics, circumstance)
    spoken = {t.word for t in words}
    if find is find_near_topics:
        doubt, perhaps = doubt or _NEAR_TOPIC, []
    else:
        perhaps = [
            _finding(sentence, words, "likes", {"topics": list(one.names), "during": ["any"]}, (one.start, one.end), "", _NEAR_TOPIC, False)
            for one in find_near_topics(words, *topics)
        ]
    if not hits:
        if begin is not None and spoken & (OFFERS | {"about"}):
            return [_finding(sentence, words, "", None, (0, end), "", "names no topic of the catalogue", applied=False)]
        return []
    place = (min(hits[0].start, circumstance[0]), max(hits[-1].end, circumstance[1]))
    topic_names = lexicon.names(hits)
    again = [one for n, one in enumerate(hits) if words[one.start].word in {words[two.start].word for two in hits[:n]}]
    if again and (spans or circumstance[0] < circumstance[1]):
        doubt = doubt or _OTHER_CIRCUMSTANCE  # "history and science, history on weekdays"
    lost = unread_list_entries(words, hits, *topics)
    any_time = any(phrase in " ".join(t.word for t in words) for phrase in _ANY_TIME_PHRASES)
    read = read_circumstance(words, hours, *circumstance)
    known = [one for one in read if one.activities or one.window]
    if not known:
        base = {"topics": topic_names, "during": ["any"]}
        if len(spans) == 1 and spans[0].days is not None and circumstance[0] == circumstance[1]:
            rule = with_days(base, spans[0].days)
            return [*perhaps, _finding(sentence, words, "likes", rule, place, "welcome on some days", doubt, applied=not doubt)]
        if spans:
            doubt, any_time = "it is not clear on which days", False
        if circumstance[0] < circumstance[1] and not any_time:
            return [*perhaps, _finding(sentence, words, "likes", base, place, "", _UNKNOWN_CIRCUMSTANCE, applied=False)]
        doubt = doubt or ("" if any_time else _NO_CIRCUMSTANCE)
        applied = not doubt or doubt == _NO_CIRCUMSTANCE
        return [*perhaps, _finding(sentence, words, "likes", base, place, "welcome at any time", doubt, applied)]
    found = perhaps
    if len(spans) > 1 or (spans and spans[0].days is None):
        doubt = doubt or "it is not clear on which days"
    days = spans[0].days if len(spans) == 1 else None
    for base, unsure in _rules(topic_names, known):
        rule, why = with_days(base, days), doubt or unsure
        assumed = unsure == ASSUMED_HOURS
        found.append(
            _finding(
                sentence,
                words,
                "likes",
                rule,
                place,
                "a topic, and when it is welcome",
                why,
                applied=doubt in ("", _NEAR_TOPIC, _OTHER_CIRCUMSTANCE) and not assumed,
            )
        )
    found += [_finding(sentence, words, "", None, place, "", "part of a list that is not known", applied=False) for place in lost]
    found += [
        _finding(sentence, words, "", None, (one.start, one.end), "", _UNKNOWN_CIRCUMSTANCE, applied=False)
        for one in read
        if one not in known and one.says_something
    ]
    return found


def _lost_part(words: Sequence[Token]) -> str:
    """Return why a part of the day may be a time that was not read; "" if it is not.

    Example: "in the evening news".
    """
    for n in range(len(words)):
        part = part_of_day_window(words, n)
        if part and part[0] is None and begins_with_part(words, n) and find_topics(words, part[1], part[1] + 1):
            return _LOST_PART
    return ""


def _circumstance_beside(words: Sequence[Token], hours: WakingHours, topics: tuple[int, int], circumstance: tuple[int, int]) -> str:
    """Return why it is not clear which topic goes with which circumstance; "" if it is.

    Examples: "when I cook music, when I read history", "music when I cook and want travel ideas".

    Args:
        words: the part's tokens.
        hours: when the person gets up and goes to bed.
        topics: the tokens in which its topics stand.
        circumstance: the tokens of its circumstance.
    """
    if circumstance[0] == circumstance[1]:
        return ""
    first, last = circumstance
    inside = [t.word for t in words[first:last]]
    # "When I cook, music": a topic after the circumstance, in a statement that has named one before it.
    further = {n for n, word in enumerate(inside, first) if word in ("but", "also", "plus")}
    before = first - 1
    while word_at(words, before) in ("in", "during", "the", "at", "on"):
        before -= 1
    if word_at(words, before) in (",", "and", "or"):
        further |= {n for n, word in enumerate(inside, first) if word == "," and topics[0] < first}
    # "Books at breakfast and at lunch news"
    hits = lexicon.find("activities", words, first, last)
    adjacent = any(two.start == one.end and find_topics(words, two.start, two.end) for one, two in itertools.pairwise(hits))
    contrasted = any(words[n].word in ("but", ";") and find_topics(words, n, topics[1]) for n in range(topics[0] + 1, topics[1]))
    offered = set(inside) & OFFERS and find_topics(words, *circumstance)
    named = any(find_topics(words, n, last) for n in further)
    windows = windows_between(words, hours, 0, len(words))
    parts = [part for n in range(len(words)) if (part := part_of_day_window(words, n)) and part[0]]
    # "In the evening music, after ten films": the evening is not only another name of the time after ten.
    renamed = any(
        find_topics(words, min(part[1], one.end), max(part[0].start, one.start))
        for part in parts
        if part[0] and not any(one.start <= part[0].start < one.end for one in windows)
        for one in windows
    )
    again = circumstance_start(words, hours, *topics) is not None
    return _OTHER_CIRCUMSTANCE if again or offered or named or renamed or adjacent or contrasted or _hides_topic(words, first, last) else ""


_STARTS = frozenset(["when", "while", "whenever", "during"])
_JOINING = frozenset(["and", "or", ",", "also", "again", "then", "especially", "particularly", "even", "just", "only", "either", "maybe"])


def _hides_topic(words: Sequence[Token], start: int, end: int) -> bool:
    """Return whether a second "when" of a circumstance has words of its own before it.

    They may name what is welcome then. Example: "when we are out walking, and quiet when I read".

    Args:
        words: the part's tokens.
        start: the first token of the circumstance.
        end: the token after its last.
    """
    for at in range(start + 1, end):
        if words[at].word not in _STARTS:
            continue
        joint = next((n for n in range(at - 1, start, -1) if words[n].word in (",", "and", "or", ";")), None)
        if joint is not None and any(words[n].word not in _JOINING for n in range(joint + 1, at)):
            return True
    return False


def _end_of_times(words: Sequence[Token], hours: WakingHours, begin: int) -> int:
    """Return the token after the times with which a circumstance begins.

    Example: "from noon to two I like …". Returns 0 if it begins otherwise.
    """
    windows = windows_between(words, hours, begin, len(words))
    if not windows or windows[0].start > begin + 1:
        return 0
    end = windows[0].end
    for window in windows[1:]:
        if window.start - end > 2:
            break
        end = window.end
    # "Between 17:00 and 19:00, when I cook, …": the circumstance goes on.
    going_on = [t.word for t in words[end : end + 2]]
    return 0 if set(going_on) & {"when", "while", "whenever", "if"} else end


def _rules(topics: list[str], circumstances: Sequence[Circumstance]) -> list[tuple[dict[str, Any], str]]:
    """Return a like for each circumstance with a time, and one for all activities without.

    Each with why it is uncertain.
    """
    plain = [one for one in circumstances if one.window is None]
    rules: list[tuple[dict[str, Any], str]] = []
    if plain:
        during = list(dict.fromkeys(name for one in plain for name in one.activities))
        rules.append(({"topics": topics, "during": during}, next((one.doubt for one in plain if one.doubt), "")))
    for one in circumstances:
        if one.window is not None:
            times = one.window.times
            like = {"topics": topics, "during": list(one.activities) or ["any"], "between": [times["start"], times["end"]]}
            rules.append((like, one.doubt))
    return rules
