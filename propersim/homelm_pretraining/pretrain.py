"""Train HomeLM from scratch: corpus, tokenizer, weights, figures.

``propersim models build homelm`` calls :func:`build`.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from propersim.core.rng import generator
from propersim.homelm_pretraining.corpus import Example, corpus_hash, examples
from propersim.models.homelm_evidence_tokens import LENGTH, about, field_tokens
from propersim.models.homelm_field_tokens import ANSWER, EOS, SILENT, SPEAK
from propersim.models.homelm_tokenizer import build_tokenizer

EXAMPLES: Final = 200_000
HELD_OUT: Final = 8_000
EPOCHS: Final = 2
BATCH: Final = 128
RATE: Final = 3e-3

SIZES: Final[dict[str, Any]] = {
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
}
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
        rows: the examples.
        tokenizer: HomeLM's tokenizer.
    """

    def __init__(self, rows: Sequence[Example], tokenizer: Any) -> None:
        self.prompts = np.array([row.prompt for row in rows], np.int32)
        assert self.prompts.shape[1] == LENGTH
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

        width = LENGTH + max(len(self.given[i]) + len(self.said[i]) for i in numbers)
        ids = np.zeros((len(numbers), width), np.int64)
        answer = np.zeros((len(numbers), width), bool)
        ids[:, :LENGTH] = self.prompts[numbers]
        for k, i in enumerate(numbers):
            start = LENGTH + len(self.given[i])
            end = start + len(self.said[i])
            ids[k, LENGTH:end] = self.given[i] + self.said[i]
            answer[k, start - 1 : end - 1] = end > start
        return Batch(*map(torch.from_numpy, (ids, answer, self.right[numbers], self.weight[numbers])))


def new_model(entries: int) -> Any:
    """Return a LLaMA with random weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=entries, max_position_embeddings=160, tie_word_embeddings=True, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        rms_norm_eps=1e-5, attention_bias=False, initializer_range=0.02, **SIZES,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def _losses(model: Any, batch: Batch, decisions: tuple[int, int], mean_weight: float) -> dict[str, Any]:
    """Return the losses of a batch.

    Args:
        model: the model.
        batch: the examples.
        decisions: token ids of silence and of speaking.
        mean_weight: mean weight of the corpus' decisions.
    """
    import torch
    import torch.nn.functional as f

    hidden = model.model(input_ids=batch.ids, use_cache=False).last_hidden_state
    logits = torch.log_softmax(model.lm_head(hidden[:, LENGTH - 1]).float(), -1)[:, list(decisions)]
    wrong = -(batch.right * logits[:, 1] + (1 - batch.right) * logits[:, 0])
    losses = {"decision": (batch.weight * wrong).mean() / mean_weight}
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
        for numbers in table.batches(size, generator(0, "homelm/fit")):
            batch = table.batch(numbers)
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
    processes = os.cpu_count() or 1
    rows = list(examples(count, seed=seed, processes=processes))
    held = list(examples(HELD_OUT, seed=seed, part="held-out", processes=processes))
    tokenizer = build_tokenizer([row.text for row in rows if row.text], field_tokens())
    table, rest = Table(rows, tokenizer), Table(held, tokenizer)
    made = time.monotonic() - began
    figures = {
        "entries": len(tokenizer),
        "field_tokens": len(field_tokens()),
        "corpus": corpus_hash(seed=seed),
        "examples": count,
        "sentences": sum(row.text is not None for row in rows),
        "seed": seed,
        "seconds_corpus": round(made, 1),
    }
    model = new_model(-(-len(tokenizer) // 64) * 64)
    decisions = tokenizer.convert_tokens_to_ids(SILENT), tokenizer.convert_tokens_to_ids(SPEAK)
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
    tokenizer.save_pretrained(out)
    (out / "card.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


def _train(model: Any, table: Table, decisions: tuple[int, int], *, seed: int, epochs: int, progress: Progress | None) -> int:
    """Train a model on a table, and return the number of steps."""
    import torch

    weights = list(model.parameters())
    groups = [{"params": [p for p in weights if (p.dim() > 1) == big], "weight_decay": 0.05 * big} for big in (True, False)]
    optimiser = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    shuffle, mean_weight = generator(seed, "homelm/order"), float(table.weight.mean())
    steps, step = epochs * -(-len(table.kept) // BATCH), 0
    model.train()
    for _ in range(epochs):
        for numbers in table.batches(BATCH, shuffle):
            rate = RATE * min(1.0, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))
            for group in optimiser.param_groups:
                group["lr"] = rate
            losses = _losses(model, table.batch(numbers), decisions, mean_weight)
            total: Any = _DECISION * losses["decision"] + losses.get("sentence", 0.0)
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            step += 1
            if progress is not None and (step % 100 == 0 or step == steps):
                progress(step, steps, {name: float(value.detach()) for name, value in losses.items()})
    return step
