"""Words and patterns that tell a recommendation from anything else.

They are the data of ``recommending.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from propersim.core import safe_yaml
from propersim.world.catalogue import topics
from propersim.world.data import data_text

_RAW: Final[dict[str, Any]] = safe_yaml.load(data_text("recommending.yaml"))


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_RAW["classes"][name].split()).split(", "))


END: Final = frozenset("!.?")
"""Marks that end a sentence."""

BREAK: Final = frozenset("(),:;–—…")
"""Marks between clauses."""

JOIN: Final = _words("join")
"""Words between clauses."""

ANY_BREAK: Final = BREAK | JOIN
"""What a clause may begin after."""

STRONG_BREAK: Final = frozenset(":;–—")
"""Marks after which a sentence begins anew."""

NEGATORS: Final = _words("negators")
"""Words that negate a clause."""

SUBORDINATE: Final = _words("subordinate")
"""Words that begin a subordinate clause."""

TIMES: Final = _words("times")
"""Times that are no things."""

AFTER_NOUNS: Final = _words("after_nouns")
"""Words that end a group of nouns."""

BEFORE_VERB: Final = _words("before_verb")
"""Words before a verb in its base form."""

BEFORE_GERUND: Final = _words("before_gerund")
"""Words before a verb in -ing."""

ADJECTIVE_ENDINGS: Final = ("ful", "ous", "ive", "less", "able", "axing", "alming", "oothing", "teresting", "resting")
"""Endings of adjectives."""

PRONOUNS: Final = _words("pronouns")
"""Subjects."""

AUXILIARIES: Final = _words("auxiliaries")
"""Verbs that begin a question."""

NARRATORS: Final = _words("narrators")
"""Subjects of sentences that are told."""

ARTICLES: Final = _words("articles")
"""Words that cannot follow a modal verb."""

MODALS: Final = _words("modals")
"""Modal verbs."""

QUESTIONS: Final = _words("questions")
"""Words that begin a question."""

DETERMINERS: Final = _words("determiners")
"""Words before a noun, and objects that are pronouns."""

PARTICLES: Final = _words("particles")
"""Prepositions, adverbs and other words that are no nouns."""

FINITE: Final = _words("finite")
"""Words before which a word is a subject and no verb."""


class WordsAndPatterns:
    """The words and patterns of ``recommending.yaml``."""

    def __init__(self) -> None:
        raw = _RAW

        def words(name: str) -> frozenset[str]:
            return frozenset(" ".join(raw[name].split()).split(", "))

        self.verbs, self.others, self.people = words("verbs"), words("others"), words("people")
        self.wishes, self.heads, self.said = words("wishes"), words("heads"), words("said")
        self.dangling, self.always_dangling, self.objects = words("dangling"), words("always_dangling"), words("objects")
        self.verbs |= frozenset(line.split()[0] for topic in topics().values() for line in topic.suggestions)
        self.openers = frozenset(tuple(entry.split()) for entry in words("openers"))
        self.longest = max(map(len, self.openers))
        lists = {name: "|".join(sorted(words(name), key=lambda word: -len(word))) for name in ("verbs", "offers")}
        lists["good"] = raw["good"]

        def pattern(text: str) -> re.Pattern[str]:
            for name, alternatives in lists.items():
                text = text.replace(f"{{{name}}}", alternatives)
            return re.compile(text.strip())

        self.signs = {
            word: pattern(rf"{re.escape(word)} (?:{rest})") if rest else pattern(rf"{re.escape(word)}\b")
            for word, rest in raw["signs"].items()
        }
        self.assignment = pattern(rf"(?:{'|'.join(sorted(words('assignments')))}) (?:{raw['assigned']})")
        self.impossible: dict[str, frozenset[str]] = {}
        for left, right in raw["impossible"]:
            for word in left.split():
                self.impossible[word] = self.impossible.get(word, frozenset()) | frozenset(right.split())
        self.objects_of = {tuple(verb.split()): frozenset(row["topics"]) for row in raw["objects_of"] for verb in row["verbs"]}
        self.not_people, self.same_in_past = words("not_people"), words("same_in_past")
        self.adjectives = words("adjectives")
        self.measures, self.before_verbs = words("measures"), words("before_verbs")
        self.no_objects, self.portions = words("no_objects"), words("portions")
        self.courtesies = pattern(raw["courtesies"])
        self.negated_after = re.compile(
            r"(?: (?!but\b|and\b|if\b|or\b)[\w'-]+){0,3} (?:not|never|don't)\b"
            r"(?! (?:only|just|too|miss|forget|least|to miss|to forget|far|yet))"
        )
        self.benefit = pattern(raw["benefit"])
        self.none = re.compile("|".join(raw["none"]), re.IGNORECASE)


@cache
def words_and_patterns() -> WordsAndPatterns:
    """Return the words and patterns, loaded once."""
    return WordsAndPatterns()


class Sentence:
    """One sentence as words with their places in the joined text."""

    def __init__(self, words: Sequence[str], end: str) -> None:
        self.words, self.end = words, end
        self.text = " ".join([*words, end]) if end else " ".join(words)
        self.at: list[int] = []
        place = 0
        for word in words:
            self.at.append(place)
            place += len(word) + 1


def sentences(words: Sequence[str]) -> list[Sentence]:
    """Split words at full stops, exclamation marks and question marks."""
    result: list[Sentence] = []
    current: list[str] = []
    for word in words:
        if word in END:
            if current:
                result.append(Sentence(current, word))
            current = []
        else:
            current.append(word)
    if current:
        result.append(Sentence(current, ""))
    return result
