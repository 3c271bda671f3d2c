"""Compile the communication text: tones, tones to avoid, and subjects off limits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.circumstances import circumstance_start, read_circumstance
from propersim.rubric.coverage import doubt_unread, is_known_word
from propersim.rubric.days import find_days
from propersim.rubric.findings import UNREAD_REFUSAL, DimensionRules, Finding, WakingHours, not_placed
from propersim.rubric.lexicon import Hit
from propersim.rubric.negators import NEGATED_VERBS, VERB_NEGATIONS, phrase_length
from propersim.rubric.numbers import word_at
from propersim.rubric.scope import Clause, clauses
from propersim.rubric.sentences import Token, sentences, tokens
from propersim.rubric.untroubled import is_untroubled, turned_round
from propersim.rubric.word_sets import word_set

_DISLIKE_WORDS = word_set(
    """makes make startle startles confuse confuses hurt hurts annoys annoy grates grate bothers irritates wears puts put jump stay
    offend offends"""
)
"""Verbs that, with "me" after them, say what is disliked: "orders make me jump"."""
_LIKED_EFFECTS = frozenset(["happy", "laugh", "smile", "good", "glad", "better", "comfortable", "relaxed", "motivated", "welcome", "going"])
_TOO_MUCH = frozenset(["too", "overly", "overwhelming"])
_WISH_WORDS = {"be", "prefer", "like", "speak", "talk", "put", "use", "please", "welcome", "appreciate", "works", "love"}
_BOUNDARY_WORDS = {
    "boundaries",
    "boundary",
    "respect",
    "limits",
    "private",
    "mention",
    "speak",
    "talk",
    "word",
    "say",
    "topics",
    "avoid",
    "about",
    "discuss",
    "leave",
    "discussion",
    "subject",
    "subjects",
    "nothing",
    "alone",
    "affair",
}


_ONLY_THEN = "only at some times: no rule can say so"
_VALUED = "valued: perhaps no subject that is off limits"
_ONLY_NAMED = "named, but it is not clear whether it is off limits"
_NEAREST = "not a tone in the catalogue; this is the nearest"


def compile_communication(text: str) -> DimensionRules:
    """Compile the text on tone into ``tones``, ``avoid`` and ``boundaries``.

    There are no rules if no welcome tone can be read.
    """
    findings: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(findings)
        spoken = {t.word for t in words}
        sets_boundaries = bool(spoken & _BOUNDARY_WORDS) or "privacy" in spoken
        for clause in _complete(clauses(words, _names_tone, without="refusal")):
            for part in _parts(clause.words):
                findings += _read_part(sentence, part, clause, sets_boundaries)
        if len(findings) == before:
            findings.append(not_placed("communication", sentence, "names no tone and no subject"))
    return _combine(doubt_unread("communication", findings, _names_tone))


def _names_tone(words: Sequence[Token]) -> bool:
    return any(lexicon.find(section, words) for section in ("tones", "near"))


_ELLIPSES = word_set("isn't aren't doesn't don't won't can't not is are does do will can either . !")
_PLEASING = word_set("work works suit suits fit fits help helps please pleases appeal appeals like love enjoy")
_PERMITTED = word_set("fine ok okay good great welcome alright allowed acceptable nice lovely encouraged unproblematic")
_TWO_NEGATIONS = "it is not clear what of the words before it is negated"


def _complete(read: Sequence[Clause]) -> list[Clause]:
    """Return the clauses with elliptic ones completed by their subject.

    "Humour is fine, sarcasm isn't" refuses sarcasm; "health is a sensitive subject, money isn't" does not refuse money.
    """
    result: list[Clause] = []
    for clause in read:
        said = [t for t in clause.words if t.word not in _ELLIPSES]
        spoken = [t.word for t in clause.words if t.word not in (".", "!", "either")]
        ends = bool(spoken) and spoken[-1] in NEGATED_VERBS
        last = next((n for n in range(len(result) - 1, -1, -1) if result[n].kind == "statement"), None)
        if clause.kind != "refusal" or not ends or last is None:
            result.append(clause)
            continue
        head = list(result[last].words)
        subject: list[Token] = []
        if not said:
            cut = max((n for n, t in enumerate(head) if t.word in (",", ";", "but", "–", "—", ":")), default=-1)
            head, subject = head[: cut + 1], head[cut + 1 :]
        permitted = bool({t.word for t in head} & _PERMITTED)
        verb = spoken[-1] in ("doesn't", "don't", "won't", "can't")
        positive = bool({t.word for t in head} & _PLEASING) if verb else permitted or not {t.word for t in head} & {"is", "are"}
        result[last] = result[last]._replace(words=tuple(head))
        doubt = clause.doubt or ("" if positive else _TWO_NEGATIONS)
        result.append(clause._replace(words=(*subject, *clause.words), doubt=doubt))
    return [clause for clause in result if clause.words]


def _parts(words: Sequence[Token]) -> list[Sequence[Token]]:
    """Cut a clause at semicolons: "Be warm; orders make me stubborn" says two things."""
    cuts = [0, *(n for n in range(1, len(words)) if words[n].word == ";"), len(words)]
    return [words[start:end] for start, end in itertools.pairwise(cuts) if end > start]


def _read_part(sentence: str, words: Sequence[Token], clause: Clause, sets_boundaries: bool) -> list[Finding]:
    """Return what a part of a clause says of tones and subjects.

    Args:
        sentence: the sentence.
        words: the part's tokens.
        clause: the clause.
        sets_boundaries: whether the sentence speaks of subjects to leave alone.
    """
    findings: list[Finding] = []
    refused = clause.kind == "refusal"
    if refused and not clause.doubt:
        clause = clause._replace(doubt=turned_round(words))
    subjects = lexicon.find("subjects", words) if sets_boundaries and clause.kind != "contrast" else []
    if _NO_SUBJECT & set(itertools.pairwise(t.word for t in words)):
        subjects = []  # "no subject is closed"
    if not refused:
        subjects = [hit for hit in subjects if not _is_permitted(words, hit)]
    if any(hit.names != ("privacy",) for hit in subjects):
        # "Keep family matters private" names one subject.
        subjects = [hit._replace(names=()) if _is_predicate(words, hit) else hit for hit in subjects]
    if subjects:
        doubt = clause.doubt or _only_valued(words, subjects) or ("" if refused or _sets_limit(words) else _ONLY_NAMED)
        reason = doubt or "a subject to respect or leave alone"
        item = _finding(sentence, words, "boundaries", subjects, not doubt, reason)
        findings.append(replace(item, applied=item.applied or (doubt == _ONLY_NAMED and _closes_subjects(sentence))))
    if clause.kind in ("reason", "contrast"):
        return findings
    pleases = {t.word for t in words} & {"makes", "make"} and {t.word for t in words} & _LIKED_EFFECTS
    doubt = clause.doubt or (_ONLY_THEN if _in_circumstance(words) else "it is not clear whether this is wished" if pleases else "")
    disliked = refused or (_says_disliked(words) and not {t.word for t in words[:4]} & _WISH_WORDS)
    key = "avoid" if disliked else "tones"
    in_subjects = {n for hit in subjects for n in range(hit.start, hit.end)}
    for section, sure, reason in (("tones", True, "named"), ("near", False, _NEAREST)):
        hits = [h for h in lexicon.find(section, words) if not in_subjects & set(range(h.start, h.end))]
        hits = [h for h in hits if not (refused and words[h.start].word in ("fond", "kind") and word_at(words, h.end) == "of")]
        if refused and hits and (thing := _described(words, hits[-1])):
            doubt = doubt or f"describes “{thing}”, which is refused"
        if hits and not (subjects and refused):
            findings.append(_finding(sentence, words, key, hits, sure and not doubt, doubt or reason))
    if refused and not findings and len(words) > 1:
        span = (words[0].start, words[-1].end)
        findings.append(Finding("communication", sentence, span, "low", "", None, UNREAD_REFUSAL, False))
    return findings


def _is_predicate(words: Sequence[Token], hit: Hit) -> bool:
    """Return whether "private" says of another subject that it is off limits.

    "Private affairs" are a subject themselves.
    """
    return words[hit.start].word == "private" and word_at(words, hit.end) in ("", ".", ",", ";", "!", "and", "but")


def _is_permitted(words: Sequence[Token], hit: Hit) -> bool:
    """Return whether a statement says that a subject is allowed.

    Examples: "politics is fine", "you may mention my age".
    """
    stops = {",", ";", ":", ".", "but", "–", "—"}
    start = next((n + 1 for n in range(hit.start - 1, -1, -1) if words[n].word in stops), 0)
    before = [t.word for t in words[start : hit.start]]
    if is_untroubled(words[start : next((n for n in range(hit.end, len(words)) if words[n].word in stops), len(words))]):
        return True
    if any(pair in itertools.pairwise(before) for pair in (("you", "may"), ("you", "can"), ("you", "might"), ("feel", "free"))):
        return True
    end = next((n for n in range(hit.end, len(words)) if words[n].word in stops), len(words))
    return word_at(words, hit.end) in ("is", "are") and bool({t.word for t in words[hit.end : end]} & _PERMITTED)


_LIMITING = word_set(
    """boundaries boundary respect respectful respects respecting respected limits limit limited private avoid avoids avoiding leave alone
    affair affairs business sensitive sensitivities taboo clear skip out personal mine careful touchy protect protected
    protecting safe safety considerate nothing never no none not without aside steer tact tactful delicate closed shut isn't aren't"""
)
"""Words that, in a statement, say of a subject that it is off limits."""


def _sets_limit(words: Sequence[Token]) -> bool:
    """Return whether a statement has a word that puts a subject off limits.

    "Talk to me about my health" and "I like to talk about politics" have none.
    """
    return bool({t.word for t in words} & _LIMITING)


_NO_SUBJECT = {("no", "subject"), ("no", "topic"), ("no", "theme"), ("nothing", "is")}
_CLOSED = frozenset(["off", "closed", "shut", "aren't", "isn't", "neither", "nor"])


def _closes_subjects(sentence: str) -> bool:
    """Return whether a sentence says of some subject that it is closed.

    Example: "two subjects are closed: money, and my privacy".
    """
    return bool({t.word for t in tokens(sentence)} & _CLOSED)


def _described(words: Sequence[Token], hit: Hit) -> str:
    """Return the unknown word that a refused tone only describes; "" if there is none.

    Example: "gentle mockery isn't".
    """
    negated = [n for n in range(hit.end, len(words)) if phrase_length(words, n, VERB_NEGATIONS)]
    if not negated:
        return ""  # "no blunt criticism" refuses bluntness too
    after = word_at(words, hit.end)
    known = not after.isalpha() or is_known_word("communication", after) or after in VERB_NEGATIONS
    return "" if known else after


def _only_valued(words: Sequence[Token], subjects: Sequence[Hit]) -> str:
    """Return why privacy is perhaps no subject off limits; "" if it is one.

    "I value privacy" asks for no subject to be left alone, as "respect my privacy" does.
    """
    if not all(hit.names == ("privacy",) for hit in subjects):
        return ""
    ends = [n for n in range(len(words)) if words[n].word in (",", ";", ".", "but")]
    start = max((n + 1 for n in ends if n < subjects[0].start), default=0)
    end = min((n for n in ends if n >= subjects[-1].end), default=len(words))
    spoken = {t.word for t in words[start:end]}
    return "" if spoken & (_BOUNDARY_WORDS | {"respectful", "respecting", "respects", "respected"}) else _VALUED


def _in_circumstance(words: Sequence[Token]) -> bool:
    """Return whether a tone is stated for some activity, time or days only.

    Examples: "formal at work", "playful in the evening".
    """
    hours = WakingHours()
    begin = circumstance_start(words, hours, 0, len(words))
    if find_days(words):
        return True
    return begin is not None and any(one.activities or one.window for one in read_circumstance(words, hours, begin, len(words)))


def _says_disliked(words: Sequence[Token]) -> bool:
    for n, token in enumerate(words):
        near = {t.word for t in words[n + 1 : n + 4]}
        if token.word in _DISLIKE_WORDS and "me" in near and not {t.word for t in words[n:]} & _LIKED_EFFECTS:
            return True
        if token.word in _TOO_MUCH and lexicon.find("tones", words, n + 1, min(n + 4, len(words))):
            return True
    return False


def _finding(sentence: str, words: Sequence[Token], key: str, hits: Sequence[Hit], sure: bool, reason: str) -> Finding:
    span = (words[hits[0].start].start, words[hits[-1].end - 1].end)
    return Finding("communication", sentence, span, "high" if sure else "low", key, lexicon.names(hits), reason, sure)


def _combine(findings: list[Finding]) -> DimensionRules:
    """Combine the findings into rules.

    A nearest tone is used only if no tone of the catalogue is named; a tone that is both welcome and avoided counts as welcome.
    """
    rules: dict[str, Any] = {}
    for key in ("tones", "avoid", "boundaries"):
        values = list(dict.fromkeys(name for item in findings if item.key == key and item.applied for name in item.rule))
        if key == "tones" and not values:
            nearest = [item.key == key and item.reason.startswith(_NEAREST) for item in findings]
            findings = [replace(item, applied=True) if near else item for item, near in zip(findings, nearest, strict=True)]
            values = list(dict.fromkeys(name for item in findings if item.key == key and item.applied for name in item.rule))
        if key == "avoid":
            both = [name for name in values if name in rules.get("tones", ())]
            values = [name for name in values if name not in both]
            findings = [
                replace(item, confidence="low", reason=f"{', '.join(both)}: welcome and avoided")
                if item.key in ("tones", "avoid") and item.applied and set(item.rule) & set(both)
                else item
                for item in findings
            ]
        if values:
            rules[key] = values
    if "tones" not in rules:
        return DimensionRules(None, findings, "names no welcome tone of the catalogue")
    return DimensionRules(rules, findings, "")
