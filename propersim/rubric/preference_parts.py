"""Cut a statement on topics into parts, each with its own topics and circumstance."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric.circumstances import circumstance_start, windows_between
from propersim.rubric.day_windows import CONTRASTS
from propersim.rubric.days import find_days
from propersim.rubric.findings import WakingHours
from propersim.rubric.lexicon import Hit
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.topic_words import find_near_topics, find_topics

OFFERS = {"tips", "tip", "ideas", "idea", "suggestions", "suggestion", "recommendations", "recommendation", "advice", "prompts", "facts"}
"""Nouns for what is recommended."""


def day_parts(words: Sequence[Token], hours: WakingHours) -> list[Sequence[Token]]:
    """Cut a statement before topics that have days of their own.

    Examples: "gardening, but on Sundays only music", "books when I read, and music at weekends".
    """
    spans = find_days(words)
    for at in range(1, len(words) - 1) if spans else ():
        if words[at].word not in {",", "and"} | CONTRASTS or any(one.start <= at < one.end for one in spans):
            continue
        first = at + 1
        while first < len(words) and words[first].word in {",", "and"} | CONTRASTS:
            first += 1
        span = next((one for one in spans if one.start >= first), None)
        topics = find_topics(words, first, len(words))
        if span is None or not topics or not find_topics(words, 0, at):
            continue
        begin = circumstance_start(words, hours, 0, at)
        complete = (begin is not None and bool(find_topics(words, 0, begin))) or any(one.end <= at for one in spans)
        if span.start == first or (complete and topics[0].start < span.start):
            return [words[:at], *day_parts(words[at:], hours)]
    return [words]


def segments(words: Sequence[Token], hours: WakingHours) -> list[Sequence[Token]]:
    """Split a statement into parts with one circumstance each.

    "X when I cook, and Y when I read" has two.
    """
    cuts = [0]
    first_circumstance = circumstance_start(words, hours, 0, len(words))
    leads = first_circumstance is not None and not _find_any(words, 0, first_circumstance)
    for at in range(0 if leads else max(0, len(words) - 2)):
        word, after = words[at].word, word_at(words, at + 1)
        if word not in (";", ",", "and"):
            continue
        first = at + 1 + (after in ("and", "or", "but"))
        following = circumstance_start(words, hours, first, len(words))
        before = circumstance_start(words, hours, cuts[-1], at)
        if before is None or following is None or before >= at or following <= first:
            continue
        between = words[first:following]
        names = _find_any(words, first, following) or {t.word for t in between} & (OFFERS | {"about"})
        ends = any(t.word in (",", ";") for t in between[:-1]) and word != ";" and after not in ("and", "or", "but")
        if names and not ends and not (word == "and" and words[first].word.endswith("ing")):
            cuts.append(at + 1)
    cuts = sorted({*cuts, *_cuts_before_predicates(words)})
    if len(cuts) == 1:
        cuts += _cuts_before_circumstances(words, hours)
    return [words[start:end] for start, end in zip(cuts, [*cuts[1:], len(words)], strict=True)]


def _cuts_before_predicates(words: Sequence[Token]) -> list[int]:
    """Return where something is said of a further topic.

    Example: "history while I cook, music is better".
    """
    said = [hit for hit in find_topics(words) if word_at(words, hit.end) in ("is", "are", "would", "can", "will")]
    return [hit.start for hit in said[1:] if word_at(words, hit.start - 1) in (",", "and", "while")]


def _cuts_before_circumstances(words: Sequence[Token], hours: WakingHours) -> list[int]:
    """Return where a statement is cut whose parts each begin with their circumstance.

    Example: "When I cook, X, and when I read, Y".
    """
    begin = circumstance_start(words, hours, 0, len(words))
    if begin is None or _find_any(words, 0, begin):
        return []
    cuts = []
    last = 0
    for at in range(begin + 1, len(words) - 2):
        joined = words[at].word == ";" or (words[at].word == "," and word_at(words, at + 1) in ("and", "or", "but"))
        start = at + 1
        while word_at(words, start) in ("and", "or", "but", "in", "during", "on", "at", "the"):
            start += 1
        time_follows = words[at].word == "," and bool(windows_between(words, hours, at + 1, start + 1))
        following = circumstance_start(words, hours, at + 1, len(words)) if joined or time_follows else None
        if (
            following is not None
            and following <= max(at + 3, start)
            and _find_any(words, last, at)
            and _find_any(words, following, len(words))
        ):
            cuts.append(at + 1)
            last = at + 1
    return cuts


def _find_any(words: Sequence[Token], start: int = 0, end: int | None = None) -> list[Hit]:
    """Return the topics in a statement, or the words that may mean one where it has none."""
    return find_topics(words, start, end) or find_near_topics(words, start, end)
