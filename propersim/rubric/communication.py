"""How: tones that are welcome, tones that grate, subjects that are off limits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from propersim.rubric import lexicon
from propersim.rubric.findings import Finding
from propersim.rubric.lexicon import Hit
from propersim.rubric.sentences import Clause, Token, clauses, sentences, tokens

_GRATES = {
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
_WISHES = {"be", "prefer", "like", "speak", "talk", "put", "use", "please", "welcome", "appreciate", "works", "love"}
_LIMITS = {
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


def compile_communication(text: str) -> tuple[dict[str, Any] | None, list[Finding], str]:
    """Return the rule (None where no tone can be read), what was found, and why there is no rule."""
    found: list[Finding] = []
    for sentence in sentences(text):
        words = tokens(sentence)
        before = len(found)
        limits = bool({t.word for t in words} & _LIMITS)
        for clause in _parts(words):
            part = words[clause.start : clause.end]
            subjects = lexicon.find("subjects", words, clause.start, clause.end) if limits else []
            if subjects:
                found.append(_finding(sentence, words, "boundaries", subjects, True, "said to be respected or left alone"))
            if clause.kind == "reason":
                continue
            grates = clause.kind == "refusal" or bool({t.word for t in part} & _GRATES and not {t.word for t in part[:4]} & _WISHES)
            key = "avoid" if grates else "tones"
            taken = {n for hit in subjects for n in range(hit.start, hit.end)}
            for section, sure, reason in (("tones", True, "named"), ("near", False, "no tone of the catalogue; this is the nearest")):
                hits = [h for h in lexicon.find(section, words, clause.start, clause.end) if not taken & set(range(h.start, h.end))]
                if hits and not (subjects and clause.kind == "refusal"):
                    found.append(_finding(sentence, words, key, hits, sure, reason))
        if len(found) == before:
            found.append(
                Finding("communication", sentence, (0, len(sentence)), "not placed", "", None, "names no tone and no subject", False)
            )
    return _combine(found)


def _parts(words: Sequence[Token]) -> list[Clause]:
    """Return the clauses of a sentence, each cut at semicolons: "be warm; orders make me stubborn" says two things."""
    found = []
    for clause in clauses(words):
        cuts = [clause.start, *(n for n in range(clause.start + 1, clause.end) if words[n].word == ";"), clause.end]
        found += [Clause(clause.kind, start, end) for start, end in pairwise(cuts)]
    return found


def _finding(sentence: str, words: Sequence[Token], key: str, hits: Sequence[Hit], sure: bool, reason: str) -> Finding:
    span = (words[hits[0].start].start, words[hits[-1].end - 1].end)
    return Finding("communication", sentence, span, "high" if sure else "low", key, lexicon.names(hits), reason, sure)


def _combine(found: list[Finding]) -> tuple[dict[str, Any] | None, list[Finding], str]:
    """Return the rule. A nearest tone is used only where none is named; what is both welcome and not is dropped from the second."""
    rule: dict[str, Any] = {}
    for key in ("tones", "avoid", "boundaries"):
        values = list(dict.fromkeys(name for item in found if item.key == key and item.applied for name in item.rule))
        if key == "tones" and not values:
            found = [_applied(item) if item.key == key else item for item in found]
            values = list(dict.fromkeys(name for item in found if item.key == key for name in item.rule))
        if key == "avoid":
            values = [name for name in values if name not in rule.get("tones", ())]
        if values:
            rule[key] = values
    if "tones" not in rule:
        return None, found, "names no tone of the catalogue that is welcome"
    return rule, found, ""


def _applied(item: Finding) -> Finding:
    return Finding(item.dimension, item.sentence, item.span, item.confidence, item.key, item.rule, item.reason, True)
