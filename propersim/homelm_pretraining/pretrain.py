"""Train HomeLM from scratch: corpus, tokenizer, weights, figures.

``propersim models build homelm`` calls :func:`build`.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from propersim.core.rng import generator
from propersim.homelm_pretraining.corpus import Example, corpus_hash, examples
from propersim.homelm_pretraining.probes import columns, field_flags, rule_flags
from propersim.models.homelm_field_tokens import ANSWER, EOS, LONGEST, SILENT, SPEAK, encode, field_tokens
from propersim.models.homelm_tokenizer import build_tokenizer

EXAMPLES: Final = 64_000
HELD_OUT: Final = 2_000
EPOCHS: Final = 2
BATCH: Final = 64
RATE: Final = 3e-3

SIZES: Final[dict[str, Any]] = {
    "hidden_size": 128,
    "intermediate_size": 384,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
}
_PROMPT_SHARE: Final = 0.2
_WEIGHTS: Final = {"prompt": 0.15, "fields": 1.0, "rules": 2.0}

Progress = Callable[[int, int, dict[str, float]], None]


class Batch(NamedTuple):
    """A batch of examples, padded on the right."""

    ids: Any
    answer: Any
    """Whether the next token belongs to the answer, shape of ``ids``."""
    prompt: Any
    last: Any
    fields: Any
    rules: Any


class Table:
    """Tokenised examples in memory."""

    def __init__(self, rows: Sequence[Example], tokenizer: Any, *, seed: int) -> None:
        self.prompts = [encode(row.state) for row in rows]
        said = tokenizer([row.text or "" for row in rows], add_special_tokens=False)["input_ids"]
        speak, silent, eos = (tokenizer.convert_tokens_to_ids(t) for t in (SPEAK, SILENT, EOS))
        self.answers = [[silent, eos] if row.text is None else [speak, *ids, eos] for row, ids in zip(rows, said, strict=True)]
        assert max(map(len, self.prompts)) <= LONGEST
        seen = columns([row.state for row in rows])
        self.fields, self.rules = field_flags(seen), rule_flags(seen, seed=seed)
        self.kept = [i for i, answer in enumerate(self.answers) if len(answer) <= ANSWER]

    def batches(self, size: int, shuffle: Any) -> list[list[int]]:
        """Return batches of example numbers with similar lengths, in random order."""
        order = list(self.kept)
        shuffle.shuffle(order)
        batches: list[list[int]] = []
        for start in range(0, len(order), 64 * size):
            part = sorted(order[start : start + 64 * size], key=lambda i: len(self.prompts[i]) + len(self.answers[i]))
            batches += [part[j : j + size] for j in range(0, len(part), size)]
        shuffle.shuffle(batches)
        return batches

    def batch(self, numbers: Sequence[int], shuffle: Any) -> Batch:
        """Return a batch as tensors."""
        import torch

        rows = [self.prompts[i] + self.answers[i] for i in numbers]
        width = max(map(len, rows))
        ids = np.zeros((len(rows), width), np.int64)
        answer, prompt = np.zeros((len(rows), width), bool), np.zeros((len(rows), width), bool)
        for k, (i, row) in enumerate(zip(numbers, rows, strict=True)):
            start = len(self.prompts[i])
            ids[k, : len(row)] = row
            answer[k, start - 1 : len(row) - 1] = True
            prompt[k, : start - 1] = [shuffle.random() < _PROMPT_SHARE for _ in range(start - 1)]
        last = [len(self.prompts[i]) - 1 for i in numbers]
        return Batch(*(torch.from_numpy(np.asarray(a)) for a in (ids, answer, prompt, last, self.fields[numbers], self.rules[numbers])))


def _flag_loss(logits: Any, flags: Any, lift: Any) -> Any:
    import torch.nn.functional as f

    asked = flags != 255
    return f.binary_cross_entropy_with_logits(logits[asked], flags[asked].float(), pos_weight=lift.expand_as(logits)[asked])


def new_model(entries: int) -> Any:
    """Return a LLaMA with random weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=entries, max_position_embeddings=160, tie_word_embeddings=True, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        rms_norm_eps=1e-5, attention_bias=False, initializer_range=0.02, **SIZES,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def _losses(model: Any, heads: Any, lifts: Any, batch: Batch) -> dict[str, Any]:
    import torch
    import torch.nn.functional as f

    out = model.model(input_ids=batch.ids, output_hidden_states=True, use_cache=False)
    hidden, target = out.last_hidden_state[:, :-1], batch.ids[:, 1:]
    losses = {}
    for name, mask in (("answer", batch.answer[:, :-1]), ("prompt", batch.prompt[:, :-1])):
        losses[name] = f.cross_entropy(model.lm_head(hidden[mask]).float(), target[mask])
    rows = torch.arange(len(batch.ids))
    layers = out.hidden_states
    losses["fields"] = _flag_loss(heads["fields"](layers[-3][rows, batch.last]), batch.fields, lifts["fields"])
    losses["rules"] = _flag_loss(heads["rules"](layers[-2][rows, batch.last]), batch.rules, lifts["rules"])
    return losses


def perplexity(model: Any, table: Table, *, size: int = 64) -> float:
    """Return a model's perplexity on the answers of a table, decision and end included.

    Args:
        model: the model.
        table: tokenised examples.
        size: examples per batch.
    """
    import torch
    import torch.nn.functional as f

    shuffle, total, count = generator(0, "homelm/perplexity"), 0.0, 0
    model.eval()
    with torch.no_grad():
        for numbers in table.batches(size, shuffle):
            batch = table.batch(numbers, shuffle)
            logits = model(input_ids=batch.ids, use_cache=False).logits[:, :-1][batch.answer[:, :-1]]
            target = batch.ids[:, 1:][batch.answer[:, :-1]]
            total += float(f.cross_entropy(logits.float(), target, reduction="sum"))
            count += len(target)
    return math.exp(total / count)


def _lift(flags: npt.NDArray[np.uint8]) -> Any:
    import torch

    share = np.clip((flags == 1).sum(0) / np.maximum(1, (flags != 255).sum(0)), 1e-3, 1.0)
    return torch.from_numpy(np.clip(((1 - share) / share) ** 0.5, 0.3, 8.0).astype(np.float32))


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
    rows, held = list(examples(count, seed=seed)), list(examples(HELD_OUT, seed=seed, part="held-out"))
    tokenizer = build_tokenizer([row.text for row in rows[:60_000] if row.text])
    table, rest = Table(rows, tokenizer, seed=seed), Table(held, tokenizer, seed=seed)
    made = time.monotonic() - began
    model = new_model(-(-len(tokenizer) // 64) * 64)
    width = model.config.hidden_size
    heads = torch.nn.ModuleDict({name: torch.nn.Linear(width, getattr(table, name).shape[1]) for name in ("fields", "rules")})
    lifts = {"fields": _lift(table.fields), "rules": _lift(table.rules)}
    weights = [*model.parameters(), *heads.parameters()]
    groups = [{"params": [p for p in weights if (p.dim() > 1) == big], "weight_decay": 0.05 * big} for big in (True, False)]
    optimiser = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98))
    shuffle = generator(seed, "homelm/order")
    steps, step = epochs * -(-len(table.kept) // BATCH), 0
    model.train()
    for _ in range(epochs):
        for numbers in table.batches(BATCH, shuffle):
            rate = RATE * min(1.0, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))
            for group in optimiser.param_groups:
                group["lr"] = rate
            losses = _losses(model, heads, lifts, table.batch(numbers, shuffle))
            total: Any = losses["answer"] + sum(weight * losses[name] for name, weight in _WEIGHTS.items())
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            step += 1
            if progress is not None and (step % 100 == 0 or step == steps):
                progress(step, steps, {name: float(value.detach()) for name, value in losses.items()})
    model = model.to(torch.bfloat16).eval()
    figures = {
        "parameters": sum(p.numel() for p in model.parameters()),
        "entries": len(tokenizer),
        "field_tokens": len(field_tokens()),
        "corpus": corpus_hash(seed=seed),
        "examples": count,
        "steps": steps,
        "seed": seed,
        "perplexity": round(perplexity(model.float(), rest), 3),
        "seconds_corpus": round(made, 1),
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
