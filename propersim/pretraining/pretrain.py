"""Train HomeLM: corpus, tokenizer, weights, figures.

It begins with the weights of ``homelm-eager``, which has learned to write the same kind of sentences, and learns to read evidence.

``propersim models build homelm`` calls :func:`build`.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from propersim.core.rng import generator
from propersim.models import homelm_field_tokens as eager_tokens
from propersim.models.homelm_evidence_tokens import LENGTH, NUMBERS, about, cut, field_tokens, numbered, numbers
from propersim.models.homelm_field_tokens import ANSWER, EOS, SILENT, SPEAK
from propersim.models.homelm_tokenizer import with_fields
from propersim.models.homelm_weights import EAGER
from propersim.models.packed import pack
from propersim.pretraining.corpus import Example, corpus_hash, examples, given_sentences

EXAMPLES: Final = 128_000
HELD_OUT: Final = 8_000
EPOCHS: Final = 1
BATCH: Final = 128
RATE: Final = 2e-3
GIVEN: Final = 48_000
"""Sentences of the first part of the training, each about a given topic in a given tone.

Their prompts are cut (:func:`~propersim.models.homelm_evidence_tokens.cut`): a topic is learned from many sentences; from whole prompts,
whose other fields say little about it, far more slowly.
"""
GIVEN_BATCH: Final = 64
TEACHER: Final = 0.8
"""Weight of the gate's probability in what a decision should be; the rest is whether speaking was right at that moment.

The gate, a classifier with few weights, is trained on the same examples first. A single moment says little about moments like it, and a
model of this size would learn a few hundred users by heart.
"""

_DECISION: Final = 3.0
"""Weight of a decision's loss; that of a sentence's token is 1."""

Progress = Callable[[int, int, dict[str, float]], None]


class Batch(NamedTuple):
    """A batch of examples, padded on the right.

    Attributes:
        ids: token ids, shape (rows, width).
        answer: whether the next token belongs to the sentence, same shape.
        right: probability that a recommendation is right, shape (rows,).
        weight: weight of the decision, same shape.
    """

    ids: Any
    answer: Any
    right: Any
    weight: Any


class Table:
    """Tokenised examples in memory.

    Args:
        rows: the examples; all prompts have the same length.
        tokenizer: HomeLM's tokenizer.
    """

    def __init__(self, rows: Sequence[Example], tokenizer: Any) -> None:
        self.prompts = np.array([row.prompt for row in rows], np.int32)
        self.length = self.prompts.shape[1]
        self.right = np.array([row.right for row in rows], np.float32)
        self.weight = np.array([row.weight for row in rows], np.float32)
        said = tokenizer([row.text or "" for row in rows], add_special_tokens=False)["input_ids"]
        speak, eos = (tokenizer.convert_tokens_to_ids(token) for token in (SPEAK, EOS))
        self.given = [[speak, *(about(row.topic, row.tone) if row.given else [])] if row.text else [] for row in rows]
        self.said = [[*ids, eos] if row.text else [] for row, ids in zip(rows, said, strict=True)]
        self.kept = [i for i, ids in enumerate(self.said) if len(ids) <= ANSWER]

    def batches(self, size: int, shuffle: Any) -> list[list[int]]:
        """Return batches of example numbers with similar lengths, in random order."""
        order = list(self.kept)
        shuffle.shuffle(order)
        batches: list[list[int]] = []
        for start in range(0, len(order), 64 * size):
            part = sorted(order[start : start + 64 * size], key=lambda i: len(self.given[i]) + len(self.said[i]))
            batches += [part[j : j + size] for j in range(0, len(part), size)]
        shuffle.shuffle(batches)
        return batches

    def batch(self, numbers: Sequence[int]) -> Batch:
        """Return a batch as tensors."""
        import torch

        length = self.length
        width = length + max(len(self.given[i]) + len(self.said[i]) for i in numbers)
        ids = np.zeros((len(numbers), width), np.int64)
        answer = np.zeros((len(numbers), width), bool)
        ids[:, :length] = self.prompts[numbers]
        for k, i in enumerate(numbers):
            start = length + len(self.given[i])
            end = start + len(self.said[i])
            ids[k, length:end] = self.given[i] + self.said[i]
            answer[k, start - 1 : end - 1] = end > start
        return Batch(*map(torch.from_numpy, (ids, answer, self.right[numbers], self.weight[numbers])))


def new_model(tokenizer: Any, seed: int) -> Any:
    """Return ``homelm-eager`` with the tokens of another tokenizer.

    Tokens that both have keep their vectors. Those of a numbered field begin with vectors that are near each other where the numbers are.

    Args:
        tokenizer: the tokenizer.
        seed: seed of the vectors of new tokens.
    """
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

    model: Any = LlamaForCausalLM.from_pretrained(EAGER, dtype=torch.float32)
    known = PreTrainedTokenizerFast.from_pretrained(EAGER).get_vocab()
    old = model.model.embed_tokens.weight.detach().clone()
    model.resize_token_embeddings(-(-len(tokenizer) // 64) * 64, mean_resizing=False)
    rows, generator_ = model.model.embed_tokens.weight.detach(), torch.Generator().manual_seed(seed)
    rows.normal_(std=float(old.std()), generator=generator_)
    for token, row in tokenizer.get_vocab().items():
        if token in known:
            rows[row] = old[known[token]]
    directions: dict[str, Any] = {}
    for row, field, value in numbered():
        if field not in directions:
            directions[field] = torch.randn(1 + NUMBERS, rows.shape[1], generator=generator_) * old.std()
        rows[row] = torch.tensor([1.0, *numbers(field, value)]) @ directions[field]
    model.config.vocab_size = len(rows)
    return model


def _losses(model: Any, batch: Batch, decisions: tuple[int, int], mean_weight: float) -> dict[str, Any]:
    """Return the losses of a batch.

    Args:
        model: the model.
        batch: the examples.
        decisions: token ids of silence and of speaking.
        mean_weight: mean weight of the decisions of all examples; 0: they have none.
    """
    import torch
    import torch.nn.functional as f

    hidden = model.model(input_ids=batch.ids, use_cache=False).last_hidden_state
    losses = {}
    if mean_weight:
        logits = torch.log_softmax(model.lm_head(hidden[:, LENGTH - 1]).float(), -1)[:, list(decisions)]
        wrong = -(batch.right * logits[:, 1] + (1 - batch.right) * logits[:, 0])
        losses["decision"] = (batch.weight * wrong).mean() / mean_weight
    if bool(batch.answer.any()):
        target = batch.ids[:, 1:][batch.answer[:, :-1]]
        losses["sentence"] = f.cross_entropy(model.lm_head(hidden[:, :-1][batch.answer[:, :-1]]).float(), target)
    return losses


class Fit(NamedTuple):
    """How well a model fits held-out examples.

    Attributes:
        perplexity: perplexity of a sentence's token.
        decision: mean cross-entropy of a decision, in nats.
        least: the smallest mean cross-entropy that is possible, because what is right is itself uncertain.
        precision: share of the moments above :data:`~propersim.core.interfaces.SPEAK_ABOVE` where a recommendation is right.
        recall: share of the right recommendations that are above it.
    """

    perplexity: float
    decision: float
    least: float
    precision: float
    recall: float


def fit(model: Any, table: Table, decisions: tuple[int, int], *, size: int = 128, above: float = 0.5) -> Fit:
    """Return how well a model fits the examples of a table.

    Args:
        model: the model.
        table: tokenised examples.
        decisions: token ids of silence and of speaking.
        size: examples per batch.
        above: probability above which it speaks.
    """
    import torch
    import torch.nn.functional as f

    total, count, model_ = 0.0, 0, model.eval()
    rows: list[tuple[float, float, float]] = []
    with torch.no_grad():
        for part in table.batches(size, generator(0, "homelm/fit")):
            batch = table.batch(part)
            hidden = model_.model(input_ids=batch.ids, use_cache=False).last_hidden_state
            pair = model_.lm_head(hidden[:, LENGTH - 1]).float()[:, list(decisions)]
            rows += zip(torch.softmax(pair, -1)[:, 1].tolist(), batch.right.tolist(), batch.weight.tolist(), strict=True)
            target = batch.ids[:, 1:][batch.answer[:, :-1]]
            if len(target):
                total += float(f.cross_entropy(model_.lm_head(hidden[:, :-1][batch.answer[:, :-1]]).float(), target, reduction="sum"))
                count += len(target)
    chance, right, weight = np.clip(np.array(rows).T, 1e-7, None)
    chance, sure = np.clip(chance, 1e-7, 1 - 1e-7), np.clip(right, 1e-7, 1 - 1e-7)

    def entropy(p: Any) -> float:
        return float(-(weight * (right * np.log(p) + (1 - right) * np.log(1 - p))).sum() / weight.sum())

    spoken = chance > above
    hits = float((weight * right)[spoken].sum())
    return Fit(
        math.exp(total / max(1, count)), entropy(chance), entropy(sure), hits / max(1e-9, float(weight[spoken].sum())),
        hits / float((weight * right).sum()),
    )  # fmt: skip


def gate_chances(rows: Sequence[Example], seed: int) -> Any:
    """Train the gate on examples, and return its probability of speaking at each of them."""
    import torch

    from propersim.pretraining.gate import train_gate

    gate = train_gate(rows, seed=seed)
    return gate.chances(torch.tensor([row.prompt for row in rows])).numpy()


def corpus(count: int, seed: int, part: str = "train") -> list[Example]:
    """Return examples, made by one process per core.

    Args:
        count: number of examples.
        seed: seed of the corpus.
        part: name of an independent part, such as ``train`` or ``held-out``.
    """
    return list(examples(count, seed=seed, part=part, processes=os.cpu_count() or 1))


def build(out: Path, *, seed: int = 0, count: int = EXAMPLES, epochs: int = EPOCHS, progress: Progress | None = None) -> dict[str, Any]:
    """Train HomeLM, save it in a folder, and return its figures.

    The figures are also written to ``card.json``.

    Args:
        out: folder; files of the same names are replaced.
        seed: seed of the corpus, the weights and the order.
        count: examples of the corpus.
        epochs: passes over the corpus.
        progress: called every 100 steps with step, steps and the losses.
    """
    import torch
    import transformers

    began = time.monotonic()
    torch.manual_seed(seed)
    rows, held = corpus(count, seed), corpus(HELD_OUT, seed, "held-out")
    tokenizer = with_fields(EAGER, eager_tokens.field_tokens(), field_tokens())
    table, rest = Table(rows, tokenizer), Table(held, tokenizer)
    made = time.monotonic() - began
    # The gate reads the examples as they are; HomeLM learns what it found.
    table.right = (1 - TEACHER) * table.right + TEACHER * gate_chances(rows, seed)
    figures = {
        "entries": len(tokenizer),
        "field_tokens": len(field_tokens()),
        "corpus": corpus_hash(seed=seed),
        "examples": count,
        "sentences": sum(row.text is not None for row in rows),
        "seed": seed,
        "seconds_corpus": round(made, 1),
    }
    model = new_model(tokenizer, seed)
    decisions = tokenizer.convert_tokens_to_ids(SILENT), tokenizer.convert_tokens_to_ids(SPEAK)
    figures["steps_given"] = teach_given(model, tokenizer, table.prompts, decisions, seed=seed, progress=progress)
    figures["steps"] = _train(model, table, decisions, seed=seed, epochs=epochs, progress=progress)
    model = model.to(torch.bfloat16).eval()
    found = fit(model.float(), rest, decisions)
    figures |= {
        "parameters": sum(p.numel() for p in model.parameters()),
        **{name: round(value, 4) for name, value in found._asdict().items()},
        "seconds": round(time.monotonic() - began, 1),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    model = model.to(torch.bfloat16)
    out.mkdir(parents=True, exist_ok=True)
    model.generation_config.max_new_tokens = ANSWER
    model.save_pretrained(out, safe_serialization=True)
    pack(out)
    tokenizer.save_pretrained(out)
    (out / "card.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


def teach_given(
    model: Any, tokenizer: Any, prompts: Any, decisions: tuple[int, int], *, seed: int, count: int = GIVEN, progress: Progress | None = None
) -> int:
    """Train a model on sentences about given topics and tones, and return the number of steps.

    Args:
        model: the model.
        tokenizer: its tokenizer.
        prompts: token ids of the prompts to draw from, shape (moments, :data:`LENGTH`).
        decisions: token ids of silence and of speaking.
        seed: seed of the sentences and the order.
        count: number of sentences, at most that of the prompts.
        progress: called every 100 steps with step, steps and the loss.
    """
    drawn = generator(seed, "homelm/given").sample(range(len(prompts)), min(count, len(prompts)))
    parts = [drawn[start : start + 1000] for start in range(0, len(drawn), 1000)]
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        made = pool.map(given_sentences, [prompts[part].tolist() for part in parts], itertools.repeat(seed), range(len(parts)))
        rows = [row._replace(prompt=cut(row.prompt)) for part in made for row in part]
    return _train(model, Table(rows, tokenizer), decisions, seed=seed + 1, epochs=1, progress=progress, batch=GIVEN_BATCH)


def _train(
    model: Any,
    table: Table,
    decisions: tuple[int, int],
    *,
    seed: int,
    epochs: int,
    progress: Progress | None,
    batch: int = BATCH,
) -> int:
    """Train a model on a table, and return the number of steps."""
    import torch

    weights = list(model.parameters())
    groups = [{"params": [p for p in weights if (p.dim() > 1) == big], "weight_decay": 0.05 * big} for big in (True, False)]
    optimiser = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    shuffle, mean_weight = generator(seed, "homelm/order"), float(table.weight.mean())
    steps, step = epochs * -(-len(table.kept) // batch), 0
    model.train()
    for _ in range(epochs):
        for part in table.batches(batch, shuffle):
            rate = RATE * min(1.0, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))
            for group in optimiser.param_groups:
                group["lr"] = rate
            losses = _losses(model, table.batch(part), decisions, mean_weight)
            total: Any = _DECISION * losses.get("decision", 0.0) + losses.get("sentence", 0.0)
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            step += 1
            if progress is not None and (step % 100 == 0 or step == steps):
                progress(step, steps, {name: float(value.detach()) for name, value in losses.items()})
    return step
