"""Compile the communication text: tones, tones to avoid, and subjects off limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.findings import DimensionRules, Finding, not_placed
from propersim.rubric.lexicon import Hit
from propersim.rubric.scope import Clause, clauses
from propersim.rubric.sentences import Token, sentences, tokens

_DISLIKE_WORDS = {
    "makes",
    "make",
    "startle",
    "startles",
    "confuse",
    "confuses",
    "hurt",
    "hurts",
    "annoys",
    "annoy",
    "grates",
    "grate",
    "bothers",
    "irritates",
    "wears",
    "overwhelming",
    "puts",
    "put",
    "jump",
    "stay",
    "offend",
    "offends",
    "too",
    "overly",
}
_WISH_WORDS = {"be", "prefer", "like", "speak", "talk", "put", "use", "please", "welcome", "appreciate", "works", "love"}
_BOUNDARY_WORDS = {
    "boundaries",
    "boundary",
    "respect",
    "limits",
    "private",
    "privacy",
    "value",
    "mention",
    "speak",
    "talk",
    "word",
    "say",
    "topics",
    "avoid",
    "about",
    "nothing",
    "alone",
    "affair",
}


_NEAREST = "not a tone in the catalogue; this is the nearest"


def compile_communication(text: str) -> DimensionRules:
    """Compile the text on tone into ``tones``, ``avoid`` and ``boundaries``.

    There are no rules if no welcome tone can be read.
    """
    findings: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(findings)
        sets_boundaries = bool({t.word for t in words} & _BOUNDARY_WORDS)
        for clause in clauses(words, _names_tone, without="refusal"):
            for part in _parts(clause.words):
                findings += _read_part(sentence, part, clause, sets_boundaries)
        if len(findings) == before:
            findings.append(not_placed("communication", sentence, "names no tone and no subject"))
    return _combine(findings)


def _names_tone(words: Sequence[Token]) -> bool:
    return any(lexicon.find(section, words) for section in ("tones", "near"))


def _parts(words: Sequence[Token]) -> list[Sequence[Token]]:
    """Cut a clause at semicolons: "Be warm; orders make me stubborn" says two things."""
    cuts = [0, *(n for n in range(1, len(words)) if words[n].word == ";"), len(words)]
    return [words[start:end] for start, end in pairwise(cuts) if end > start]


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
    subjects = lexicon.find("subjects", words) if sets_boundaries and clause.kind != "contrast" else []
    if subjects:
        doubt = clause.doubt
        reason = doubt or "a subject to respect or leave alone"
        findings.append(_finding(sentence, words, "boundaries", subjects, not doubt, reason))
    if clause.kind in ("reason", "contrast"):
        return findings
    spoken = {t.word for t in words}
    disliked = refused or bool(spoken & _DISLIKE_WORDS and not {t.word for t in words[:4]} & _WISH_WORDS)
    key = "avoid" if disliked else "tones"
    in_subjects = {n for hit in subjects for n in range(hit.start, hit.end)}
    for section, sure, reason in (("tones", True, "named"), ("near", False, _NEAREST)):
        hits = [h for h in lexicon.find(section, words) if not in_subjects & set(range(h.start, h.end))]
        if hits and not (subjects and refused):
            findings.append(_finding(sentence, words, key, hits, sure and not clause.doubt, clause.doubt or reason))
    return findings


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
            values = [name for name in values if name not in rules.get("tones", ())]
        if values:
            rules[key] = values
    if "tones" not in rules:
        return DimensionRules(None, findings, "names no welcome tone of the catalogue")
    return DimensionRules(rules, findings, "")
