"""Compile the communication text: tones, tones to avoid, and subjects off limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.findings import DimensionRules, Finding, not_placed
from propersim.rubric.lexicon import Hit
from propersim.rubric.sentences import Clause, Token, clauses, sentences, tokens

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


def compile_communication(text: str) -> DimensionRules:
    """Compile the text on tone into ``tones``, ``avoid`` and ``boundaries``.

    There are no rules if no welcome tone can be read.
    """
    findings: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(findings)
        sets_boundaries = bool({t.word for t in words} & _BOUNDARY_WORDS)
        for clause in _clauses_and_parts(words):
            part = words[clause.start : clause.end]
            subjects = lexicon.find("subjects", words, clause.start, clause.end) if sets_boundaries else []
            if subjects:
                findings.append(_finding(sentence, words, "boundaries", subjects, True, "a subject to respect or leave alone"))
            if clause.kind == "reason":
                continue
            disliked = clause.kind == "refusal" or bool(
                {t.word for t in part} & _DISLIKE_WORDS and not {t.word for t in part[:4]} & _WISH_WORDS
            )
            key = "avoid" if disliked else "tones"
            in_subjects = {n for hit in subjects for n in range(hit.start, hit.end)}
            for section, sure, reason in (("tones", True, "named"), ("near", False, "not a tone in the catalogue; this is the nearest")):
                hits = [h for h in lexicon.find(section, words, clause.start, clause.end) if not in_subjects & set(range(h.start, h.end))]
                if hits and not (subjects and clause.kind == "refusal"):
                    findings.append(_finding(sentence, words, key, hits, sure, reason))
        if len(findings) == before:
            findings.append(not_placed("communication", sentence, "names no tone and no subject"))
    return _combine(findings)


def _clauses_and_parts(words: Sequence[Token]) -> list[Clause]:
    """Return the clauses of a sentence, also cut at semicolons.

    "Be warm; orders make me stubborn" says two things.
    """
    parts = []
    for clause in clauses(words):
        cuts = [clause.start, *(n for n in range(clause.start + 1, clause.end) if words[n].word == ";"), clause.end]
        parts += [Clause(clause.kind, start, end) for start, end in pairwise(cuts)]
    return parts


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
            findings = [replace(item, applied=True) if item.key == key else item for item in findings]
            values = list(dict.fromkeys(name for item in findings if item.key == key for name in item.rule))
        if key == "avoid":
            values = [name for name in values if name not in rules.get("tones", ())]
        if values:
            rules[key] = values
    if "tones" not in rules:
        return DimensionRules(None, findings, "names no welcome tone of the catalogue")
    return DimensionRules(rules, findings, "")
