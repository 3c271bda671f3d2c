"""Build ``propersim/world/data/recommending.npz``: the weights that decide whether a text recommends anything.

    PYTHONPATH=. python tools/build_recommending.py

A logistic regression over the signs of ``recommending.yaml``, function words, their neighbours and the shapes of other words. It is
trained on sentences that recommend something (catalogue, HomeLM's frames, the lexicon's examples) and on sentences that do not:
``tools/recommending_examples.yaml``, and sentences of the first kind that were cut off, shuffled or repeated. No test sentence is used.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from propersim.core import safe_yaml
from propersim.pretraining import sentences as corpus
from propersim.reading import recommending as reading
from propersim.reading.classifier import lexicon, tokens
from propersim.reading.signs import signs_of
from propersim.reading.word_classes import sentences
from propersim.world import data as world_data
from propersim.world.catalogue import tones, topics

EXAMPLES = Path(__file__).parent / "recommending_examples.yaml"
OUT = Path(world_data.__file__).parent / reading.WEIGHTS
SEED, EPOCHS, RATE, DECAY = 7, 60, 0.05, 2e-4
PRIOR = 20.0  # how many pairs of chance are added to the counted ones of each word
LEAST = 12  # how often a word must occur to be known by itself


@cache
def irregular() -> dict[str, str]:
    """Return the irregular past tenses by verb."""
    raw: str = safe_yaml.load(EXAMPLES.read_text(encoding="utf-8"))["past"]
    return dict(pair.split(":", 1) for pair in " ".join(raw.split()).split(", "))


def past(suggestion: str) -> str:
    """Return a suggestion with its first verb in the past tense."""
    verb, _, rest = suggestion.partition(" ")
    if verb in irregular():
        return f"{irregular()[verb]} {rest}"
    if verb.endswith("e"):
        return f"{verb}d {rest}"
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ied {rest}"
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnpt]", verb):
        return f"{verb}{verb[-1]}ed {rest}"
    return f"{verb}ed {rest}"


def third(suggestion: str) -> str:
    """Return a suggestion with its first verb in the third person."""
    verb, _, rest = suggestion.partition(" ")
    if re.search(r"[^aeiou]y$", verb):
        return f"{verb[:-1]}ies {rest}"
    return f"{verb}{'es' if re.search(r'(s|x|z|ch|sh|o)$', verb) else 's'} {rest}"


def gerund(suggestion: str) -> str:
    """Return a suggestion with its first verb as "baking"."""
    verb, _, rest = suggestion.partition(" ")
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnpt]", verb):
        verb += verb[-1]
    return f"{verb[:-1] if re.search('[^eo]e$', verb) else verb}ing {rest}"


def capital(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def suggestions() -> list[str]:
    """Return all suggestions of the catalogue, of HomeLM's corpus and of the lexicon."""
    extra = [line for patterns in corpus.data("suggestions_extra.yaml").values() for p in patterns for line in list(corpus.spelled(p))[:6]]
    return (
        [s for t in topics().values() for s in t.suggestions] + extra + [s for v in lexicon()["examples"].values() for s in v.splitlines()]
    )


def true(rng: random.Random) -> Iterator[str]:
    """Yield sentences that recommend something."""
    known = suggestions()
    ours = [s for t in topics().values() for s in t.suggestions]
    yield from ours
    frames = [f for tone in corpus.frames().values() for f in tone]
    frames += [
        v.replace("{s}", "{suggestion}").replace("{S}", "{Suggestion}")
        for lines in lexicon()["voices"].values()
        for v in lines.splitlines()
    ]
    for frame in frames:
        for _ in range(6):
            s = rng.choice(known)
            text = frame.replace("{suggestion}", s).replace("{Suggestion}", capital(s))
            yield capital(text.replace("{when}", "this evening").replace("{When}", "This evening"))
    for tone in tones().values():
        for phrasing in tone.phrasings:
            for _ in range(14):
                yield tone.say(phrasing, rng.choice(ours))
    for line in examples()["true"].splitlines():
        for _ in range(8 if "{" in line else 3):
            s = rng.choice(ours)
            yield line.format(s=s, ing=gerund(s), ed=past(s))
    for line in lexicon()["said"].splitlines():
        text = line.split(": ", 1)[1]
        yield text
        yield text


def order_of(texts: list[str], kept: frozenset[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return how much more often two neighbours are seen than by chance (logarithm), and the same for unseen neighbours of a word."""
    seen: Counter[tuple[str, str]] = Counter()
    for text in texts:
        for part in sentences(tokens(text)):
            seen.update(reading.pairs_of(part, kept))
    left, right = Counter[str](), Counter[str]()
    for (a, b), count in seen.items():
        left[a] += count
        right[b] += count
    total = sum(right.values())
    share = {b: (n + 0.5) / total for b, n in right.items()}
    pairs = {f"{a} {b}": math.log((n + PRIOR * share[b]) / (left[a] + PRIOR) / share[b]) for (a, b), n in sorted(seen.items())}
    return pairs, {a: math.log(PRIOR / (n + PRIOR)) for a, n in sorted(left.items())}


def examples() -> dict[str, str]:
    """Return the examples of sentences that recommend nothing, by kind, and as ``true`` of those that do."""
    raw: dict[str, Any] = safe_yaml.load(EXAMPLES.read_text(encoding="utf-8"))
    return {**raw["none"], "true": raw["some"]}


def plain_false() -> list[str]:
    """Return those examples with one suggestion each, which are coherent sentences too."""
    s = "bake a loaf"
    return [
        line.format(s=s, S=capital(s), ed=past(s), es=third(s))
        for kind, lines in examples().items()
        if kind != "true"
        for line in lines.splitlines()
    ]


def false(rng: random.Random, positive: list[str]) -> Iterator[str]:
    """Yield sentences that recommend nothing."""
    known = [s for t in topics().values() for s in t.suggestions]
    for kind, lines in examples().items():
        if kind == "true":
            continue
        for line in lines.splitlines():
            for _ in range(12 if "{" in line else 4):
                s = rng.choice(known)
                yield line.format(s=s, S=capital(s), ed=past(s), es=third(s))
    for text in rng.sample(positive, 1500):
        words = text.rstrip(".!?").split()
        if len(words) > 5:
            rng.shuffle(words)
            yield " ".join(words).lower()
            yield capital(" ".join(words).lower()) + "."
    for text in rng.sample(positive, 500):
        words = text.split()
        half = words[: len(words) // 2 + 1]
        rng.shuffle(half)
        yield " ".join([*words, *half])


def features(words: list[str], kept: frozenset[str]) -> list[str]:
    """Return the features of a text."""
    parts = sentences(words)
    return reading.features(words, parts, [signs_of(part) for part in parts], kept)


def main() -> None:
    """Train the weights and write them."""
    rng = random.Random(SEED)
    positive = list(true(rng))
    negative = list(false(rng, positive))
    texts = [(t, 1.0) for t in positive] + [(t, 0.0) for t in negative]
    words = [tokens(t) for t, _ in texts]
    said = [tokens(line.split(": ", 1)[1]) for line in lexicon()["said"].splitlines()]
    counts = Counter(
        w for row in [*said, *(tokens(v) for lines in lexicon()["voices"].values() for v in lines.splitlines())] for w in set(row)
    )
    kept = frozenset(w for w, n in counts.items() if n >= LEAST)
    rows = [features(row, kept) for row in words]
    seen = Counter(f for row in rows for f in set(row))
    keys = sorted(f for f, n in seen.items() if n >= 5)
    index = {k: i for i, k in enumerate(keys)}
    held = [np.asarray(sorted({index[f] for f in row if f in index}), np.int64) for row in rows]
    y = np.asarray([label for _, label in texts])
    share = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    w, bias, grad = np.zeros(len(keys)), 0.0, np.full(len(keys), 1e-6)
    order = np.random.default_rng(SEED)
    grad_bias = 1e-6
    for _ in range(EPOCHS):
        for at in order.permutation(len(held)):
            rows_at = held[at]
            p = 1 / (1 + np.exp(-(w[rows_at].sum() + bias)))
            g = share[at] * (p - y[at])
            step = g + DECAY * w[rows_at]
            grad[rows_at] += step**2
            w[rows_at] -= RATE * step / np.sqrt(grad[rows_at])
            grad_bias += g * g
            bias -= RATE * g / np.sqrt(grad_bias)
    pairs, unseen = order_of(list(dict.fromkeys([*positive, *plain_false()])), kept)
    scores = np.asarray([w[r].sum() + bias for r in held])
    print(f"{len(positive)} true, {len(negative)} false, {len(keys)} features, right: {((scores > 0) == (y == 1)).mean():.4f}")
    np.savez_compressed(
        OUT,
        keys=np.frombuffer("\n".join(keys).encode(), np.uint8),
        kept=np.frombuffer("\n".join(sorted(kept)).encode(), np.uint8),
        weights=w.astype(np.float16),
        bias=np.asarray([bias], np.float32),
        pairs=np.frombuffer("\n".join(pairs).encode(), np.uint8),
        order=np.asarray(list(pairs.values()), np.float16),
        lefts=np.frombuffer("\n".join(unseen).encode(), np.uint8),
        unseen=np.asarray(list(unseen.values()), np.float16),
    )
    print(OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
