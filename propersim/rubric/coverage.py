"""Doubt what is read of a sentence that has words which no rule accounts for.

A sentence says more than its known phrases: "be warm, as long as we are alone", "recipes in summer", "my boss is formal". A reader that
only picks out what it knows makes wrong rules of them. So every word has to be accounted for: by what was read, a time, a day, a number, a
negation, or by being plain (``plain`` in ``data/lexicon.yaml``). A rule beside other words is *unsure*. Where they make a construction that
no rule can say (a condition, a season, other people, the past), it is *not used*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from propersim.rubric import lexicon
from propersim.rubric.constructions import CONDITION, SEASON, Marker, find_markers, segments
from propersim.rubric.day_minutes import REFUSED_HOURS, UNSURE_HOURS
from propersim.rubric.days import find_days
from propersim.rubric.degrees import words_of_degree
from propersim.rubric.findings import UNREAD_REFUSAL, Finding, WakingHours
from propersim.rubric.negators import COMPARED, CUTTING, EXCEPTED, NARROW, NEUTRAL, REASONS, VERB_NEGATIONS, WIDE, phrase_length
from propersim.rubric.numbers import number, whole, word_at
from propersim.rubric.rates import PARTS_OF_DAY, RateStatement
from propersim.rubric.scope import clauses
from propersim.rubric.sentences import Token, tokens
from propersim.rubric.time_windows import find_time_windows
from propersim.rubric.topic_words import ADJECTIVES
from propersim.rubric.untroubled import untroubled_length
from propersim.rubric.vague_windows import part_of_day_window
from propersim.rubric.word_sets import word_set

_SECTIONS = {
    "preference": ("topics", "near_topics", "activities"),
    "timing": ("activities",),
    "frequency": ("activities",),
    "communication": ("tones", "near", "subjects"),
}
_RATE_WORDS = PARTS_OF_DAY | word_set(
    "another again second third fourth fifth sixth seventh eighth half within apart distance hr hrs mins few several"
)
_COUNTED = frozenset(["windows", "times", "moments", "slots", "breaks", "spells"])
_EXCEPTS = ("except", "unless", "apart", "but", "other than", "aside")
_SEGMENT_END = re.compile(r"[,;:()–—]")
_EXCEPTING = re.compile(
    r"\b(?:except|excepting|exception of|apart from|aside from|other than|barring|bar|minus|excluding|save|unless|but)\b", re.I
)
"""Words after which days or times are refused, whatever is said of them: "except Thursdays when I have choir"."""
_TURNING = frozenset(["less", "fewer", "least", "keep away", "stay away", "keep quiet", "be quiet", "keep out", "quiet", "calm", "space"])
_OBJECTS = frozenset(["the", "all", "any", "your", "that", "this", "every"])
_NOUN_ENDINGS = ("ity", "ness", "ing", "mth", "ism", "okes", "umour", "umor", "anter", "hype", "iasm", "cement")
"""Words, or their ends, after a verb that they are the object of."""
_SIGNS = frozenset("<>=≠≤≥→←⇒⇐~%±^|\\*")


class Unread(NamedTuple):
    """Words of a sentence that no rule accounts for.

    Attributes:
        words: those words, in order.
        start: the first character of the segment in which they stand.
        end: the character after its last.
    """

    words: tuple[str, ...]
    start: int
    end: int


def doubt_unread(
    dimension: str, findings: Sequence[Finding], names: Callable[[Sequence[Token]], bool], hours: WakingHours | None = None
) -> list[Finding]:
    """Return the findings; those beside words that no rule accounts for are unsure or not used.

    Args:
        dimension: the dimension whose text they stand in.
        findings: what was read, in the order of the sentences.
        names: whether some words name what the text is about, as for :func:`propersim.rubric.scope.clauses`.
        hours: when the person gets up and goes to bed.
    """
    result: list[Finding] = []
    cache: dict[str, tuple[list[Unread], list[Marker]]] = {}
    hung = ""  # the sentence before, if no rule can say when it holds: what holds "otherwise" is then not known either
    for item in findings:
        if item.sentence not in cache:
            words = tokens(item.sentence)
            markers = find_markers(dimension, words)
            if hung and any(t.word in ("otherwise", "else", "rest", "other", "others", "if") for t in words[:4]):
                markers.append(Marker(hung, 0, len(item.sentence)))
            hung = next((one.reason for one in markers if one.reason in (CONDITION, SEASON)), "")
            spans = [one.span for one in findings if one.sentence == item.sentence and one.confidence != "not placed"]
            unread = unread_nearby(dimension, words, names, spans, hours)
            degrees = [Unread((phrase,), 0, len(item.sentence)) for phrase in words_of_degree(dimension, words)]
            markers += _unclear_signs(dimension, item.sentence, words, degrees) + _unknown_verbs(dimension, words)
            cache[item.sentence] = [*unread, *degrees, *_symbols(item.sentence), *_exceptions(findings, item.sentence)], markers
        result.append(_doubted(item, *cache[item.sentence]))
    return result


def _unclear_signs(dimension: str, sentence: str, words: Sequence[Token], degrees: Sequence[Unread]) -> list[Marker]:
    """Return the words of degree that may turn a wished time into a refused one.

    Examples: "when I least want it", "I want quiet".
    """
    turning = [word for one in degrees for word in one.words if word in _TURNING] if dimension == "timing" else []
    return [Marker(f"“{turning[0]}”: it is not clear whether this is wished", 0, len(sentence))] if turning else []


def _unknown_verbs(dimension: str, words: Sequence[Token]) -> list[Marker]:
    """Return the parts of a sentence that begin with an unknown verb.

    It may stop what it names, as in "abandon politeness".
    """
    if dimension not in ("communication", "preference"):
        return []
    found = []
    for start, end in segments(words):
        starts = [start, *(n + 1 for n in range(start, end) if words[n].word in ("and", "then", "please"))]
        for at in starts:
            word, after = word_at(words, at), word_at(words, at + 1)
            governs = after in _OBJECTS or (dimension == "communication" and after.endswith(_NOUN_ENDINGS))
            if word.isalpha() and not word.endswith("ly") and governs and not _is_read(dimension, words, at):
                found.append(Marker(f"“{word}” is not known: it may refuse this", words[start].start, words[end - 1].end))
    return found


def _is_read(dimension: str, words: Sequence[Token], at: int) -> bool:
    """Return whether a token is a known word or begins a negation."""
    cuts = words[at].word in CUTTING
    return cuts or is_known_word(dimension, words[at].word) or any(phrase_length(words, at, table) for table in (WIDE, NARROW, NEUTRAL))


def _exceptions(findings: Sequence[Finding], sentence: str) -> list[Unread]:
    """Return the refusals of a sentence that give no rule.

    What stands beside them may hold with an exception.

    Example: "when I garden, but not in the heat".
    """
    unread = [one for one in findings if one.sentence == sentence and one.reason == UNREAD_REFUSAL]
    said = [(one, sentence[one.span[0] : one.span[1]].strip(" .,;!")) for one in unread]
    # Of a tone, "no fuss" and "without fluff" are further wishes; "except at work" is not.
    return [
        Unread((words,), 0, len(sentence)) for one, words in said if one.dimension != "communication" or words.lower().startswith(_EXCEPTS)
    ]


def _widened(part: Unread, read: Sequence[tuple[int, int]]) -> list[Unread]:
    """Return unread words with the segments that they may change.

    It is their own, or the nearest before it where nothing is read in theirs.

    Example: "in the evening, unless the match is on".
    """
    if any(part.start < end and start < part.end for start, end in read):
        return [part]
    before = [place for place in read if place[1] <= part.start]
    near = before[-1:] or read[:1]
    return [part, *(Unread(part.words, *place) for place in near)]


def _doubted(item: Finding, unread: Sequence[Unread], markers: Sequence[Marker]) -> Finding:
    if not item.key and not (item.applied and item.rule is not None):
        return item
    start, end = item.span
    for marker in markers if item.key != "boundaries" else ():
        if marker.start < end and start < marker.end:
            return replace(item, confidence="low", applied=False, reason=marker.reason)
    refused = item.applied and item.reason == REFUSED_HOURS
    if not refused and (item.confidence != "high" or not item.applied):
        return item
    words = [word for one in unread if one.start < end and start < one.end for word in one.words]
    if refused:
        segment = _SEGMENT_END.split(item.sentence[:start])[-1], _SEGMENT_END.split(item.sentence[start:])[0]
        said = tokens(" ".join(segment))
        words = [] if _EXCEPTING.search(segment[0]) else [word for word in words if word in {t.word for t in said}]
    if not words:
        return item
    if refused:
        return replace(item, confidence="low", applied=False, reason=beside(UNSURE_HOURS, words))
    return replace(item, confidence="low", reason=beside(item.reason, words))


SHORT = 5
"""Most words of a sentence that only adds to the one before or after it, such as "Mornings, mind, not nights"."""
_ASSUMES = ("assumed", "names no circumstance", "not a tone in the catalogue")
"""Words in the reason of a rule that is read whole and completed by an assumption."""
BESIDE_UNSURE = "another part of what is said is not sure"


def doubt_beside_unsure(findings: Sequence[Finding]) -> list[Finding]:
    """Mark rules as unsure that stand beside an unsure one.

    That is in its sentence, or in a short sentence next to it.

    What is not understood in one part of a sentence often changes what the other parts mean.

    Args:
        findings: what was read in one dimension, in the order of the sentences.
    """
    order = list(dict.fromkeys(item.sentence for item in findings))
    unsure = {item.sentence for item in findings if _is_unsure(item)}
    beside = set(unsure)
    for n, sentence in enumerate(order):
        if len(tokens(sentence)) <= SHORT and unsure & set(order[max(0, n - 1) : n + 2]):
            beside.add(sentence)
    return [
        replace(item, confidence="low", reason=f"{item.reason}; {BESIDE_UNSURE}")
        if item.confidence == "high" and item.key and item.applied and item.sentence in beside
        else item
        for item in findings
    ]


def _is_unsure(item: Finding) -> bool:
    return item.confidence == "low" and bool(item.key) and not any(words in item.reason for words in _ASSUMES)


def beside(reason: str, unread: Sequence[str]) -> str:
    """Return a reason that also names the words beside a rule that are not understood."""
    said = ", ".join(f"“{word}”" for word in dict.fromkeys(unread))
    return f"{reason}; not understood beside it: {said}"


def unread_nearby(
    dimension: str,
    words: Sequence[Token],
    names: Callable[[Sequence[Token]], bool],
    spans: Sequence[tuple[int, int]],
    hours: WakingHours | None = None,
    read: Sequence[RateStatement] = (),
) -> list[Unread]:
    """Return the words of a sentence that no rule accounts for.

    They come with every segment that they may change.

    Args:
        dimension: the dimension whose text the sentence stands in.
        words: its tokens.
        names: whether some words name what the text is about.
        spans: the places of what was read, in characters.
        hours: when the person gets up and goes to bed.
        read: the rates that it states.
    """
    unread = unread_words(dimension, words, names, hours, read, None if dimension == "frequency" else spans)
    places = [(words[a].start, words[b - 1].end) for a, b in segments(words)] if unread else []
    read_in = [place for place in places if any(place[0] < end and start < place[1] for start, end in spans)]
    return [one for part in unread for one in _widened(part, read_in)]


def unread_words(
    dimension: str,
    words: Sequence[Token],
    names: Callable[[Sequence[Token]], bool],
    hours: WakingHours | None = None,
    read: Sequence[RateStatement] = (),
    spans: Sequence[tuple[int, int]] | None = None,
) -> list[Unread]:
    """Return the words of a sentence that no rule accounts for, by segment.

    Args:
        dimension: the dimension whose text the sentence stands in.
        words: its tokens.
        names: whether some words name what the text is about.
        hours: when the person gets up and goes to bed.
        read: the rates that it states.
        spans: the places of what was read, in characters; a phrase outside of them is not accounted for. None: every phrase is.
    """
    known = {n for one in read for n in range(one.start, one.end) if words[n].word in _RATE_WORDS}
    known |= _accounted(dimension, words, hours or WakingHours(), spans)
    reasons = {t for clause in clauses(words, names) if clause.kind in ("reason", "contrast") for t in clause.words}
    plain = lexicon.plain_words()
    found: list[Unread] = []
    for start, end in segments(words):
        if dimension == "timing" and start and words[start].word in ("after", "before"):
            continue  # "around 5pm, after I have finished my run" only describes the time
        left = tuple(
            words[n].word
            for n in range(start, end)
            if n not in known and words[n].word not in plain and words[n].word[0].isalnum() and words[n] not in reasons
        )
        if left:
            found.append(Unread(left, words[start].start, words[end - 1].end))
    return found


def _symbols(sentence: str) -> list[Unread]:
    """Return the signs of a sentence that are no punctuation.

    They hold for all of it, as in "playful > formal".
    """
    signs = tuple(sign for sign in sentence if sign in _SIGNS)
    return [Unread(signs, 0, len(sentence))] if signs else []


def is_known_word(dimension: str, word: str) -> bool:
    """Return whether a word, alone, is accounted for.

    Args:
        dimension: the dimension whose text it stands in.
        word: the word, in lower case.
    """
    return word in lexicon.plain_words() or bool(_accounted(dimension, [Token(word, 0, len(word))], WakingHours()))


def _accounted(dimension: str, words: Sequence[Token], hours: WakingHours, spans: Sequence[tuple[int, int]] | None = None) -> set[int]:
    """Return the tokens that a phrase, a time, a day, a number or a negation accounts for."""
    known: set[int] = set()
    for section in _SECTIONS[dimension]:
        known |= lexicon.known_words(section, words)
    for window in find_time_windows(words, hours):
        known |= set(range(window.start, window.end))
    if spans is not None:
        known = {n for n in known if any(words[n].start < end and start < words[n].end for start, end in spans)}
    for span in find_days(words, every=True):
        known |= set(range(span.start, span.end))
    for at, token in enumerate(words):
        if dimension == "preference" and token.word in ADJECTIVES:
            known.add(at)
        if part := part_of_day_window(words, at):
            known |= set(range(at, part[1]))
        size = max(phrase_length(words, at, phrases) for phrases in (WIDE, NARROW, VERB_NEGATIONS, COMPARED, NEUTRAL, REASONS))
        known |= set(range(at, at + max(size, untroubled_length(words, at))))
        if token.word in EXCEPTED | CUTTING:
            known.add(at)
        counts = dimension in ("frequency", "communication") and number(token.word) is not None
        counts = counts or (whole(token.word) is not None and bool({t.word for t in words[at + 1 : at + 3]} & _COUNTED))
        if counts or token.word == "if":
            known.add(at)  # an "if" that is no condition: see constructions.py
    return known
