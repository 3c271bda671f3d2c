"""Decide whether a text recommends something to the user at all.

A recommendation is a directive ("bake a loaf"), an offer ("shall I put on some jazz?") or a suggestion ("you might like a walk") that is
not negated, is meant for the user and not for others, and is one coherent text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np

from propersim.core import safe_yaml
from propersim.world.catalogue import topics
from propersim.world.data import data_bytes, data_text

_END: Final = frozenset(".!?")
_BREAK: Final = frozenset(",;:()…—–")
_JOIN: Final = frozenset({"and", "but", "so", "or", "then"})
_ANY_BREAK: Final = _BREAK | _JOIN
_STRONG_BREAK: Final = frozenset(";:—–")
_NEGATORS: Final = frozenset(
    {"not", "never", "no", "cannot", "nobody", "nothing", "without", "hardly", "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't"}
    | {"won't", "wouldn't", "can't", "couldn't", "shouldn't", "mustn't", "needn't", "mightn't", "haven't", "hasn't", "ain't", "neither", "nor"}
)
_SUBORDINATE: Final = frozenset({"that", "because", "since", "when", "while", "if", "as", "whether", "though", "although"})
_TIMES: Final = frozenset({"yesterday", "tuesday", "monday", "wednesday", "thursday", "friday", "saturday", "sunday", "minutes", "hours", "seconds", "o'clock"})
_AFTER_NOUNS: Final = frozenset({"that", "of", "because", "if", "so", "but", "this", "these", "each", "every", "all"})
_BEFORE_VERB: Final = frozenset({"to", "could", "might", "can", "you", "would", "should", "not", "let's", "and"})
_BEFORE_GERUND: Final = frozenset({"about", "by", "enjoy", "consider", "try", "suggest", "of", "for", "minutes", "moments", "moment", "time", "like"})
_ADJECTIVE_ENDINGS: Final = ("ful", "ous", "ive", "less", "able", "axing", "alming", "oothing", "teresting", "resting")
_PRONOUNS: Final = frozenset({"you", "i", "he", "she", "they", "we", "there"})
_AUXILIARIES: Final = frozenset({"do", "have", "did", "does", "is", "are", "was", "were", "has", "will"})
_NARRATORS: Final = frozenset({"she", "he", "they", "i", "we"})
_ARTICLES: Final = frozenset({"a", "an", "the", "my", "your", "of", "some"})
_MODALS: Final = frozenset({"would", "could", "might", "may", "should", "will"})
_QUESTIONS: Final = frozenset({"what", "who", "whom", "whose", "why", "how", "when", "where", "which"})
_DETERMINERS: Final = frozenset(
    {"a", "an", "the", "some", "any", "your", "my", "this", "that", "these", "those", "one", "two", "three", "four", "five", "six", "ten"}
    | {"twenty", "each", "every", "both", "all", "another", "it", "him", "her", "them", "yourself", "me", "us", "our", "their", "his", "its"}
    | {"whatever", "half", "several", "few", "no", "just", "only", "enough", "more", "less", "what", "who", "how", "where", "whether", "which"}
)
_PARTICLES: Final = frozenset(
    {"about", "after", "again", "along", "around", "as", "at", "away", "back", "before", "by", "down", "for", "from", "in", "inside", "into"}
    | {"like", "off", "on", "onto", "open", "out", "outside", "over", "past", "round", "straight", "through", "to", "together", "under", "until"}
    | {"up", "upstairs", "with", "within", "while", "when", "now", "today", "tonight", "tomorrow", "first", "here", "there", "home", "something"}
    | {"well", "and", "or", "once", "twice", "early", "late", "aside", "beside", "behind", "between", "against", "during", "next", "near"}
)
_FINITE: Final = frozenset(
    {"is", "are", "was", "were", "has", "have", "had", "will", "can", "could", "would", "may", "might", "must", "should", "does", "did", "of"}
    | {"isn't", "aren't", "wasn't", "won't", "can't", "than"}
)


class _Data:
    """The words and patterns of ``recommending.yaml``."""

    def __init__(self) -> None:
        raw: dict[str, Any] = safe_yaml.load(data_text("recommending.yaml"))

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

        self.signs = {word: pattern(rf"{re.escape(word)} (?:{rest})") if rest else pattern(rf"{re.escape(word)}\b") for word, rest in raw["signs"].items()}
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
        self.negated_after = re.compile(r"(?: (?!but\b|and\b|if\b|or\b)[\w'-]+){0,3} (?:not|never|don't)\b(?! (?:only|just|too|miss|forget|least|to miss|to forget|far|yet))")
        self.benefit = pattern(raw["benefit"])
        self.none = re.compile("|".join(raw["none"]), re.IGNORECASE)


_LEAST_WITHOUT_SIGN: Final = 0.5
"""Least score of a text without a sign of a recommendation."""

_LEAST_ORDER: Final = -0.62
"""Least :func:`order` of a text; about 1 of 125 sentences that people wrote is below it, and five of six that were shuffled."""

_LEAST_ORDER_WITHOUT_END: Final = -0.3
"""The same for a text without a full stop or another mark at its end."""

_SHORT: Final = 5
"""Words of a text whose order says too little."""

_CHEERS: Final = 6
"""Different words in a text that make three times the same word a cheer ("go go go")."""

WEIGHTS: Final = "recommending.npz"
"""Name of the data file with the trained weights."""


@cache
def _data() -> _Data:
    return _Data()


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
        if word in _END:
            if current:
                result.append(Sentence(current, word))
            current = []
        else:
            current.append(word)
    if current:
        result.append(Sentence(current, ""))
    return result


def _skip_openers(words: Sequence[str], at: int) -> int:
    """Return the place of the first word that is no opener."""
    data = _data()
    moved = True
    while moved and at < len(words):
        moved = False
        if words[at] in _BREAK:
            at, moved = at + 1, True
            continue
        for size in range(min(data.longest, len(words) - at), 0, -1):
            if tuple(words[at : at + size]) in data.openers and at + size < len(words):
                at, moved = at + size, True
                break
    return at


def _directive(sentence: Sentence, start: int) -> bool:
    """Return whether a clause that begins at a word is a directive to the user.

    A verb may also be an opener ("go and rest", "go to bed").
    """
    end = _skip_openers(sentence.words, start)
    return any([_commands(sentence, at) for at in range(start, min(end + 1, len(sentence.words)))])


def _commands(sentence: Sentence, at: int) -> bool:
    data, words = _data(), sentence.words
    word = words[at]
    after = words[at + 1] if at + 1 < len(words) else ""
    head = word.split("-")[-1] if "-" in word else word
    if head not in data.verbs or after in _FINITE or after in _PRONOUNS or (word in _AUXILIARIES and (sentence.end == "?" or after == "not")):
        return False
    if data.courtesies.match(sentence.text, sentence.at[at]) or data.assignment.match(sentence.text, sentence.at[at]):
        return False
    return not (word in data.wishes and after in ("me", "us"))


def _signs(sentence: Sentence, first_only: int | None) -> bool:
    data, words = _data(), sentence.words
    signs, heads = data.signs, data.heads
    negated, head = False, _skip_openers(words, 0)
    for at, word in enumerate(words):
        if word in _BREAK or word == "but":
            negated = False
            head = _skip_openers(words, at + 1)
            continue
        if word in _JOIN or word in _SUBORDINATE:
            head = max(head, _skip_openers(words, at + 1))
        if (
            not negated
            and word in signs
            and (first_only is None or at == first_only)
            and (at <= head or word not in heads)
            and (match := signs[word].match(sentence.text, sentence.at[at])) is not None
            and not data.negated_after.match(sentence.text, match.end())
        ):
            return True
        negated = negated or word in _NEGATORS
    return False


def _to_others(words: Sequence[str]) -> bool:
    """Return whether a sentence addresses others ("players, put your cards on the table")."""
    data = _data()
    words = words[1:] if words[0] in ("dear", "attention", "all", "ok", "now", "hello", "please") else words
    if len(words) < 3 or words[1] not in ",:":
        return False
    first = words[0]
    plural = len(first) > 4 and first.endswith("s") and not first.endswith("ss") and first not in data.not_people and first not in data.verbs
    return first in data.others or (plural and words[2] in data.verbs)


def signs_of(sentence: Sentence) -> str:
    """Return how one sentence recommends something: by a ``sign``, as a ``directive``, or not (empty)."""
    words = sentence.words
    first = _skip_openers(words, 0)
    asks = sentence.end == "?" and first < len(words) and words[first] in _QUESTIONS
    if _signs(sentence, first if asks else None):
        return "sign"
    if asks or _to_others(words):
        return ""
    if _directive(sentence, 0):
        return "directive"
    breaks = _STRONG_BREAK if words[0] in _NARRATORS else _ANY_BREAK
    for at, word in enumerate(words[:-1]):
        if word == "and" and words[at + 1] in _data().same_in_past:
            continue
        if word in breaks and _directive(sentence, at + 1 + (word == ":" and words[at + 1] == "you")):
            return "directive"
    return ""


def does_good(sentence: Sentence) -> bool:
    """Return whether something that is no person could, might or would do good ("a walk might lift your spirits")."""
    data, words = _data(), sentence.words
    start = 0
    for at, word in enumerate(words):
        if word in _BREAK or word in _JOIN:
            start = at + 1
        elif word in _MODALS and at > start and data.benefit.match(sentence.text, sentence.at[at] + len(word) + 1):
            subject = set(words[start:at])
            if not subject & data.people and not subject & _PRONOUNS and not subject & _NEGATORS:
                return True
    return False


def _repeats(words: Sequence[str]) -> bool:
    """Return whether words repeat themselves as no sentence does: three times one word, or a sequence twice in a row."""
    plain = [word for word in words if word[0].isalnum()]
    if len(plain) >= 8 and len(set(plain)) < 0.5 * len(plain):
        return True
    if len(set(plain)) == len(plain):
        return False
    cheers = len(set(plain)) >= _CHEERS
    for size in range(1, len(words) // 2 + 1):
        times = 3 if size == 1 else 2
        run = 0
        for at in range(len(words) - size):
            run = run + 1 if words[at] == words[at + size] and words[at][0].isalnum() else 0
            if run >= size * (times - 1) and not (cheers and size == 1):
                return True
    return False


def _cut_off(text: str, words: Sequence[str]) -> bool:
    """Return whether a text ends in the middle of a sentence.

    A bare suggestion of the catalogue, which begins with a small letter, may end in "on" or "for a while".
    """
    data = _data()
    last = next((word for word in reversed(words) if word[0].isalnum()), "")
    if last in data.always_dangling:
        return True
    if words[-1][0].isalnum() and not text[:1].islower():
        before = words[-2] if len(words) > 1 else ""
        verb = last[:-3] if last.endswith("ing") else last
        waits = (verb in data.objects or verb + "e" in data.objects) and (before in _BEFORE_VERB or (last != verb and before in _BEFORE_GERUND))
        describes = last in data.adjectives or (len(last) > 5 and last.endswith(_ADJECTIVE_ENDINGS))
        return last in data.dangling or waits or (describes and not _DETERMINERS.isdisjoint(words[-4:-1]))
    return words[-1] in ",:;(" and len(words) > 1


def _quoted(text: str, words: Sequence[str]) -> bool:
    return any(mark in text for mark in '"“”') and not _data().said.isdisjoint(words)


def _titled(text: str, words: Sequence[str]) -> bool:
    """Return whether a text is written like a headline, with capitals throughout and no full stop."""
    long = [word for word in text.split() if len(word) > 3 and word[0].isalpha()]
    plain = [word for word in words if word[0].isalpha()]
    return len(plain) > 1 and bool(long) and text.lstrip()[:1].isupper() and words[-1][0].isalnum() and all(word[0].isupper() for word in long) and not {"you", "your"} & set(plain) and (
        len(long) > 1 or len(plain) > 2
    )


def _salad(words: Sequence[str]) -> bool:
    """Return whether two words stand together that no sentence has in this order."""
    impossible = _data().impossible
    if any([after in impossible[word] for word, after in pairwise(words) if word in impossible]):
        return True
    return any([words[at] in _MODALS and words[at - 1] in _PRONOUNS and words[at + 1] in _ARTICLES for at in range(1, len(words) - 1)])


def makes_no_sense(words: Sequence[str], topics_of: Callable[[str], frozenset[str]]) -> bool:
    """Return whether a verb has an object that it cannot have ("drink the history"), or a time is used as a thing.

    Args:
        words: words and punctuation marks, in lower case.
        topics_of: returns the topics that a word alone suggests.
    """
    data = _data()
    for at, word in enumerate(words):
        after = words[at + 1] if at + 1 < len(words) else ""
        allowed, start = data.objects_of.get((word,)), at + 1
        if allowed is None:
            allowed, start = data.objects_of.get((word, after)), at + 2
        before = words[at - 1] if at else ","
        if allowed is not None and (start == at + 2 or before in data.before_verbs or not before[0].isalnum()):
            named = _object(words, start)
            known = frozenset(topic for noun in named for topic in topics_of(noun))
            if named and (named[-1] in _TIMES or (known and not known & allowed)):
                return True
        if word == "of" and at and words[at - 1] not in data.measures and not words[at - 1][0].isdigit():
            named = _object(words, at + 1)
            if named and named[-1] in _TIMES and after not in _DETERMINERS and not after[:1].isdigit():
                return True
        if (word in ("into", "with", "under", "on") and after == "yesterday" and (at + 2 == len(words) or not words[at + 2][0].isalnum())) or (word in ("listen", "listening") and after in ("a", "the", "some", "your")):
            return True
    return False


def _object(words: Sequence[str], start: int) -> list[str]:
    """Return the nouns and adjectives of the noun group that begins at a word; none where no group begins there."""
    data, found = _data(), list[str]()
    if start >= len(words) or (words[start] in _PARTICLES and words[start] not in _DETERMINERS):
        return []
    for word in words[start : start + 5]:
        if not word[0].isalnum() or word in _PARTICLES or word in _PRONOUNS or word in _FINITE or (found and word in _AFTER_NOUNS):
            break
        if word not in _DETERMINERS and word not in data.no_objects:
            found.append(word)
    return [] if found and found[-1] in data.portions else found


def form_is_none(text: str, words: Sequence[str]) -> bool:
    """Return whether a text is none by its form: cut off, repeating itself, told, a headline, code."""
    if not words or not any(word[0].isalpha() for word in words):
        return True
    return _data().none.search(text) is not None or _repeats(words) or _cut_off(text, words) or _quoted(text, words) or _titled(text, words) or _salad(words)


def recommends(text: str, words: Sequence[str], topics_of: Callable[[str], frozenset[str]] | None = None) -> bool:
    """Return whether a text recommends something to the user.

    Args:
        text: the text as it was said.
        words: its words and punctuation marks, in lower case.
        topics_of: returns the topics that a word alone suggests; without it the objects of verbs are not checked.
    """
    if not words or form_is_none(text, words) or (topics_of is not None and makes_no_sense(words, topics_of)):
        return False
    parts = sentences(words)
    least = _LEAST_ORDER if not words[-1][0].isalnum() else _LEAST_ORDER_WITHOUT_END
    if not parts or (len(words) > _SHORT and order(parts) < least):
        return False
    signs = [signs_of(part) for part in parts]
    return any(signs) or any([does_good(part) for part in parts]) or score(words, parts, signs) > _LEAST_WITHOUT_SIGN


@lru_cache(maxsize=65_536)
def _shape(word: str) -> str:
    if word[0].isdigit():
        return "~1"
    for ending in ("ing", "ed", "ly", "s"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return f"~{ending}"
    return "~v" if word in _data().verbs else "~"


def shapes(words: Sequence[str], kept: frozenset[str]) -> list[str]:
    """Return the words that are known by themselves as they are, and of others their shape."""
    return [word if word in kept or not word[0].isalnum() else _shape(word) for word in words]


def pairs_of(sentence: Sentence, kept: frozenset[str]) -> list[tuple[str, str]]:
    """Return the neighbouring words of a sentence, its beginning and its end included."""
    known = shapes(sentence.words, kept)
    return list(zip(["^", *known], [*known, "$"], strict=True))


def order(parts: Sequence[Sentence]) -> float:
    """Return how well the words stand in order: the mean over neighbours of how much more often they are seen than by chance.

    It is below 0 where the words might as well stand in any other order.
    """
    data = _weights()
    total, count = 0.0, 0
    for part in parts:
        before = "^"
        for word in [*shapes(part.words, data.kept), "$"]:
            weight = data.pairs.get(f"{before} {word}")
            total += data.unseen.get(before, 0.0) if weight is None else weight
            before = word
        count += len(part.words) + 1
    return total / max(1, count)


def features(words: Sequence[str], parts: Sequence[Sentence], signs: Sequence[str], kept: frozenset[str]) -> list[str]:
    """Return the features of a text for the weights.

    Args:
        words: its words and punctuation marks, in lower case.
        parts: its sentences.
        signs: how each sentence recommends something (:func:`signs_of`).
        kept: words that are known by themselves; others count by their shape.
    """
    known = shapes(words, kept)
    row = [*known, *[f"{a} {b}" for a, b in zip(["^", *known], [*known, "$"], strict=True)]]
    row += [mark for mark, found in (("SIGN", "sign" in signs), ("DIRECTIVE", "directive" in signs), ("PART", "" in signs)) if found]
    if not any(signs):
        row.append("NEITHER")
    if any([does_good(part) for part in parts]):
        row.append("THING")
    return row


class _Weights:
    """The trained weights of ``recommending.npz``."""

    def __init__(self) -> None:
        with np.load(io.BytesIO(data_bytes(WEIGHTS)), allow_pickle=False) as data:

            def table(keys: str, values: str) -> dict[str, float]:
                return dict(zip(bytes(data[keys]).decode().split("\n"), data[values].astype(float).tolist(), strict=True))

            self.weights, self.pairs, self.unseen = table("keys", "weights"), table("pairs", "order"), table("lefts", "unseen")
            self.kept = frozenset(bytes(data["kept"]).decode().split("\n"))
            self.bias = float(data["bias"][0])


@cache
def _weights() -> _Weights:
    return _Weights()


def score(words: Sequence[str], parts: Sequence[Sentence], signs: Sequence[str]) -> float:
    """Return the score of a text that is not none by its form.

    Args:
        words: its words and punctuation marks, in lower case.
        parts: its sentences.
        signs: how each sentence recommends something (:func:`signs_of`).
    """
    data = _weights()
    return data.bias + sum([data.weights.get(feature, 0.0) for feature in set(features(words, parts, signs, data.kept))])
