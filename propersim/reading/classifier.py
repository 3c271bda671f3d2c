"""Classification of a one-sentence recommendation: topic, tone and off-limits subjects.

Topic and tone are scored by the sum of two sources: a hand-made lexicon (``lexicon.yaml``), and linear weights over known words, static
word vectors and punctuation (``word_vectors.npz``, trained by ``tools/build_word_vectors.py``). Subjects come from the lexicon alone: a
longer phrase hides the words inside it, so that "a rich flavour" is not about money.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from propersim.core import safe_yaml
from propersim.reading.injection import is_injection
from propersim.reading.recommending import recommends
from propersim.world.catalogue import SUBJECTS, tones, topics
from propersim.world.data import data_bytes, data_text

Array = npt.NDArray[np.float32]

LIMIT: Final = 600
"""Characters of a text that are read; the rest is ignored."""

CACHE: Final = 50_000
"""Size of a reader's cache, in readings."""

VECTORS: Final = "word_vectors.npz"
"""Name of the data file with word vectors and trained weights."""

_LEANING: Final = 0.3
"""Least leaning of a word that makes it a word of a topic."""

_STRENGTH: Final = {"sure": 4.0, "likely": 1.5, "hint": 0.5}
_SUBORDINATE: Final = frozenset({"because", "since", "as", "so", "which", "before", "after", "while", "than", "given", "thanks", "if"})
_SUBORDINATE_WEIGHT: Final = 0.5
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[!?.,;:()…—–%$£€]")
_SENTENCE: Final = re.compile(r"(?<=[.!?\n])\s+|\n")


class Reading(NamedTuple):
    """The classification of a text.

    Attributes:
        topic: id of the topic, or None where no topic is likely enough.
        tone: id of the tone, or None likewise.
        subjects: off-limits subjects that the text touches, keys of :data:`propersim.world.catalogue.SUBJECTS`.
        recommends: whether the text recommends something to the user at all. Where it does not, topic and tone are those of its words.
    """

    topic: str | None
    tone: str | None
    subjects: frozenset[str]
    recommends: bool = False


def tokens(text: str) -> list[str]:
    """Split a text into lower-case words, numbers and punctuation.

    Accents and possessive endings are dropped.
    """
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'").lower())
    plain = "".join(ch for ch in plain if not unicodedata.combining(ch)) if not plain.isascii() else plain
    result: list[str] = []
    for word in _TOKEN.findall(plain):
        result.append(word[:-2] if word.endswith("'s") and word not in ("let's", "it's", "that's", "there's", "who's") else word)
    return result


@cache
def lexicon() -> dict[str, Any]:
    """Return the data of the lexicon file."""
    raw: dict[str, Any] = safe_yaml.load(data_text("lexicon.yaml"))
    return raw


@cache
def _irregular() -> dict[str, str]:
    return {entry.split()[0]: entry.split()[-1] for entry in lexicon()["irregular"].split(",")}


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without its inflection; most forms of one word give the same stem."""
    irregular = _irregular().get(word)
    if irregular is not None:
        return irregular
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ied", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 2 and re.search(r"[aeiouy]", root):
            if ending == "ied":
                word = root + "y"
            elif len(root) > 2 and root[-1] == root[-2] and root[-1] not in "lsz":
                word = root[:-1]
            elif len(root) <= 4 and re.fullmatch(r"[^aeiou]*[aeiouy][^aeiouywx]", root):
                word = root + "e"
            else:
                word = root
            break
    if len(word) >= 5 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4 and word.endswith("our"):
        word = word[:-3] + "or"
    return word[:-2] + "iz" if len(word) > 4 and word.endswith("is") else word


class Phrases:
    """Entries of one or more words, to be found in a list of words.

    At each position the longest entry wins.
    """

    def __init__(self) -> None:
        self._first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self._index: dict[tuple[str, ...], int] = {}
        self.entries: list[list[tuple[int, float]]] = []

    def add(self, words: Sequence[str], label: int, weight: float) -> None:
        """Add a label to an entry; an entry may have several labels.

        Args:
            words: words of the entry.
            label: index of the topic or tone, or another number.
            weight: strength of the evidence for that label.
        """
        key = tuple(words)
        if key not in self._index:
            self._index[key] = len(self.entries)
            self._first.setdefault(key[0], []).append((key, len(self.entries)))
            self._first[key[0]].sort(key=lambda pair: -len(pair[0]))
            self.entries.append([])
        self.entries[self._index[key]].append((label, weight))

    def lacks(self, words: frozenset[str]) -> bool:
        """Return whether no entry begins with one of the words."""
        return self._first.keys().isdisjoint(words)

    def find(self, words: Sequence[str]) -> list[tuple[int, int, list[tuple[int, float]]]]:
        """Return every entry found, in order, not overlapping.

        Each is (position, length, [(label, weight), …]).
        """
        matches, free, first = [], 0, self._first
        for at, word in enumerate(words):
            if at < free or word not in first:
                continue
            after = words[at + 1] if at + 1 < len(words) else ""
            for key, number in first[word]:
                if len(key) == 1 or (key[1] == after and (len(key) == 2 or tuple(words[at : at + len(key)]) == key)):
                    matches.append((at, len(key), self.entries[number]))
                    free = at + len(key)
                    break
        return matches


def _split_entries(raw: str) -> Iterable[list[str]]:
    for entry in raw.split(","):
        words = [w for w in tokens(entry) if w[0].isalnum() or w in "$£€"]
        if words:
            yield words


def split_hyphens(words: Iterable[str]) -> list[str]:
    """Return the words, with hyphenated words split at their hyphens."""
    return [part for word in words for part in word.split("-")]


class Lexicon:
    """The hand-made part of the classifier: turns a text into counts and flags."""

    def __init__(self) -> None:
        raw = lexicon()
        self.topics, self.tones = tuple(topics()), tuple(tones())
        self._matter, self._manner, self._subjects = Phrases(), Phrases(), {name: Phrases() for name in SUBJECTS}
        for name, parts in raw["topics"].items():
            for strength, entries in parts.items():
                for words in _split_entries(entries):
                    self._matter.add([stem(w) for w in split_hyphens(words)], self.topics.index(name), _STRENGTH[strength])
        for words in _split_entries(raw["manner"]):
            self._matter.add([stem(w) for w in split_hyphens(words)], -1, 0.0)
        for name, parts in raw["tones"].items():
            for strength in ("sure", "likely"):
                for words in _split_entries(parts[strength]):
                    self._manner.add(split_hyphens(words), self.tones.index(name), 3.0 if strength == "sure" else 2.0)
        self._emoji = {ch: self.tones.index(name) for name, parts in raw["tones"].items() for ch in parts["emoji"] if not ch.isspace()}
        for name, parts in raw["subjects"].items():
            for weight, strength in ((2.0, "sure"), (1.0, "likely"), (0.0, "not")):
                for words in _split_entries(parts[strength]):
                    self._subjects[name].add(split_hyphens(words), 0, weight)
        lines = [s for t in topics().values() for s in t.suggestions] + [s for v in raw["examples"].values() for s in v.splitlines()]
        self._verbs = frozenset(tokens(line)[0] for line in lines) - {"a", "an", "the", "that", "ten", "reading", "making", "one", "five"}

    def subjects(self, words: Sequence[str]) -> frozenset[str]:
        """Return the off-limits subjects that the words of a text touch."""
        touched, known = set(), frozenset(words)
        for name, phrases in self._subjects.items():
            if phrases.lacks(known):
                continue
            weights: dict[str, float] = {}
            for at, size, hits in phrases.find(words):
                weights[" ".join(words[at : at + size])] = min(weight for _, weight in hits)
            if sum(weights.values()) >= 2.0:
                touched.add(name)
        return frozenset(touched)

    def topic_cues(self, words: Sequence[str]) -> tuple[Array, list[tuple[str, float]]]:
        """Return the lexicon's evidence for each topic, and the words that may indicate a topic.

        The evidence has shape (topics,); the words have weights.
        """
        stems, weights, weight = [stem(w) for w in words], [], 1.0
        for word in words:
            if not word[0].isalnum():
                weight = 1.0
            elif word in _SUBORDINATE:
                weight = _SUBORDINATE_WEIGHT
            weights.append(weight)
        sums = np.zeros(len(self.topics), np.float32)
        ignored: set[int] = set()
        for at, size, hits in self._matter.find(stems):
            if any(label < 0 for label, _ in hits) and not any(strength >= _STRENGTH["likely"] for _, strength in hits):
                ignored.update(range(at, at + size))
                continue
            total = sum(strength for _, strength in hits)
            for label, strength in hits:
                if label >= 0:
                    sums[label] += weights[at] * strength * (strength / total) ** 0.5 * (1.0 + 0.6 * (size - 1))
        return sums, [(w, weights[i]) for i, w in enumerate(words) if i not in ignored and w[0].isalpha()]

    def tone_cues(self, text: str, words: Sequence[str]) -> Array:
        """Return the features of a tone: lexicon cues and flags of style.

        Their shape is (3 × tones + flags,); the cues are strong, weak and emoji.
        """
        count = len(self.tones)
        cues = np.zeros(3 * count, np.float32)
        for _, size, hits in self._manner.find(words):
            for label, weight in hits:
                cues[label + (0 if weight > 2.0 else count)] += (1.0 if len(hits) == 1 else 0.6) * (1.0 + 0.3 * (size - 1))
        for ch in text:
            if ch in self._emoji:
                cues[2 * count + self._emoji[ch]] += 1.0
        alphas = [w for w in words if w[0].isalpha()]
        opener, size = (alphas[0] if alphas else ""), len(alphas)
        bangs, asks, has = words.count("!"), words.count("?"), set(words)
        first_person = {"i", "i'm", "i'd", "i've", "i'll", "me", "my"}
        second_person = {"you", "your", "yourself", "you're", "you've"}
        imperative = opener in self._verbs
        flags = [
            imperative, bangs == 1, bangs >= 2, asks > 0, text.rstrip()[-1:] == "!",
            size <= 5, 6 <= size <= 8, 9 <= size <= 12, size >= 20,
            any(w[0].isdigit() for w in words), "%" in has or "percent" in has or "per cent" in text,
            bool(has & {"because", "since", "therefore"}), bool(has & {"might", "may", "perhaps", "maybe", "could"}),
            bool(has & first_person), bool(has & second_person), ";" in has or ":" in has, "," in has, bool(has & {"—", "–"}),
            any(len(w) > 2 and w.isupper() for w in text.split()), any("'" in w for w in words),
            size <= 12 and not bangs + asks and imperative, words.count(".") > 1, sum(len(w) > 8 for w in alphas) >= 3,
        ]  # fmt: skip
        return np.concatenate([np.log1p(cues), np.asarray(flags, np.float32)]).astype(np.float32)


class Vectors:
    """Word vectors, and the topics that each word alone suggests.

    Args:
        words: words of the table.
        rows: their vectors, shape (words, dimensions): direction times importance of the word.
        leans: their shares of the topics, shape (words, topics), in 255ths.
    """

    def __init__(self, words: Sequence[str], rows: npt.NDArray[np.int8], leans: npt.NDArray[np.uint8]) -> None:
        self._rows, self._leans, self._at = rows, leans, {word: i for i, word in enumerate(words)}

    def _row(self, word: str) -> int:
        at = self._at.get(word, -1)
        return at if at >= 0 else self._at.get(stem(word), -1)

    def lookup(self, weighted: Iterable[tuple[str, float]]) -> tuple[Array, Array, int]:
        """Return the mean direction of weighted words, and their sums for each topic.

        Also returns how many of the words the table knows.
        """
        pairs = [(at, w) for word, w in weighted if (at := self._row(word)) >= 0]
        indices, weights = [at for at, _ in pairs], np.asarray([w for _, w in pairs], np.float32)
        total = weights @ self._rows[indices].astype(np.float32)
        leans = weights @ self._leans[indices].astype(np.float32) / 255.0
        return (total / max(float(np.linalg.norm(total)), 1e-6)).astype(np.float32), leans.astype(np.float32), len(pairs)


def grams(words: Sequence[str]) -> list[str]:
    """Return the keys of the tone's weights: words, neighbouring pairs, and the first word."""
    marked = ["^", *words]
    return [*words, *(f"{a} {b}" for a, b in zip(marked, words, strict=False))]


def unpack(raw: Any) -> list[str]:
    """Return the words that the data file stores as bytes, one per line."""
    return bytes(raw).decode().split("\n")


class Reader:
    """Classifies texts and caches the results; the same text always gives the same reading."""

    def __init__(self) -> None:
        self._lexicon = Lexicon()
        with np.load(io.BytesIO(data_bytes(VECTORS)), allow_pickle=False) as data:
            self._vectors = Vectors(unpack(data["words"]), data["rows"], data["leans"])
            self._w = {name: data[name].astype(np.float32) for name in data.files if data[name].dtype == np.float16}
            self._matter = {key: i for i, key in enumerate(unpack(data["matter_keys"]))}
            self._manner = {key: i for i, key in enumerate(unpack(data["manner_keys"]))}
        self.word_topics = lru_cache(maxsize=4096)(self._topics_of)
        self._cached_read = lru_cache(maxsize=CACHE)(self._read)

    def read(self, text: str) -> Reading:
        """Return the topic, tone and subjects of a text; never raises."""
        return self._cached_read(text[:LIMIT])

    def _read(self, text: str) -> Reading:
        whole = tokens(text)
        words = split_hyphens(whole)
        subjects = self._lexicon.subjects(words)
        if any(is_injection(part) for part in _SENTENCE.split(text)):
            return Reading(None, None, subjects)
        topic = self._topic(words)
        tone = self._tone(text, words, topic)
        return Reading(topic, tone, subjects | topics()[topic].subjects if topic else subjects, recommends(text, whole, self.word_topics))

    def _topics_of(self, word: str) -> frozenset[str]:
        """Return the topics that a word alone suggests, by the lexicon or by its leaning."""
        sums, _ = self._lexicon.topic_cues([word])
        _, leans, _ = self._vectors.lookup([(word, 1.0)])
        return frozenset(name for name, cue, lean in zip(self._lexicon.topics, sums, leans, strict=True) if cue > 0 or lean >= _LEANING)

    def _topic(self, words: Sequence[str]) -> str | None:
        sums, weighted = self._lexicon.topic_cues(words)
        mean, leans, known = self._vectors.lookup(weighted)
        scores = topic_scores(
            self._w, features(sums, leans), [(self._matter[s], w) for word, w in weighted if (s := stem(word)) in self._matter], mean
        )
        best = int(np.argmax(scores))
        share = 1.0 / float(np.exp(scores - scores[best]).sum())
        if share < (0.25 if sums.any() else 0.5) or not (known or sums.any()):
            return None
        return self._lexicon.topics[best]

    def _tone(self, text: str, words: Sequence[str], topic: str | None) -> str | None:
        cues = self._lexicon.tone_cues(text, words)
        count = len(self._lexicon.tones)
        if topic is None and not cues[: 3 * count].any():
            return None
        mean, _, _ = self._vectors.lookup((w, 1.0) for w in words if w[0].isalpha())
        scores = tone_scores(self._w, cues, [self._manner[g] for g in grams(words) if g in self._manner], mean)
        best = int(np.argmax(scores))
        return None if topic is None and self._lexicon.tones[best] == "direct" else self._lexicon.tones[best]


def features(sums: Array, leans: Array) -> Array:
    """Return the features of each topic, shape (4, topics).

    They are the lexicon's and the vectors' sums, each as logarithm and as share.
    """
    return np.stack([np.log1p(sums), sums / (1.0 + sums.sum()), np.log1p(4.0 * leans), leans / (0.3 + leans.sum())]).astype(np.float32)


def topic_scores(w: dict[str, Array], rows: Array, bag: Sequence[tuple[int, float]], mean: Array) -> Array:
    """Return the scores of the topics, shape (topics,).

    Args:
        w: trained weights by name.
        rows: :func:`features` of the text.
        bag: (index, weight) of each known word.
        mean: mean word vector.
    """
    scores = w["matter_bias"] + mean @ w["matter_mean"] + w["matter_lex"] @ rows
    if bag:
        scores = scores + np.asarray([weight for _, weight in bag], np.float32) @ w["matter_bag"][[at for at, _ in bag]]
    return np.asarray(scores, np.float32)


def tone_scores(w: dict[str, Array], cues: Array, bag: Sequence[int], mean: Array) -> Array:
    """Return the scores of the tones, shape (tones,).

    Args:
        w: trained weights by name.
        cues: :meth:`Lexicon.tone_cues` of the text.
        bag: indices of the known words and word pairs.
        mean: mean word vector.
    """
    scores = w["manner_bias"] + cues @ w["manner_cues"] + mean @ w["manner_mean"]
    return np.asarray(scores + w["manner_bag"][list(bag)].sum(axis=0) if bag else scores, np.float32)


@cache
def default_reader() -> Reader:
    """Return the shared reader; the first call loads the data."""
    return Reader()
